"""What is wrong with an export, told by the file and row in which it stands, and once of all rows with the same fault."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from gateway.ledger.verification.report import Break, Finding, VerifyReport
from gateway.value import replace

Locate: TypeAlias = Callable[[int | None], tuple[str, int | None]]
"""The file in which a line of the export stands, by its number among all, and its number there."""
Told = TypeVar("Told", Break, Finding)

_WHOLE = "export"
_MOST_RUNS = 8


def place_report(report: VerifyReport, locate: Locate) -> VerifyReport:
    """The same report with the places of an export's files in place of its lines counted together."""
    breaks = [_place(item, locate) for item in report.breaks]
    findings = tuple(_place(item, locate) for item in report.findings)
    return replace(report, breaks=tuple(_group(breaks)), findings=findings)


def _place(item: Told, locate: Locate) -> Told:
    if item.file != _WHOLE:
        return item
    file, line = locate(item.line)
    return replace(item, file=file, line=line)


def _group(breaks: Sequence[Break]) -> Iterator[Break]:
    """One break for all rows of a file that have the same fault, at the first of them: of a whole file one line says it."""
    alike: dict[tuple[str, str, str], list[Break]] = {}
    for item in breaks:
        alike.setdefault((item.file, item.reason, item.sentence), []).append(item)
    for first, *others in alike.values():
        lines = sorted({item.line for item in (first, *others) if item.line is not None})
        told = f" ({len(lines)} such: {_tell_runs(lines)})" if len(lines) > 1 else ""
        yield replace(first, line=lines[0] if lines else None, sentence=f"{first.sentence}{told}")


def _tell_runs(lines: Sequence[int]) -> str:
    """Numbers in order, those that follow one another as one run."""
    runs: list[tuple[int, int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    told = [str(first) if first == last else f"{first} to {last}" for first, last in runs[:_MOST_RUNS]]
    return ", ".join([*told, *(["…"] if len(runs) > _MOST_RUNS else [])])
