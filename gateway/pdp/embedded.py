"""The embedded engine: regorus, in this process, nothing to start.

The policy is compiled once, and taken in by each thread as the compiled program's bytes, which takes half a millisecond
where compiling takes fifty. It is run by regorus' virtual machine, which takes a sixth of its interpreter's time
and stops by itself after 25,000 steps (some 400 known plates that fit one pattern); a decision then is refused.

A regorus machine belongs to the thread that built it: any other thread's touch is a panic, which Python sees as a
`BaseException`, and any other thread's letting go of it is a leak. So each thread builds its own and lets go of it
itself, and whatever an engine throws is a refusal.
"""

import ctypes
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import orjson

from gateway.errors import ConfigurationError, Refusal
from gateway.model import Decision
from gateway.pdp.bundle import Bundle
from gateway.pdp.decision import Expected, parse_decision
from gateway.pdp.engine import ENTRYPOINT, PROBE
from gateway.reasons import Reason
from gateway.value import replace

# Read when the library is loaded. Its allocator else takes room in so large pieces that the system backs the little that
# each thread uses of them with huge pages: 110 MB in a worker of eight threads, for half a megabyte.
os.environ.setdefault("MIMALLOC_ARENA_EAGER_COMMIT", "0")
import regorus

_KEPT_PER_THREAD = 4
_KEPT_ANSWERS = 128
_own = threading.local()
"""This thread's engines. It outlives every `EmbeddedEngine`, and so lets go last."""

_PLACE = re.compile(r"--> ([A-Za-z0-9_./-]+:\d+):\d+")


@cache
def _wheel_version() -> str:
    """The version of the wheel that brought regorus: the published one, or one built from Microsoft's sources."""
    for wheel in ("gordon-to-regorus", "regorus"):
        with suppress(PackageNotFoundError):
            return version(wheel)
    return "of unknown version"


@lru_cache(maxsize=4)
def _compile(data: str, rego: tuple[tuple[str, str], ...]) -> bytes:
    return bytes(regorus.Program.compile_from_modules(data, list(rego), [ENTRYPOINT]).serialize_binary())


class EmbeddedEngine:
    """Decides by one policy bundle."""

    def __init__(self, bundle: Bundle) -> None:
        """Compile the policy, then take it in and try it on the calling thread.

        Raises:
            ConfigurationError: if the policy cannot be loaded, or does not deny an input that knows nothing.
        """
        self._bundle = bundle
        self._data = bundle.data_text
        self._program = self._compile()
        self._expected = Expected(
            engine="embedded",
            engine_version=f"regorus {_wheel_version()}",
            revision=bundle.revision,
            reason_book=bundle.reason_book,
        )
        self._judged = lru_cache(maxsize=_KEPT_ANSWERS)(self._judge)
        trouble = self.health()
        if trouble is not None:
            raise ConfigurationError([f"the policy cannot be used: {trouble.note or trouble}"])

    def decide(self, input_text: str) -> Decision:
        """The decision on this input."""
        started = time.perf_counter_ns()
        return replace(self.judge(input_text), duration_us=(time.perf_counter_ns() - started) // 1000)

    def judge(self, input_text: str) -> Decision:
        """The same, without the time it took: for deciding many."""
        return self._judged(self._answer(input_text))

    def _answer(self, input_text: str) -> str:
        """The engine's document as it comes, judged by nobody yet."""
        engine = self._engine()
        try:
            return engine.evaluate(input_text)
        except BaseException as failure:  # noqa: BLE001 - a panic is no Exception
            # What a failed evaluation leaves behind must not meet the next input.
            _engines().forget(self._bundle.revision)
            raise self._refusal(failure) from None

    def health(self) -> Refusal | None:
        """None if an input that knows nothing is denied."""
        try:
            allowed = self.decide(PROBE).allow
        except Refusal as refusal:
            return refusal
        return Refusal(Reason.ENGINE_UNDEFINED, note="an input that knows nothing is allowed") if allowed else None

    def warm(self) -> None:
        """Take the policy in on the calling thread, so that its first decision costs no more than the others."""
        self._engine()

    def _judge(self, answer: str) -> Decision:
        """What an answer means; the same text means the same each time, and most searches get one of a few."""
        try:
            document = orjson.loads(answer)
        except ValueError as failure:
            raise self._refusal(failure) from None
        return parse_decision(document, self._expected, duration_us=0)

    def _engine(self) -> "_ThreadEngine":
        """This thread's engine for this policy; a few revisions are kept, so that two can be compared."""
        engine = _engines().find(self._bundle.revision)
        if engine is None:
            engine = self._build()
            _engines().keep(self._bundle.revision, engine)
        return engine

    def _build(self) -> "_ThreadEngine":
        engine = _ThreadEngine()
        try:
            engine.load(self._program, self._data)
        except BaseException as failure:  # noqa: BLE001
            engine.let_go()
            raise self._refusal(failure) from None
        return engine

    def _compile(self) -> bytes:
        """The program as bytes, which any thread may take in; the compiled one belongs to the thread that made it."""
        try:
            return _compile(self._data, self._bundle.rego)
        except BaseException as failure:  # noqa: BLE001
            refusal = self._refusal(failure)
            raise ConfigurationError([f"the policy cannot be used: {refusal.note}"]) from None

    def _refusal(self, failure: BaseException) -> Refusal:
        """The refusal for whatever an engine threw; of its text only the place in the policy is kept."""
        if isinstance(failure, KeyboardInterrupt | SystemExit):
            raise failure
        place = _PLACE.search(str(failure))
        known = place is not None and place[1].split(":")[0] in dict(self._bundle.files)
        where = f" at {place[1]}" if place and known else ""
        return Refusal(Reason.ENGINE_UNDEFINED, note=f"the embedded engine stopped{where}")


def parse_rules(rules: Iterable[str]) -> list[Any] | None:
    """The syntax tree of each file of rules, as the engine reads it; None where it cannot read one of them."""
    engine = regorus.Engine()
    try:
        for number, text in enumerate(rules):
            engine.add_policy(f"{number}.rego", text)
        trees: list[Any] = orjson.loads(engine.get_ast_as_json())
    except BaseException as failure:  # a panic is no Exception
        if isinstance(failure, KeyboardInterrupt | SystemExit):
            raise
        return None
    return trees


def _keep_for_good(machine: Any, refer: Any = ctypes.pythonapi.Py_IncRef, take: Any = ctypes.py_object) -> None:  # noqa: ANN401
    refer(take(machine))


class _ThreadEngine:
    """The only holder of a regorus machine: tracebacks, which any thread may collect, hold this and never the machine."""

    __slots__ = ("_machine",)

    def __init__(self) -> None:
        self._machine: Any = None

    def load(self, compiled: bytes, data: str) -> None:
        """Take in a compiled policy. Some mistakes are found only by evaluating it."""
        program, is_partial = regorus.Program.deserialize_binary(compiled)
        if is_partial:
            raise ValueError("a program that was read in part")
        self._machine = regorus.Rvm()
        self._machine.load_program(program)
        self._machine.set_data_json(data)
        self.evaluate(PROBE)

    def evaluate(self, input_text: str) -> str:
        """The entrypoint's document on this input, as JSON text; `"<undefined>"` where it has none."""
        self._machine.set_input_json(input_text)
        document: str = self._machine.execute()
        return document

    def let_go(self) -> None:
        """Drop the machine, here and now, in this thread."""
        self._machine = None

    def leave(self, keep: Callable[[Any], object]) -> None:
        """Leave the machine where it is, for good: this is not its thread."""
        keep(self._machine)


class _ThreadEngines:
    """One thread's engines by policy revision, the latest last.

    Only the thread's own storage holds it, and no frame that a traceback could keep: so it ends with its thread, in its
    thread, and whatever still holds one of its engines then holds an empty one.
    """

    def __init__(self) -> None:
        self._by_revision: dict[str, _ThreadEngine] = {}
        self._thread = threading.get_ident()

    def __len__(self) -> int:
        return len(self._by_revision)

    def __del__(
        self, present: Callable[[], int] = threading.get_ident, keep: Callable[[Any], object] = _keep_for_good
    ) -> None:
        """A process that ends with threads still at work lets go of theirs in its main thread, which may not touch them."""
        is_own = present() == self._thread
        for engine in self._by_revision.values():
            if is_own:
                engine.let_go()
            else:
                engine.leave(keep)

    def find(self, revision: str) -> _ThreadEngine | None:
        return self._by_revision.get(revision)

    def keep(self, revision: str, engine: _ThreadEngine) -> None:
        self._by_revision[revision] = engine
        if len(self) > _KEPT_PER_THREAD:
            self.forget(next(iter(self._by_revision)))

    def forget(self, revision: str) -> None:
        engine = self._by_revision.pop(revision, None)
        if engine is not None:
            engine.let_go()


def _engines() -> _ThreadEngines:
    engines: _ThreadEngines | None = getattr(_own, "engines", None)
    if engines is None:
        engines = _own.engines = _ThreadEngines()
    return engines
