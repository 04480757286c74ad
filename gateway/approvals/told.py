"""What a person was told of a decision, as it lies in the store: the reasons with field and hint, the purpose, whether it was a try, and which service asked.

No plate is in it: fields and hints come from our own tables, sentences of the agency's own from its policy.
"""

import json
from collections.abc import Iterable
from typing import Any

from gateway.model import Dossier
from gateway.pep.problem import Remedy
from gateway.reasons import AnyReason, OwnReason

ToldReason = dict[str, str]
"""`code`, and `field` and `hint` where there were any, or the `remedy` that was told in place of the usual one; one of the agency's own with its words, which may be gone with its policy."""


def write_told(case: Dossier, reasons: Iterable[AnyReason], field: str | None) -> str:
    """As text for the store."""
    told = [_describe(reason, field, case.hints.get(reason.value)) for reason in reasons]
    kept: dict[str, Any] = {"explain": case.explain, "reasons": told}
    if case.identity is not None and case.identity.key.kind != "person":
        kept["service"] = case.identity.key.user_id
    if (declared := (case.opening or case).declared) is not None and declared.purpose is not None:
        kept["purpose"] = declared.purpose
    return json.dumps(kept)


def read_beside(text: str, name: str) -> str | None:
    """The `service` that asked on the person's behalf, or the `purpose`; None where there was none, or an earlier version kept none."""
    kept = json.loads(text)
    return kept.get(name) if isinstance(kept, dict) else None


def read_told(text: str) -> tuple[bool, list[ToldReason]]:
    """Whether it was a question to `explain`, and the reasons.

    What a version before this one wrote is a list, of codes where there was nothing more to say.
    """
    kept = json.loads(text)
    explain, reasons = (kept["explain"], kept["reasons"]) if isinstance(kept, dict) else (False, kept)
    return explain, [{"code": told} if isinstance(told, str) else told for told in reasons]


def read_hint(told: ToldReason) -> str | None:
    """What was told beside the remedy, or in its place."""
    return Remedy(told["remedy"]) if "remedy" in told else told.get("hint")


def _describe(reason: AnyReason, field: str | None, hint: str | None) -> ToldReason:
    if isinstance(reason, OwnReason):
        return {"code": reason.value, "message": reason.text.sentence, "fix": reason.text.fix}
    more = {"field": field, "remedy" if isinstance(hint, Remedy) else "hint": hint}
    return {"code": reason.value} | {name: value for name, value in more.items() if value is not None}
