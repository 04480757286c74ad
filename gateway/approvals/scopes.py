"""What a refusal, as it was told, lets somebody ask for; what to put right where that is nothing; and scopes given together.

The scope of a request, as who asked sees it, comes of what was told alone. Where a plate is protected besides, that is said
to who decides, who gives both or neither: an approval of one of them would let nothing through.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from gateway.approvals.notices import Notice
from gateway.approvals.told import ToldReason, read_hint
from gateway.clock import now, parse_instant
from gateway.model import Json
from gateway.pep.problem import Remedy, tell_remedy
from gateway.pep.suggestion import PROTECTED, SCOPES
from gateway.reasons import Reason
from gateway.store.runtime_rows import TOGETHER, Row

_ANNOUNCED = ("approval_id", "user_id", "case_number", "scope", "covers", "status", "expires_at")
_HOUR = timedelta(hours=1)
_SHOWN = (
    "approval_id", "user_id", "mount", "case_number", "scope", "window_start", "window_end", "decision_id", "hours",
    "status", "requested_at", "decided_by", "decided_at", "expires_at",
)  # fmt: skip


def list_scopes(told: Sequence[ToldReason]) -> list[str]:
    """The scopes that can help after a refusal, the first reason's first.

    An emergency that is not open in its way is helped by none but that of a protected plate, however it is searched. Where
    another remedy was told in the place of asking, as for too few characters of a plate, none helps.
    """
    codes = [one["code"] for one in told]
    possible = [SCOPES[Reason(one["code"])] for one in told if one["code"] in SCOPES and "remedy" not in one]
    if Reason.EMERGENCY_NOT_ALLOWED in codes:
        return [scope for scope in possible if scope == PROTECTED]
    return possible


def tell_instead(told: Sequence[ToldReason], possible: Sequence[str]) -> Remedy:
    """What to do where the approval that was asked for could not help."""
    if possible:
        return Remedy(f"What it lets you ask for is: {', '.join(possible)}.")
    fixes = dict.fromkeys(_read_fix(one) for one in told)
    return Remedy(f"Put right what the refusal names, then search again: {' '.join(fixes)}")


def join_scopes(scopes: Iterable[str]) -> str:
    """Scopes that were given together, as they lie in the store."""
    return TOGETHER.join(scopes)


def split_scopes(kept: str) -> list[str]:
    """The scopes of an approval, that of the request first."""
    return kept.split(TOGETHER)


def describe_terms(row: Row) -> dict[str, Json]:
    """What plates a request is for, in words, and of one that was approved for how long, in hours.

    Whoever decides must see where no plate is named; a protected one is not approved unseen.
    """
    covers = "the plate, or part of one, that it names"
    if row.get("plate_hash") is None:
        nothing = PROTECTED in split_scopes(row["scope"])
        covers = "nothing, for it names no plate" if nothing else "any plate of the case's own subjects"
    return {"covers": covers, "hours_given": _count_hours(row)}


def _count_hours(row: Row) -> int | None:
    """How long one that was approved was given for."""
    begins, ends = (parse_instant(text or "") for text in (read_giver(row)["given_at"], row.get("expires_at")))
    return None if begins is None or ends is None else round((ends - begins) / _HOUR)


def read_giver(row: Row) -> dict[str, str | None]:
    """Who gave an approval, and when, whatever became of it; a version before this one kept of one in force who decided last."""
    if row["status"] == "approved" and row.get("given_by") is None:
        return {"given_by": row.get("decided_by"), "given_at": row.get("decided_at")}
    return {"given_by": row.get("given_by"), "given_at": row.get("given_at")}


def read_standing(row: Row) -> str:
    """How a request stands at this moment: its status, but for one approved whose time is over."""
    ends = parse_instant(row.get("expires_at") or "")
    is_over = row["status"] == "approved" and ends is not None and ends <= now()
    return "expired" if is_over else str(row["status"])


def write_notice(event: str, row: Row, to: tuple[str, ...]) -> Notice:
    """What became of a request, for the people who may decide; without a plate or a written word.

    Its scope is the one that was asked for: who asked may be among them, and must not learn what was given beside it.
    """
    row = row | {"scope": split_scopes(row["scope"])[0]}
    return Notice(
        event=event, sentence=_write_sentence(row), fields={name: row.get(name) for name in _ANNOUNCED}, to=to
    )


def _write_sentence(row: Row) -> str:
    told = f"Approval {row['status']}: {row['scope']} for {row['user_id']} in case {row['case_number']}"
    asked, given = row["hours"], row["hours_given"]
    hours = f"{asked} h" if given in (None, asked) else f"{given} h ({asked} h asked for)"
    return f"{told}, {hours}, covering {row['covers']}"


def describe_request(row: Row, user_id: str) -> dict[str, Json]:
    """A request as this person may see it: its scope is the one that was asked for; who decides sees beside it what was given also.

    What is to be given also with one that waits is not in its row: only the plate, once it is opened, tells it.
    """
    scope, *also = split_scopes(row["scope"])
    told = {name: row.get(name) for name in _SHOWN} | {"scope": scope} | describe_terms(row)
    told |= {"standing": read_standing(row)} | read_giver(row)
    if row["user_id"] == user_id or row["status"] == "requested":
        return told
    return told | {"also": also[0] if also else None}


def _read_fix(told: ToldReason) -> str:
    return told["fix"] if "fix" in told else tell_remedy(Reason(told["code"]), read_hint(told))
