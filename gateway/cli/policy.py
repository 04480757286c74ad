"""`policy check | test | build`: is a policy fit to decide, and the bundle that a real OPA is given."""

import subprocess
from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.options import EXIT_NOT_SO, print_json, with_json, with_optional_config
from gateway.errors import ConfigurationError
from gateway.pdp import load_policies, write_bundle
from gateway.pdp.opa.process import OPA_VERSION, find_opa
from gateway.settings import Settings

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_OPA_S = 120


@click.group()
def policy() -> None:
    """The rules: checked, tested and built."""


@policy.command("check")
@click.argument("directory", type=_FOLDER, required=False)
@with_optional_config
@with_json
def check(directory: Path | None, settings: Settings, as_json: bool) -> None:
    """Say, by file and line, everything that keeps the policy in DIRECTORY from being used; exit 1 if anything does."""
    from gateway.pdp.check import check_policies

    findings = check_policies(directory or settings.paths.policies, _opa())
    if as_json:
        print_json({"ok": not findings, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            click.echo(f"{finding.file or 'the policy'}:{finding.line}: {finding.sentence} [{finding.rule}]")
        click.echo("the policy may be used" if not findings else f"{len(findings)} to put right", err=bool(findings))
    if findings:
        raise SystemExit(EXIT_NOT_SO)


@policy.command("test")
@click.argument("directory", type=_FOLDER, required=False)
@with_optional_config
def test(directory: Path | None, settings: Settings) -> None:
    """Run the tests beside the rules, each shown by name; exit 1 if one fails."""
    folder = directory or settings.paths.policies
    command = [str(_opa()), "test", "--verbose", "--fail-on-empty", str(folder)]
    if subprocess.run(command, check=False, timeout=_OPA_S).returncode:  # noqa: S603 - the OPA that was found
        raise SystemExit(EXIT_NOT_SO)


@policy.command("build")
@click.argument("directory", type=_FOLDER, required=False)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The bundle to write.")
@with_optional_config
@with_json
def build(directory: Path | None, out: Path, settings: Settings, as_json: bool) -> None:
    """Write the policy as an OPA bundle that owns all of OPA's data; the same folder always gives the same bytes."""
    bundle = load_policies(directory or settings.paths.policies)
    write_bundle(bundle, out)
    if as_json:
        print_json({"revision": bundle.revision, "bundle": str(out)})
    else:
        click.echo(f"revision {bundle.revision}\nbundle   {out}")


def _opa() -> Path:
    found = find_opa()
    if found is None:
        raise ConfigurationError([f"this needs OPA {OPA_VERSION}: put it on the PATH, or name it with OPA_BIN"])
    return found
