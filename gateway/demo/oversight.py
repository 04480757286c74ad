"""The demonstration's last part: misuse found and reviewed, searches around the gateway found, a public report checked."""

import base64
import csv
import json
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from gateway import clock
from gateway.demo import agency, report
from gateway.demo.caller import Caller
from gateway.demo.setting import Stage
from gateway.demo.steps import Step

_AGAIN = 10
_REVIEWER = agency.PRIVACY
_HEADER = (
    "ID,Name,Org Name,Total Networks Searched,Time Frame,License Plate,Reason,Case #,Filters,Search Time,Search Type,"
    "Text Prompt,Moderation"
).split(",")


def show_oversight(stage: Stage, caller: Caller, console: Console) -> bool:
    """All of it; whether everything was found that should be."""
    good = _repeat(stage, caller, console)
    good &= _reconcile(stage, console)
    return good & _publish(stage, console)


def _repeat(stage: Stage, caller: Caller, console: Console) -> bool:
    """One officer looks up one plate again and again, under a case of her own and one thin word."""
    body = {
        "plate": agency.CIVIL_PLATE,
        "state": "new_york",
        "reason": "civil_immigration_enforcement: inv",
        "caseNumber": agency.CIVIL_CASE,
        "startDate": clock.format_instant(clock.now() - timedelta(days=20)),
        "endDate": clock.format_instant(clock.now()),
        "limit": 5,
    }
    step = Step(
        title=f"one plate, {_AGAIN} times, the reason always 'inv'",
        person=agency.COLLEAGUE,
        path="/flock/api/v3/reads/lookup",
        refused=None,
        json=body,
    )
    good = report.step(step, [caller.ask(step) for _ in range(_AGAIN)][-1], console)
    _run(stage, "run")
    found = [
        item for item in _run(stage, "findings") if item["detector"] == "D1" and item["user_id"] == agency.COLLEAGUE
    ]
    good &= report.fact(
        f"found by detector D1, severity {found[0]['severity'] if found else 'none'}", bool(found), console
    )
    if not found:
        return False
    finding_id = found[0]["finding_id"]
    _run(stage, "assign", finding_id, "--to", _REVIEWER)
    why = "The case file supports two searches, not ten"
    told = _run(stage, "review", finding_id, "--outcome", "misuse", "--why", why)
    return good & report.fact(f"reviewed by {told['reviewer']}: {told['status']}", told["status"] == "misuse", console)


def _reconcile(stage: Stage, console: Console) -> bool:
    """The vendor's own export, with two searches in it that did not come through the gateway."""
    export = stage.folder / "organization-audit.csv"
    _write_export(stage, export)
    imported = _run(stage, "import", export, "--kind", "organization")
    good = report.fact(
        f"vendor's export read: {imported['read']} of {imported['rows']} rows", not imported["rejected"], console
    )
    found = _run(stage, "reconcile")
    around = [row for row in found["rows"] if row["class"].startswith("around_")]
    for row in around:
        sentence = f"row {row['row']}, {row['person']}: {row['class'].replace('_', ' ')}"
        report.fact(sentence, good=True, console=console)
    told = (
        f"{found['matched']} searches matched, {len(around)} around the gateway, {found['missing_at_vendor']} missing"
    )
    return good & report.fact(told, len(around) == 2 and found["missing_at_vendor"] == 0, console)  # noqa: PLR2004 - as planted


def _publish(stage: Stage, console: Console) -> bool:
    out, now = stage.folder / "public", clock.now()
    period = ("--since", clock.format_instant(now - timedelta(days=1)), "--until", clock.format_instant(now))
    _run(stage, "reconcile", *period)
    _run(stage, "publish", *period, "--out", out)
    told = stage.commands.read(
        "oversight", "verify-report", out / "public-report.json", "--ledger", stage.ledger, "--json"
    )
    return report.fact(f"public report checked: {', '.join(told['checked'])}", told["ok"] is True, console)


def _write_export(stage: Stage, path: Path) -> None:
    """As Flock's organization audit looks: what the emulator received, and two rows that it did not."""
    times = {
        record["decision_id"]: record["ts"]
        for record in stage.commands.read(
            *("audit", "search", "--event", "decision", "--why", "demonstration", "--limit", "0"),
            *("--config", stage.config, "--json"),
        )
    }
    received = [json.loads(line) for line in (stage.folder / "flock.received.jsonl").read_text().splitlines()]
    bodies = [
        json.loads(base64.b64decode(item["body"])) for item in received if item["target"].endswith("/reads/lookup")
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(_HEADER)
        for body in bodies:
            at = times[body["reason"].split(" | ")[2]]
            out.writerow(_row("API Integration", body["plate"], body["reason"], at, "apiLookup", body))
        last = max(times.values())  # within the time of the record, however short that is
        out.writerow(_row("Drew Patel", agency.NOBODYS_PLATE, "inv", last, "lookup - Mobile", {}))
        out.writerow(_row("Avery Stone", agency.SPOUSES_PLATE, "check", last, "lookup", {}))


def _row(name: str, plate: str, reason: str, at: str, kind: str, body: dict[str, Any]) -> list[str]:
    frame = f"{_stamp(body['startDate'])}\n{_stamp(body['endDate'])}" if body else ""
    return [str(uuid.uuid4()), name, "Demo Agency", "1", frame, plate, reason, "", "", _stamp(at), kind, "", ""]


def _stamp(text: str) -> str:
    moment = clock.parse_instant(text)
    return f"{moment:%m/%d/%Y, %I:%M:%S %p} UTC" if moment else ""


def _run(stage: Stage, *arguments: str | Path) -> Any:  # noqa: ANN401 - whatever the command prints
    return stage.commands.read("oversight", *arguments, "--config", stage.config, "--json")
