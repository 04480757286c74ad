"""Joins oversight's parts as the settings say: its tables, its imports, and what written reasons are like."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.app.oversight_rules import describe_change
from gateway.app.state import index_folder, oversight_directory, secrets_folder
from gateway.auditing.source import LedgerTable, open_source
from gateway.clock import now
from gateway.errors import ConfigurationError
from gateway.facts.queries import list_names, list_users
from gateway.ledger.epoch_keys import readable_epochs
from gateway.ledger.records.event import Body, admin_record
from gateway.oversight.detectors.arrivals import Arrivals
from gateway.oversight.detectors.catalog import read_detectors
from gateway.oversight.detectors.context import read_detection_context
from gateway.oversight.detectors.detection import Detection
from gateway.oversight.detectors.runner import DetectorRunner, find_new, write_finding
from gateway.oversight.followed_table import FollowedTable
from gateway.oversight.imports.columns import plain, read_columns, require_known_vendor
from gateway.oversight.imports.kept_rows import ImportRules
from gateway.oversight.imports.store import ImportStore
from gateway.oversight.kept import list_changed, times_of_imports
from gateway.oversight.known_people import PeopleOfFacts
from gateway.oversight.reasons import read_reason_traits
from gateway.oversight.reviews import MisuseFinding, due_reminders, read_findings
from gateway.oversight.reviews.board import FindingBoard, ReviewRules
from gateway.oversight.reviews.reviewed import list_reviewed
from gateway.oversight.staff import import_staff, list_rostered
from gateway.oversight.table_forms import AgencyForm, find_value_line, read_form, require_zone
from gateway.oversight.tables import OversightFolder, values
from gateway.pdp.backward_rule import answer_by_rule
from gateway.pdp.tables import find_lines, parse_table
from gateway.settings import Settings
from gateway.value import replace

_BESIDE_SEARCHES = 1
"""Threads of the round that is made beside the requests: one processor's worth, whatever the machine has."""


def oversight_folder(settings: Settings) -> OversightFolder:
    """The detectors and tables."""
    there = oversight_directory(settings)
    return OversightFolder(path=there, parse=parse_table, ask_rule=answer_by_rule, find_lines=find_lines)


def oversight_state(settings: Settings) -> Path:
    """Where what oversight makes lies; all of it can be made anew."""
    return settings.paths.state / "oversight"


def agency_values(settings: Settings, *, strictly: bool = True) -> dict[str, Any]:
    """What oversight must know of the agency; not `strictly` for who serves officers, whatever else is wrong in it.

    Raises:
        ConfigurationError: the table is missing, or not as it must be.
    """
    folder, name = oversight_folder(settings), "oversight/agency/data.yaml"
    written, lines = folder.table("agency"), folder.lines("agency")
    table = values(written, name, lines)
    if strictly:
        read_form(AgencyForm, table, name, partial(find_value_line, lines))
    else:
        require_zone(table.get("time_zone"), name, partial(find_value_line, lines))
    return table


def import_store(settings: Settings) -> ImportStore:
    """Where imported exports lie."""
    return ImportStore(
        folder=oversight_state(settings) / "imports", zone=ZoneInfo(agency_values(settings)["time_zone"])
    )


def import_rules(settings: Settings, *, vendor: str, kind: str, private_key: str | None) -> ImportRules:
    """How an export of this vendor and kind is read, with every key of plates that can be had.

    Raises:
        ConfigurationError: a table is not right, or the private key is none, or no row of a shared audit could be ours.
    """
    folder = oversight_folder(settings)
    names = frozenset(plain(name) for name in agency_values(settings)["organizations"])
    if kind == "network" and not names:
        told = "nobody's rows of a shared audit are known as ours: write this agency's names in it into `organizations`"
        raise ConfigurationError([f"{folder.path / 'agency' / 'data.yaml'}: {told}"])
    require_known_vendor(folder, vendor, (entry.profile for entry in settings.vendors))
    epochs = readable_epochs(settings.audit.directory, secrets_folder(settings), private_key)
    return ImportRules(
        columns=read_columns(folder, vendor),
        kind=kind,
        organizations=names,
        epochs=tuple(epochs),
        describe=read_reason_traits(folder).of,
    )


def find_strangers(settings: Settings, path: Path) -> list[str]:
    """Whom of a list of shifts the facts do not know, in order; nobody where there are no facts to know anybody by.

    Raises:
        ConfigurationError: they know none of them, or the list cannot be read.
    """
    rostered = list_rostered(path)
    try:
        known = list_users(settings.facts.url)
    except ConfigurationError:
        return []
    strangers = sorted(rostered - known)
    if strangers and not rostered & known:
        told = f"{path.name}: the facts know none of its people ({strangers[0]} the first)"
        raise ConfigurationError([f"{told}: user_id is that of users.csv; nothing was changed"])
    return strangers


def people_of_facts(settings: Settings) -> PeopleOfFacts:
    """Everybody whom the facts know, or knew: with them names of a vendor's file are compared.

    Raises:
        ConfigurationError: there are facts, and they cannot be read: then nobody would be concerned by what is about them.
    """
    return list_names(settings.facts.url, keep_days=settings.facts.keep_days)


def import_staff_file(settings: Settings, path: Path, kind: str) -> int:
    """Import rosters or households, these hashed under the keys on the host; the number of rows.

    Raises:
        ConfigurationError: with every mistake in the file.
    """
    epochs = readable_epochs(settings.audit.directory, secrets_folder(settings))
    return import_staff(path, kind, oversight_state(settings), epochs)


def look_for_misuse(
    settings: Settings, record: Callable[[Body], object], since: datetime, until: datetime, threads: int | None = None
) -> list[Detection]:
    """Run every detector over a period, put what is new on record, remind of reviews that are due; what is new.

    Done on so many `threads` (None: one a processor).

    Raises:
        ConfigurationError, Refusal, OSError, ValueError, duckdb.Error: it could not be done.
    """
    detectors, agency, state = (
        read_detectors(oversight_folder(settings)),
        agency_values(settings),
        oversight_state(settings),
    )
    by_id = {detector.detector_id: detector for detector in detectors}
    imports = import_store(settings)
    index = index_folder(settings)
    with open_source(settings.audit.directory, index, beside=[state], threads=threads) as source:
        context = read_detection_context(
            state, imports, imported=times_of_imports(source), changed=list_changed(source, state, imports, now())
        )
        if context.vendor_rows or context.vendor_events:
            context = replace(context, people=people_of_facts(settings))
        changed = describe_change(settings, source, detectors)
        if changed is not None:
            record(changed)
        new = find_new(source, detectors, context, since=since, until=until, zone=agency["time_zone"])
        for found in new:
            due = now() + timedelta(days=agency["review_due_days"][found.severity])
            record(write_finding(found, by_id[found.detector_id], due))
        findings = show_findings(settings, source)
    if new:  # they are in the ledger only now
        with open_source(settings.audit.directory, index, threads=threads) as source:
            findings = show_findings(settings, source)
    remind = timedelta(days=agency["remind_days"])
    for finding, event_type in due_reminders(findings, now=until, remind=remind):
        told = finding.tell_concerned() | {"reviewer": finding.reviewer}
        record(
            admin_record(
                event_type, finding_id=finding.finding_id, user_id=finding.user_id, operator="gateway", oversight=told
            )
        )
    return new


def show_findings(settings: Settings, source: LedgerTable) -> list[MisuseFinding]:
    """All findings as the record has them, put on the board with the searches that were looked at."""
    findings = read_findings(source, agency_values(settings)["review_due_days"])
    finding_board(settings).write(findings, list_reviewed(source, findings))
    return findings


def finding_board(settings: Settings) -> FindingBoard:
    """Where workers read what was found; nobody may judge where the folder of oversight is not there."""
    if not oversight_directory(settings).is_dir():
        return FindingBoard(folder=oversight_state(settings), rules=ReviewRules)
    table = oversight_directory(settings) / "agency" / "data.yaml"
    followed = FollowedTable(table, lambda: _review_rules(settings))
    return FindingBoard(folder=oversight_state(settings), rules=followed.value)


def _review_rules(settings: Settings) -> ReviewRules:
    agency = agency_values(settings, strictly=False)
    roles, days = tuple(agency.get("reviewer_roles") or ()), int(agency.get("told_days") or 0)
    return ReviewRules(reviewer_roles=roles, told_days=days)


def first_record_at(settings: Settings) -> datetime:
    """When the ledger begins; now where it is empty."""
    with open_source(settings.audit.directory, index_folder(settings)) as source:
        [(first,)] = source.ask("SELECT min(ts) FROM records")
    return now() if first is None else first.replace(tzinfo=UTC)


def bound_beginning(settings: Settings, since: datetime | None) -> datetime:
    """From when detectors look, who are asked from `since` on: before the ledger and all that came in beside it there are only empty days."""
    first = first_record_at(settings)
    if since is None or since >= first:
        return since or first
    arrivals = Arrivals(oversight_state(settings))
    return max(since, min(filter(None, (first, arrivals.earliest(arrivals.marks())))))


def make_detector_runner(settings: Settings, record: Callable[[Body], object]) -> DetectorRunner:
    """What looks for misuse beside the requests, at all that no round has looked at."""

    def look(since: datetime | None) -> None:
        look_for_misuse(settings, record, since or first_record_at(settings), now(), _BESIDE_SEARCHES)

    every_s = settings.oversight.every_s
    return DetectorRunner(settings.audit.directory, oversight_state(settings), look, every_s=every_s, clock=now)


def reason_describer(settings: Settings) -> Callable[[str], Sequence[str]]:
    """What tells in codes what a written reason is like, by the table as it is then; nothing where there is no folder of oversight.

    Raises:
        ConfigurationError: the table of codes is not right.
    """
    folder = oversight_folder(settings)
    if not folder.path.is_dir():
        return lambda _text: ()
    followed = FollowedTable(folder.path / "reasons" / "data.yaml", lambda: read_reason_traits(folder))
    return lambda text: followed.value().of(text)
