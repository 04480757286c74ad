"""`policy`: the rules, from a draft to what is in force. Checked, tested and built here; the rest in files beside it."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.given_once import Commands
from gateway.cli.options import EXIT_NOT_SO, print_json, with_json, with_optional_config
from gateway.cli.policy_acts import activate, deactivate, keygen, rollback, sign
from gateway.cli.policy_draft import draft
from gateway.cli.policy_explain import explain
from gateway.cli.policy_history import diff, history, show_revision
from gateway.cli.policy_impact import impact
from gateway.cli.policy_options import FOLDER, tell_not_made, tell_standing
from gateway.errors import ConfigurationError
from gateway.pdp import Bundle, load_policies, write_bundle
from gateway.pdp.check import PolicyFinding, PolicyReport
from gateway.settings import Settings
from gateway.value import replace

_MOST_CASES = 10
_ONE_CAUSE = (
    "More than half of all decisions do not hold: look at `_base.yaml` beside them first, which says what all begin from, as the "
    "version of the rules of behavior that was accepted. After an upgrade of the gateway, take the new version's cases first "
    "(operators.md, Upgrade)."
)
_OTHER_CASES = (
    "The policy is as it is in force, and nothing was changed in it: these sentences were written for another. Put those back that "
    "belong to this one, or name their folder with --cases."
)


@click.group(cls=Commands)
def policy() -> None:
    """The rules: checked, tested, replayed, signed by two, activated, rolled back."""


for _command in (draft, explain, impact, keygen, sign, activate, rollback, deactivate, history, diff, show_revision):
    policy.add_command(_command)


@policy.command("check")
@click.argument("directory", type=FOLDER, required=False)
@click.option(
    "--cases", type=FOLDER, help="Decisions in plain sentences (default: `tests/cases` or `cases` beside it)."
)
@with_optional_config
@with_json
def check(directory: Path | None, cases: Path | None, settings: Settings, as_json: bool) -> None:
    """Say, by file and line, everything that keeps the policy in DIRECTORY from being used; exit 1 if anything does.

    Detectors and tables of oversight that lie in it are read as well; their own cases are tried by `oversight test`.
    """
    from gateway.app.known_operations import find_operations
    from gateway.app.oversight_faults import oversight_findings
    from gateway.app.oversight_words import find_strange_words
    from gateway.app.policy_drafts import is_activated
    from gateway.pdp.check import check_policies
    from gateway.pdp.opa.process import find_opa

    folder = directory or settings.paths.policies
    tell_standing(settings, folder, named=directory is not None)
    for sentence in find_strange_words(settings, folder):
        click.echo(f"note: {sentence}", err=True)
    checked = check_policies(folder, find_opa(), cases, operations=find_operations(settings))
    report = _with_oversight(checked, oversight_findings(settings, folder))
    if as_json:
        findings = [asdict(finding) for finding in report.findings]
        print_json({"ok": not findings, "findings": findings, "not_made": report.not_made, **report.evidence()})
    else:
        for line in tell_findings(report, activated=is_activated(settings, folder)):
            click.echo(line)
        for sentence in tell_not_made(report, settings):
            click.echo(f"not checked: {sentence}", err=True)
        click.echo(_sum_up(report), err=bool(report.findings))
    if report.findings:
        raise SystemExit(EXIT_NOT_SO)


def tell_findings(report: PolicyReport, *, activated: bool = False) -> Iterator[str]:
    """A line each; cases that fail last and the first of them only, for one change of a rule turns many.

    `activated`: the policy is what was put in force, so that nothing was changed in it.
    """
    cases = [finding for finding in report.findings if finding.rule == "case"]
    others = [finding for finding in report.findings if finding.rule != "case"]
    for finding in (*others, *cases[:_MOST_CASES]):
        yield f"{finding.place}: {finding.sentence} [{finding.rule}]"
    if len(cases) > _MOST_CASES:
        yield f"and {len(cases) - _MOST_CASES} more decisions in plain sentences do not hold (--json lists all)"
    if 2 * len({finding.place for finding in cases}) > report.cases > 0:
        yield _ONE_CAUSE
    if cases and not others and activated:
        yield _OTHER_CASES
    elif cases and not others:
        yield "Where a decision should be another from now on, change its sentence; else what was changed does more than was meant."


def _with_oversight(report: PolicyReport, found: list[PolicyFinding]) -> PolicyReport:
    """The same, with what is wrong in oversight; a table there that cannot be read keeps OPA from running any test."""
    kept = [finding for finding in report.findings if not (found and finding.rule == "opa-test" and not finding.file)]
    told = {(finding.file, finding.sentence) for finding in kept}
    return replace(
        report, findings=(*kept, *(finding for finding in found if (finding.file, finding.sentence) not in told))
    )


def _sum_up(report: PolicyReport) -> str:
    if report.findings:
        return f"{len(report.findings)} to put right"
    tried = (
        f"{_count(len(report.tests), 'tests')}, {_count(report.cases, 'cases')}, {report.examples} generated requests"
    )
    return f"the policy may be used ({tried})"


def _count(number: int, of_what: str) -> str:
    """What was not tried is told in a word, since a nought is overlooked beside other numbers."""
    return f"{number} {of_what}" if number else f"no {of_what}"


@policy.command("test")
@click.argument("directory", type=FOLDER, required=False)
@click.option(
    "--cases", type=FOLDER, help="Decisions in plain sentences (default: `tests/cases` or `cases` beside it)."
)
@with_optional_config
@with_json
def test(directory: Path | None, cases: Path | None, settings: Settings, as_json: bool) -> None:
    """Run the tests beside the rules, and the cases on every engine there is; exit 1 if one fails.

    Tells how much of the rules the tests make true, and by file and line what they do not.
    """
    from gateway.pdp.check import run_tests
    from gateway.pdp.opa.process import find_opa

    folder = directory or settings.paths.policies
    tell_standing(settings, folder, named=directory is not None)
    report = run_tests(folder, find_opa(), cases)
    if as_json:
        findings = [asdict(finding) for finding in report.findings]
        print_json({"ok": not findings, "findings": findings, "passed": report.tests, **report.evidence()})
    else:
        for name in report.tests:
            click.echo(f"PASS  {name}")
        for finding in report.findings:
            click.echo(f"FAIL  {finding.place}: {finding.sentence}")
        for sentence in tell_not_made(report, settings):
            click.echo(f"not tested: {sentence}", err=True)
        covered = "not measured" if report.coverage_percent is None else f"{report.coverage_percent:.1f} % of the rules"
        click.echo(
            f"{_count(len(report.tests), 'tests')}, {_count(report.cases, 'cases')} on {' and '.join(report.engines)}; coverage: {covered}"
        )
    if report.findings:
        raise SystemExit(EXIT_NOT_SO)


@policy.command("build")
@click.argument("directory", type=FOLDER, required=False)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The bundle to write.")
@with_optional_config
@with_json
def build(directory: Path | None, out: Path, settings: Settings, as_json: bool) -> None:
    """Write the policy in force, or the one in DIRECTORY, as an OPA bundle that owns all of OPA's data.

    The same policy always gives the same bytes.
    """
    bundle, origin = (load_policies(directory), f"of {directory}") if directory else _find_in_force(settings)
    write_bundle(bundle, out)
    if as_json:
        print_json({"revision": bundle.revision, "bundle": str(out)})
    else:
        click.echo(f"revision {bundle.revision}, {origin}\nbundle   {out}")


def _find_in_force(settings: Settings) -> tuple[Bundle, str]:
    from gateway import clock
    from gateway.app.policy_in_force import find_in_force

    force = find_in_force(settings, clock.now())
    if force.bundle is None:
        raise ConfigurationError(["everything is stopped, so nothing is in force: name the folder of a policy"])
    if force.standing is None:
        return force.bundle, f"of {settings.paths.policies}: nothing was activated yet"
    return force.bundle, f"in force by act {force.counter}"
