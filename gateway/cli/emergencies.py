"""`emergencies list | review`: emergency searches, and the reviews that they are due."""

from typing import Any
from urllib.parse import quote

import click

from gateway.cli.given_once import Commands
from gateway.cli.options import print_json, show
from gateway.cli.over_http import Ask, with_own_key

_COLUMNS = ("decision_id", "user_id", "case_number", "at", "due_at", "status", "statement", "review")


@click.group(cls=Commands)
def emergencies() -> None:
    """Emergency searches and their reviews, with your own key."""


@emergencies.command("list")
@with_own_key
def list_all(ask: Ask, as_json: bool) -> None:
    """Your own; for reviewers everybody's that are due, or were reviewed lately."""
    found = ask("GET", "/gateway/emergencies")["emergencies"]
    show(found if as_json else [describe_row(each) for each in found], as_json=as_json)


def describe_row(emergency: dict[str, Any]) -> dict[str, Any]:
    """As people read it: while a review that is due is late, the one who searched has no further emergency."""
    row = {name: emergency.get(name) for name in _COLUMNS}
    return row | ({"status": "overdue"} if emergency.get("overdue") else {})


@emergencies.command("review")
@click.argument("decision_id")
@click.option("--outcome", type=click.Choice(["justified", "not_justified", "referred"]), required=True)
@click.option("--why", "reason", required=True)
@with_own_key
def review(decision_id: str, outcome: str, reason: str, ask: Ask, as_json: bool) -> None:
    """End a review, as another person than the one who searched."""
    target = f"/gateway/emergencies/{quote(decision_id, safe='')}/review"
    told = ask("POST", target, {"outcome": outcome, "reason": reason})
    if as_json:
        print_json(told)
    else:
        click.echo(f"{decision_id}: {told['status']}")
