"""`facts import | check | rollback | revisions | show`: what the gateway knows of people, cases and plates."""

from dataclasses import asdict
from pathlib import Path

import click

from gateway import clock
from gateway.app.audit import open_command_ledger
from gateway.app.begun import require_record
from gateway.app.facts_age import read_longest_age
from gateway.app.state import load_common_integrity
from gateway.app.vocabulary import read_vocabulary
from gateway.cli.facts_preview import tell_preview
from gateway.cli.given_once import Commands
from gateway.cli.operator import operator
from gateway.cli.options import (
    EXIT_NOT_SO,
    KEPT_WORDS,
    GivenFolder,
    print_json,
    show,
    warn_elsewhere,
    with_config,
    with_json,
)
from gateway.facts import queries
from gateway.facts.importer import ImportTerms, import_facts, preview_facts
from gateway.facts.manifest import read_manifest_key
from gateway.facts.rollback import roll_back
from gateway.kept_words import tell_plates
from gateway.ledger.records.event import admin_record
from gateway.settings import Settings

_SUBJECTS = {"user": "user_id", "case": "case_number"}
"""Under which field of a record it is found whom or what was looked at."""


@click.group(cls=Commands)
def facts() -> None:
    """People, cases and plates, as immutable revisions."""


@facts.command("import")
@click.argument("directory", type=GivenFolder())
@click.option("--force", is_flag=True, help="Let tables shrink; needs --why.")
@click.option("--why", type=KEPT_WORDS, help="Kept with the revision and in the audit record.")
@with_config
@with_json
def import_(directory: Path, force: bool, why: str | None, settings: Settings, as_json: bool) -> None:
    """Read the nine CSV files in DIRECTORY and switch to them, or change nothing and say every mistake."""
    ledger = open_command_ledger(settings)
    try:
        terms = _terms(settings, integrity=load_common_integrity(settings), force=force, why=why)
        report = import_facts(directory, url=settings.facts.url, terms=terms)
        ledger.record(
            admin_record(
                "facts.imported",
                operator=operator(),
                facts_revision=report.revision,
                facts_sha256=report.sha256,
                as_of=clock.format_instant(report.as_of),
                rows=dict(report.rows),
                shrunk=list(report.shrunk) or None,
                why=why,
            )
        )
    finally:
        ledger.close()
    for sentence in report.warnings:
        click.echo(f"warning: {sentence}", err=True)
    if as_json:
        print_json(asdict(report) | {"rows": dict(report.rows)})
    else:
        click.echo(
            f"revision {report.revision}: {sum(report.rows.values())} rows, as of {clock.format_instant(report.as_of)}"
        )
    warn_elsewhere(settings, "facts")


@facts.command("check")
@click.argument("directory", type=GivenFolder())
@with_config
@with_json
def check(directory: Path, settings: Settings, as_json: bool) -> None:
    """What importing DIRECTORY would change, and whom it would affect. Nothing is changed, and no plate is shown."""
    terms = _terms(settings, integrity=b"")  # nothing is sealed, and no secret made to seal it with
    warn_elsewhere(settings, "facts")
    preview = preview_facts(directory, url=settings.facts.url, terms=terms)
    if as_json:
        print_json(asdict(preview) | {"rows": dict(preview.rows)})
    else:
        tell_preview(preview)
    if preview.problems or preview.shrunk:
        raise SystemExit(EXIT_NOT_SO)


@facts.command("rollback")
@click.argument("revision", required=False)
@click.option("--why", type=KEPT_WORDS, required=True, help="Kept with the revision and in the audit record.")
@with_config
@with_json
def rollback(revision: str | None, why: str, settings: Settings, as_json: bool) -> None:
    """Put an earlier revision's facts in force again (without REVISION: the one before), as a new revision."""
    require_record(settings)
    ledger, now = open_command_ledger(settings), clock.now()
    try:
        integrity, keep_days = load_common_integrity(settings), settings.facts.keep_days
        restored = roll_back(settings.facts.url, revision, now=now, why=why, integrity=integrity, keep_days=keep_days)
        ledger.record(
            admin_record(
                "facts.rolled_back",
                operator=operator(),
                facts_revision=restored.revision,
                restored_revision=restored.place,
                as_of=clock.format_instant(restored.as_of),
                rows=dict(restored.rows),
                why=why,
            )
        )
    finally:
        ledger.close()
    hours = (now - restored.as_of).total_seconds() / 3600
    if hours > read_longest_age(settings):
        click.echo(f"warning: these facts are {hours:.0f} hours old, so everything is denied (facts_stale)", err=True)
    if as_json:
        print_json({"revision": restored.revision, "restored": restored.place})
    else:
        click.echo(f"revision {restored.revision}: the facts of {restored.place} are in force again")
    warn_elsewhere(settings, "facts")


@facts.command("revisions")
@with_config
@with_json
def revisions(settings: Settings, as_json: bool) -> None:
    """Every revision ever imported, newest first; the first is in force."""
    warn_elsewhere(settings, "facts")
    rows = [
        {
            "revision": revision.revision,
            "imported_at": clock.format_instant(revision.imported_at),
            "as_of": clock.format_instant(revision.as_of),
            "serial": revision.serial,
            "signed": revision.signed,
            "rows": sum(revision.rows.values()),
            "why": revision.why,
            "restores": revision.data,
        }
        for revision in queries.revisions(settings.facts.url)
    ]
    show(rows, as_json=as_json)


@facts.command("show")
@click.argument("kind", type=click.Choice(["user", "case", "plate"]))
@click.argument("identifier", metavar="ID")
@click.option("--why", type=KEPT_WORDS, help="Kept in the audit record.")
@with_config
@with_json
def show_(kind: str, identifier: str, why: str | None, settings: Settings, as_json: bool) -> None:
    """What the revision in force holds on one user, case or plate. Looking is recorded."""
    warn_elsewhere(settings, "facts")
    found = queries.show(settings.facts.url, kind, identifier)
    may_be_plate = kind == "plate" or (found is None and tell_plates(identifier) is not None)
    ledger = open_command_ledger(settings)
    try:
        asked = {} if may_be_plate else {"shown_id": identifier, _SUBJECTS[kind]: identifier}
        ledger.record(admin_record("facts.shown", operator=operator(), kind=kind, why=why, **asked))
    finally:
        ledger.close()
    if found is None:
        click.echo(f"the facts hold nothing on this {kind}", err=True)
        raise SystemExit(EXIT_NOT_SO)
    if as_json:
        print_json(found)
        return
    for table, rows in found.items():
        if rows:
            show(rows, as_json=False, title=table)


def _terms(settings: Settings, *, integrity: bytes, force: bool = False, why: str | None = None) -> ImportTerms:
    """What the settings and the policy in force ask of an import made now."""
    return ImportTerms(
        now=clock.now(),
        integrity=integrity,
        force=force,
        why=why,
        require_manifest=settings.facts.require_manifest,
        public_key=read_manifest_key(settings.facts.manifest_key_file),
        vocabulary=read_vocabulary(settings),
        keep_days=settings.facts.keep_days,
        max_age_hours=read_longest_age(settings),
    )
