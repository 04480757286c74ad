"""Checking a public report: form, signature, every figure against a ledger, and one report against another."""

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

import jsonschema

from gateway.auditing.reports.document import Period
from gateway.auditing.source import LedgerTable
from gateway.clock import parse_instant
from gateway.ledger.checkpoints.checkpoint import Checkpoint
from gateway.ledger.checkpoints.note import VerifierKey, parse, verify_signature
from gateway.oversight.publication.document import note_text, show_figures
from gateway.oversight.publication.figures import count_figures


def schema() -> dict[str, Any]:
    """The JSON Schema of the data."""
    text = resources.files("gateway.oversight.publication").joinpath("report.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def check_form(report: Any) -> list[str]:  # noqa: ANN401 - whatever the file holds
    """One sentence for each mistake of form."""
    found = jsonschema.Draft202012Validator(schema()).iter_errors(report)
    return [f"{'/'.join(map(str, item.absolute_path)) or 'report'}: {item.message[:200]}" for item in found]


def check_signature(report: dict[str, Any], whole: str, keys: Sequence[VerifierKey]) -> list[str]:
    """Whether the note is of this report and signed by one of these keys."""
    try:
        note = parse(whole)
    except ValueError:
        return ["the signature file is no signed note"]
    if note.text != note_text(report):
        return ["the signature is of other data: the report was changed after it was signed"]
    if not any(verify_signature(note, key) for key in keys):
        return ["no key that is trusted has signed the report"]
    return []


def check_against_ledger(report: dict[str, Any], source: LedgerTable, checkpoint: Checkpoint | None) -> list[str]:
    """Whether the ledger gives every figure of the report; `checkpoint` is the ledger's own of the number it names."""
    if checkpoint is None:
        return ["the ledger has no checkpoint of the number and digest that the report names"]
    again = show_figures(count_figures(source, period_of(report), checkpoint.heads), report["least"])
    problems = []
    for part in ("totals", "tables", "reconciliation"):
        names = sorted(set(again[part]) | set(report[part]))
        problems += [
            f"{part}: {name} is not what the ledger says"
            for name in names
            if again[part].get(name) != report[part].get(name)
        ]
    return problems


def check_against_other(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Whether two reports of one installation contradict each other."""
    if one["origin"] != other["origin"]:
        return ["the reports are of different installations"]
    mine, theirs = period_of(one), period_of(other)
    if (mine.since, mine.until) == (theirs.since, theirs.until):
        return _same_period(one, other)
    if mine.since <= theirs.since and theirs.until <= mine.until:
        return _part_of(other, one)
    if theirs.since <= mine.since and mine.until <= theirs.until:
        return _part_of(one, other)
    return []


def period_of(report: dict[str, Any]) -> Period:
    """The period of a report."""
    since, until = (parse_instant(report["period"][name]) for name in ("since", "until"))
    if since is None or until is None:
        raise ValueError("a report without a period")
    return Period(since=since, until=until)


def _same_period(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Two reports of one period may differ only where more was recorded later, as reviews are."""
    settled = ("searches", "allowed", "denied", "approvals_used", "emergencies")
    pairs = [(name, one["totals"].get(name), other["totals"].get(name)) for name in settled]
    return [
        f"totals: {name} differs between two reports of one period" for name, mine, theirs in pairs if mine != theirs
    ]


def _part_of(part: dict[str, Any], whole: dict[str, Any]) -> list[str]:
    return [
        f"totals: {name} is larger in a part of the period than in the whole"
        for name, item in part["totals"].items()
        if _exceeds(item["number"], whole["totals"].get(name, {}).get("number"))
    ]


def _exceeds(part: int | None, whole: int | None) -> bool:
    return part is not None and whole is not None and part > whole
