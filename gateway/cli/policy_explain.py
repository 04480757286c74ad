"""`policy explain`: why a policy decides a request as it does, and what would turn the verdict."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from gateway import clock
from gateway.canonical import canonical
from gateway.cli.given_once import GivenOnce
from gateway.cli.operator import operator
from gateway.cli.options import KEPT_WORDS, print_json, with_json, with_optional_config
from gateway.cli.policy_options import FOLDER, load_named
from gateway.errors import ConfigurationError
from gateway.lifecycle.explain import Explanation
from gateway.lifecycle.late_reviews import LateReview, find_late_reviews
from gateway.lifecycle.recorded import (
    RecordedRequest,
    describe_outcome,
    describe_refusal,
    find_recorded,
    tell_outcome,
    tell_refusal,
)
from gateway.lifecycle.turning import FactChange
from gateway.pdp import Bundle
from gateway.reasons import Reason
from gateway.settings import Settings

_LISTED = 10
_TOLD = ("ts", "decision", "disclosed_reasons")
_QUESTION = ", only asked: a question to /gateway/explain, of which nothing was sent to a vendor"
_NOT_DECIDED = "this is not what was decided, but what would be with the facts that --set changes"
_LONGEST = 200  # characters of a fact that is printed as it is


@click.command("explain", cls=GivenOnce)
@click.argument("decision_id", required=False)
@click.option("--case", "case_name", help="A decision in a plain sentence, by the beginning of its name.")
@click.option("--cases", type=FOLDER, help="Where those lie (default: beside the policy).")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="PATH=VALUE",
    help="With this fact changed, which a rule reads: of the decision or case named, else of the usual request.",
)
@click.option("--candidate", type=FOLDER, help="By this draft instead of the policy in force.")
@click.option("--why", type=KEPT_WORDS, help="Why the record is read; kept with the reading.")
@with_optional_config
@with_json
def explain(
    decision_id: str | None,
    case_name: str | None,
    cases: Path | None,
    changes: tuple[str, ...],
    candidate: Path | None,
    why: str | None,
    settings: Settings,
    as_json: bool,
) -> None:
    """Explain a recorded decision by its id, a case by its name, or the usual request; with --set as it would be if."""
    from gateway.auditing.verdicts import is_only_asked
    from gateway.lifecycle.changed_facts import change_facts
    from gateway.lifecycle.explain import explain as explain_input
    from gateway.lifecycle.turning import find_turning

    if decision_id is not None and case_name:
        raise click.UsageError("name a recorded decision or --case, not both")
    record: Mapping[str, Any] = {}
    outcomes: tuple[Mapping[str, Any], ...] = ()
    if decision_id is not None:
        found = _find_recorded(settings, decision_id, why)
        if not found.is_by_policy:
            _tell_by_none(found, changes, candidate, as_json=as_json)
            return
        record, outcomes = found.judged, found.outcomes
        bundle, text = load_named(settings, str(candidate or record["policy_revision"])), str(record["input"])
    else:
        bundle = _policy(settings, candidate)
        text = _case(settings, case_name, cases, candidate) if case_name else _usual_request(bundle)
    if changes:
        text = change_facts(bundle, text, changes)
        click.echo(f"note: {_NOT_DECIDED if decision_id or case_name else _tell_usual_moment()}", err=True)
    explanation = explain_input(bundle, text)
    turning = () if explanation.allow else find_turning(bundle, text)
    late = _find_late(settings, explanation, record)
    if as_json:
        document = {**asdict(explanation), "turning": [asdict(change) for change in turning]}
        print_json(document | _describe_recorded(record, outcomes, late))
        return
    if record:
        click.echo(_tell_recorded(record))
    _print(explanation, turning, _QUESTION if is_only_asked(record) else "")
    for ended in outcomes:
        click.echo(tell_outcome(ended))
    for one in late:
        click.echo(f"late then: the review of emergency search {one.decision_id}, due at {one.due_at}")


def _describe_recorded(
    record: Mapping[str, Any], outcomes: tuple[Mapping[str, Any], ...], late: tuple[LateReview, ...]
) -> dict[str, Any]:
    """What is on record beside the decision's own explanation, as members of the document."""
    from gateway.auditing.verdicts import is_only_asked

    return {
        **({"explain": True} if is_only_asked(record) else {}),
        **({"recorded": {name: record.get(name) for name in _TOLD}} if record else {}),
        **({"outcomes": [describe_outcome(one) for one in outcomes]} if outcomes else {}),
        **({"late_reviews": [asdict(one) for one in late]} if late else {}),
    }


def _find_late(settings: Settings, explanation: Explanation, record: Mapping[str, Any]) -> tuple[LateReview, ...]:
    """The reviews that an emergency was denied for, of which the policy knows the number alone."""
    if not record or Reason.REVIEW_OVERDUE.value not in {reason.code for reason in explanation.reasons}:
        return ()
    return find_late_reviews(settings.audit.directory, str(record.get("user_id")), str(record["ts"]))


def _tell_recorded(record: Mapping[str, Any]) -> str:
    """When it was decided, and what the officer was told, which may be less than the true reasons; whose it is, a search of the record says."""
    told = ", ".join(record.get("disclosed_reasons") or ())
    verdict = f"{record['decision']}, and the officer was told {told}" if told else record["decision"]
    return f"on record at {record['ts']}: {verdict}"


def _policy(settings: Settings, candidate: Path | None) -> Bundle:
    from gateway.app.policy_in_force import find_stopped, find_taken_up
    from gateway.app.policy_review import tell_expired
    from gateway.pdp import load_policies

    if candidate is not None:
        return load_policies(candidate)
    force = find_taken_up(settings, clock.now())
    if expired := tell_expired(force):
        click.echo(f"note: {expired}, whatever is explained here", err=True)
    if force.bundle is not None:
        return force.bundle
    stopped = find_stopped(settings)
    click.echo(f"note: everything is stopped: {stopped.note or 'this is by the policy that was stopped'}", err=True)
    return stopped.bundle


def _find_recorded(settings: Settings, decision_id: str, why: str | None) -> RecordedRequest:
    """What the record holds under this id. That it is read is recorded."""
    from gateway.app.audit import open_command_ledger
    from gateway.app.begun import require_record
    from gateway.auditing.access import Access
    from gateway.ledger.records.event import admin_record

    require_record(settings)
    ledger = open_command_ledger(settings)
    try:
        access = Access(
            reader=operator(),
            why=why or "to explain this decision",
            recorder=lambda event_type, **fields: ledger.record(admin_record(event_type, **fields)),
        )
        access.record("policy explain", {"decision_id": decision_id})
    finally:
        ledger.close()
    found = find_recorded(settings.audit.directory, decision_id)
    if found is not None:
        return found
    told = f"the record holds no decision {decision_id}: of a refusal its `decision_id` is wanted, not its `instance`"
    counted = (
        "of many refusals in one minute before anybody was known only the first few are kept, and the others counted"
    )
    raise ConfigurationError([f"{told}; {counted}; a decision in a plain sentence is chosen with --case"])


def _tell_by_none(found: RecordedRequest, changes: tuple[str, ...], candidate: Path | None, *, as_json: bool) -> None:
    """What no policy made: the gateway's own refusal, of which no rule and no fact can be told."""
    if changes or candidate is not None:
        reasons = ", ".join(found.judged.get("deny_reasons") or ["none given"])
        told = f"decision {found.judged['decision_id']} is on record, and no policy made it"
        raise ConfigurationError([f"{told}: the gateway itself refused ({reasons}), so there is nothing to replay"])
    if as_json:
        print_json({"allow": False, "refused_by_gateway": describe_refusal(found.judged)})
        return
    for line in (_tell_recorded(found.judged), *tell_refusal(found.judged)):
        click.echo(line)


def _case(settings: Settings, name: str, cases: Path | None, candidate: Path | None) -> str:
    from gateway.pdp.check.case_files import find_cases, read_cases

    folder = cases or find_cases(candidate or settings.paths.policies)
    found = [case for case in read_cases(folder) if case.name.startswith(name)] if folder else []
    if not found:
        raise ConfigurationError([f"no case begins with {name!r}"])
    if len(found) > 1:
        listed = [f"  {case.name}" for case in found[:_LISTED]] + ["  …"] * (len(found) > _LISTED)
        raise ConfigurationError([f"{len(found)} cases begin with {name!r}; name one of", *listed])
    return found[0].input_text


def _tell_usual_moment() -> str:
    from gateway.pdp.check.usual_request import SAMPLE

    told = f"the usual request, which --set changes, is of {SAMPLE['request']['time']}"
    return f"{told}: dates and ages count from then, not from today"


def _usual_request(bundle: Bundle) -> str:
    """A request as this policy's tables want it, of somebody who accepted its rules of behavior."""
    from gateway.pdp.check.usual_request import make_sample

    tables = bundle.data.get("tables")
    return canonical(make_sample(tables if isinstance(tables, dict) else {}))


def _print(explanation: Explanation, turning: tuple[FactChange, ...], question: str) -> None:
    click.echo(f"{'allowed' if explanation.allow else 'denied'} by policy {explanation.revision[:12]}{question}")
    for topic in explanation.topics:
        reasons = f" ({', '.join(topic.reasons)})" if topic.reasons else ""
        click.echo(f"  {topic.topic:<12} {'holds' if topic.satisfied else 'does not hold'}{reasons}")
    for reason in explanation.reasons:
        click.echo(f"{reason.code}  {reason.place}")
        for condition in reason.failing:
            click.echo(f"  not so: {condition}")
        for path, value in reason.facts.items():
            click.echo(f"  {path} = {_shorten(value)}")
    for obligation in explanation.obligations:
        click.echo(f"  condition: {json.dumps(obligation)}")
    if turning:
        click.echo("It would be allowed if (one way; a rule that lets several things do has others):")
        for change in turning:
            click.echo(f"  - {change.sentence}")
    elif not explanation.allow:
        click.echo("No few changes of facts were found that would turn it.")


def _shorten(value: object) -> str:
    """A fact as JSON; of a whole table, which a rule looks something up in, the names of its entries."""
    text = json.dumps(value)
    if isinstance(value, dict) and len(text) > _LONGEST:
        return f"a table of {len(value)}: {', '.join(sorted(map(str, value)))}"
    return text
