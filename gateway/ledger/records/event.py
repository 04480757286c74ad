"""Records as they are before they have a place in a chain, and what of them must be sealed.

A body is a dict of JSON values with flat names; the ledger adds `schema`, `event_id`, `ts` and `chain`. Nothing that
must not lie open is ever put into a body: it goes into `Sensitive`, which only the ledger opens, to seal it.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from gateway.model import Json
from gateway.plates import SoughtPlate
from gateway.value import Hidden, Value

Body = dict[str, Any]


class Sensitive(Value, frozen=True, kw_only=True):
    """What goes into a record only sealed: the plate in normal form (or its pattern), written reason, whole query.

    The plate is also kept as a keyed hash of its fold, so that it can be followed without being known. `words` are what is told
    of in codes: the person's own, where the written reason begins with a purpose; None for all of it.
    """

    plate: Hidden[SoughtPlate | None] = None
    reason_text: Hidden[str | None] = None
    words: Hidden[str | None] = None
    query: Hidden[dict[str, Json] | None] = None


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
    decision_id: str | None = None,
) -> Body:
    """A refusal before a person is known, for the `edge` chain. `reasons` are the true codes, `disclosed` those told.

    `decision_id` is the one that the answer names; what was no request is answered without one.
    """
    return admin_record(
        "refusal",
        request_id=request_id,
        decision_id=decision_id,
        decision="deny",
        deny_reasons=[str(code) for code in reasons],
        disclosed_reasons=[str(code) for code in disclosed],
        status=status,
        src_ip=src_ip,
        mount=mount,
    )
