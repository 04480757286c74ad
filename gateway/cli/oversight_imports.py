"""`oversight import` and `oversight reconcile`: vendors' own exports, held against the ledger."""

import contextlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import click

from gateway import clock
from gateway.app.audit import open_command_ledger
from gateway.app.oversight import (
    find_strangers,
    import_rules,
    import_staff_file,
    import_store,
    oversight_folder,
    oversight_state,
    people_of_facts,
)
from gateway.app.state import is_shared
from gateway.auditing.source import LedgerTable, open_source
from gateway.auditing.unsearched import list_shredded
from gateway.cli.audit_options import reading, refuse_problems, with_keys, with_period
from gateway.cli.auditor_key import read_key
from gateway.cli.given_once import GivenOnce
from gateway.cli.import_warnings import MOST_TOLD, name_row, name_rows, warn, warn_without_key
from gateway.cli.operator import operator
from gateway.cli.options import EXIT_NOT_SO, GivenFile, print_json, with_config, with_json
from gateway.cli.terminal import tell
from gateway.errors import ConfigurationError
from gateway.ledger.epoch_keys import list_wrapped
from gateway.ledger.records.event import admin_record
from gateway.oversight.imports.columns import read_columns
from gateway.oversight.imports.importer import KINDS
from gateway.oversight.imports.sheets import digest_of_file
from gateway.oversight.imports.store import ImportStore
from gateway.oversight.kept import check_imports, check_new, check_reconciliation
from gateway.oversight.staff import KINDS as STAFF
from gateway.oversight.staff import find_kind
from gateway.settings import Settings

_MOST_MAY_BE = 3
_OTHERS = (
    "warning: every other gateway on this store has a record of its own, so what was searched through it is told here as around this one: "
    "before anybody is asked, look for the decision id of such a row there (audit search --decision ID)"
)


@click.command("import", cls=GivenOnce)
@click.argument("file", type=GivenFile())
@click.option(
    "--kind", type=click.Choice([*KINDS, *STAFF]), default="organization", help="Which of the vendor's exports it is."
)
@click.option("--vendor", default="flock", help="Whose names of columns to read it by (policies/oversight/exports).")
@with_keys(": compares plates of ended epochs too")
@with_config
@with_json
def import_(file: Path, kind: str, vendor: str, key: tuple[Path, ...], settings: Settings, as_json: bool) -> None:
    """Read a vendor's audit export: CSV, XLSX, XLSB, or a zip of CSV. No plate, reason or case number of it is kept."""
    if kind in STAFF:
        strangers = find_strangers(settings, file) if kind == "rosters" else []
        rows = import_staff_file(settings, file, kind)
        record_act(settings, "oversight.imported", {"kind": kind, "rows": rows, "sha256": digest_of_file(file)})
        print_json({"kind": kind, "rows": rows}) if as_json else tell(f"{rows} rows of {kind}")
        if strangers:
            more = ", …" if len(strangers) > MOST_TOLD else ""
            named = f"{', '.join(strangers[:MOST_TOLD])}{more}"
            tell(
                f"warning: the facts do not know {len(strangers)} of its people, whom no detector judges by it: {named}",
                err=True,
            )
        return
    if staff := find_kind(file):
        raise ConfigurationError(
            [f"{file.name} is a list of {staff}, no vendor's export: import it with --kind {staff}"]
        )
    rules = import_rules(settings, vendor=vendor, kind=kind, private_key=read_key(key))
    with reading(settings) as source:
        check_new(source, file, kind, vendor)
        destroyed = _list_destroyed(source)
    report = import_store(settings).add(file, rules, now=clock.now())
    record_act(settings, "oversight.imported", _without_lists(report))
    print_json(report) if as_json else _tell_import(report)
    opened = {epoch.name for epoch in rules.epochs}
    warn_without_key(report, destroyed, closed=list_wrapped(settings.audit.directory) - opened)
    warn(report)


def _tell_import(report: dict[str, Any]) -> None:
    for name, value in _without_lists(report).items():
        tell(f"{name}: {value}")
    for problem in report["problems"][:MOST_TOLD]:
        tell(f"{name_row(problem)}: {problem['why']}", err=True)
    if len(report["problems"]) > MOST_TOLD:
        tell(f"and {report['rejected'] - MOST_TOLD} more rows (--json lists them)", err=True)


def _list_destroyed(source: LedgerTable) -> frozenset[str]:
    """The epochs of plates whose keys were destroyed, which is on record."""
    named = (str(record.get("epoch")) for record in list_shredded(source))
    return frozenset(epoch for epoch in named if epoch.startswith("e"))


def _without_lists(report: dict[str, Any]) -> dict[str, Any]:
    lists = ("problems", "rows_without_time", "not_understood", "may_be_ours")
    return {name: value for name, value in report.items() if name not in lists}


@click.command("reconcile", cls=GivenOnce)
@with_period
@click.option("--fail-on-around", is_flag=True, help="Exit code 1 where a search was made around the gateway.")
@with_config
@with_json
def reconcile(
    since: datetime | None, until: datetime | None, fail_on_around: bool, settings: Settings, as_json: bool
) -> None:
    """Hold all imported exports against the ledger; list what was searched around the gateway, changed or left out."""
    from gateway.oversight.reconciliation.reconcile import MEMORY, keep
    from gateway.oversight.reconciliation.reconcile import reconcile as hold_against

    imports, folder, state = import_store(settings), oversight_folder(settings), oversight_state(settings)
    people = people_of_facts(settings)
    if not people:
        tell("warning: no facts were imported here: names of searchers mean only people on record", err=True)
    with open_with_imports(settings, memory=MEMORY) as source:
        kept = check_imports(source, imports)
        if kept.changed:
            raise ConfigurationError(list(kept.changed))
        _require_imports(source, imports)
        reports = imports.reports()
        _require_told_of(reports, since, until)
        whole = check_reconciliation(source, state, clock.now()) is None
        writing = [vendor for vendor in kept.vendors if read_columns(folder, vendor).writes_decision_id]
        found = hold_against(source, imports, writes_id=writing, since=since, until=until, people=people)
        destroyed = _list_destroyed(source) if found.not_compared else frozenset()
    told = found.describe(since, until) | {"imports_gone": list(kept.missing)}
    keep(
        found,
        state,
        lambda digest: record_act(settings, "oversight.reconciled", told | {"kept_sha256": digest}),
        now=clock.format_instant(clock.now()),
        before=lambda at: whole and _is_outside(at, since, until),
    )
    unread = {report["import_id"]: report["rejected"] for report in reports if report.get("rejected")}
    for name, number in unread.items() if found.counts["missing_at_vendor"] else ():
        told_of = "a search that is said to be missing at the vendor may be one of them"
        tell(f"warning: rows of {name} that were not read (see its import): {number:,}; {told_of}", err=True)
    _warn_not_compared(found.not_compared, destroyed)
    _warn_timeless(found.timed)
    for name in kept.missing:
        tell(f"warning: of {name}, which is on record, nothing is left here: import the file again", err=True)
    if as_json:
        lists = {"rows": list(found.told), "not_compared": list(found.not_compared), "imports_gone": list(kept.missing)}
        print_json({**found.shown, **lists, "imports": [dict(each) for each in found.timed]})
    else:
        _tell(found.shown, found.told)
    if found.around and is_shared(settings):
        tell(_OTHERS, err=True)
    if fail_on_around and found.around:
        raise SystemExit(EXIT_NOT_SO)


def _require_imports(source: LedgerTable, imports: ImportStore) -> None:
    """Numbers of nothing would look as if all were well; where every import was withdrawn, they do away with what was found in them.

    Raises:
        ConfigurationError: there never was an import.
    """
    if any(imports.files()):
        return
    refuse_problems(source.problems)  # of a damaged record the damage is told first
    told = "no export of a vendor is imported here"
    remedy = "ask the vendor for its audit, and: lpr-gateway oversight import FILE"
    if not source.ask(
        "SELECT 1 FROM records WHERE event_type = 'oversight.imported' AND oversight->>'import_id' IS NOT NULL LIMIT 1"
    ):
        raise ConfigurationError([f"{told}, so there is nothing to hold against the record; {remedy}"])
    tell(f"warning: {told} any more, so nothing was held against the record; {remedy}", err=True)


def _require_told_of(reports: Sequence[dict[str, Any]], since: datetime | None, until: datetime | None) -> None:
    """Zeros of a time of which no export tells would be published as if nobody had searched around the gateway.

    Raises:
        ConfigurationError: no row of any import can be of the period.
    """
    if reports and not any(_may_tell_of(report, since, until) for report in reports):
        told = "no imported export has a row of this period, nor reaches over it, so nothing of it could be held against the record"
        raise ConfigurationError([f"{told}: ask the vendor for its audit of that time, and import it first"])


def _may_tell_of(report: dict[str, Any], since: datetime | None, until: datetime | None) -> bool:
    first, last = (clock.parse_instant(report[name] or "") for name in ("first", "last"))
    if first is None or last is None or report["without_time"]:
        return True  # of what time it is nobody knows
    return (until is None or first < until) and (since is None or last >= since)


def _is_outside(text: str | None, since: datetime | None, until: datetime | None) -> bool:
    """Whether a time is not in the period that was reconciled; rows without one always are in it."""
    at = None if text is None else clock.parse_instant(text)
    return at is not None and ((since is not None and at < since) or (until is not None and at >= until))


def _tell(counts: dict[str, int | None], rows: tuple[dict[str, Any], ...]) -> None:
    for name, number in counts.items():
        tell(f"{name}: {'not compared' if number is None else number}")
    undecided = sorted(
        (row for row in rows if row["class"] == "indeterminate"), key=lambda row: bool(row["row"] and not row["may_be"])
    )
    for row in [*(row for row in rows if row["class"] not in ("duplicate", "indeterminate")), *undecided[:MOST_TOLD]]:
        place = f"{row['import_id']} row {row['row']}" if row["row"] else f"decision {row['decision_id']}"
        tell(
            f"{row['class']}: {place}, {row['at'] or 'no time'}, {row['person'] or row['user_id'] or 'unnamed'}: {row['note']}{_tell_may_be(row['may_be'])}"
        )
    if len(undecided) > MOST_TOLD:
        tell(f"and {len(undecided) - MOST_TOLD:,} more indeterminate rows (--json lists them)")


def _warn_not_compared(rows: tuple[dict[str, Any], ...], destroyed: Collection[str] = ()) -> None:
    """Of which rows the plates say nothing yet, and what makes them say it; or that nothing does any more."""
    for import_id, found in groupby(rows, key=itemgetter("import_id")):
        of_import = list(found)
        for gone in (False, True):
            places = [place for place in of_import if (place["epoch"] in destroyed) is gone]
            if places:
                told = f"the plates of {name_rows(places[:MOST_TOLD], len(places))} of {import_id} were not compared"
                tell(f"warning: {told}: {_tell_key(places, gone=gone)}", err=True)


def _tell_key(places: list[dict[str, Any]], *, gone: bool) -> str:
    epochs = ", ".join(sorted({place["epoch"] for place in places}))
    why = f"the record has them under the key of {epochs}, which "
    if gone:
        return f"{why}was destroyed, which is on record (epoch.shredded), so they stay so"
    remedy = "import the file again with --key of an auditor to whom that key was wrapped, and reconcile again"
    return f"{why}was not at hand when the file was imported; {remedy}"


def _warn_timeless(imports: tuple[dict[str, Any], ...]) -> None:
    """Of which rows nothing is said for want of a time, and whether that leaves open what is missing."""
    for told in imports:
        if not told["without_time"]:
            continue
        rows = f"in {told['without_time']:,} of the {told['rows']:,} rows of {told['import_id']} no time can be read"
        said = "whether the vendor has them at another time is not said"
        if told["beyond"]:
            said += ", and of searches in the time that they are of not whether the vendor lacks them"
        remedy = "see its import for the rows, and ask the vendor for times with their zone, best in UTC"
        tell(f"warning: {rows}: {said}; {remedy}", err=True)


def _tell_may_be(decision_ids: list[str]) -> str:
    """Which searches of ours a row may be; of none of them it is said that the vendor's export lacks it."""
    more = len(decision_ids) - _MOST_MAY_BE
    named = ", ".join(decision_ids[:_MOST_MAY_BE]) + (f" or one of {more:,} more" if more > 0 else "")
    return f"; it may be decision {named}" if named else ""


@contextlib.contextmanager
def open_with_imports(settings: Settings, *, memory: str) -> Iterator[LedgerTable]:
    """The ledger and the kept imports in one database; ends the command with exit code 1 where not all could be read."""
    with open_source(settings.audit.directory, beside=[oversight_state(settings)], memory=memory) as source:
        yield source
        refuse_problems(source.problems)


def record_act(settings: Settings, event_type: str, details: dict[str, Any], **fields: Any) -> None:  # noqa: ANN401 - JSON
    """Put what oversight did on record; without that it was not done.

    Raises:
        Refusal, ConfigurationError: it cannot be recorded.
    """
    with contextlib.closing(open_command_ledger(settings)) as ledger:
        ledger.record(admin_record(event_type, operator=operator(), oversight=details, **fields))
