"""What the record holds of one decision id: a decision or a refusal before any policy was asked, and how an allowed search ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.auditing.stated_places import is_sound
from gateway.errors import ConfigurationError
from gateway.ledger import read_records
from gateway.reasons import Reason

_JUDGED = frozenset({"decision", "refusal"})
_SHOWN = ("ts", "event_type", "decision", "status", "deny_field", "deny_note", "disclosed_reasons", "mount")
_ENDED = ("ts", "outcome", "reason", "forwarded", "status", "vendor_status", "result_count")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """The record of how a request was judged, and those of how it ended: two where the caller was refused before one was durable."""

    judged: Mapping[str, Any]
    outcomes: tuple[Mapping[str, Any], ...]

    @property
    def is_by_policy(self) -> bool:
        """Whether a policy decided it, by an input that is on record."""
        return "input" in self.judged and "policy_revision" in self.judged


def find_recorded(directory: Path, decision_id: str) -> RecordedRequest | None:
    """What is there under this id; None where nothing is.

    Raises:
        ConfigurationError: a record of it is not as it was written, so that nothing can be told by it.
    """
    wanted = f'"decision_id":"{decision_id}"'.encode()
    judged: dict[str, Any] | None = None
    outcomes: list[dict[str, Any]] = []
    for line in read_records(directory):
        record = json.loads(line.raw) if wanted in line.raw else {}
        if record.get("decision_id") != decision_id:
            continue
        if not is_sound(line):
            told = f"{line.file}, line {line.line_no}, was changed after it was written, so nothing is told by it"
            raise ConfigurationError([f"{told}: run `audit verify`"])
        if record["event_type"] in _JUDGED:
            judged = record
            if record.get("decision") != "allow":
                break  # nothing was sent, so nothing ended
        elif record["event_type"] == "outcome":
            outcomes.append(record)
    return None if judged is None else RecordedRequest(judged=judged, outcomes=tuple(outcomes))


def describe_refusal(judged: Mapping[str, Any]) -> dict[str, Any]:
    """A refusal that no policy made, as members of a document: each true reason with its sentence and remedy."""
    codes = [str(code) for code in judged.get("deny_reasons") or ()]
    return {name: judged[name] for name in _SHOWN if name in judged} | {
        "deny_reasons": [_describe(one) for one in codes]
    }


def describe_outcome(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """How a search ended, as members of a document."""
    return {name: outcome[name] for name in _ENDED if name in outcome}


def tell_refusal(judged: Mapping[str, Any]) -> list[str]:
    """The same in lines: that no policy made it, then each reason with what to put right."""
    about = "".join(f", {word}: {judged[name]}" for name, word in _ABOUT.items() if name in judged)
    lines = [f"refused by the gateway itself, and no policy was asked (status {judged.get('status')}{about})"]
    lines += [_tell(one) for one in describe_refusal(judged)["deny_reasons"]]
    if judged["event_type"] == "refusal" and "user_id" not in judged:
        lines.append("It was refused before it was known who asked, so the record names an address and nobody.")
    return lines


def tell_outcome(outcome: Mapping[str, Any]) -> str:
    """How a search ended, in one line."""
    ended, reason, vendor = outcome["outcome"], outcome.get("reason"), outcome.get("vendor_status")
    if ended == "interrupted":
        return f"then at {outcome['ts']}: interrupted: the gateway ended meanwhile; whether the vendor was asked is not known"
    if ended == "answered":
        return f"then at {outcome['ts']}: answered with {outcome.get('result_count', 0)} reads"
    said = f"the vendor answered {vendor}" if vendor is not None else "no answer of the vendor's is on record"
    sent = said if outcome.get("forwarded") else "nothing was sent to the vendor"
    status = f", and the officer got {outcome['status']}" if "status" in outcome else ""
    return f"then at {outcome['ts']}: failed: {sent}{status}: {_tell(_describe(str(reason)))}"


_ABOUT = {"deny_field": "field", "deny_note": "note", "mount": "mount"}


def _describe(code: str) -> dict[str, str]:
    """A reason by its code; without words where a later version has none of that name."""
    try:
        text = Reason(code).text
    except ValueError:
        return {"code": code, "message": "", "fix": ""}
    return {"code": code, "message": text.sentence, "fix": text.fix}


def _tell(described: Mapping[str, str]) -> str:
    return f"{described['code']}  {described['message']} {described['fix']}".rstrip()
