"""`oversight`: the privacy office's and the reviewers' commands."""

import click

from gateway.cli.given_once import Commands
from gateway.cli.oversight_cases import test
from gateway.cli.oversight_findings import assign, findings, review, run
from gateway.cli.oversight_history import history
from gateway.cli.oversight_imports import import_, reconcile
from gateway.cli.oversight_reports import publish, report, verify_report
from gateway.cli.oversight_sample import sample
from gateway.cli.oversight_withdraw import withdraw


@click.group(cls=Commands)
def oversight() -> None:
    """Misuse found, searches around the gateway found, findings reviewed, reports the public can check."""


for _command in (
    import_,
    withdraw,
    reconcile,
    run,
    findings,
    assign,
    review,
    sample,
    report,
    publish,
    verify_report,
    history,
    test,
):
    oversight.add_command(_command)
