"""`approvals request | list | show | approve | deny | revoke`: what supervisors decide, and what officers ask them for."""

import json
from typing import Any
from urllib.parse import quote

import click

from gateway.cli.given_once import Commands
from gateway.cli.options import print_json, show
from gateway.cli.over_http import Ask, with_own_key
from gateway.cli.terminal import tell
from gateway.model import Json

_ADDRESS = "/gateway/approvals"
_COLUMNS = ("approval_id", "user_id", "case_number", "scope", "standing", "requested_at", "expires_at", "covers")
_LISTED = (*_COLUMNS, "approver_counts")


@click.group(cls=Commands)
def approvals() -> None:
    """Approvals, with your own key."""


@approvals.command("request")
@click.option("--decision", "decision_id", help="The refusal of yours that it answers.")
@click.option("--case", "case_number", help="Without a refusal: the case.")
@click.option("--scope", help="partial_plate, geo_search, protected_plate or other_purpose.")
@click.option("--plate", help="Without a refusal: the plate, or part of it; left out, any of the case's subjects.")
@click.option("--hours", type=int, required=True)
@click.option("--why", "reason", required=True)
@with_own_key
def request(
    decision_id: str | None,
    case_number: str | None,
    scope: str | None,
    plate: str | None,
    hours: int,
    reason: str,
    ask: Ask,
    as_json: bool,
) -> None:
    """Ask a supervisor."""
    if decision_id is None and (case_number is None or scope is None):
        raise click.UsageError("Give --decision, the refusal it answers; or --case and --scope, to ask in words.")
    if decision_id is None and plate is None and scope == "protected_plate":
        raise click.UsageError("Give --plate, the protected plate: none is approved unseen.")
    asked = {"decision_id": decision_id, "case_number": case_number, "scope": scope, "plate": plate}
    body: dict[str, Json] = {name: value for name, value in asked.items() if value is not None}
    body |= {"hours": hours, "reason": reason}
    told = ask("POST", _ADDRESS, body)
    _print(told, as_json=as_json)
    if others := told.get("other_scopes"):
        tell(f"note: the refusal lets you ask for more, each by its own --scope: {', '.join(others)}", err=True)


@approvals.command("list")
@click.option("--status", type=click.Choice(["requested", "approved", "denied", "revoked"]))
@with_own_key
def list_all(status: str | None, ask: Ask, as_json: bool) -> None:
    """Your own, and what you may decide."""
    target = _ADDRESS + (f"?status={status}" if status else "")
    found = ask("GET", target)["approvals"]
    show(found if as_json else [{name: each.get(name) for name in _LISTED} for each in found], as_json=as_json)


@approvals.command("show")
@click.argument("approval_id")
@with_own_key
def show_one(approval_id: str, ask: Ask, as_json: bool) -> None:
    """One in full; to who may decide with the plate, why it was refused and what would be said then. That is recorded."""
    told = ask("GET", _address(approval_id))
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        if name != "policy_saw" and value is not None:
            tell(f"{name}: {value if isinstance(value, str | int) else json.dumps(value)}")


@approvals.command("approve")
@click.argument("approval_id")
@click.option("--hours", type=int, required=True)
@click.option("--why", "reason", required=True)
@click.option("--also", type=click.Choice(["protected_plate"]), help="Where part of a plate takes in a protected one.")
@with_own_key
def approve(approval_id: str, hours: int, reason: str, also: str | None, ask: Ask, as_json: bool) -> None:
    """Give it; it counts with the next request."""
    body: dict[str, Json] = {"hours": hours, "reason": reason}
    if also is not None:
        body["also"] = also
    told = ask("POST", _address(approval_id, "approve"), body)
    _print(told, as_json=as_json)
    given, wanted = told.get("hours_given"), told.get("hours")
    if given != wanted:
        tell(f"note: given for {given} h; {wanted} h asked for", err=True)
    foreseen = told.get("would_then")
    if foreseen and not foreseen["allow"]:
        lacking = ", ".join(foreseen["reasons"])
        tell(
            "warning: approved, and the search it was asked from would still be refused, "
            f"by the facts of {told['facts_as_of']}: {lacking}",
            err=True,
        )


@approvals.command("deny")
@click.argument("approval_id")
@click.option("--why", "reason", required=True)
@with_own_key
def deny(approval_id: str, reason: str, ask: Ask, as_json: bool) -> None:
    """Say no."""
    _print(ask("POST", _address(approval_id, "deny"), {"reason": reason}), as_json=as_json)


@approvals.command("revoke")
@click.argument("approval_id")
@click.option("--why", "reason", required=True)
@with_own_key
def revoke(approval_id: str, reason: str, ask: Ask, as_json: bool) -> None:
    """Withdraw it; it counts no more with the next request."""
    _print(ask("POST", _address(approval_id, "revoke"), {"reason": reason}), as_json=as_json)


def _address(approval_id: str, *act: str) -> str:
    return "/".join([_ADDRESS, quote(approval_id, safe=""), *act])


def _print(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        show([{name: told[name] for name in _COLUMNS}], as_json=False)
