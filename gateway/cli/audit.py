"""`audit`: the auditor's commands. The group, and those that show nothing personal: `keygen`, `verify`, `tail`."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from gateway.cli.audit_clock import confirm_clock
from gateway.cli.audit_evidence import evidence, export, hold
from gateway.cli.audit_options import with_trust
from gateway.cli.audit_package import check_package
from gateway.cli.audit_report import report
from gateway.cli.audit_search import open_, search
from gateway.cli.audit_shred import shred
from gateway.cli.audit_tail import tail
from gateway.cli.given_once import Commands
from gateway.cli.keys import rotate
from gateway.cli.options import EXIT_NOT_SO, GIVEN_TEXT, GivenFile, GivenFolder, NamedPath, print_json, with_json
from gateway.cli.terminal import tell
from gateway.errors import ConfigurationError
from gateway.ledger.verification.report import VerifyReport
from gateway.ledger.verification.witnessing import OverHttp
from gateway.settings import Settings, load_settings

_NAME_IT = (
    "without settings, name the folder of the ledger, or of a copy of it (that with checkpoints/, keys/ and a folder for each "
    "chain): audit verify /var/lib/lpr-gateway/audit"
)
_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(cls=Commands)
def audit() -> None:
    """The audit record: verify, search, open, export, report. What shows personal content asks why, and records it."""


for _command in (tail, search, open_, export, report, evidence, check_package, hold, shred, confirm_clock):
    audit.add_command(_command)
audit.add_command(rotate, "rotate-key")


@audit.command("keygen")
@click.option("--out", type=NamedPath(dir_okay=False), help="Write the pair to this new file, private.")
@with_json
def keygen(out: Path | None, as_json: bool) -> None:
    """Make an auditor's key pair. Run it on the auditor's machine; only the public key goes to the gateway."""
    from gateway.ledger.encryption import keygen as make

    pair = make()
    text = f"# public key: {pair.public}\n{pair.private}\n"
    if out is not None:
        _keep(out, text)
    if as_json:
        print_json({"public": pair.public} if out else {"public": pair.public, "private": pair.private})
    else:
        click.echo(f"public key: {pair.public}" if out else text, nl=out is not None)
    tell(_tell_where(pair.public), err=True)


def _tell_where(public: str) -> str:
    """Where the key goes: into the list beside those of the other auditors, for whoever is left out of it opens nothing more."""
    present: Sequence[str] | None = None
    with contextlib.suppress(ConfigurationError, OSError):  # an auditor's own machine has no settings
        present = load_settings(None, os.environ).audit.recipients
    begins = "Add the public key to the list in gateway.toml and restart the gateway, which reads it only then"
    if present is None:
        kept = "keep the keys that stand there, for whose key is left out opens nothing that is recorded from then on"
        return f'{begins}, and {kept}: [audit] recipients = [ …, "{public}"]'
    listed = ", ".join(f'"{key}"' for key in dict.fromkeys([*present, public]))
    return f"{begins}, so that it reads: [audit] recipients = [{listed}]"


def _keep(out: Path, text: str) -> None:
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigurationError([f"{out} cannot be written: {error.strerror}"]) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)


@audit.command("verify")
@click.argument("directory", required=False, type=GivenFolder())
@click.option("--config", type=NamedPath(dir_okay=False), help="Where no DIRECTORY is given.")
@click.option(
    "--against",
    type=GIVEN_TEXT,
    multiple=True,
    metavar="WITNESS",
    help="A witness's file or URL; may be given several times.",
)
@click.option("--ca-file", type=_file, help="Trust only these authorities (PEM) at witnesses, not the system's.")
@with_trust
@click.option("--from-export", "exported", type=GivenFile(streams=True, dir_okay=True), help="A SIEM's copy instead.")
@click.option("--format", "form", type=click.Choice(["native", "ocsf", "ecs", "cef"]), help="Default: find out.")
@click.option(
    "--copy",
    is_flag=True,
    help="DIRECTORY is a copy made earlier, whatever lock files lie in it: it may end before what witnesses hold.",
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes (default: one a processor).")
@with_json
def verify(
    directory: Path | None,
    config: Path | None,
    against: tuple[str, ...],
    ca_file: Path | None,
    trust: tuple[str, ...],
    trust_file: Path | None,
    exported: Path | None,
    form: str | None,
    copy: bool,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Check the ledger in DIRECTORY (a copy will do), or a SIEM's copy. Needs only public keys; reads nothing personal.

    Exit code 1 where anything was changed, removed or moved, or is not signed and witnessed as the trust file says.
    Findings are worth knowing, and no break.
    """
    from gateway.cli.audit_verify import describe_report, refuse_beside, verify_copy

    refuse_beside(click.get_current_context(), exported=exported is not None)
    if copy and directory is None and exported is None:
        raise click.UsageError(
            "--copy: name the DIRECTORY of the copy; without one the gateway's own ledger is verified"
        )
    if exported is not None:
        found = verify_copy(exported, form)
    else:
        settings = None if directory else _load_own(config)
        found = _verify_folder(directory, settings, against, ca_file, trust, trust_file, jobs, copy=copy)
    document: dict[str, Any] = describe_report(found)
    if as_json:
        print_json(document)
    else:
        _print(document)
    if not found.ok:
        raise SystemExit(EXIT_NOT_SO)


def _load_own(config: Path | None) -> Settings:
    """The gateway's settings, which name its ledger. Who verifies elsewhere has none, and gives the folder.

    Raises:
        ConfigurationError: they cannot be read.
    """
    try:
        return load_settings(config, os.environ)
    except ConfigurationError as error:
        raise ConfigurationError([*error.problems, _NAME_IT]) from None


def _verify_folder(
    directory: Path | None,
    settings: Settings | None,
    against: tuple[str, ...],
    ca_file: Path | None,
    trust: tuple[str, ...],
    trust_file: Path | None,
    jobs: int | None,
    *,
    copy: bool,
) -> VerifyReport:
    """Verify the ledger in a folder, or the one of the settings; how far it is, is shown meanwhile."""
    from gateway.app.outbound import find_proxy
    from gateway.cli.audit_verify import choose_authorities, trust_of, verify_ledger

    audit = settings.audit if settings else None
    place = directory or (audit.directory if audit else Path())
    known = trust_of(trust, trust_file or (audit.trust_file if audit else None))
    authorities = choose_authorities(audit.witness_ca_files if audit else {}, against, known, ca_file)
    over_http = OverHttp(authorities, find_proxy(settings) if settings else None)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("verifying", total=None)
        return verify_ledger(
            place,
            against,
            known,
            over_http,
            jobs,
            lambda done, total: bar.update(task, completed=done, total=total),
            own=directory is None,
            copy=copy,
        )


def _print(document: dict[str, Any]) -> None:
    from gateway.cli.audit_verify import tell_chains, tell_place

    for item in document["breaks"]:
        tell(f"BREAK    {item}")
    for item in document["findings"]:
        place = f"{tell_place(item['file'], item['line'])}: " if item["file"] else ""
        tell(f"finding  {place}{item['sentence']} ({item['count']})")
    proved = document["records"] - document["not_proved"]
    state = ("verified" if proved else "not proved") if document["ok"] else "BROKEN"
    apart = f", {document['not_proved']} of them NOT proved" if proved and document["not_proved"] else ""
    for sentence in document["proof"]["sentences"]:
        tell(f"proved   {sentence}")
    tell(
        f"{state}: {document['records']} records{apart} in {tell_chains(document)}, {document['checkpoints']} "
        f"checkpoints, {document['bytes'] / 1e6:.1f} MB in {document['seconds']:.1f} s"
    )
