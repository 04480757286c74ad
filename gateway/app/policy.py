"""The policy in force: found in the signed history, else in the folder of the settings; watched while it serves."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from gateway import clock
from gateway.app.engine import StoppedEngine, folder_policy, make_engine
from gateway.errors import ConfigurationError, GatewayError, Refusal
from gateway.ledger.records.event import Body, admin_record
from gateway.lifecycle.history import HistoryEntry, PolicyHistory, Standing
from gateway.lifecycle.statement import parse_signers
from gateway.model import Decision, Json
from gateway.pdp import Bundle, Engine, load_revision
from gateway.pdp.switching import SwitchingEngine
from gateway.periodic import PeriodicTask
from gateway.reasons import Reason
from gateway.settings import Settings
from gateway.turns import TURN

_EVERY_S = 0.25
_WAIT_FOR_OPA_S = 60.0
_COMPLAIN_S = 300.0
_TRIES = 3
_OTHER_POLICY = frozenset({Reason.POLICY_REVISION_MISMATCH, Reason.ENGINES_DISAGREE})
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInForce:
    """The policy that decides now. `bundle` is None where everything was stopped; `standing` where none was activated.

    `reviewed` is when two people last signed it into force; for one nobody signed, when it was first kept here.
    """

    bundle: Bundle | None
    standing: Standing | None
    reviewed: datetime | None = None

    @property
    def counter(self) -> int:
        """The number of the act that put it in force; 0 for the folder of the settings."""
        return self.standing.entry.counter if self.standing else 0


def policy_history(settings: Settings) -> PolicyHistory:
    """The history of this installation."""
    return PolicyHistory(settings.paths.state, parse_signers(settings.policy.signers))


def find_in_force(settings: Settings, now: datetime) -> PolicyInForce:
    """What is in force at this moment, every signature verified.

    Raises:
        ConfigurationError: it cannot be read, or was not signed as it must be.
    """
    history = policy_history(settings)
    standing = history.standing(now)
    if standing is None:
        bundle = folder_policy(settings)
        return PolicyInForce(bundle=bundle, standing=None, reviewed=_first_kept(settings, bundle.revision, now))
    if standing.stopped:
        return PolicyInForce(bundle=None, standing=standing)
    revision = standing.entry.revision
    signed = history.find_activation(revision, now)  # going back to a policy is no review of it
    return PolicyInForce(
        bundle=load_revision(revision, settings.paths.state),
        standing=standing,
        reviewed=signed.effective if signed else _first_kept(settings, revision, now),
    )


def find_compared(settings: Settings, now: datetime) -> Bundle | None:
    """What a draft is held against: the policy in force; while everything is stopped, the one that was stopped.

    Raises:
        ConfigurationError: it cannot be read, or was not signed as it must be.
    """
    return find_in_force(settings, now).bundle or find_stopped(settings)


def find_stopped(settings: Settings) -> Bundle | None:
    """The policy that was in force before everything was stopped; None where there was none.

    Raises:
        ConfigurationError: it cannot be read, or was not signed as it must be.
    """
    replaced = [entry.replaces for entry in policy_history(settings).read() if entry.replaces]
    if not replaced:  # a stop upon a stop replaces nothing
        return None
    try:
        return load_revision(replaced[-1], settings.paths.state)
    except ConfigurationError:
        folder = folder_policy(settings)  # never kept where it was stopped before it ever decided
        if folder.revision == replaced[-1]:
            return folder
        raise


def find_policy(settings: Settings) -> Bundle:
    """The policy in force; where everything was stopped, that of the folder of the settings.

    Raises:
        ConfigurationError: it cannot be read, or was not signed as it must be.
    """
    return find_in_force(settings, clock.now()).bundle or folder_policy(settings)


def find_tables(settings: Settings) -> Mapping[str, Json]:
    """The tables of that policy; raises what `find_policy` does."""
    tables = find_policy(settings).data.get("tables")
    return tables if isinstance(tables, dict) else {}


def _first_kept(settings: Settings, revision: str, now: datetime) -> datetime:
    """When this installation first kept a policy, by its folder, which is written once; one not yet kept is new."""
    try:
        kept = (settings.paths.state / "revisions" / revision).stat().st_mtime
    except FileNotFoundError:
        return now
    return datetime.fromtimestamp(kept, UTC)


def _require_change(refusal: Refusal) -> None:
    """Return where OPA may hold another policy than was asked for; raise what it is no matter which policy decides."""
    if refusal.reason not in _OTHER_POLICY:
        raise refusal


class LivePolicy:
    """An engine that always decides by the policy in force, whole: each decision is one policy's from start to end.

    A new policy is loaded and tried beside the old one, then takes its place at once. What cannot be loaded leaves the
    old one in force and raises the alarm.
    """

    def __init__(self, settings: Settings, alarm: Callable[[str], None]) -> None:
        self._settings, self._alarm = settings, alarm
        self._history = policy_history(settings)
        self._mark = self._read_mark()
        self._force = find_in_force(settings, clock.now())
        self._coming = self._history.find_scheduled(clock.now())
        self._engine = SwitchingEngine(self._build(self._force))
        self._pending: tuple[PolicyInForce, Engine, float] | None = None
        self._looking, self._looked_at = threading.Lock(), 0.0
        self._complaint: object = None
        self._complained_at = 0.0
        self._record: Callable[[Body], object] | None = None
        self._task = PeriodicTask("policy", self.look, every_s=_EVERY_S, tell=self._tell_failure)

    @property
    def force(self) -> PolicyInForce:
        """What this process decides by."""
        return self._force

    @property
    def wanted(self) -> PolicyInForce:
        """What is in force by the history: another than what is decided by for as long as OPA has not taken it up."""
        pending = self._pending
        return pending[0] if pending else self._force

    def tell_waiting(self) -> list[str]:
        """That OPA has not taken up what is in force by the history, and what decides until then."""
        pending, force = self._pending, self._force
        if pending is None:
            return []
        wanted = pending[0].bundle.revision[:12] if pending[0].bundle else "nothing"
        deciding = (
            f"policy {force.bundle.revision[:12]} goes on deciding" if force.bundle else "everything stays stopped"
        )
        told = f"policy {wanted}, which act {pending[0].counter} put in force, has not been taken up by OPA"
        return [f"{told} at {self._settings.engine.opa_url}, and until then {deciding}: give OPA its bundle"]

    @property
    def reviewed(self) -> datetime | None:
        """When what is in force was last reviewed; None where everything is stopped."""
        return self.force.reviewed

    @property
    def coming(self) -> HistoryEntry | None:
        """The act that comes into force next."""
        return self._coming

    def start(self, record: Callable[[Body], object]) -> None:
        """Begin to watch; each policy that is loaded from now on is recorded."""
        self._record = record
        self._task.start()

    def close(self) -> None:
        """Watch no more."""
        self._task.end()

    def decide(self, input_text: str) -> Decision:
        """The decision by the policy in force; where that changed in OPA meanwhile, by the one now in force."""
        try:
            return self._engine.decide(input_text)
        except Refusal as refusal:
            _require_change(refusal)
            return self._decide_anew(input_text, refusal)

    def _decide_anew(self, input_text: str, refusal: Refusal) -> Decision:
        """By whichever policy is in force and OPA holds: it may change once more while it is looked for."""
        for _ in range(_TRIES):
            pending = self._pending
            engines: list[Engine] = [self._engine] if pending is None else [pending[1], self._engine]
            for engine in engines:
                try:
                    return engine.decide(input_text)
                except Refusal as next_refusal:
                    _require_change(next_refusal)
            self._look_at_once()
        raise refusal

    def warm(self) -> None:
        """Make the policy in force ready on the calling thread."""
        self._engine.warm()

    def health(self) -> Refusal | None:
        """None if the policy in force can decide."""
        return self._engine.health()

    def is_current(self) -> bool:
        """Whether this process has taken up what the history says by now."""
        return self._read_mark() == self._mark and not self._is_due(clock.now())

    def look(self) -> None:
        """Take up what the history says now, if it says something new."""
        with self._looking:
            self._look()

    def _look_at_once(self) -> None:
        """The same for a request, to which OPA answered by a policy that another worker took up sooner.

        Of several such requests one looks, and the others wait for it.
        """
        asked = time.monotonic()
        with TURN.wait(), self._looking:
            if self._looked_at < asked:
                self._look()

    def _look(self) -> None:
        mark, now, self._looked_at = self._read_mark(), clock.now(), time.monotonic()
        if self._pending is not None:
            self._finish_pending()
        if mark == self._mark and not self._is_due(now):
            return
        try:
            self._take_up(now)
            self._mark, self._complaint = mark, None
        except (GatewayError, OSError) as error:
            self._complain((mark, str(error)), f"a policy cannot be put in force, and the one before it stays: {error}")

    def _is_due(self, now: datetime) -> bool:
        return self._coming is not None and self._coming.effective <= now

    def _take_up(self, now: datetime) -> None:
        found = find_in_force(self._settings, now)
        if found.counter < self.wanted.counter:
            raise ConfigurationError(["the policy history has gone back to an earlier act"])
        coming = self._history.find_scheduled(now)
        if found.counter > self.wanted.counter:
            engine = self._build(found)  # compiled and tried here, beside the requests
            trouble = None if found.bundle is None else engine.health()
            if trouble is not None and self._settings.engine.kind == "embedded":
                raise ConfigurationError([trouble.note or trouble.reason.value])
            if trouble is None:
                self._switch(found, engine)
                self._pending = None  # whatever was waited for, this came after it
            else:  # OPA fetches the new policy from here by itself
                self._pending = (found, engine, clock.now().timestamp() + _WAIT_FOR_OPA_S)
        self._coming = coming

    def _finish_pending(self) -> None:
        if self._pending is None:
            return
        found, engine, until = self._pending
        if engine.health() is None:
            self._switch(found, engine)
            self._pending = None
        elif clock.now().timestamp() > until:
            self._complain(found.counter, "OPA has not taken up the policy that was activated")

    def _complain(self, about: object, sentence: str) -> None:
        """Raise the alarm: at once, and again while it lasts."""
        if self._complaint != about or time.monotonic() - self._complained_at >= _COMPLAIN_S:
            self._complaint, self._complained_at = about, time.monotonic()
            self._alarm(sentence)

    def _switch(self, found: PolicyInForce, engine: Engine) -> None:
        before, self._force = self._force, found
        self._engine.switch(engine)
        revision = found.bundle.revision if found.bundle else ""
        _log.info("policy_loaded", policy_revision=revision, counter=found.counter)
        if self._record is not None:
            fields: dict[str, Any] = {"policy_revision": revision or None, "counter": found.counter}
            replaces = before.bundle.revision if before.bundle else None
            self._record(admin_record("policy.loaded", replaces=replaces, **fields))

    def _build(self, found: PolicyInForce) -> Engine:
        return StoppedEngine() if found.bundle is None else make_engine(self._settings, found.bundle)

    def _read_mark(self) -> object:
        try:
            state = self._history.path.stat()
        except OSError:
            return None
        return state.st_ino, state.st_size, state.st_mtime_ns

    def _tell_failure(self, error: Exception) -> None:
        self._alarm(f"the policy cannot be watched: {type(error).__name__}")
