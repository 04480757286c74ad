"""The record as the ledger has it."""

from typing import Any

import orjson

from gateway.ledger.records.form import SCHEMA, form
from gateway.shipping.formats.record import Decoded, Record, read_link, read_text

SUMMARY_SCHEMA = "lpr.audit.summary.v1"


class Native:
    """The ledger line, byte for byte; a summary says in its `schema` that it is one."""

    name = "native"

    def encode(self, record: Record, *, embed: bool = True) -> bytes:
        """The line itself; without `embed`, its fields under the schema name of summaries."""
        if embed and not record.summary:
            return record.raw
        return orjson.dumps({**record.fields, "schema": SUMMARY_SCHEMA, "full_record_bytes": len(record.raw)})

    def decode(self, exported: bytes) -> Decoded | None:
        """The line, put back into its one form where a SIEM wrote the same JSON differently."""
        document = json_object(exported)
        if document is None or document.get("schema") not in (SCHEMA, SUMMARY_SCHEMA):
            return None
        try:
            chain = read_link(document.get("chain"))
            native = form(document) if document["schema"] == SCHEMA else None
        except ValueError:
            return None
        return Decoded(chain, native, read_text(document, "installation"))


def json_object(text: bytes) -> dict[str, Any] | None:
    """The JSON object a text is; None for anything else."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None
