"""`audit report`: the pages and tables that oversight asks for."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from gateway import clock
from gateway.auditing.access import Access
from gateway.auditing.gone import tell_extent
from gateway.auditing.reports.document import KINDS, Period, Report
from gateway.auditing.search import Criteria
from gateway.auditing.source import LedgerTable
from gateway.cli.audit_options import (
    A_PART,
    criteria,
    make_access,
    reading,
    refuse_unknown,
    with_keys,
    with_period,
    with_why,
)
from gateway.cli.auditor_key import read_key
from gateway.cli.given_once import GivenOnce
from gateway.cli.options import GIVEN_TEXT, NamedPath, with_config, with_json
from gateway.cli.terminal import tell_document
from gateway.settings import Settings
from gateway.value import replace

_WEEK = timedelta(days=7)


class _Kind(click.Choice[str]):
    """A kind of report; whoever asks for another may mean one that a law asks for."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        told = super().get_invalid_choice_message(value, ctx)
        return f"{told} A report that a law asks for is made by `lpr-gateway oversight report`."


@click.command("report", cls=GivenOnce)
@click.argument("kind", type=_Kind(KINDS))
@click.option("--out", type=NamedPath(), required=True, help="A folder for the page (HTML) and its tables (CSV).")
@click.option("--person", type=GIVEN_TEXT, help="For person: a user id.")
@click.option("--plate", type=GIVEN_TEXT, help=f"For plate: a plate, {A_PART}.")
@with_keys(", to show plates and reasons")
@with_period
@with_why
@with_config
@with_json
def report(
    kind: str,
    out: Path,
    person: str | None,
    plate: str | None,
    key: tuple[Path, ...],
    since: datetime | None,
    until: datetime | None,
    why: str,
    settings: Settings,
    as_json: bool,
) -> None:
    """Make a report: weekly (CJIS AU-6), training (New Jersey), access (California), or of one person or plate.

    One that a law asks for, by its name in policies/oversight/laws, is made by `oversight report`. The period
    is the last seven days where nothing else is said; of a person or plate, everything.
    """
    from gateway.auditing import reports

    if (kind == "person") != (person is not None) or (kind == "plate") != (plate is not None):
        raise click.UsageError("`report person` needs --person, `report plate` needs --plate, and no other report does")
    reports.refuse_second(kind, out)
    until = until or clock.now()
    period = reports.Period(since=since or until - _WEEK, until=until)
    access, now, wanted = make_access(settings, why), clock.now(), None
    with reading(settings, indexed=False, judged=True) as source:
        if kind == "weekly":
            made = reports.weekly(source, access, period=period, made_at=now)
        elif kind == "training":
            made = _of_training(source, access, settings, period)
        elif kind in ("person", "plate"):
            asked = {"person": person, "plate": plate, "since": since, "until": until}
            wanted, made = _of_subject(kind, source, access, settings, read_key(key), asked)
        else:
            made = reports.accesses(source, access, period=period, made_at=now, private_key=read_key(key))
        extent = f"{made.extent} {tell_extent(source, made.period.since, made.period.until)}".strip()
        made = replace(made, extent=extent, lacking=(*made.lacking, *source.problems))
        files = reports.write_report(made, reports.page(made), out)
        tell_document({"files": [str(file) for file in files]}, as_json=as_json)
        if wanted is not None:
            refuse_unknown(source, wanted, found=0)


def _of_training(source: LedgerTable, access: Access, settings: Settings, period: Period) -> Report:
    from gateway.auditing import reports
    from gateway.cli.facts_queries import list_authorized, read_kept_rule, read_training_rule

    return reports.training(
        source,
        access,
        people=list_authorized(settings),
        rule=read_training_rule(settings),
        find_rule=lambda revision: read_kept_rule(settings, revision),
        period=period,
        made_at=clock.now(),
    )


def _of_subject(
    kind: str,
    source: LedgerTable,
    access: Access,
    settings: Settings,
    private_key: str | None,
    asked: dict[str, Any],
) -> tuple[Criteria, Report]:
    """What was looked for, and the report; none of a person whom neither records nor facts know, for the id was mistyped."""
    from gateway.auditing import reports

    wanted = criteria(settings, access, private_key, asked)
    made = reports.subject(
        source,
        access,
        kind="person" if kind == "person" else "plate",
        criteria=wanted,
        period=reports.Period(since=wanted.since or reports.BEGINNING, until=wanted.until or clock.now()),
        made_at=clock.now(),
        private_key=private_key,
    )
    if made.extent and wanted.person is not None and not access.is_known(wanted.person):
        refuse_unknown(source, wanted, found=0)
    return wanted, made
