"""Opens the audit record as the settings say: all of it for a worker, or the chain that commands write to."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.app.outbound import find_proxy
from gateway.app.oversight import reason_describer
from gateway.app.policy_in_force import find_held_tables
from gateway.app.sink_files import find_target_faults
from gateway.app.state import auditors, index_folder, prepare, secrets_folder
from gateway.durable import REAL_DISK
from gateway.errors import ConfigurationError
from gateway.ledger.alarms import Observer, Quiet
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.checkpoints.checkpointer import Cadence
from gateway.ledger.checkpoints.keys import lacks_its_keys, signs_elsewhere
from gateway.ledger.checkpoints.witnesses import WitnessAddress, witness
from gateway.ledger.encryption import recipient_problems
from gateway.ledger.ledger import COMMAND_SLOTS, Ledger, LedgerOptions, worker_slots
from gateway.ledger.runtime import LedgerRuntime, LedgerRuntimeOptions, open_ledger_runtime
from gateway.ledger.space import Watermarks
from gateway.model import Json
from gateway.ops.watcher import Watcher
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.shipping.options import SinkOptions
    from gateway.shipping.shipper import Shipper

_MEBIBYTE = 1 << 20
_MOST_DAYS = 36_525
_KEPT_FOR_EVER: Json = {"epoch_days": {"value": 30}, "retention_days": {"value": _MOST_DAYS}}
_SAY_NOTHING: Callable[[str], Sequence[str]] = lambda _text: ()  # noqa: E731 - one line, like what it stands beside
"""How the record is opened where no policy says it: nothing of it is deleted meanwhile, no written reason described."""

_OF_A_COMMAND_S = 5.0
_OF_A_WORKER_S = 20.0
"""How long a free chain is waited for. At SIGHUP a worker needs that of one before it, which may take 13 s to end; that no
other gateway has it is known from the lock of the whole directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRuntime:
    """What one worker keeps: its ledger with what runs beside it, and the shipping of the ledger where there are sinks."""

    ledger_runtime: LedgerRuntime
    shipper: "Shipper | None"

    def start(self) -> None:
        """Begin what happens beside the requests."""
        self.ledger_runtime.start()
        if self.shipper is not None:
            self.shipper.start()

    def close(self) -> None:
        """Write and sign the rest, then stop shipping; what was not shipped is for the next start."""
        self.ledger_runtime.close()
        if self.shipper is not None:
            self.shipper.stop()


def open_audit_runtime(settings: Settings, watcher: Watcher, began_at: float) -> AuditRuntime:
    """The audit runtime of one worker of a gateway that began at that monotonic time; nothing runs by itself before `start`.

    Raises:
        ConfigurationError: no chain is free, the ledger is damaged, or a sink cannot be one.
    """
    sinks = sink_options(settings)
    shipper = None
    if sinks:
        from gateway.shipping.shipper import Shipper

        folder, directory = shipping_folder(settings), settings.audit.directory
        shipper = Shipper(directory=directory, folder=folder, sinks=sinks, watch=watcher, began_at=began_at)
    shipped = shipper.find_shipped if shipper else lambda: None
    ledger_runtime = _open(settings, worker_slots(settings.server.workers), watcher, shipped, slot_s=_OF_A_WORKER_S)
    return AuditRuntime(ledger_runtime=ledger_runtime, shipper=shipper)


def shipping_folder(settings: Settings) -> Path:
    """Where the cursors and dead letters of all sinks lie."""
    return settings.paths.state / "shipping"


def open_command_ledger(settings: Settings, *, without_policy: bool = False) -> Ledger:
    """The chain that commands write to; `without_policy` also where none can be read, for who therefore stops everything.

    Raises:
        ConfigurationError: another command holds it, or the ledger is damaged.
    """
    return _open(settings, COMMAND_SLOTS, Quiet(), lambda: None, without_policy=without_policy).ledger


def open_command_runtime(settings: Settings) -> LedgerRuntime:
    """The same, with what signs checkpoints."""
    return _open(settings, COMMAND_SLOTS, Quiet(), lambda: None)


def sink_options(settings: Settings) -> "list[SinkOptions]":
    """The sinks as shipping takes them.

    Raises:
        ConfigurationError: with every mistake in them.
    """
    sinks = _make_sinks(settings)
    if problems := _find_mistakes(sinks):
        raise ConfigurationError(problems)
    return sinks


def sink_warnings(settings: Settings) -> "Iterator[tuple[str, str]]":
    """What of each sink is allowed but loses something, ends soon or does nothing: its name, and a sentence."""
    for sink, given in zip(sink_options(settings), settings.audit.sinks, strict=True):
        from gateway.shipping.options import tell_unused

        yield from (
            (sink.name, told)
            for told in (*sink.warnings(), *tell_unused(sink.kind, given.model_fields_set, sink.target))
        )


def _make_sinks(settings: Settings) -> "list[SinkOptions]":
    if not settings.audit.sinks:  # who ships nothing need not load what ships
        return []
    from gateway.shipping.options import SinkOptions

    return [SinkOptions(**sink.model_dump(), proxy=find_proxy(settings)) for sink in settings.audit.sinks]


def _find_mistakes(sinks: "Sequence[SinkOptions]") -> list[str]:
    problems = [problem for sink in sinks for problem in sink.problems()]
    if len({sink.name for sink in sinks}) < len(sinks):
        problems.append("[[audit.sinks]]: two sinks have the same name")
    return problems


def _check_sinks(settings: Settings) -> None:
    """Before a start alone: files that are just being replaced must end no gateway whose worker begins anew."""
    sinks = _make_sinks(settings)
    problems = _find_mistakes(sinks)
    for sink in sinks:
        problems += sink.absent_files() or [*sink.pair_mistakes(), *sink.token_mistakes()]
    problems += find_target_faults(settings)
    if problems:
        raise ConfigurationError(problems)


def check_audit(settings: Settings) -> None:
    """Find what is wrong with the audit settings without opening anything.

    Raises:
        ConfigurationError: with every mistake.
    """
    audit = settings.audit
    problems = recipient_problems(audit.recipients)
    attempts: list[Callable[[], object]] = [partial(_check_sinks, settings), partial(_require_own_ledger, settings)]
    attempts += [partial(witness, one, ledger=audit.directory, disk=REAL_DISK) for one in witness_addresses(settings)]
    for attempt in attempts:
        try:
            attempt()
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    if not settings.paths.policies.is_dir():
        return  # which whoever checks the policy says
    _require_days(_table(settings))


def _open(
    settings: Settings,
    slots: tuple[str, ...],
    observer: Observer,
    shipped: "Shipped",
    *,
    slot_s: float = _OF_A_COMMAND_S,
    without_policy: bool = False,
) -> LedgerRuntime:
    prepare(settings)
    _require_own_ledger(settings)
    audit = settings.audit
    table, describe = _KEPT_FOR_EVER, _SAY_NOTHING
    with suppress(ConfigurationError) if without_policy else nullcontext():
        table = _require_days(_table(settings))
    with suppress(ConfigurationError) if without_policy else nullcontext():
        describe = reason_describer(settings)
    marks = Watermarks(warn_bytes=audit.warn_free_mb * _MEBIBYTE, refuse_bytes=audit.stop_free_mb * _MEBIBYTE)
    segment = SegmentLimits(max_bytes=audit.segment_max_bytes, max_age_s=audit.segment_max_hours * 3600.0)
    options = LedgerRuntimeOptions(
        directory=audit.directory,
        secrets=secrets_folder(settings),
        slots=slots,
        recipients=auditors(settings),
        epoch_days=_days(table, "epoch_days"),
        retention_days=_days(table, "retention_days"),
        ledger=LedgerOptions(slot_s=slot_s, segment=segment, watermarks=marks),
        cadence=Cadence(records=audit.checkpoint_records, seconds=audit.checkpoint_seconds),
        describe_reason=describe,
        witnesses=witness_addresses(settings),
    )
    return open_ledger_runtime(options, observer=observer, shipped=shipped, retired=partial(_forget_index, settings))


def witness_addresses(settings: Settings) -> tuple[WitnessAddress, ...]:
    """Where the witnesses are, as the ledger takes it."""
    proxy = find_proxy(settings)
    return tuple(WitnessAddress(one.kind, one.target, one.ca_file, proxy) for one in settings.audit.witnesses)


def _require_own_ledger(settings: Settings) -> None:
    """Return where the ledger is the one that this state's keys sign, or neither is there yet.

    Raises:
        ConfigurationError: another would begin there, and what was recorded until now would end without a word.
    """
    directory, secrets = settings.audit.directory, secrets_folder(settings)
    try:
        elsewhere = signs_elsewhere(directory, secrets)
    except (OSError, ValueError):
        raise ConfigurationError([f"{secrets}: the keys that sign checkpoints cannot be read"]) from None
    if lacks_its_keys(directory, secrets):
        back = "Put back the folder of secrets that belongs to it"
        lost = "if that is lost, tell an auditor before anything else (operators.md, A ledger that is lost)"
        copy = "A copy elsewhere is for `audit verify`: to read it is an act on record, which only its own gateway can keep"
        raise ConfigurationError([f"[audit] directory: no key in {secrets} signs {directory}. {back}; {lost}. {copy}"])
    if elsewhere:
        moved = "If it was moved, move the whole folder there; if one of the two was restored, restore the other of the same back-up"
        lost = "if it is lost, tell an auditor before anything else (operators.md, A ledger that is lost)"
        what = f"{directory} is not the ledger that the keys in {secrets} sign"
        raise ConfigurationError([f"[audit] directory: {what}. {moved}; {lost}"])


def _forget_index(settings: Settings) -> None:
    """What auditors' searches keep of deleted segments goes with them."""
    from gateway.auditing.index import prune

    index = index_folder(settings)
    if index is not None:
        prune(settings.audit.directory, index)


def _table(settings: Settings) -> Json:
    """What the policy in force says of the record, for commands as for the gateway; read once, for it comes with the whole policy."""
    return find_held_tables(settings).get("audit")


def _require_days(table: Json) -> Json:
    """The same table, with both its numbers of days."""
    _days(table, "retention_days")
    _days(table, "epoch_days")
    return table


def _days(table: Json, name: str) -> int:
    """A number of days from that table."""
    entry = table.get(name) if isinstance(table, dict) else None
    value = entry.get("value") if isinstance(entry, dict) else None
    if type(value) is not int or not 1 <= value <= _MOST_DAYS:
        raise ConfigurationError([f"policies/tables/audit/data.yaml: {name}.value must be a whole number of days"])
    return value


Shipped = Callable[[], dict[str, int] | None]
