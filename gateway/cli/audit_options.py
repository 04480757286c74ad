"""What every command that reads the audit record has: why it is read, which records, and that it is itself recorded."""

import contextlib
import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import Progress

from gateway import clock
from gateway.app.audit import open_command_ledger, open_command_runtime
from gateway.app.begun import require_record
from gateway.app.state import index_folder, is_shared, load_secrets, secrets_folder
from gateway.auditing.access import Access
from gateway.auditing.epoch_proofs import find_altered
from gateway.auditing.gone import tell_extent, tell_gone, tell_outside
from gateway.auditing.plate_hashes import look_up
from gateway.auditing.search import Criteria
from gateway.auditing.source import LedgerTable, open_source
from gateway.auditing.unknown import find_unknown
from gateway.auditing.unsearched import tell_unsearched
from gateway.cli.instants import A_TIME, Instant
from gateway.cli.operator import operator
from gateway.cli.options import EXIT_NOT_SO, GIVEN_TEXT, KEPT_WORDS
from gateway.cli.terminal import tell
from gateway.errors import ConfigurationError
from gateway.facts import queries
from gateway.kept_words import WITHHELD, tell_plates
from gateway.ledger.epoch_keys import list_wrapped, read_present
from gateway.ledger.records.event import admin_record
from gateway.ledger.runtime import LedgerRuntime
from gateway.pep.cited_case import name_withheld
from gateway.plates import TypedPlate
from gateway.settings import Settings
from gateway.shipping.formats.event_types import FINDINGS, KINDS, REQUESTS

Command = TypeVar("Command", bound=Callable[..., Any])
A_PART = "or a part with * for what is not known; - asks for it, so that no shell keeps it"
"""What `--plate` may be besides a whole plate."""


def with_why(command: Command) -> Command:
    """Add `--why TEXT`, which is required."""
    return click.option(
        "--why", type=KEPT_WORDS, required=True, help="Why the record is read; kept in the audit record."
    )(command)


def with_keys(does: str = "", *, required: bool = False) -> Callable[[Command], Command]:
    """The private key files of one auditor, and what the command does with them, as the rest of a sentence."""
    kind = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
    told = f"An auditor's private key file, as often as needed (- for standard input){does}."
    return click.option("--key", required=required, type=kind, multiple=True, help=told)


def with_trust_file(command: Command) -> Command:
    """Add `--trust-file FILE`; the command gets `trust_file`."""
    kind = click.Path(path_type=Path, exists=True, dir_okay=False)
    told = "What is known from elsewhere: origin, keys, witnesses, how many must agree (TOML)."
    return click.option("--trust-file", type=kind, help=told)(command)


def with_trust(command: Command) -> Command:
    """Add `--trust KEY` and `--trust-file FILE`: by what is known from elsewhere signatures are judged."""
    told = "A checkpoint key (name+id+key) known from elsewhere."
    by_key = click.option("--trust", type=GIVEN_TEXT, multiple=True, metavar="KEY", help=told)
    return by_key(with_trust_file(command))


def with_period(command: Command) -> Command:
    """Add `--since` and `--until`; a period in which nothing can be is a usage error, not "nothing found"."""
    begins, ends = f"From this time: {A_TIME}.", "Up to this time (not included), written the same way."
    command = click.option("--until", type=Instant(), callback=_require_period, help=ends)(command)
    return click.option("--since", type=Instant(), callback=_require_period, help=begins)(command)


def _require_period(context: click.Context, parameter: click.Parameter, value: datetime | None) -> datetime | None:
    """Run for each of the two; the one that comes second knows the other. A period ends now at the latest, and says so."""
    now = clock.now()
    if value is not None and value > now and parameter.name == "since":
        raise click.BadParameter(
            f"{clock.format_instant(value)} lies ahead: nothing is on record yet", context, parameter
        )
    if value is not None and value > now:
        ahead, value = value, now
        told = f"--until {clock.format_instant(ahead)} lies ahead: this is of what is on record up to now, {clock.format_instant(now)}"
        tell(f"note: {told}", err=True)
    both = context.params | {parameter.name: value}
    since, until = both.get("since"), both.get("until")
    if since is not None and until is not None and since >= until:
        told = f"the period ends ({clock.format_instant(until)}) before it begins ({clock.format_instant(since)})"
        if since == until:
            told = f"the period is empty: it begins and ends at {clock.format_instant(since)}"
        raise click.UsageError(f"{told}; a day is its first moment, so for one day give the next as --until")
    return value


_HAS_ID = (
    "SELECT 1 FROM records WHERE ? IN (case_number, user_id, on_behalf_of, decision_id, reader, operator, "
    "requested_by, searched_by, about) LIMIT 1"
)


def with_criteria(command: Command) -> Command:
    """Add the options that choose records; all that are given must hold."""
    verdicts = click.Choice(["allow", "deny", "error", "answered", "failed", "interrupted"])
    options = (
        click.option("--person", type=GIVEN_TEXT, help="A user id: who acted, or is concerned."),
        click.option("--case", type=GIVEN_TEXT, help="A case number."),
        click.option("--plate", type=GIVEN_TEXT, help=f"A plate, however it is typed, {A_PART}."),
        click.option("--purpose", type=GIVEN_TEXT, help="A purpose code."),
        click.option("--verdict", type=verdicts),
        click.option(
            "--reason", type=GIVEN_TEXT, help="A reason code, true or told: a complaint quotes what was told."
        ),
        click.option("--event", "event_type", type=GIVEN_TEXT, help="An event type, as decision or key.issued."),
        click.option(
            "--decision",
            "--id",
            "decision_id",
            type=GIVEN_TEXT,
            callback=_lower,
            help="The id of a decision, emergency, finding, approval, context, key or import: all that is about it.",
        ),
        click.option("--address", callback=_require_address, help="An address that requests or refusals came from."),
    )
    for option in reversed(options):
        command = option(command)
    return with_period(command)


def _require_address(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """An address, or a network as the record names it, in the one way in which it is written there."""
    if value is None:
        return None
    try:
        return str(ipaddress.ip_network(value) if "/" in value else ipaddress.ip_address(value))
    except ValueError:
        raise click.BadParameter("write an address, as 10.1.2.3, or a network that refusals are counted by") from None


def _lower(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """An id as it stands in the record, however it was copied."""
    return None if value is None else value.strip().lower()


def find_case(settings: Settings, number: str | None) -> str | None:
    """A case number as the record has it: one that looks like a plate, as an emergency's call may, is withheld there.

    It is itself where it stands in clear, or no record has it either way.
    """
    if number is None or tell_plates(number) is None or _is_known(settings, number):
        return number
    with contextlib.suppress(ConfigurationError):  # without this installation's secret nobody can tell
        withheld = name_withheld(number, load_secrets(settings).approvals)
        if _is_known(settings, withheld):
            return withheld
    return number


def tell_withheld(case: str | None) -> None:
    """Say what `find_case` found. That a record has the number is an answer, so it is told once the question is on record."""
    if case is not None and case.startswith(WITHHELD):
        tell(f"note: on record this number is withheld, as {case}", err=True)


def criteria(settings: Settings, access: Access, private_key: str | None, given: dict[str, Any]) -> Criteria:
    """The criteria of `with_criteria`, the plate turned into its hashes, a case into what stands on record for it."""
    given |= {"case": find_case(settings, given.get("case"))}
    option = given.pop("plate")
    if option is None:
        return Criteria(**given)
    plate = TypedPlate(click.prompt("Plate", err=True) if option == "-" else option)
    directory, secrets = settings.audit.directory, secrets_folder(settings)
    wrapped = list_wrapped(directory)
    hashes = look_up(plate, directory=directory, secrets=secrets, private_key=private_key)
    access.must_not_name(plate)
    with open_source(directory, index_folder(settings)) as source:
        altered = find_altered(source, read_present(secrets), private_key, access)
    if altered:
        hashes = look_up(plate, directory=directory, secrets=secrets, private_key=private_key, altered=altered)
    sought = replace(Criteria(**given), plates=hashes.hashes, part=hashes.part or None)
    return replace(sought, epochs=hashes.epochs, altered=altered, wrapped=wrapped)


def make_access(settings: Settings, why: str, *, signed: bool = False) -> Access:
    """Who reads, and a recorder that holds the commands' chain only for as long as it takes to write a record.

    With `signed`, a checkpoint follows the record, so that everything recorded by then can be proved.
    """

    def record(event_type: str, **fields: Any) -> object:  # noqa: ANN401 - JSON values
        require_record(settings)
        opened = open_command_runtime(settings) if signed else open_command_ledger(settings)
        with contextlib.closing(opened):
            ledger = opened.ledger if isinstance(opened, LedgerRuntime) else opened
            return ledger.record(admin_record(event_type, **fields))

    return Access(reader=operator(), why=why, recorder=record, is_known=partial(_is_known, settings))


def _is_known(settings: Settings, text: str) -> bool:
    """Whether an id stands in the facts, or in clear in a record already."""
    if settings.facts.url:
        with contextlib.suppress(ConfigurationError):  # no facts: then only the record can have it
            if any(queries.show(settings.facts.url, kind, text) for kind in ("case", "user")):
                return True
    with open_source(settings.audit.directory, index_folder(settings)) as source:
        return bool(source.ask(_HAS_ID, [text]))


@contextlib.contextmanager
def reading(settings: Settings, *, indexed: bool = True, judged: bool = False) -> Iterator[LedgerTable]:
    """The ledger, open for questions. Ends the command with exit code 1 where not all of it could be read.

    What must not lack anything (evidence, reports, exports) is not `indexed`: it is read from the ledger's own lines. Where
    something is counted it is `judged` too, so that what was altered is in no number.
    """
    note_several(settings)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("indexing", total=None)
        index = index_folder(settings) if indexed else None
        with open_source(
            settings.audit.directory,
            index,
            lambda done, total: bar.update(task, completed=done, total=total),
            judged=judged,
        ) as source:
            source.check()
            bar.stop()
            yield source
            refuse_problems([*source.problems, *source.unopened])


def note_several(settings: Settings) -> None:
    """Note on standard error, where other gateways may work with the store, that each has a record of its own."""
    if is_shared(settings):
        tell(
            "note: this is of this gateway's record alone; every other one on its store has a record of its own: do the same there",
            err=True,
        )


def refuse_problems(problems: Sequence[str]) -> None:
    """Say what is wrong with the record, and end the command with exit code 1; return where nothing is."""
    for problem in problems:
        tell(f"error: {problem}", err=True)
    if problems:
        raise SystemExit(EXIT_NOT_SO)


def refuse_unknown(source: LedgerTable, wanted: Criteria, *, found: int) -> tuple[str, ...]:
    """Where nothing was found, say which of the things asked for do not exist at all; and say what of the period is gone.

    All of it is an answer out of the record: call this when the question is on record.

    Gives the warnings of what was not searched, which were told. Ends the command with exit code 1 where something does not
    exist in a record that is damaged.

    Raises:
        ConfigurationError: with a sentence for each.
    """
    tell_withheld(wanted.case)
    unsearched = tell_unsearched(source, wanted)
    altered = list(wanted.altered.values())
    source.unopened += altered  # told as an error, and by the exit code, at the end
    for sentence in (one for one in unsearched if one not in altered):
        tell(f"warning: {sentence}", err=True)
    if found or wanted.since is None:
        gone = tell_gone(source, wanted.since, wanted.until)
    else:
        gone = tell_extent(source, wanted.since, wanted.until)
    gone = gone or ("" if found else tell_outside(source, wanted.since, wanted.until))
    unknown = [] if found else find_unknown(source, wanted, {*KINDS, *REQUESTS, *FINDINGS})
    if unknown:
        told = [*unknown, *([gone] if gone else [])]
        refuse_problems([*told, *source.problems] if source.problems else ())  # it may be what the damage hides
        raise ConfigurationError(told)
    if gone:
        tell(f"note: {gone}", err=True)
    return unsearched
