"""`policy impact`: what a draft would have done to recorded decisions."""

import os
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from gateway import clock
from gateway.auditing.private import write_private
from gateway.auditing.reports.document import BEGINNING
from gateway.cli.audit_options import with_period
from gateway.cli.given_once import GivenOnce
from gateway.cli.operator import operator
from gateway.cli.options import EXIT_NOT_SO, KEPT_WORDS, print_json, with_config, with_json
from gateway.cli.policy_options import FOLDER, compared_with, note_consequences, require_opa
from gateway.lifecycle.impact import GROUPS, ImpactReport
from gateway.lifecycle.replay import KINDS, Records
from gateway.pdp import Bundle
from gateway.reasons import Reason
from gateway.settings import Settings
from gateway.value import replace

_SHOWN = 10
_LEAST_SHARE = 0.0001


@click.command(cls=GivenOnce)
@click.option("--candidate", type=FOLDER, required=True, help="The draft's folder.")
@with_period
@click.option("--sample", type=click.FloatRange(_LEAST_SHARE, 1), default=1.0, help="The share to replay, as 0.1.")
@click.option("--engine", type=click.Choice(["embedded", "opa"]), default="embedded", help="Who decides again.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes (default: one a processor).")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the report as one page.")
@click.option("--fail-if", "conditions", multiple=True, metavar="CONDITION", help="As 'newly_allowed>0': exit 1 if so.")
@click.option("--why", type=KEPT_WORDS, help="Why the record is read; kept with the reading.")
@with_config
@with_json
def impact(
    candidate: Path,
    since: datetime | None,
    until: datetime | None,
    sample: float,
    engine: str,
    jobs: int | None,
    html: Path | None,
    conditions: tuple[str, ...],
    why: str | None,
    settings: Settings,
    as_json: bool,
) -> None:
    """Replay recorded decisions on the policy in force and on a draft; say what would be decided otherwise.

    Reading the record is itself recorded. Decisions that no policy made, or that the policy in force does not reproduce,
    are counted apart.
    """
    from gateway.app.state import read_impact_key
    from gateway.lifecycle.impact import read_conditions
    from gateway.lifecycle.impact_evidence import seal_report
    from gateway.lifecycle.impact_page import impact_page
    from gateway.lifecycle.portions import portion_ledger
    from gateway.pdp import load_policies

    now = clock.now()
    begin, end = since or BEGINNING, min(until or now, now)
    last = None if until is None else clock.format_instant(until)
    read_conditions(conditions)
    current, draft = compared_with(settings), load_policies(candidate)
    _record_reading(settings, draft, {"since": since, "until": until}, why)
    report = _compare(
        portion_ledger(settings.audit.directory, clock.format_instant(begin), last),
        current,
        draft,
        (begin, end),
        sample=sample,
        engine=engine,
        jobs=jobs or os.cpu_count() or 1,
    )
    if html is not None:
        write_private(html, impact_page(report, since=begin, until=end, made_at=now).encode())
    if as_json:
        print_json(seal_report(report.document(), read_impact_key(settings)))
    else:
        _print(report)
    note_consequences(settings, draft)
    _end(report, conditions)


def _end(report: ImpactReport, conditions: tuple[str, ...]) -> None:
    """Say whether there was anything to compare, and end the command with exit code 1 where a condition is so."""
    from gateway.lifecycle.impact import find_failed, tell_nothing_compared

    failed = find_failed(report, conditions)
    if nothing := tell_nothing_compared(report):
        click.echo(f"warning: {nothing}", err=True)
    for condition in failed:
        click.echo(f"fails: {condition}", err=True)
    if failed:
        raise SystemExit(EXIT_NOT_SO)


def _record_reading(settings: Settings, draft: Bundle, period: Mapping[str, datetime | None], why: str | None) -> None:
    from gateway.app.audit import open_command_ledger
    from gateway.auditing.access import Access
    from gateway.ledger.records.event import admin_record

    ledger = open_command_ledger(settings)
    try:
        access = Access(
            reader=operator(),
            why=why or f"impact of policy draft {draft.revision[:12]}",
            recorder=lambda event_type, **fields: ledger.record(admin_record(event_type, **fields)),
        )
        given = {name: clock.format_instant(instant) for name, instant in period.items() if instant is not None}
        access.record("policy impact", {"candidate": draft.revision} | given)
    finally:
        ledger.close()


def _compare(
    portions: Iterable[Records],
    current: Bundle,
    draft: Bundle,
    period: tuple[datetime, datetime],
    *,
    sample: float,
    engine: str,
    jobs: int,
) -> ImpactReport:
    from gateway.app.policy_drafts import tell_acceptance_replayed
    from gateway.lifecycle.difference import plain_changes
    from gateway.lifecycle.impact import sum_up
    from gateway.lifecycle.replay import Rivals, replay

    rivals = Rivals(current=current, candidate=draft, opa_bin=require_opa() if engine == "opa" else None)
    (since, until), console, began = period, Console(stderr=True), time.monotonic()
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("decisions"))
    with Progress(*shown, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("replaying", total=None)
        replayed = replay(portions, rivals, jobs=jobs, sample=sample, progress=lambda count: bar.advance(task, count))
    report = sum_up(
        replayed,
        current=current.revision,
        candidate=draft.revision,
        changes=plain_changes(current, draft),
        period=(None if since == BEGINNING else clock.format_instant(since), clock.format_instant(until)),
        sample=sample,
        engine=engine,
        seconds=time.monotonic() - began,
    )
    own = {**current.reason_book.own, **draft.reason_book.own}
    return replace(
        report,
        own_reasons={code: reason.text.sentence for code, reason in own.items()},
        acceptance=tell_acceptance_replayed(current, draft, report.count_persons(Reason.RULES_NOT_ACCEPTED)),
    )


def _print(report: ImpactReport) -> None:
    click.echo(f"in force   {report.current[:12]}\ncandidate  {report.candidate[:12]}")
    for change in report.changes:
        click.echo(f"  {change}")
    if report.acceptance is not None:
        click.echo(f"{report.acceptance[0].upper()}{report.acceptance[1:]}.")
    click.echo(
        f"{report.replayed:,} decisions replayed in {report.seconds:.1f} s ({report.decisions_per_second:,}/s; "
        f"{report.processor_us_each:,} µs of a processor each), "
        f"{report.unchanged:,} unchanged"
    )
    for sentence, count in report.not_reproduced_why.items():
        click.echo(f"{count:,} not compared: {sentence}")
    if report.not_reproduced:
        sampled = "" if report.sample >= 1 else f" in a sample of {report.sample:.4g}"
        click.echo(f"{report.decisions:,} decisions on record of the period in all{sampled}")
    console = Console(width=110)
    totals = Table("", *(kind.replace("_", " ") for kind in KINDS))
    totals.add_row("decisions", *(f"{getattr(report, kind):,}" for kind in KINDS))
    totals.add_row("persons", *(f"{report.persons[kind]:,}" for kind in KINDS))
    console.print(totals)
    for group in GROUPS:
        rows = report.groups[group]
        if not rows:
            continue
        table = Table(f"by {group}", *(kind.replace("_", " ") for kind in KINDS), "persons")
        for row in rows[:_SHOWN]:
            table.add_row(row.value, *(f"{getattr(row, kind):,}" for kind in KINDS), f"{row.persons:,}")
        console.print(table)
    for kind in KINDS:
        if report.examples[kind]:
            click.echo(f"{kind.replace('_', ' ')}, for example: {', '.join(report.examples[kind][:3])}")
