"""The gateway's refusals in a command's own words: the options that were given, where a tool would hear of fields and headers."""

from collections.abc import Mapping
from typing import Any

_OPTIONS = {
    "decision_id": "--decision",
    "case_number": "--case",
    "scope": "--scope",
    "plate": "--plate",
    "hours": "--hours",
    "reason": "--why",
    "also": "--also",
    "status": "--status",
    "outcome": "--outcome",
}
"""Which option a field of a body or of a query string comes from."""
WORDS = {
    "GET /gateway/approvals": "`lpr-gateway approvals list`",
    "GET /gateway/emergencies": "`lpr-gateway emergencies list`",
    "send also: protected_plate": "give --also protected_plate",
    "the refusal that decision_id names": "the refusal that --decision names",
    "A field that this operation needs is missing": "An option that this command needs is missing",
    "Send the field named.": "Give the option named.",
    "Compare the request with the description of the API.": "See the command's --help.",
    "A value is outside what this operation takes": "A value is outside what this command takes",
    "Check the key, the base URL and the place": "Check the key (--key-file), the address (--url) and the place",
}
"""What the gateway says to a tool, and what that is to who types a command."""


def tell_refusal(status: int, document: object) -> str:
    """In the gateway's own words, but for options in place of fields; else in those of a proxy in front of it."""
    told: Mapping[str, Any] = document if isinstance(document, dict) else {}
    reasons = [one for one in told.get("reasons") or () if isinstance(one, dict)]
    if reasons:
        return " ".join(_tell_reason(one) for one in reasons)
    return str(told.get("detail") or told.get("error") or f"what answers there says {status} and not why")


def _tell_reason(reason: Mapping[str, Any]) -> str:
    message, field = str(reason.get("message")), reason.get("field")
    if isinstance(field, str) and field in _OPTIONS and message.endswith(f": {field}."):
        message = f"{message.removesuffix(f'{field}.')}{_OPTIONS[field]}."
    told = f"{message} {reason.get('fix')}"
    for words, ours in WORDS.items():
        told = told.replace(words, ours)
    return told
