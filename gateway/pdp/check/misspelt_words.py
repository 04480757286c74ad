"""Words in rules that no request has where the rule looks for them, and that are nearly one which it can have.

Such a rule passes its own test, into which the word was copied, and never holds for a request.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from gateway.model import find_member
from gateway.pdp.check.rule_lines import list_rule_lines
from gateway.pdp.check.source import PolicyFinding
from gateway.pdp.check.unread_entries import read_tables
from gateway.pdp.check.usual_request import list_components

_NEAR: Final = 0.85
_ROLES: Final = frozenset({"officer", "supervisor", "privacy", "auditor", "administrator"})
_FIXED: Final[Mapping[str, frozenset[str]]] = {
    "query.plate.match": frozenset({"exact", "partial", "fuzzy", "none"}),
    "facts.case.kind": frozenset({"civil", "criminal"}),
    "actor.kind": frozenset({"person", "service"}),
}
_PLACE = re.compile(r"\binput\.([a-z_]+(?:\.[a-z_]+)+)")
_WORD = re.compile(r'"([^"\\]*)"')


def misspelt_word_findings(directory: Path) -> Iterator[PolicyFinding]:
    """Each such word, at its line, with the one that was probably meant."""
    words = _list_words(read_tables(directory))
    for name, number, line in list_rule_lines(directory):
        for sentence in _judge(line, words):
            yield PolicyFinding(file=name, line=number, rule="unknown-entry", sentence=sentence)


def _list_words(tables: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    """What may stand at places of a request whose words are all known, by the place."""
    purposes, operations = ([*(tables.get(topic) or {})] for topic in ("purposes", "operations"))
    given = (find_member(tables, "operations", name, "roles") for name in operations)
    roles = {str(role) for listed in given if isinstance(listed, list) for role in listed}
    return {
        **_FIXED,
        "query.purpose": frozenset(purposes),
        "operation.name": frozenset(operations),
        "subject.component": frozenset(list_components(tables)),
        "subject.roles": _ROLES | roles,
    }


def _judge(line: str, words: Mapping[str, frozenset[str]]) -> Iterator[str]:
    for place in dict.fromkeys(_PLACE.findall(line)):
        known = words.get(place, frozenset())
        for word in _WORD.findall(line):
            near = [] if word in known else get_close_matches(word, known, 1, _NEAR)
            if near:
                yield f"`input.{place}` is never `{word}`, so this never holds. Did you mean `{near[0]}`?"
