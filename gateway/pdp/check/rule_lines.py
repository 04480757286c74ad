"""The lines of the rules that decide, for whoever reads them one by one."""

from collections.abc import Iterator
from pathlib import Path

from gateway.pdp.bundle import list_rules


def list_rule_lines(directory: Path) -> Iterator[tuple[str, int, str]]:
    """Each line of each rule, which tests and detectors are none of: its file, its number, and the line without a comment."""
    for path in list_rules(directory):
        name = path.relative_to(directory).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            yield name, number, line.partition("#")[0]
