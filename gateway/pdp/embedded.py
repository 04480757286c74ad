"""The embedded engine: regorus, in this process, nothing to start.

A regorus engine belongs to the thread that built it; any other thread's touch is a panic, which Python sees as a
`BaseException`. So each thread builds its own, and whatever an engine throws is a refusal.
"""

import json
import re
import threading
import time
from importlib.metadata import version
from typing import Any

import regorus

from gateway.errors import ConfigurationError, Refusal
from gateway.model import Decision
from gateway.pdp.bundle import Bundle
from gateway.pdp.decision import Expected, parse_decision
from gateway.pdp.engine import ENTRYPOINT, PROBE
from gateway.reasons import Reason

_PLACE = re.compile(r"--> ([A-Za-z0-9_./-]+:\d+):\d+")


class EmbeddedEngine:
    """Decides by one policy bundle. An evaluation cannot be broken off: the policy check bounds what a policy may do."""

    def __init__(self, bundle: Bundle) -> None:
        """Build and try the calling thread's engine.

        Raises:
            ConfigurationError: if the policy cannot be loaded, or does not deny an input that knows nothing.
        """
        self._bundle = bundle
        self._data = bundle.data_text
        self._own = threading.local()
        self._expected = Expected(
            engine="embedded", engine_version=f"regorus {version('gordon-to-regorus')}", revision=bundle.revision
        )
        trouble = self.health()
        if trouble is not None:
            raise ConfigurationError([f"the policy cannot be used: {trouble.note or trouble}"])

    def decide(self, input_text: str) -> Decision:
        """The decision on this input."""
        engine = self._engine()
        started = time.perf_counter_ns()
        document = self._evaluate(engine, input_text)
        return parse_decision(document, self._expected, duration_us=(time.perf_counter_ns() - started) // 1000)

    def health(self) -> Refusal | None:
        """None if an input that knows nothing is denied."""
        try:
            allowed = self.decide(PROBE).allow
        except Refusal as refusal:
            return refusal
        return Refusal(Reason.ENGINE_UNDEFINED, note="an input that knows nothing is allowed") if allowed else None

    def _engine(self) -> Any:  # noqa: ANN401 - the wheel has no types
        engine = getattr(self._own, "engine", None)
        if engine is None:
            engine = self._build()
            self._own.engine = engine
        return engine

    def _build(self) -> Any:  # noqa: ANN401
        try:
            engine = regorus.Engine()
            for path, text in self._bundle.rego:
                engine.add_policy(path, text)
            engine.add_data_json(self._data)
            # Some mistakes are found only at the first evaluation, and then break every package.
            engine.set_input_json(PROBE)
            engine.eval_rule_as_json(ENTRYPOINT)
        except BaseException as failure:  # noqa: BLE001 - a panic is no Exception
            raise self._refusal(failure) from None
        return engine

    def _evaluate(self, engine: Any, input_text: str) -> object:  # noqa: ANN401
        try:
            engine.set_input_json(input_text)
            document: object = json.loads(engine.eval_rule_as_json(ENTRYPOINT))
        except BaseException as failure:  # noqa: BLE001
            self._own.engine = None  # what a failed evaluation leaves behind must not meet the next input
            raise self._refusal(failure) from None
        return document

    def _refusal(self, failure: BaseException) -> Refusal:
        """The refusal for whatever an engine threw; of its text only the place in the policy is kept."""
        if isinstance(failure, KeyboardInterrupt | SystemExit):
            raise failure
        place = _PLACE.search(str(failure))
        known = place is not None and place[1].split(":")[0] in dict(self._bundle.files)
        where = f" at {place[1]}" if place and known else ""
        return Refusal(Reason.ENGINE_UNDEFINED, note=f"the embedded engine stopped{where}")
