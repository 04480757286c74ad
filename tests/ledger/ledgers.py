"""Small ledgers for tests: bodies as requests make them, disks that fail, ways to look at what was written."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from gateway.durable import Disk, RealDisk
from gateway.ledger.alarms import Alarm
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.checkpoints.checkpointer import Cadence
from gateway.ledger.checkpoints.witnesses import WitnessAddress
from gateway.ledger.edge import EdgeLimits
from gateway.ledger.encryption import KeyPair
from gateway.ledger.ledger import Ledger, LedgerOptions, open_ledger
from gateway.ledger.records.event import Sensitive
from gateway.ledger.runtime import LedgerRuntime, LedgerRuntimeOptions, open_ledger_runtime
from gateway.ledger.segments import read_records
from gateway.ledger.space import Watermarks

PLATE = "ABO123"
SENSITIVE = Sensitive(plate=PLATE, reason_text="seen at the depot", query={"plate": PLATE, "limit": 10})
ROOM = Watermarks(warn_bytes=2, refuse_bytes=1)
SEGMENT = SegmentLimits(max_bytes=64 << 20, max_age_s=86_400)


def ledger_options(**given: Any) -> LedgerOptions:
    return LedgerOptions(**({"segment": SEGMENT, "watermarks": ROOM} | given))


def decision(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "event_type": "decision",
        "decision": "allow",
        "decision_id": f"d{number}",
        "request_id": f"r{number}",
        "effective": {"operation": "plate.search"},
        "user_id": "u17",
        "case_number": "25-001",
        "purpose_code": "criminal_investigation",
        **more,
    }


def outcome(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"event_type": "outcome", "decision_id": f"d{number}", "outcome": "answered", "forwarded": True, **more}


def plain_ledger(directory: Path, *, slots: tuple[str, ...] = ("w0",), **more: Any) -> Ledger:
    options = more.pop("options", ledger_options(slot_s=0.1))
    return open_ledger(directory, slots=slots, protection=None, options=options, **more)


def options_for(folder: Path, auditor: KeyPair, **more: Any) -> LedgerRuntimeOptions:
    limits = more.pop("segment", SEGMENT)
    more["witnesses"] = tuple(WitnessAddress(*one) for one in more.get("witnesses", ()))
    values = {
        "directory": folder / "audit",
        "secrets": folder / "secrets",
        "slots": ("w0", "w1"),
        "recipients": (auditor.public,),
        "ledger": ledger_options(slot_s=0.1, segment=limits),
        "edge": EdgeLimits(flush_s=0.02),
        "cadence": Cadence(records=10_000, seconds=3600),
        "tick_s": 0.02,
    }
    return LedgerRuntimeOptions(**(values | more))


def ledger_runtime(
    folder: Path, auditor: KeyPair, *, disk: Disk | None = None, clock: Any = None, **more: Any
) -> LedgerRuntime:
    extra = {} if clock is None else {"clock": clock}
    return open_ledger_runtime(options_for(folder, auditor, **more), observer=Watching(), disk=disk, **extra)


def watching(runtime: LedgerRuntime) -> "Watching":
    """Who watches a ledger that was opened here."""
    observer = runtime._observer
    assert isinstance(observer, Watching)
    return observer


def records(directory: Path, chain: str | None = None) -> list[dict[str, Any]]:
    return [orjson.loads(line.raw) for line in read_records(directory, chain)]


def of_type(directory: Path, event_type: str) -> list[dict[str, Any]]:
    return [record for record in records(directory) if record["event_type"] == event_type]


class Watching:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.alarms: list[tuple[Alarm, str]] = []
        self.commits: list[float] = []
        self.ended: set[tuple[Alarm, str]] = set()

    def note_commit(self, seconds: float) -> None:
        self.commits.append(seconds)

    def alarm(self, alarm: Alarm, detail: str, _about: str = "") -> None:
        self.alarms.append((alarm, detail))

    def end_alarm(self, alarm: Alarm, about: str = "") -> None:
        self.ended.add((alarm, about))

    @property
    def kinds(self) -> set[Alarm]:
        return {alarm for alarm, _ in self.alarms}


class BadDisk(RealDisk):
    """A real disk on which the n-th act fails: `how` is given the act's name, and what it was asked to write."""

    def __init__(self, at: int, how: Callable[[str, int | None, bytes], None]) -> None:
        self.acts = 0
        self._at, self._how = at, how

    def _count(self, act: str, descriptor: int | None = None, data: bytes = b"") -> None:
        self.acts += 1
        if self.acts == self._at:
            self._how(act, descriptor, data)

    def create(self, path: Path) -> int:
        self._count("create")
        return super().create(path)

    def extend(self, path: Path) -> int:
        self._count("extend")
        return super().extend(path)

    def write(self, descriptor: int, data: bytes) -> None:
        self._count("write", descriptor, data)
        super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self._count("sync")
        super().sync(descriptor)

    def sync_folder(self, path: Path) -> None:
        self._count("sync_folder")
        super().sync_folder(path)

    def replace(self, source: Path, target: Path) -> None:
        self._count("replace")
        super().replace(source, target)

    def remove(self, path: Path) -> None:
        self._count("remove")
        super().remove(path)


def killed(_act: str, descriptor: int | None, data: bytes) -> None:
    """Signal 9, half of what was to be written already there."""
    if descriptor is not None:
        os.write(descriptor, data[: len(data) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


def together(count: int, work: Callable[[int], None]) -> None:
    """Run `work` in so many threads at once; errors in any of them are raised here."""
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
