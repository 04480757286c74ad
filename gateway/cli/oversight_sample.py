"""`oversight sample`: a random sample whose seed is promised before the period and shown after it."""

import contextlib
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from gateway import clock
from gateway.app.audit import open_command_runtime
from gateway.app.oversight import agency_values, oversight_state
from gateway.app.state import index_folder, secrets_folder
from gateway.auditing.gone import tell_gone
from gateway.auditing.query_engine import table_time
from gateway.auditing.search import SEARCHES
from gateway.auditing.source import LedgerTable, open_source
from gateway.cli.audit_options import refuse_problems
from gateway.cli.audit_verify import require_ledger
from gateway.cli.given_once import Commands
from gateway.cli.instants import A_DAY_OR_INSTANT, Instant
from gateway.cli.operator import is_operator, operator
from gateway.cli.options import EXIT_NOT_SO, KEPT_WORDS, GivenFolder, print_json, with_config, with_json
from gateway.cli.oversight_findings import find_reviewer
from gateway.cli.terminal import tell, tell_aligned
from gateway.errors import ConfigurationError
from gateway.ledger.records.event import admin_record
from gateway.oversight.sampling import Search, draw, promise
from gateway.oversight.sampling.record import (
    DRAWN,
    PROMISED,
    REVIEWED,
    SampleRecord,
    check_promise,
    find_overlap,
    read_samples,
)
from gateway.settings import Settings

_BEGINS = f"When the period begins, which must lie ahead: {A_DAY_OR_INSTANT}."
_ANSWERS = click.Choice(["yes", "no", "unknown"])


@click.group("sample", cls=Commands)
def sample() -> None:
    """The sampled review: nobody can choose what is looked at, and anybody can check that."""


@sample.command("commit")
@click.argument("name", type=KEPT_WORDS)
@click.option("--since", type=Instant(ahead=True), required=True, help=_BEGINS)
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="How long the period is.")
@with_config
@with_json
def commit(name: str, since: datetime, days: int, settings: Settings, as_json: bool) -> None:
    """Promise the seed of a period that has not begun: its digest is recorded, and a checkpoint signed over it."""
    until = since + timedelta(days=days)
    _check_free(settings, name, since, until)
    seed = secrets.token_bytes(32)
    _keep_seed(settings, name, seed)
    agency = agency_values(settings)
    rule = {"per_office_and_week": agency["sample_per_office_and_week"], "percent": agency["sample_percent"]}
    period = {"since": clock.format_instant(since), "until": clock.format_instant(until)}
    told = {"name": name, **period, "promise": promise(seed)}
    _record(settings, PROMISED, told | rule, signed=True)
    _tell(told | rule, as_json=as_json)


@sample.command("draw")
@click.argument("name", type=KEPT_WORDS)
@with_config
@with_json
def draw_(name: str, settings: Settings, as_json: bool) -> None:
    """Show the seed of a period that is over, and what it draws."""
    with _open(settings) as source:
        promised = _find_promise(source, name).told
    if clock.parse_instant(promised["until"]) is None or clock.now() < _instant(promised["until"]):
        raise ConfigurationError([f"the period of {name} is not over"])
    seed = _read_seed(settings, name)
    if promise(seed) != promised["promise"]:
        raise ConfigurationError([f"the kept seed of {name} is not the one that was promised"])
    with open_source(settings.audit.directory) as source:
        drawn, problems = _draw(source, promised, seed), source.problems
        gone = tell_gone(source, _instant(promised["since"]), _instant(promised["until"]))
    if gone:
        tell(f"warning: {gone}", err=True)
    if not _find_samples(settings, DRAWN, name):
        _record(
            settings,
            DRAWN,
            {"name": name, "seed": seed.hex(), "decision_ids": [item["decision_id"] for item in drawn]},
        )
    document = {
        "name": name,
        "seed": seed.hex(),
        "questions": agency_values(settings)["sample_questions"],
        "searches": drawn,
    }
    if as_json:
        print_json(document)
    else:
        _tell({name: document[name] for name in ("name", "seed")}, as_json=False)
        tell_aligned(drawn)
        tell("To be answered of each by `oversight sample review`:")
        for question, words in document["questions"].items():
            tell(f"  --answer {question} yes|no|unknown   {words}")
    refuse_problems(problems)


@sample.command("check")
@click.argument("name", type=KEPT_WORDS)
@click.option(
    "--ledger",
    type=GivenFolder(),
    is_eager=True,
    help="A ledger, or a copy of one: for who has no settings of the gateway.",
)
@with_config
@with_json
def check(name: str, ledger: Path | None, settings: Settings, as_json: bool) -> None:
    """Work the draw out again from the seed that was shown: the promise and its time, and every search. Exit code 1 where it differs."""
    if ledger is not None:
        require_ledger(ledger)
    with open_source(ledger or settings.audit.directory) as source:
        promised, shown = _find_promise(source, name), read_samples(source, DRAWN, name)
        if not shown:
            raise ConfigurationError([f"{name} was not drawn yet"])
        problems, again = _check_draw(source, promised, shown[0])
        problems += source.problems
    _tell({"name": name, "ok": not problems, "searches": len(again), "problems": problems}, as_json=as_json)
    if problems:
        raise SystemExit(EXIT_NOT_SO)


def _check_draw(source: LedgerTable, promised: SampleRecord, shown: SampleRecord) -> tuple[list[str], list[str]]:
    """What is wrong with a draw, and what its seed draws."""
    problems, seed = check_promise(promised, source.directory), bytes.fromhex(shown.told["seed"])
    if promise(seed) != promised.told["promise"]:
        problems.append("the seed is not the one that was promised")
    again = [item["decision_id"] for item in _draw(source, promised.told, seed)]
    if gone := tell_gone(source, *(_instant(promised.told[end]) for end in ("since", "until"))):
        problems.append(f"the draw cannot be worked out again. {gone}")
    elif again != shown.told["decision_ids"]:
        problems.append(
            "the seed draws other searches than were shown, or the record is not whole, which `audit verify` says"
        )
    return problems, again


@sample.command("review")
@click.argument("decision_id")
@click.option(
    "--answer",
    "answers",
    type=(str, _ANSWERS),
    multiple=True,
    required=True,
    help="A question of the table, and yes, no or unknown.",
)
@click.option("--by", "reviewer", help="The user id of who answers, where that is not who runs this.")
@click.option("--why", type=KEPT_WORDS, help="A note; kept in the record.")
@with_config
@with_json
def review(
    decision_id: str,
    answers: tuple[tuple[str, str], ...],
    reviewer: str | None,
    why: str | None,
    settings: Settings,
    as_json: bool,
) -> None:
    """Answer all questions of the table about one search of a sample: once, and never who searched."""
    with _open(settings) as source:
        drawn = [item for item in read_samples(source, DRAWN) if decision_id in item.told["decision_ids"]]
        if not drawn:
            raise ConfigurationError([f"{decision_id} is in no sample that was drawn"])
        reviewed = any(item.told["decision"] == decision_id for item in read_samples(source, REVIEWED))
        searcher = _find_searcher(source, decision_id)
    problems = [f"{decision_id} was reviewed already"] if reviewed else []
    problems += _check_review(settings, searcher, dict(answers), reviewer)
    if problems:
        raise ConfigurationError(problems)
    told = {"name": drawn[-1].told["name"], "decision": decision_id, "answers": dict(answers), "note": why or ""}
    told |= {"persons": [searcher] if searcher else []}
    _record(settings, REVIEWED, told | {"reviewer": reviewer or operator()})
    _tell({"decision_id": decision_id, **dict(answers)}, as_json=as_json)


def _check_review(settings: Settings, searcher: str | None, answers: dict[str, str], reviewer: str | None) -> list[str]:
    """What is wrong with the answers, or with who gives them."""
    agency, problems = agency_values(settings), list[str]()
    if set(answers) != set(agency["sample_questions"]):
        asked = ", ".join(agency["sample_questions"])
        problems.append(f"answer each question of oversight/agency once, and no other: {asked}")
    if searcher is not None and (reviewer == searcher or is_operator(searcher)):
        problems.append("nobody reviews a search of theirs")
    if reviewer is not None:
        known = find_reviewer(settings, reviewer)
        if not known.active or not set(known.roles) & set(agency["reviewer_roles"]):
            problems.append(f"{reviewer} is no active person with a role that may review")
    return problems


def _check_free(settings: Settings, name: str, since: datetime, until: datetime) -> None:
    """One seed for each period, promised before it."""
    if since <= clock.now():
        raise ConfigurationError(["the period has begun: a seed must be promised before it"])
    promised = _find_samples(settings, PROMISED)
    if any(item.told["name"] == name for item in promised):
        raise ConfigurationError([f"a seed was promised for {name} already"])
    other = find_overlap(since, until, promised)
    if other is not None:
        told = f"a seed was promised for {other}, whose period is partly the same: of several seeds one could be chosen afterwards"
        raise ConfigurationError([told])


def _find_searcher(source: LedgerTable, decision_id: str) -> str | None:
    rows = source.ask("SELECT user_id FROM records WHERE event_type = 'decision' AND decision_id = ?", [decision_id])
    return rows[0][0] if rows else None


def _draw(source: LedgerTable, promised: dict[str, Any], seed: bytes) -> list[dict[str, Any]]:
    bounds = [table_time(_instant(promised[name])) for name in ("since", "until")]
    rows = source.ask(
        "SELECT decision_id, ts, coalesce(office, ''), coalesce(purpose_code, ''), coalesce(user_id, '') FROM records "  # noqa: S608
        f"WHERE {SEARCHES} AND ts >= ? AND ts < ?",
        bounds,
    )
    found = [Search(decision_id=row[0], at=row[1], office=row[2], purpose=row[3], user_id=row[4]) for row in rows]
    drawn = draw(found, seed, per_office_and_week=promised["per_office_and_week"], percent=promised["percent"])
    return [{"decision_id": item.decision_id, "user_id": item.user_id, "stratum": item.stratum} for item in drawn]


def _instant(text: str) -> datetime:
    found = clock.parse_instant(text)
    if found is None:
        raise ConfigurationError(["a period on record cannot be read"])
    return found


def _find_samples(settings: Settings, event_type: str, name: str | None = None) -> list[SampleRecord]:
    """What the record says of samples of this name, or of all."""
    with _open(settings) as source:
        return read_samples(source, event_type, name)


def _find_promise(source: LedgerTable, name: str) -> SampleRecord:
    found = read_samples(source, PROMISED, name)
    if not found:
        gone = tell_gone(source)
        raise ConfigurationError([f"no seed was promised for {name}", *([gone] if gone else [])])
    return found[0]


def _open(settings: Settings) -> contextlib.AbstractContextManager[LedgerTable]:
    return open_source(settings.audit.directory, index_folder(settings))


def _seed_file(settings: Settings, name: str) -> Path:
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise ConfigurationError(["a sample's name has letters, digits and hyphens only"])
    return secrets_folder(settings) / "samples" / name


def _keep_seed(settings: Settings, name: str, seed: bytes) -> None:
    path = _seed_file(settings, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        raise ConfigurationError(
            [f"the seed of an earlier sample {name} is kept at {path}: give this one another name"]
        )
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(seed)


def _read_seed(settings: Settings, name: str) -> bytes:
    try:
        return _seed_file(settings, name).read_bytes()
    except OSError:
        raise ConfigurationError([f"the seed of {name} is not on this host"]) from None


def _record(settings: Settings, event_type: str, details: dict[str, Any], *, signed: bool = False) -> None:
    oversight_state(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.closing(open_command_runtime(settings)) as runtime:
        runtime.ledger.record(admin_record(event_type, operator=operator(), oversight=details))
        if signed:
            runtime.checkpointer.write()


def _tell(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        for label, value in document.items():
            tell(f"{label}: {value}")
