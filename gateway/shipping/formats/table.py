"""Every format by the name that settings use."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.shipping.formats.cef import Cef
from gateway.shipping.formats.ecs import Ecs
from gateway.shipping.formats.native import Native
from gateway.shipping.formats.ocsf import Ocsf
from gateway.shipping.formats.record import Format

FORMATS: Mapping[str, Format] = MappingProxyType({form.name: form for form in (Native(), Ocsf(), Ecs(), Cef())})
