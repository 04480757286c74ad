"""`policy keygen | sign | activate | rollback | deactivate`: two people put a policy in force, one takes it back."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import clock
from gateway.cli.given_once import GivenOnce
from gateway.cli.instants import A_DAY_OR_INSTANT, Instant
from gateway.cli.operator import operator
from gateway.cli.options import EXIT_NOT_SO, KEPT_WORDS, print_json, with_config, with_json
from gateway.cli.policy_options import (
    FOLDER,
    KEY_FILE,
    find_revision,
    note_changes,
    note_what_is_signed,
    require_enough,
    require_opa,
    tell_oversight,
    tell_own_cases,
)
from gateway.clock import parse_instant
from gateway.errors import ConfigurationError
from gateway.lifecycle.history import HistoryEntry, find_before_last, list_called_off
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.pdp.check import PolicyReport

_HERE_ALONE = (
    "this is so at this gateway alone: every other one on its store decides as before, until the same is done there"
)


@click.command(cls=GivenOnce)
@click.option("--name", required=True, help="Who signs, as in ada.lane.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The private key's file.")
@with_json
def keygen(name: str, out: Path, as_json: bool) -> None:
    """Make a signer's key; prints the line for [policy] signers. The private key stays with that person."""
    from gateway.lifecycle.signer_keys import make_signer_key

    public = str(make_signer_key(name, out))
    if as_json:
        print_json({"name": name, "public": public})
    else:
        click.echo(public)
        click.echo("Have the operator add it to [policy] signers in gateway.toml, and restart the gateway.", err=True)


@click.command(cls=GivenOnce)
@click.argument("directory", type=FOLDER)
@click.option("--key", "key_file", type=KEY_FILE, required=True, help="Your private key.")
@click.option("--why", type=KEPT_WORDS, help="What changes, and on whose decision (first signature).")
@click.option("--impact", type=KEY_FILE, help="What `policy impact --json` printed (first signature).")
@click.option(
    "--cases", type=FOLDER, help="Decisions in plain sentences (default: `tests/cases` or `cases` beside it)."
)
@with_config
@with_json
def sign(
    directory: Path,
    key_file: Path,
    why: str | None,
    impact: Path | None,
    cases: Path | None,
    settings: Settings,
    as_json: bool,
) -> None:
    """Check and test the policy in DIRECTORY again, then sign the statement that it may be put in force.

    Nothing is signed without decisions in plain sentences: they say what it should do.
    """
    from gateway.app.policy_office import open_policy_office
    from gateway.lifecycle.acts import require_registered
    from gateway.lifecycle.draft_folders import keep_tests
    from gateway.lifecycle.drafts import sign_draft
    from gateway.lifecycle.signer_keys import read_signer_key
    from gateway.lifecycle.statement import (
        SIGNERS_NEEDED,
        describe_statement,
        find_signers,
        read_statement,
        tell_differing,
    )
    from gateway.pdp import load_policies

    key = read_signer_key(key_file)
    report = _check_to_sign(directory, cases, settings)
    draft = load_policies(directory)
    note_what_is_signed(settings, draft)
    with open_policy_office(settings, operator()) as office:
        require_registered(office, key)
        signed = sign_draft(office, draft, key, why=why, evidence=report.evidence(), impact=impact)
        keep_tests(directory, draft.revision, settings.paths.state)
        names = find_signers(signed, office.registered)
        office.record("policy.signed", operator=operator(), policy_revision=draft.revision, signers=[key.name], why=why)
    statement = read_statement(signed)
    for sentence in tell_differing(statement, report.evidence()):
        click.echo(f"note: {sentence}", err=True)
    if as_json:
        print_json({"revision": draft.revision, "signers": names, "statement": signed})
    else:
        click.echo(f"revision {draft.revision}\nsigned by {', '.join(names)}")
        click.echo(describe_statement(statement))
        click.echo("The impact is as this gateway worked it out of its record: its seal holds.")
        tell_oversight(settings, directory)
        click.echo(_tell_next(draft.revision, SIGNERS_NEEDED[statement.act] - len(names)))


def _tell_next(revision: str, lacking: int) -> str:
    """What is to be done with a draft that so many have still to sign."""
    if lacking > 0:
        return f"next: {lacking} more of [policy] signers must sign it, and see the same numbers first"
    return f"next: lpr-gateway policy activate {revision[:12]}"


def _check_to_sign(directory: Path, cases: Path | None, settings: Settings) -> "PolicyReport":
    """What every check says of a policy that may be signed.

    Raises:
        ConfigurationError: it may not, or no decision in a plain sentence says what it should do.
    """
    from gateway.app.known_operations import find_operations
    from gateway.cli.policy import tell_findings
    from gateway.pdp.check import check_policies
    from gateway.pdp.check.case_files import find_cases, read_cases
    from gateway.pdp.check.report import tell_without_cases

    lie = cases or find_cases(directory)
    if lie is None or not read_cases(lie):
        own = find_cases(settings.paths.policies) if lie is None else None
        remedy = "name where they lie with --cases" if own is None else tell_own_cases(own)
        raise ConfigurationError([f"not signed: {tell_without_cases(lie)}; {remedy}"])
    report = check_policies(directory, require_opa(), lie, operations=find_operations(settings))
    if report.findings:
        for line in tell_findings(report):
            click.echo(line, err=True)
        raise ConfigurationError(
            [f"not signed: put these right first ({len(report.findings)}), as `policy check` tells them"]
        )
    return report


@click.command(cls=GivenOnce)
@click.argument("revision")
@click.option(
    "--effective", type=Instant(ahead=True), help=f"From then on, which lies ahead: {A_DAY_OR_INSTANT}; default: now."
)
@with_config
@with_json
def activate(revision: str, effective: datetime | None, settings: Settings, as_json: bool) -> None:
    """Put the policy REVISION, which two have signed, in force; running gateways take it up within two seconds."""
    from gateway.app.policy_drafts import require_acceptable
    from gateway.app.policy_office import open_policy_office
    from gateway.lifecycle.acts import activate as put_in_force
    from gateway.lifecycle.drafts import read_draft
    from gateway.lifecycle.statement import read_statement

    require_enough(settings, revision)
    with open_policy_office(settings, operator()) as office:
        signed, present = read_draft(settings.paths.state, revision), clock.now()
        require_acceptable(settings, read_statement(signed).revision, effective or present)
        entry = put_in_force(office, signed, now=present, effective=effective)
    _tell(entry, settings, as_json=as_json, at_once=effective is None)


@click.command(cls=GivenOnce)
@click.argument("revision", required=False)
@click.option("--key", "key_file", type=KEY_FILE, required=True, help="Your private key; one signer is enough.")
@click.option("--why", type=KEPT_WORDS, required=True, help="Kept in the audit record.")
@with_config
@with_json
def rollback(revision: str | None, key_file: Path, why: str, settings: Settings, as_json: bool) -> None:
    """Put the policy in force again that was there before, or an earlier REVISION.

    Twice in a row is forth again. While everything is stopped it is the one that was stopped; where the last act is yet to
    come, it is called off. To the folder of before the first activation one signer goes back too: two signed that it was
    replaced. While nothing was activated yet there is nothing to go back to, and two must sign whatever comes.
    """
    from gateway.app.policy_office import open_policy_office
    from gateway.lifecycle.acts import roll_back
    from gateway.lifecycle.signer_keys import read_signer_key
    from gateway.pdp import load_revision

    key = read_signer_key(key_file)
    with open_policy_office(settings, operator(), damaged=True) as office:
        entries = office.history.read()
        if not entries:
            raise ConfigurationError(["nothing was activated yet, so there is nothing to go back to"])
        now = clock.now()
        wanted = find_revision(settings, revision) if revision else find_before_last(entries, now)
        if not wanted:
            raise ConfigurationError(["no other policy was in force here, so there is none to go back to"])
        entry = roll_back(office, wanted, key, why, now=now)
        if office.current is not None:
            note_changes(
                office.current, load_revision(wanted, settings.paths.state), f"going back to {wanted[:12]} changes"
            )
    _tell(entry, settings, as_json=as_json)


@click.command(cls=GivenOnce)
@click.option("--why", type=KEPT_WORDS, required=True, help="Kept in the audit record.")
@with_config
@with_json
def deactivate(why: str, settings: Settings, as_json: bool) -> None:
    """Stop everything at once: until another activation or a roll-back, every search is refused."""
    from gateway.app.policy_office import open_policy_office
    from gateway.lifecycle.acts import deactivate as stop_everything

    with open_policy_office(settings, operator(), damaged=True) as office:
        entry = stop_everything(office, why, now=clock.now())
    _tell_way_back(settings)
    _tell(entry, settings, as_json=as_json)


def _tell_way_back(settings: Settings) -> None:
    """Say on standard error how searches are served again: where nobody ever signed a policy, not by a roll-back."""
    from gateway.app.policy_in_force import policy_history
    from gateway.lifecycle.statement import ACTIVATE

    if any(act.act == ACTIVATE for act in policy_history(settings).read()):
        way = "`lpr-gateway policy rollback`, or another activation"
    else:
        way = "an activation, which two of [policy] signers sign: also of what was stopped, as it is"
    click.echo(f"note: searches are served again by {way} (policies/README.md, Go back, or stop everything)", err=True)


def _tell(entry: HistoryEntry, settings: Settings, *, as_json: bool, at_once: bool = True) -> None:
    """Print the act, and wait until the gateway that runs follows it; exit code 1 where it does not."""
    from gateway.app.policy_in_force import find_in_force
    from gateway.app.policy_review import tell_expired
    from gateway.app.state import is_shared
    from gateway.app.taken_up import await_taken_up

    _print_act(entry, as_json)
    _note_called_off(entry, settings)
    if is_shared(settings):
        click.echo(f"note: {_HERE_ALONE}", err=True)
    if not at_once:
        return
    try:
        if entry.revision and (expired := tell_expired(find_in_force(settings, clock.now()))):
            click.echo(f"warning: {expired}", err=True)
        click.echo(await_taken_up(settings, entry.counter), err=True)
    except ConfigurationError as error:
        click.echo(f"warning: {error}", err=True)
        raise SystemExit(EXIT_NOT_SO) from None


def _note_called_off(entry: HistoryEntry, settings: Settings) -> None:
    """Note on standard error each act to come that this one calls off, which nobody might look for in the history."""
    from gateway.app.policy_in_force import policy_history

    before = policy_history(settings).read()[: entry.counter - 1]
    for act in list_called_off(entry, before, parse_instant(entry.recorded_at) or clock.now()):
        what = f"policy {act.revision[:12]}" if act.revision else "nothing"
        click.echo(f"note: this calls off act {act.counter}: {what} from {act.effective_at} on", err=True)


def _print_act(entry: HistoryEntry, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "counter": entry.counter,
                "act": entry.act,
                "revision": entry.revision or None,
                "replaces": entry.replaces or None,
                "effective_at": entry.effective_at,
            }
        )
        return
    what = f"policy {entry.revision[:12]}" if entry.revision else "nothing: every search is refused"
    click.echo(f"act {entry.counter}: from {entry.effective_at} on, in force is {what}")
