"""The text that is to be accepted: which version is in force, its words, and the digest by which they are known again."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from gateway.model import Acknowledgement, Json, find_member

RULES = "rules_of_behavior"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptableText:
    """One version of a document: the first day on which it could be accepted, and what it says."""

    document: str
    version: str
    since: date
    text: str
    sha256: str


def find_rules(tables: Mapping[str, Json]) -> AcceptableText | None:
    """The rules of behavior in force by these tables; None where no text of their version is there."""
    version = find_member(tables, "training", "rules_of_behavior_version", "value")
    if not isinstance(version, str):
        return None
    entry = find_member(tables, "documents", RULES, version)
    text, since = find_member(entry, "text"), find_member(entry, "from")
    if not isinstance(text, str) or not text.strip() or not isinstance(since, str):
        return None
    try:
        day = date.fromisoformat(since)
    except ValueError:
        return None
    digest = hashlib.sha256(text.encode()).hexdigest()
    return AcceptableText(document=RULES, version=version, since=day, text=text, sha256=digest)


def nothing_to_accept() -> AcceptableText | None:
    """Where no text is known."""
    return None


def keep_counting(accepted: Iterable[Acknowledgement], rules: AcceptableText | None) -> tuple[Acknowledgement, ...]:
    """The acceptances without those of the version in force that are older than it, or of another text under its name.

    Where one of that version counts, whenever it was given, what was accepted of the document besides does not matter.
    """
    kept = tuple(one for one in accepted if rules is None or not _is_hollow(one, rules))
    if rules is None or not any(_is_of(one, rules) for one in kept):
        return kept
    return tuple(one for one in kept if one.document != rules.document or _is_of(one, rules))


def _is_of(accepted: Acknowledgement, rules: AcceptableText) -> bool:
    return (accepted.document, accepted.version) == (rules.document, rules.version)


def _is_hollow(accepted: Acknowledgement, rules: AcceptableText) -> bool:
    if not _is_of(accepted, rules):
        return False
    of_another_text = accepted.sha256 is not None and accepted.sha256 != rules.sha256
    began = datetime(rules.since.year, rules.since.month, rules.since.day, tzinfo=UTC)
    return of_another_text or accepted.accepted_at is None or accepted.accepted_at < began
