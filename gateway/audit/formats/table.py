"""Every format by the name that settings use."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.audit.formats.cef import Cef
from gateway.audit.formats.ecs import Ecs
from gateway.audit.formats.native import Native
from gateway.audit.formats.ocsf import Ocsf
from gateway.audit.formats.record import Format

FORMATS: Mapping[str, Format] = MappingProxyType({form.name: form for form in (Native(), Ocsf(), Ecs(), Cef())})
