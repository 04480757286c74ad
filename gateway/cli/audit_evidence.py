"""`audit export | report | evidence | hold`: what an auditor gives to others, and what must be kept for them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from gateway import clock
from gateway.auditing.access import Access
from gateway.auditing.reports.document import Report
from gateway.auditing.source import LedgerTable
from gateway.cli.audit_options import (
    criteria,
    make_access,
    read_key,
    reading,
    refuse_unknown,
    with_period,
    with_trust_file,
    with_why,
)
from gateway.cli.audit_verify import trust_of
from gateway.cli.options import EXIT_NOT_SO, print_json, show, with_config, with_json
from gateway.cli.terminal import tell
from gateway.errors import ConfigurationError
from gateway.ledger.verification.trust import NO_TRUST, Trust
from gateway.settings import Settings

_out = click.Path(path_type=Path)
_key_file = click.Path(path_type=Path, exists=True, dir_okay=False)
_WEEK = timedelta(days=7)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@click.command("export")
@click.option("--out", type=_out, required=True, help="A new folder.")
@click.option("--parquet/--copy", default=True, help="Parquet by day for any SQL engine, or a copy of the ledger.")
@with_period
@with_why
@with_config
@with_json
def export(
    out: Path,
    parquet: bool,
    since: datetime | None,
    until: datetime | None,
    why: str,
    settings: Settings,
    as_json: bool,
) -> None:
    """Give out the record; sealed fields stay sealed. `audit verify` checks a copy, with --from-export the Parquet."""
    from gateway.auditing.copy import export_copy
    from gateway.auditing.export import export_parquet

    access = make_access(settings, why)
    if not parquet:
        if since or until:
            raise click.UsageError("a copy is always whole: --since and --until go with --parquet")
        size = export_copy(settings.audit.directory, out, access)
        _tell({"folder": str(out), "bytes": size}, as_json=as_json)
        return
    with reading(settings) as source:
        exported = export_parquet(source, out, access, since=since, until=until)
        _tell({"folder": str(out), "records": exported.records, "days": len(exported.days)}, as_json=as_json)


@click.command("report")
@click.argument("kind", type=click.Choice(["weekly", "training", "access", "person", "plate"]))
@click.option("--out", type=_out, required=True, help="A folder for the page (HTML) and its tables (CSV).")
@click.option("--person", help="For person: a user id.")
@click.option("--plate", help="For plate: a plate; - asks for it, so that no shell keeps it.")
@click.option("--key", type=_key_file, help="An auditor's private key file, to show plates and reasons.")
@with_period
@with_why
@with_config
@with_json
def report(
    kind: str,
    out: Path,
    person: str | None,
    plate: str | None,
    key: Path | None,
    since: datetime | None,
    until: datetime | None,
    why: str,
    settings: Settings,
    as_json: bool,
) -> None:
    """Make a report: weekly (CJIS AU-6), training (New Jersey), access (California), or of one person or plate.

    The period is the last seven days where nothing else is said; of a person or plate, everything.
    """
    from gateway.auditing import reports

    if (kind == "person") != (person is not None) or (kind == "plate") != (plate is not None):
        raise click.UsageError("`report person` needs --person, `report plate` needs --plate, and no other report does")
    until = until or clock.now()
    period = reports.Period(since=since or until - _WEEK, until=until)
    access, now = make_access(settings, why), clock.now()
    with reading(settings, indexed=False) as source:
        if kind == "weekly":
            made = reports.weekly(source, access, period=period, made_at=now)
        elif kind == "training":
            from gateway.cli.facts_queries import list_authorized, training_days

            people, days = list_authorized(settings), training_days(settings)
            made = reports.training(source, access, people=people, valid_days=days, period=period, made_at=now)
        elif kind in ("person", "plate"):
            made = _of_subject(kind, source, access, settings, read_key(key), person, plate, since, until)
        else:
            made = reports.accesses(source, access, period=period, made_at=now, private_key=read_key(key))
        files = reports.write_report(made, reports.page(made), out)
        _tell({"files": [str(file) for file in files]}, as_json=as_json)


def _of_subject(
    kind: str,
    source: LedgerTable,
    access: Access,
    settings: Settings,
    private_key: str | None,
    person: str | None,
    plate: str | None,
    since: datetime | None,
    until: datetime,
) -> Report:
    from gateway.auditing import reports

    given = {"person": person, "plate": plate, "since": since, "until": until}
    wanted = criteria(settings, access, private_key, given)
    refuse_unknown(source, replace(wanted, since=None, until=None), found=0)
    return reports.subject(
        source,
        access,
        kind="person" if kind == "person" else "plate",
        criteria=wanted,
        period=reports.Period(since=since or _BEGINNING, until=until),
        made_at=clock.now(),
        private_key=private_key,
    )


@click.command("evidence")
@click.option("--person", help="Everything recorded about what this user id did.")
@click.option("--case", help="Everything recorded under this case number.")
@click.option("--plate", help="Every search for this plate; - asks for it, so that no shell keeps it.")
@click.option("--out", type=_out, required=True, help="A new folder, or a new file that ends in .zip.")
@click.option("--key", type=_key_file, help="An auditor's private key file: opens what is sealed in these records.")
@click.option("--links/--no-links", default=True, help="With the records between these and the next signature.")
@with_trust_file
@with_period
@with_why
@with_config
@with_json
def evidence(
    out: Path,
    key: Path | None,
    links: bool,
    trust_file: Path | None,
    why: str,
    settings: Settings,
    as_json: bool,
    **given: Any,  # noqa: ANN401
) -> None:
    """Make a package that anybody can check offline: records, proofs, the policies and facts that decided.

    It is made from the ledger itself, and then checked as whoever gets it will check it, on the trust file.
    """
    from gateway.auditing.evidence import DecisionContext, make_evidence

    if sum(given[name] is not None for name in ("person", "case", "plate")) != 1:
        raise click.UsageError("give exactly one of --person, --case and --plate")
    access, private_key = make_access(settings, why, signed=True), read_key(key)
    wanted = criteria(settings, access, private_key, given)
    surroundings = DecisionContext(policies=settings.paths.state / "revisions", facts=_facts(settings))
    trust = trust_of((), trust_file or settings.audit.trust_file)
    with reading(settings, indexed=False) as source:
        refuse_unknown(source, wanted, found=0)
        made = make_evidence(
            source,
            wanted,
            out,
            access,
            surroundings=surroundings,
            private_key=private_key,
            links=links,
            now=clock.now(),
        )
        for sentence in made.shortcomings:
            tell(f"warning: {sentence}", err=True)
        told: dict[str, Any] = {"out": str(out), "records": made.records, "signed": made.signed, "others": made.others}
        problems = [*_find_breaks(settings, trust), *_find_faults(out, trust, links=links)]
        _tell(told | ({"shortcomings": list(made.shortcomings)} if as_json else {}), as_json=as_json)
        for sentence in problems:
            tell(f"error: {sentence}; run `audit verify`", err=True)
        if problems:
            raise SystemExit(EXIT_NOT_SO)


def _find_breaks(settings: Settings, trust: Trust) -> list[str]:
    """What is broken in the whole ledger, where something is known from elsewhere: else records could be lacking."""
    if trust == NO_TRUST:
        return []
    from gateway.ledger.verification.verify import verify

    report = verify(settings.audit.directory, trust=trust)
    return [f"the ledger does not verify: {item.file}: {item.sentence}" for item in report.breaks]


def _find_faults(out: Path, trust: Trust, *, links: bool) -> list[str]:
    """What whoever gets the package will find wrong with it."""
    from gateway.auditing.evidence.check import check_package

    found = check_package(out, trust if links else NO_TRUST)
    return [f"the package does not check out: {found}"] if isinstance(found, str) else []


def _facts(settings: Settings) -> dict[str, dict[str, Any]]:
    from gateway import facts as pip

    return {
        found.revision: {
            "content_sha256": found.content,
            "file_sha256": found.sha256,
            "imported_at": clock.format_instant(found.imported_at),
            "as_of": clock.format_instant(found.as_of),
            "signed": found.signed,
        }
        for found in pip.revisions(settings.facts.url)
    }


@click.command("hold")
@click.option("--case", help="Keep every segment that names this case, whatever its age.")
@click.option("--release", is_flag=True, help="Let go of it again.")
@click.option("--why", help="The inquiry; required to place or release a hold.")
@with_config
@with_json
def hold(case: str | None, release: bool, why: str | None, settings: Settings, as_json: bool) -> None:
    """RecordPlace a hold on a case, or release it; without --case, list the holds in force."""
    from gateway.auditing.holds import holds_in_force, place_hold, release_hold

    if case is None:
        show(holds_in_force(settings.audit.directory), as_json=as_json)
        return
    if not why:
        raise click.UsageError("--why is required")
    changed = (release_hold if release else place_hold)(settings.audit.directory, case, make_access(settings, why))
    if not changed:
        raise ConfigurationError([f"there is {'no' if release else 'already a'} hold on this case"])
    _tell({"case": case, "held": not release}, as_json=as_json)


def _tell(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        for item in value if isinstance(value, list) else [value]:
            tell(f"{name}: {item}")
