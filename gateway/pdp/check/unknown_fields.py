"""Places where a rule reads a field of the input that no request has: it is undefined, and so is all that needs it."""

import re
from collections.abc import Iterator
from pathlib import Path

from gateway.pdp.check.rule_lines import list_rule_lines
from gateway.pdp.check.source import PolicyFinding, suggest
from gateway.pdp.input_shape import find_unknown

RULE = "unknown-entry"
_READ = re.compile(r"(?<![\w.])(input(?:\.[a-z_]\w*)+)")


def unknown_field_findings(directory: Path) -> Iterator[PolicyFinding]:
    """Each such place, at its line, with the field that was probably meant."""
    for file, number, line in list_rule_lines(directory):
        for read in dict.fromkeys(_READ.findall(line)):
            sentence = tell_unknown_field(read)
            if sentence is not None:
                yield PolicyFinding(file=file, line=number, rule=RULE, sentence=sentence)


def tell_unknown_field(read: str) -> str | None:
    """What is wrong with reading this, as `input.subject.age`; None where a request may have it."""
    found = find_unknown(read.split(".")[1:])
    if found is None:
        return None
    parents, name, known = found
    place = ".".join(("input", *parents))
    told = f"The input has no `{place}.{name}`: the gateway sends no such field, so this never holds"
    return f"{told}.{suggest(name, known)}"
