"""Checking a public report: form, signature, every figure against a ledger, and one report against another."""

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

import jsonschema

from gateway.auditing.gone import tell_gone
from gateway.auditing.reports.document import Period
from gateway.auditing.source import LedgerTable
from gateway.clock import parse_instant
from gateway.ledger.checkpoints.checkpoint import Checkpoint
from gateway.ledger.checkpoints.note import VerifierKey, parse, verify_signature
from gateway.oversight.publication.document import (
    PARTED_ALIKE,
    SAME,
    note_text,
    rate,
    show_beginning,
    show_figures,
    show_reconciliation,
    show_table,
)
from gateway.oversight.publication.figures import FORMER, TABLES, TOTALS, count_figures, find_formerly, list_revisions

_TITLES = frozenset(table.title for table in TABLES)


def schema() -> dict[str, Any]:
    """The JSON Schema of the data."""
    text = resources.files("gateway.oversight.publication").joinpath("report.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def check_form(report: Any) -> list[str]:  # noqa: ANN401 - whatever the file holds
    """One sentence for each mistake of form."""
    found = jsonschema.Draft202012Validator(schema()).iter_errors(report)
    return [f"{'/'.join(map(str, item.absolute_path)) or 'report'}: {item.message[:200]}" for item in found]


def check_sums(report: dict[str, Any]) -> list[str]:
    """A table of which every number is shown adds up to its total: whoever has the page alone can see that."""
    problems = []
    for name, table in report["tables"].items():
        numbers = [number for _, number in table["rows"] or ()]
        total = report["totals"].get(table["total"], {}).get("number") if table["total"] else None
        if numbers and total is not None and None not in numbers and sum(numbers) != total:
            problems.append(f"tables: {name} adds up to {sum(numbers):,}, and not to its total of {total:,}")
    for name, table, label in SAME:
        total = report["totals"].get(name, {}).get("number")
        row = dict(report["tables"].get(table, {}).get("rows") or ()).get(label)
        if None not in (total, row) and total != row:
            problems.append(f"totals: {name} is {total:,}, and {table} says {row:,} of {label}")
    return problems


def check_signature(report: dict[str, Any], whole: str, keys: Sequence[VerifierKey]) -> list[str]:
    """Whether the note is of this report and signed by one of these keys."""
    try:
        note = parse(whole)
    except ValueError:
        return ["beside the report is no signed note of its name, ending in .note: who published it cannot be told"]
    if note.text != note_text(report):
        return ["the signature is of other data: the report was changed after it was signed"]
    if not any(verify_signature(note, key) for key in keys):
        return ["no key that is trusted has signed the report"]
    return []


def check_against_ledger(report: dict[str, Any], source: LedgerTable, checkpoint: Checkpoint | None) -> list[str]:
    """Whether the ledger gives every figure of the report; `checkpoint` is the ledger's own of the number it names."""
    if checkpoint is None:
        return [
            "the ledger has no checkpoint of the number and digest that the report names: a copy made before it, or another ledger"
        ]
    period = period_of(report)
    if gone := tell_gone(source, period.since, period.until):
        return [f"the figures cannot be counted again from this ledger. {gone}"]
    formerly = find_formerly({name: item["title"] for name, item in report["totals"].items()})
    counted = count_figures(source, period, checkpoint.heads, formerly)
    again = show_figures(counted, report["least"])
    again["tables"] |= _as_published_before(report, counted)
    for name in formerly:
        again["totals"][name]["title"] = FORMER[name].title
        for table, title in FORMER[name].tables.items():
            again["tables"][table]["title"] = title
    alone = show_reconciliation(counted, report["least"])
    if report["reconciliation"] == alone:  # as earlier versions showed it, whatever else was hidden
        again |= {"reconciliation": alone, "reconciliation_rate": rate(alone)}
    problems = []
    if report.get("record_begins") != show_beginning(source, period).get("record_begins"):
        problems.append("record_begins is not what the ledger says")
    if report["rules"] != list_revisions(source, period_of(report), checkpoint.heads):
        problems.append("rules: other policies decided in the period by the ledger")
    if report["reconciliation_rate"] != again["reconciliation_rate"]:
        problems.append("reconciliation_rate is not what the ledger says")
    for part in ("totals", "tables", "reconciliation"):
        names = sorted(set(again[part]) | set(report[part]))
        problems += [
            f"{part}: {name} is not what the ledger says"
            for name in names
            if again[part].get(name) != report[part].get(name)
        ]
    return problems


def _as_published_before(report: dict[str, Any], counted: dict[str, Any]) -> dict[str, Any]:
    """Tables that stand in the report as earlier versions showed them, beside others that they should have given way to."""
    parted = {other for _, other in PARTED_ALIKE}
    alone = {table.name: show_table(table, counted, report["least"]) for table in TABLES if table.name in parted}
    return {name: table for name, table in alone.items() if report["tables"].get(name) == table}


def check_against_other(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Whether two reports of one installation contradict each other."""
    if one["origin"] != other["origin"]:
        return ["the reports are of different installations"]
    problems, mine, theirs = _same_record(one, other), period_of(one), period_of(other)
    if (mine.since, mine.until) == (theirs.since, theirs.until):
        return problems + _same_period(one, other)
    if mine.since <= theirs.since and theirs.until <= mine.until:
        return problems + _part_of(other, one)
    if theirs.since <= mine.since and mine.until <= theirs.until:
        return problems + _part_of(one, other)
    return problems


def _same_record(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """One number names one checkpoint: two of it are two records, of which at most one is the true one."""
    mine, theirs = one["checkpoint"], other["checkpoint"]
    if mine["number"] == theirs["number"] and mine["digest"] != theirs["digest"]:
        return [
            f"checkpoint {mine['number']} is another in the other report: they were made from two different records"
        ]
    return []


def period_of(report: dict[str, Any]) -> Period:
    """The period of a report."""
    since, until = (parse_instant(report["period"][name]) for name in ("since", "until"))
    if since is None or until is None:
        raise ValueError("a report without a period")
    return Period(since=since, until=until)


def _same_period(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """A report is made of a period that is over, so two of one period have the same numbers, whenever they were made.

    Where they hide below different numbers, one may show what the other hides.
    """
    mine, theirs, alike = _figures(one), _figures(other), one["least"] == other["least"]
    return [
        f"{name} differs between two reports of one period"
        for name in sorted(mine.keys() & theirs.keys())
        if mine[name] != theirs[name] and (alike or None not in (mine[name], theirs[name]))
    ]


def _part_of(part: dict[str, Any], whole: dict[str, Any]) -> list[str]:
    mine, theirs = _figures(part), _figures(whole)
    return [
        f"{name} is larger in a part of the period than in the whole"
        for name in sorted(mine.keys() & theirs.keys())
        if not name.startswith("reconciliation") and _exceeds(mine[name], theirs[name])
    ]


def _figures(report: dict[str, Any]) -> dict[str, int | None]:
    """Every number of a report by what it is of; a table that is hidden whole has none."""
    found = {f"totals: {_name_total(name, item['title'])}": item["number"] for name, item in report["totals"].items()}
    found |= {f"reconciliation: {name}": number for name, number in report["reconciliation"].items()}
    for name, table in report["tables"].items():
        named = name if table["title"] in _TITLES else f"{name} ({table['title']})"
        found |= {f"tables: {named}: {label}": number for label, number in table["rows"] or ()}
    return found


def _name_total(name: str, title: str) -> str:
    """A total by its name, and with its title where that is another than today's: then it counts something else."""
    return name if name in TOTALS and TOTALS[name][0] == title else f"{name} ({title})"


def _exceeds(part: int | None, whole: int | None) -> bool:
    return part is not None and whole is not None and part > whole
