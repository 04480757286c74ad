"""Names in the tables that are the gateway's own words, of which it has no such: what stands below them is never asked for."""

from collections.abc import Collection, Iterator
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.model import METHODS, find_member
from gateway.near_words import suggest_near
from gateway.pdp.check.source import PolicyFinding
from gateway.pdp.tables import find_lines, parse_table
from gateway.value import replace

_OPERATIONS = (("operations",), ("assurance", "operations"))
_NO_OPERATION = "No operation of this gateway is called"
_OWN_PROFILE = (
    " One of your own profile of a vendor is known where `[[vendors]]` of the settings (--config) names that."
)
_METHODS = ("assurance", "methods")
_NO_METHOD = "No way to sign in is called"


def unknown_name_findings(directory: Path, operations: Collection[str] | None) -> Iterator[PolicyFinding]:
    """Each such name, at its line, with the one that was probably meant and all that there are.

    `operations` are the gateway's; None where they cannot be known, so that none is judged.
    """
    for place in () if operations is None else _OPERATIONS:
        for finding in _judge(directory, place, operations or (), _NO_OPERATION):
            yield replace(finding, sentence=finding.sentence + _OWN_PROFILE)
    yield from _judge(directory, _METHODS, METHODS, _NO_METHOD)


def _judge(directory: Path, place: tuple[str, ...], known: Collection[str], told: str) -> Iterator[PolicyFinding]:
    file = f"tables/{place[0]}/data.yaml"
    try:
        text = (directory / file).read_text(encoding="utf-8")
        named = find_member({place[0]: parse_table(text, file)}, *place)
    except (OSError, ValueError, ConfigurationError):
        return  # told by whoever judges the table
    lines = find_lines(text)
    for name in named if isinstance(named, dict) else ():
        if name not in known:
            meant = suggest_near(name, known, mark="`") or "."
            sentence = f"{told} `{name}`{meant} There are {', '.join(sorted(known))}."
            yield PolicyFinding(file=file, line=lines.get((*place[1:], name), 1), rule="table", sentence=sentence)
