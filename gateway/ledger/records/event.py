"""Records as they are before they have a place in a chain, and what of them must be sealed.

A body is a dict of JSON values with flat names; the ledger adds `schema`, `event_id`, `ts` and `chain`. Nothing that
must not lie open is ever put into a body: it goes into `Sensitive`, which only the ledger opens, to seal it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.model import Json
from gateway.plates import SoughtPlate

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitive:
    """What goes into a record only sealed: the plate in normal form (or its pattern), written reason, whole query.

    The plate is also kept as a keyed hash of its fold, so that it can be followed without being known.
    """

    plate: SoughtPlate | None = field(default=None, repr=False)
    reason_text: str | None = field(default=None, repr=False)
    query: dict[str, Json] | None = field(default=None, repr=False)


class EventRecorder(Protocol):
    """Makes a record of something other than a request durable, or raises."""

    def __call__(self, event_type: str, **fields: Json) -> object:
        """Record this event with these fields."""


def admin_record(event_type: str, **fields: Json) -> Body:
    """A record of something other than a request, as `facts.imported`; fields of unknown value (None) are left out."""
    return {"event_type": event_type} | {name: value for name, value in fields.items() if value is not None}


def refusal_record(
    *,
    request_id: str,
    reasons: Iterable[str],
    disclosed: Iterable[str],
    status: int,
    src_ip: str,
    mount: str | None = None,
) -> Body:
    """A refusal before a person is known, for the `edge` chain. `reasons` are the true codes, `disclosed` those told."""
    return admin_record(
        "refusal",
        request_id=request_id,
        decision="deny",
        deny_reasons=[str(code) for code in reasons],
        disclosed_reasons=[str(code) for code in disclosed],
        status=status,
        src_ip=src_ip,
        mount=mount,
    )
