"""`oversight withdraw`: an import taken back, with what only it had raised."""

import contextlib
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import click

from gateway import clock
from gateway.app.audit import open_command_ledger
from gateway.app.oversight import agency_values, import_store, oversight_state, show_findings
from gateway.app.state import index_folder
from gateway.auditing.source import LedgerTable, open_source
from gateway.cli.audit_options import reading
from gateway.cli.given_once import GivenOnce
from gateway.cli.operator import is_operator, operator
from gateway.cli.options import KEPT_WORDS, print_json, with_config, with_json
from gateway.cli.oversight_findings import hold_detectors
from gateway.cli.terminal import tell
from gateway.errors import ConfigurationError
from gateway.ledger.records.event import admin_record
from gateway.oversight.kept import check_reconciliation, list_standing
from gateway.oversight.reviews import MisuseFinding, read_findings
from gateway.oversight.withdrawal import leave_out, put_back, raised_by
from gateway.settings import Settings


@click.command("withdraw", cls=GivenOnce)
@click.argument("import_id")
@click.option("--why", type=KEPT_WORDS, required=True, help="What was wrong with it; kept in the record.")
@with_config
@with_json
def withdraw(import_id: str, why: str, settings: Settings, as_json: bool) -> None:
    """Take an import back that was of the wrong file, vendor or kind, with the findings that rest on it alone. It is an alert of D20, that somebody looks at it."""
    state = oversight_state(settings)
    with hold_detectors(settings):
        with reading(settings) as source:
            raised = _find_raised(settings, source, import_id)
            whole = check_reconciliation(source, state, clock.now()) is None
        settled = [item for item in raised if whole and not _is_own(item)]
        content = leave_out(import_id, state) if whole else None
        _record(settings, import_id, settled, why, content)
        if content is not None:
            put_back(content, state)
        import_store(settings).remove(import_id)
    with open_source(settings.audit.directory, index_folder(settings)) as source:
        show_findings(settings, source)
    left = [item for item in raised if item not in settled]
    _tell(import_id, settled, left, whole=whole, as_json=as_json)


def _find_raised(settings: Settings, source: LedgerTable, import_id: str) -> list[MisuseFinding]:
    known = list_standing(source)
    if import_id not in known:
        there = f"; there are: {', '.join(known)}" if known else ""
        raise ConfigurationError([f"{import_id} is no import on record, or was withdrawn{there}"])
    findings = read_findings(source, agency_values(settings)["review_due_days"])
    return raised_by(import_id, findings, oversight_state(settings))


def _is_own(finding: MisuseFinding) -> bool:
    """Whether it is about who withdraws: nobody settles what is about themselves."""
    return any(is_operator(person) for person in (finding.user_id, *finding.persons) if person is not None)


def _record(
    settings: Settings, import_id: str, settled: Sequence[MisuseFinding], why: str, content: bytes | None
) -> None:
    details: dict[str, Any] = {"import_id": import_id, "findings": [item.finding_id for item in settled]}
    if content is not None:
        details["kept_sha256"] = sha256(content).hexdigest()
    with contextlib.closing(open_command_ledger(settings)) as ledger:
        ledger.record(admin_record("oversight.withdrawn", operator=operator(), oversight=details, why=why))
        for item in settled:
            ledger.record(
                admin_record(
                    "finding.withdrawn",
                    finding_id=item.finding_id,
                    user_id=item.user_id,
                    operator=operator(),
                    why=why,
                    oversight=item.tell_concerned() | {"import_id": import_id},
                )
            )


def _tell(
    import_id: str, settled: Sequence[MisuseFinding], left: Sequence[MisuseFinding], *, whole: bool, as_json: bool
) -> None:
    if as_json:
        names = {"findings": [item.finding_id for item in settled], "findings_left": [item.finding_id for item in left]}
        print_json({"import_id": import_id, "withdrawn": True, **names})
    else:
        told = ", and with it: " + ", ".join(item.finding_id for item in settled) if settled else ""
        tell(f"{import_id} withdrawn{told}. Reconcile again: what is counted of it stands until then")
    if left:
        why = "they are about you" if whole else "what is kept of the last reconciliation is not what it found"
        named = ", ".join(item.finding_id for item in left)
        tell(f"warning: these findings rest on it and stay open, for {why}: {named}", err=True)
