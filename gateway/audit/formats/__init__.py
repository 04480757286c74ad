"""The languages in which a SIEM reads audit records: native, OCSF, ECS and CEF.

A `Record` is read from a ledger line; a `Format` writes it (`encode`) and finds it again in a SIEM's copy (`decode`).
Formats never change, shorten or judge a record: the chain's fields survive each of them, and `fit` turns to a summary
that refers to the full record where a receiver's size limit asks for it, never to a cut-off text.
"""

from gateway.audit.formats.cef import Cef
from gateway.audit.formats.ecs import Ecs
from gateway.audit.formats.exports import extract
from gateway.audit.formats.native import Native
from gateway.audit.formats.ocsf import Ocsf
from gateway.audit.formats.record import ChainFields, Exported, Format, Record
from gateway.audit.formats.sizes import fit, written
from gateway.audit.formats.table import FORMATS

__all__ = [
    "FORMATS",
    "Cef",
    "ChainFields",
    "Ecs",
    "Exported",
    "Format",
    "Native",
    "Ocsf",
    "Record",
    "extract",
    "fit",
    "written",
]
