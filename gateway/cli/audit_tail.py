"""`audit tail`: the newest records as they come, without names."""

import contextlib
import time
from pathlib import Path
from typing import Any

import click
import orjson

from gateway.auditing.stated_places import is_sound
from gateway.auditing.verdicts import name_reasons, name_verdict
from gateway.cli.audit_options import make_access
from gateway.cli.given_once import GivenOnce
from gateway.cli.options import EXIT_NOT_SO, KEPT_WORDS, with_config
from gateway.cli.terminal import tell
from gateway.ledger.heads import EMPTY, head_of
from gateway.ledger.records.form import link_of
from gateway.ledger.segments import Follower, Line, chains
from gateway.settings import Settings

_WITHOUT_NAMES = "watching, without persons and cases"
_POLL_S = 0.5
_AT_ONCE = 1000


@click.command("tail", cls=GivenOnce)
@click.option("-n", "count", type=click.IntRange(0, 10_000), default=20, help="So many of the newest records first.")
@click.option("--follow/--no-follow", "-f", default=False, help="Go on with what comes, until interrupted.")
@click.option("--why", type=KEPT_WORDS, help="Shows persons and cases too; kept in the audit record.")
@with_config
def tail(count: int, follow: bool, why: str | None, settings: Settings) -> None:
    """The newest records, one line each: time, place, event, verdict, reasons. Persons and cases only with --why."""
    make_access(settings, why or _WITHOUT_NAMES).record("tail", {"names": why is not None, "follow": follow})
    followers: dict[str, Follower] = {}
    try:
        records, broken = _new(settings.audit.directory, followers, count)
        for record in records[-count:] if count else []:
            tell(_describe(record, names=why is not None))
        while follow:
            time.sleep(_POLL_S)
            for record in _new(settings.audit.directory, followers, None)[0]:
                tell(_describe(record, names=why is not None))
    except KeyboardInterrupt:
        return
    finally:
        for follower in followers.values():
            follower.close()
    if broken:
        raise SystemExit(EXIT_NOT_SO)


def _new(directory: Path, followers: dict[str, Follower], count: int | None) -> tuple[list[dict[str, Any]], int]:
    """The records that came since the last call, by time, and how many lines were none; at the first call, the last ones of each chain."""
    found: list[dict[str, Any] | None] = []
    for chain in chains(directory):
        if chain not in followers:
            head = head_of(directory, chain) or EMPTY
            followers[chain] = Follower(directory, chain, 0 if count is None else max(0, head.seq - count))
        while lines := followers[chain].read(_AT_ONCE):
            found += map(_read, lines)
    records = [record for record in found if record is not None]
    return sorted(records, key=lambda record: str(record["ts"])), len(found) - len(records)


def _read(line: Line) -> dict[str, Any] | None:
    """The record of a line; None where it is none, which is told."""
    with contextlib.suppress(ValueError):
        record = orjson.loads(line.raw)
        if isinstance(record, dict) and link_of(record) is not None and {"ts", "event_type"} <= record.keys():
            if is_sound(line):
                return record
            tell(
                f"error: {line.file}, line {line.line_no}, was changed after it was written: run `audit verify`",
                err=True,
            )
            return None
    tell(f"error: {line.file}, line {line.line_no}, is no record: run `audit verify`", err=True)
    return None


def _describe(record: dict[str, Any], *, names: bool) -> str:
    verdict = name_verdict(record) or ""
    reasons = ",".join(name_reasons(record))
    place = f"{record['chain']['id']}/{record['chain']['seq']}"
    shown = [record["ts"], f"{place:<12}", f"{record['event_type']:<16}", f"{verdict:<11}"]
    shown += [str(record.get("operation") or ""), str(record.get("vendor_profile") or ""), reasons]
    if names:
        shown += [f"{name}={record[key]}" for key, name in _NAMES.items() if record.get(key)]
    return " ".join(item for item in shown if item).rstrip()


_NAMES = {
    "user_id": "person",
    "reader": "by",
    "operator": "by",
    "case_number": "case",
    "purpose_code": "purpose",
    "decision_id": "decision",
}
