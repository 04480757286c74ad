"""`oversight run | findings | assign | review`: misuse looked for, and judged by a person who may."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from gateway import clock
from gateway.app.audit import open_command_ledger
from gateway.app.oversight import (
    agency_values,
    bound_beginning,
    look_for_misuse,
    oversight_folder,
    oversight_state,
    show_findings,
)
from gateway.app.oversight_faults import find_detector_faults, find_table_faults
from gateway.app.oversight_words import find_strange_words
from gateway.app.state import index_folder, load_integrity
from gateway.auditing.plate_identity import list_breaks
from gateway.auditing.search import Criteria
from gateway.auditing.source import LedgerTable, open_source
from gateway.cli.audit_options import make_access, note_several, reading, refuse_problems, refuse_unknown, with_period
from gateway.cli.given_once import GivenOnce
from gateway.cli.operator import is_operator, operator
from gateway.cli.options import KEPT_WORDS, print_json, with_config, with_json
from gateway.cli.terminal import tell, tell_aligned
from gateway.clock import format_instant
from gateway.errors import ConfigurationError
from gateway.facts import open_facts
from gateway.ledger.records.event import admin_record
from gateway.model import Json, Question
from gateway.oversight.detectors.catalog import read_detectors
from gateway.oversight.detectors.runner import open_detectors_lock
from gateway.oversight.reviews import (
    OUTCOMES,
    WITHDRAWN,
    MisuseFinding,
    Reviewer,
    check_assignment,
    check_review,
    read_findings,
)
from gateway.oversight.reviews.steps import tell_closed
from gateway.settings import Settings

_LOCK_WAIT_S = 120.0
_BOTH_TURNED = (
    "both keys of plates' hashes turned at once, as where an auditor's key is taken out, or after a long stop: no plate is followed from "
    "before to after, so detectors count each anew; an auditor's `audit search --plate`, with both keys, finds all"
)
_WHETHER_KNOWN = "listing findings, and whether the record knows this person"


@click.command("run", cls=GivenOnce)
@with_period
@with_config
@with_json
def run(since: datetime | None, until: datetime | None, settings: Settings, as_json: bool) -> None:
    """Run all detectors over a period (default: the whole ledger). What is new is put on record, and counted here."""
    for sentence in (*find_table_faults(settings), *find_strange_words(settings)):  # it runs all the same
        tell(f"warning: {sentence}", err=True)
    if faults := find_detector_faults(settings):
        raise ConfigurationError(faults)
    until = min(filter(None, (until, clock.now())))  # of what is to come nothing is overdue, or neglected, yet
    since = bound_beginning(settings, since)
    with hold_detectors(settings), contextlib.closing(open_command_ledger(settings)) as ledger:
        new = look_for_misuse(settings, ledger.record, since, until)
    with open_source(settings.audit.directory) as source:  # whatever the index held of it before
        problems, breaks = source.problems, list_breaks(source)
    document = {"new": len(new), "findings": [item.finding_id for item in new], "since": clock.format_instant(since)}
    if as_json:
        print_json(document)
    else:
        tell(f"{len(new)} new findings; `oversight findings` lists them")
    for at in (at for at in breaks if at > since):
        tell(f"note: {clock.format_instant(at)}: {_BOTH_TURNED}", err=True)
    note_several(settings)
    refuse_problems(problems)


@contextlib.contextmanager
def hold_detectors(settings: Settings) -> Iterator[None]:
    """Nobody else looks for misuse meanwhile.

    Raises:
        ConfigurationError: somebody does, and has not ended after a while.
    """
    with contextlib.closing(open_detectors_lock(oversight_state(settings))) as lock:
        if not lock.take(_LOCK_WAIT_S):
            raise ConfigurationError(["the detectors are looking already, and have not ended: try again in a while"])
        yield


@click.command("findings", cls=GivenOnce)
@click.option("--status", type=click.Choice(["open", "assigned", *OUTCOMES, WITHDRAWN]), help="Only of this state.")
@click.option("--person", help="Only those in which a search of this user id is.")
@with_config
@with_json
def findings(status: str | None, person: str | None, settings: Settings, as_json: bool) -> None:
    """List the findings, oldest first, and what became of each; with --json each in full, as the decisions it is about."""
    with reading(settings) as source:
        found = read_findings(source, agency_values(settings)["review_due_days"])
        _show_findings(found, source, settings, status, person, as_json=as_json)


def _show_findings(
    found: list[MisuseFinding],
    source: LedgerTable,
    settings: Settings,
    status: str | None,
    person: str | None,
    *,
    as_json: bool,
) -> None:
    chosen = [item for item in found if status in (None, item.status) and (person is None or item.is_about(person))]
    if person is not None and not chosen:
        # whether any record knows the person is more than what was found, and so is asked of the record
        make_access(settings, _WHETHER_KNOWN).record("findings", {"person": person})
        refuse_unknown(source, Criteria(person=person), found=0)
    if as_json:
        print_json([item.describe() for item in chosen])
    else:
        titles = {item.detector_id: item.title for item in read_detectors(oversight_folder(settings))}
        tell_aligned([_row(item, item.title or titles.get(item.detector_id)) for item in chosen])


def _row(finding: MisuseFinding, title: str | None) -> dict[str, Json]:
    """What fits a line: enough to choose one by."""
    return {
        "finding_id": finding.finding_id,
        "found": f"{finding.detector_id} {finding.cause or title or ''}".strip(),
        "user_id": finding.user_id,
        "office": finding.office,
        "severity": finding.severity,
        "decisions named": len(finding.decision_ids),
        "due": format_instant(finding.due)[:10],
        "status": finding.status,
        "reviewer": finding.reviewer,
    }


@click.command("assign", cls=GivenOnce)
@click.argument("finding_id")
@click.option("--to", "reviewer", required=True, help="The user id of who is to review it.")
@with_config
@with_json
def assign(finding_id: str, reviewer: str, settings: Settings, as_json: bool) -> None:
    """Give a finding to a reviewer, who is neither the person concerned nor, where the detector says so, of that office."""
    finding, judge = _find_to_judge(settings, finding_id), find_reviewer(settings, reviewer)
    check_assignment(finding, judge, agency_values(settings)["reviewer_roles"])
    _record(settings, "finding.assigned", finding, {"reviewer": reviewer})
    _tell({"finding_id": finding_id, "status": "assigned", "reviewer": reviewer}, as_json=as_json)


@click.command("review", cls=GivenOnce)
@click.argument("finding_id")
@click.option("--outcome", type=click.Choice(OUTCOMES), required=True)
@click.option("--why", type=KEPT_WORDS, required=True, help="What was found out; kept in the record.")
@click.option(
    "--by", "reviewer", help="The user id of who reviewed it; default: who it is assigned to, else who runs this."
)
@with_config
@with_json
def review(finding_id: str, outcome: str, why: str, reviewer: str | None, settings: Settings, as_json: bool) -> None:
    """Close a finding: explained, misuse, or referred to somebody else."""
    finding = _find_to_judge(settings, finding_id)
    name = reviewer or finding.reviewer
    if name is None or finding.is_closed:
        _check_open(finding, why)
    else:
        roles = agency_values(settings)["reviewer_roles"]
        check_review(finding, find_reviewer(settings, name), roles, outcome=outcome, why=why)
    _record(settings, "finding.reviewed", finding, {"reviewer": name or operator(), "outcome": outcome}, why=why)
    _tell({"finding_id": finding_id, "status": outcome, "reviewer": name or operator()}, as_json=as_json)


def list_findings(settings: Settings) -> list[MisuseFinding]:
    """All findings as the record has them."""
    with open_source(settings.audit.directory, index_folder(settings)) as source:
        return read_findings(source, agency_values(settings)["review_due_days"])


def _check_open(finding: MisuseFinding, why: str) -> None:
    """The privacy office's own operator, who is no person of the facts, judges what is assigned to nobody."""
    if finding.is_closed:
        raise ConfigurationError([tell_closed(finding)])
    if not why.strip():
        raise ConfigurationError(["say why"])


def _find_to_judge(settings: Settings, finding_id: str) -> MisuseFinding:
    """The finding; nobody gives one about themselves to a friend, or closes it in another's name."""
    finding = _find(settings, finding_id)
    if any(is_operator(person) for person in (finding.user_id, *finding.persons) if person is not None):
        raise ConfigurationError(["nobody reviews a finding about themselves, or gives it to somebody"])
    return finding


def _find(settings: Settings, finding_id: str) -> MisuseFinding:
    for finding in list_findings(settings):
        if finding.finding_id == finding_id:
            return finding
    raise ConfigurationError([f"there is no finding {finding_id}"])


def find_reviewer(settings: Settings, user_id: str) -> Reviewer:
    """Somebody as the facts know them.

    Raises:
        ConfigurationError: they know nobody of that name.
    """
    with contextlib.closing(open_facts(settings.facts.url, load_integrity(settings))) as facts:
        known = facts.look_up(Question(user_id=user_id, case_number=None, plate=None)).subject
    if known is None:
        raise ConfigurationError([f"the facts know no person {user_id}"])
    return Reviewer(user_id=user_id, office=known.office, roles=known.roles, active=known.active is True)


def _record(
    settings: Settings, event_type: str, finding: MisuseFinding, details: dict[str, Any], *, why: str | None = None
) -> None:
    with contextlib.closing(open_command_ledger(settings)) as ledger:
        ledger.record(
            admin_record(
                event_type,
                finding_id=finding.finding_id,
                user_id=finding.user_id,
                operator=operator(),
                why=why,
                oversight=finding.tell_concerned() | details,
            )
        )
    with open_source(settings.audit.directory, index_folder(settings)) as source:
        show_findings(settings, source)


def _tell(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        tell(", ".join(f"{name}: {value}" for name, value in document.items()))
