"""The languages in which a SIEM reads audit records: native, OCSF, ECS and CEF.

A `Record` is read from a ledger line; a `Format` writes it (`encode`) and finds it again in a SIEM's copy (`decode`).
Formats never change, shorten or judge a record: the chain's fields survive each of them, and `fit` turns to a summary
that refers to the full record where a receiver's size limit asks for it, never to a cut-off text.
"""

from gateway.shipping.formats.cef import Cef
from gateway.shipping.formats.ecs import Ecs
from gateway.shipping.formats.exports import extract
from gateway.shipping.formats.native import Native
from gateway.shipping.formats.ocsf import Ocsf
from gateway.shipping.formats.record import ExportedRecord, Format, Record
from gateway.shipping.formats.sizes import fit, write_fitting
from gateway.shipping.formats.table import FORMATS

__all__ = [
    "FORMATS",
    "Cef",
    "Ecs",
    "ExportedRecord",
    "Format",
    "Native",
    "Ocsf",
    "Record",
    "extract",
    "fit",
    "write_fitting",
]
