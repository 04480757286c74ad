"""`audit export | evidence | hold`: what an auditor gives to others, and what must be kept for them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway import clock
from gateway.app.state import index_folder
from gateway.auditing.access import Access
from gateway.auditing.source import LedgerTable
from gateway.cli.audit_options import (
    A_PART,
    criteria,
    find_case,
    make_access,
    note_several,
    reading,
    refuse_problems,
    refuse_unknown,
    tell_withheld,
    with_keys,
    with_period,
    with_trust_file,
    with_why,
)
from gateway.cli.audit_verify import trust_of
from gateway.cli.auditor_key import read_key
from gateway.cli.given_once import GivenOnce
from gateway.cli.options import EXIT_NOT_SO, GIVEN_TEXT, KEPT_WORDS, NamedPath, show, with_config, with_json
from gateway.cli.terminal import tell, tell_document
from gateway.errors import ConfigurationError
from gateway.ledger.verification.trust import NO_TRUST, Trust
from gateway.settings import Settings

_LISTING = "listing the holds in force"


@click.command("export", cls=GivenOnce)
@click.option("--out", type=NamedPath(), required=True, help="A new folder.")
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
    from gateway.auditing.export import export_parquet

    access = make_access(settings, why)
    if not parquet:
        if since or until:
            raise click.UsageError("a copy is always whole: --since and --until go with --parquet")
        _copy(settings, out, access, as_json=as_json)
        return
    with reading(settings, indexed=False) as source:
        exported = export_parquet(source, out, access, since=since, until=until)
        tell_document({"folder": str(out), "records": exported.records, "days": len(exported.days)}, as_json=as_json)
        for sentence in [*exported.warnings, *(() if exported.records else _tell_reach(source))]:
            tell(f"warning: {sentence}", err=True)


def _tell_reach(source: LedgerTable) -> Iterable[str]:
    """From when to when there are records, for who asked for a time of which there is none."""
    for first, last in source.ask("SELECT min(ts), max(ts) FROM records HAVING count(*) > 0"):
        named = " to ".join(clock.format_instant(ts.replace(tzinfo=UTC)) for ts in (first, last))
        yield f"no record is of the time that was asked for; those that are here are of {named}"


def _copy(settings: Settings, out: Path, access: Access, *, as_json: bool) -> None:
    """Copy what is there, whole or not, for a damaged record may be what is to be shown; and say what is missing of it or broken."""
    from gateway.auditing.copy import export_copy
    from gateway.auditing.missing import find_missing

    size = export_copy(settings.audit.directory, out, access)
    tell_document({"folder": str(out), "bytes": size}, as_json=as_json)
    refuse_problems([*find_missing(settings.audit.directory), *_find_broken(out)])


def _find_broken(copy: Path) -> list[str]:
    """What `audit verify` calls a break in a copy, in its words."""
    from gateway.cli.audit_verify import describe_report
    from gateway.ledger.verification.verify import verify

    try:
        found = verify(copy, copy=True)
    except (OSError, ValueError) as error:
        return [f"the copy cannot be verified: {error}"]
    return [f"the copy is of a damaged record: {item}" for item in describe_report(found)["breaks"]]


@click.command("evidence", cls=GivenOnce)
@click.option("--person", type=GIVEN_TEXT, help="Everything recorded of this user id, who acted or is concerned.")
@click.option("--case", type=GIVEN_TEXT, help="Everything recorded about this case.")
@click.option("--plate", type=GIVEN_TEXT, help=f"Every search for this plate, {A_PART}.")
@click.option("--out", type=NamedPath(), required=True, help="A new folder, or a new file that ends in .zip.")
@with_keys(": opens what is sealed in these records")
@click.option("--links/--no-links", default=True, help="With the records between these and the next signature.")
@with_trust_file
@with_period
@with_why
@with_config
@with_json
def evidence(
    out: Path,
    key: tuple[Path, ...],
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
    from gateway.auditing.evidence import DecisionContext, NothingFoundError, make_evidence

    if sum(given[name] is not None for name in ("person", "case", "plate")) != 1:
        raise click.UsageError("give exactly one of --person, --case and --plate")
    access, private_key = make_access(settings, why, signed=True), read_key(key)
    wanted = criteria(settings, access, private_key, given)
    context = DecisionContext(policies=settings.paths.state / "revisions", facts=_facts(settings))
    trust = trust_of((), trust_file or settings.audit.trust_file)
    with reading(settings, indexed=False) as source:
        try:
            made = make_evidence(
                source,
                wanted,
                out,
                access,
                context=context,
                private_key=private_key,
                links=links,
                now=clock.now(),
            )
        except NothingFoundError as nothing:  # the question is on record by now, so what is known of it may be told
            refuse_unknown(source, wanted, found=0)
            if wanted.altered:
                return  # nothing to make a package of is left; why, and that it is an error, is told as the reading ends
            refuse_problems([*nothing.problems, *source.problems] if source.problems else ())  # which may hide it
            raise
        told_already = refuse_unknown(source, wanted, found=made.records)
        for sentence in (one for one in made.shortcomings if one not in told_already):
            tell(f"warning: {sentence}", err=True)
        told: dict[str, Any] = {"out": str(out), "records": made.records, "signed": made.signed, "others": made.others}
        problems = [*_find_breaks(settings, trust), *_find_faults(out, trust, links=links)]
        tell_document(told | ({"shortcomings": list(made.shortcomings)} if as_json else {}), as_json=as_json)
        for sentence in problems:
            tell(f"error: {sentence}; run `audit verify`", err=True)
        if problems or made.unopened:
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
    from gateway.auditing.evidence.check import check_package, is_asked_at_places, judge

    found = check_package(out, trust if links else NO_TRUST)
    if isinstance(found, str):
        return [f"the package does not check out: {found}"]
    if found.unwitnessed or found.earlier or (links and is_asked_at_places(trust)):
        tell(f"warning: {judge(found, trust)[1]}", err=True)
    return []


def _facts(settings: Settings) -> dict[str, dict[str, Any]]:
    from gateway.facts.queries import revisions

    return {
        found.revision: {
            "content_sha256": found.content,
            "file_sha256": found.sha256,
            "imported_at": clock.format_instant(found.imported_at),
            "as_of": clock.format_instant(found.as_of),
            "signed": found.signed,
        }
        for found in revisions(settings.facts.url)
    }


@click.command("hold", cls=GivenOnce)
@click.option("--case", help="Keep every segment that names this case, whatever its age.")
@click.option("--release", is_flag=True, help="Let go of it again.")
@click.option("--why", type=KEPT_WORDS, help="The inquiry; required to place or release a hold.")
@with_config
@with_json
def hold(case: str | None, release: bool, why: str | None, settings: Settings, as_json: bool) -> None:
    """Place a hold on a case, or release it; without --case, list the holds in force."""
    from gateway.auditing.holds import holds_in_force, place_hold, release_hold

    if release and case is None:
        raise click.UsageError(
            "--release: name the case of the hold with --case; `audit hold` alone lists the holds in force"
        )
    if case is None:
        make_access(settings, why or _LISTING).record("holds", {})
        found, unreadable = holds_in_force(settings.audit.directory)
        show(found, as_json=as_json)
        _warn_of_unreadable(unreadable)
        if unreadable:
            raise SystemExit(EXIT_NOT_SO)
        return
    if not why:
        raise click.UsageError("--why is required")
    if not case.strip() and not release:  # one that an earlier version took can still be released
        raise click.BadParameter(
            "it is empty: write the case's number, or leave it out to list the holds in force", param_hint="--case"
        )
    note_several(settings)
    case = find_case(settings, case) or case
    # before the hold itself is a record that names the case
    warnings = [] if release else _list_unknown(settings, case)
    turn = release_hold if release else place_hold
    changed, unreadable = turn(settings.audit.directory, case, make_access(settings, why))
    tell_withheld(case)
    for sentence in warnings:
        tell(f"warning: {sentence}", err=True)
    _warn_of_unreadable(unreadable)
    if not changed:
        named = "an empty case number; --case names the case" if not case.strip() else "this case"
        others = (
            "; capitals and signs count, and `audit hold` lists the cases that are held"
            if release and case.strip()
            else ""
        )
        raise ConfigurationError([f"there is {'no' if release else 'already a'} hold on {named}{others}"])
    tell_document({"case": case, "held": not release}, as_json=as_json)


def _warn_of_unreadable(names: Iterable[str]) -> None:
    for name in names:
        tell(f"warning: {name} cannot be read, and there may be more holds in it: run `audit verify`", err=True)


def _list_unknown(settings: Settings, case: str) -> list[str]:
    """What to warn of: a hold may come before the case's first search; one on a mistyped number keeps nothing.

    What of the record is damaged is told, and keeps no hold from being placed: an inquiry may be about just that.
    """
    from gateway.auditing.search import Criteria, condition, find_lines
    from gateway.auditing.source import open_source
    from gateway.auditing.unknown import find_unknown

    wanted = Criteria(case=case)
    with open_source(settings.audit.directory, index_folder(settings)) as source:
        source.check()
        found = find_unknown(source, wanted)
        unknown = [f"{one} Compare the number" if one[-1] == "?" else f"{one} yet: compare the number" for one in found]
        for _line in find_lines(source, source.places(*condition(wanted), None)):
            pass  # each is checked against its hash: what was altered becomes one of the source's problems
        return [*unknown, *source.problems]
