"""The policy in force while a gateway serves: watched, and changed between two requests."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from gateway import clock
from gateway.app.engine import StoppedEngine, make_engine
from gateway.app.policy_in_force import PolicyInForce, find_before, find_in_force, policy_history
from gateway.errors import ConfigurationError, GatewayError, Refusal
from gateway.ledger.records.event import Body, admin_record
from gateway.lifecycle.history import HistoryEntry
from gateway.model import Decision
from gateway.pdp import Engine
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


def _require_change(refusal: Refusal) -> None:
    """Return where OPA may hold another policy than was asked for; raise what it is no matter which policy decides."""
    if refusal.reason not in _OTHER_POLICY:
        raise refusal


class LivePolicy:
    """An engine that always decides by the policy in force, whole: each decision is one policy's from start to end.

    A new policy is loaded and tried beside the old one, then takes its place at once. What cannot be loaded leaves the
    old one in force and raises the alarm.
    """

    def __init__(
        self, settings: Settings, alarm: Callable[[str], None], end_alarm: Callable[[], None] = lambda: None
    ) -> None:
        self._settings, self._alarm, self._end_alarm = settings, alarm, end_alarm
        self._history = policy_history(settings)
        self._mark = self._read_mark()
        try:
            self._force = find_in_force(settings, clock.now())
        except ConfigurationError:
            self._force, self._mark = find_before(settings, clock.now()), None  # the next look tells why
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
        """None if the policy in force can decide.

        Where OPA holds another by now, the one in force may have changed: as a request would, this looks before it judges.
        """
        refusal = self._engine.health()
        if refusal is None or refusal.reason not in _OTHER_POLICY:
            return refusal
        self.look()
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
            if self._pending is None:
                self._end_alarm()
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
        self._end_alarm()
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
