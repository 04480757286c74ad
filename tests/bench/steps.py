"""What an allowed search costs, step by step: `./dev bench --steps`.

One gateway's parts are joined in this process as in a worker, and the same allowed search is answered again and again on
one thread. Each step of the journey is wrapped for as long as this runs; its figure is the processor time of this thread
(user and system) and, in a second and slower pass, the most memory it held at once. Then a whole gateway is driven by wrk
and its processes' own times are read, so that nothing is left out: the difference is the server around the steps.
"""

import json
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.app import create
from gateway.app.kept_policy import with_kept_policy
from gateway.app.state import prepare
from gateway.ops.board import ReadinessBoard
from gateway.pep import journey
from gateway.server.messages import write_answer
from gateway.server.reader import RequestReader
from gateway.settings import load_settings
from tests.bench import scene
from tests.bench.load import Address, drive

_WARM, _TIMED, _TRACED = 300, 2000, 100
_TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


@dataclass
class Meter:
    """One step's sums."""

    cpu_ns: int = 0
    wall_ns: int = 0
    peak_bytes: int = 0


class Meters:
    """Wraps the steps and adds up what each costs."""

    def __init__(self) -> None:
        self.by_step: dict[str, Meter] = {}
        self.traced = False

    def around(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, measured."""

        def measured(*arguments: Any, **options: Any) -> Any:
            meter = self.by_step.setdefault(step, Meter())
            before = tracemalloc.get_traced_memory()[0] if self.traced else 0
            if self.traced:
                tracemalloc.reset_peak()
            wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
            try:
                return function(*arguments, **options)
            finally:
                meter.cpu_ns += time.thread_time_ns() - cpu
                meter.wall_ns += time.perf_counter_ns() - wall
                if self.traced:
                    meter.peak_bytes += max(0, tracemalloc.get_traced_memory()[1] - before)

        return measured


def steps(folder: Path, stub: int) -> dict[str, dict[str, float]]:
    """Print the table; the figures by step, microseconds and bytes of one search."""
    config, port, keys = scene.configure(folder, name="steps", stub=stub)
    raw = _request(port, keys[0])
    with _joined(config) as running:
        timed = _pass(running, raw, _TIMED, traced=False)
        traced = _pass(running, raw, _TRACED, traced=True)
    rows = {
        step: {
            "cpu_us": meter.cpu_ns / 1000 / _TIMED,
            "wall_us": meter.wall_ns / 1000 / _TIMED,
            "peak_bytes": traced[step].peak_bytes / _TRACED,
        }
        for step, meter in timed.items()
    }
    whole = process_cpu_us(folder, stub)
    _print(rows, whole)
    return {**rows, "whole process, by wrk": {"cpu_us": whole}}


def process_cpu_us(folder: Path, stub: int) -> float:
    """Processor time of all of a gateway's processes for one search, driven over one connection."""
    with scene.gateway(folder, name="process", engine="embedded", opa=scene.NO_OPA, stub=stub) as running:
        address = Address(url=scene.lookup_url(running.port), keys=running.keys)
        drive(address, connections=1, seconds=1, folder=folder, body=scene.body())
        before = cpu_ticks(running.pid)
        measured = drive(address, connections=1, seconds=4, folder=folder, body=scene.body())
        return (cpu_ticks(running.pid) - before) * _TICK_US / (measured.rate * 4)


def cpu_ticks(pid: int) -> int:
    """User and system time of a process and its children that run now, in clock ticks."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]) + sum(cpu_ticks(int(child)) for child in children)


@contextmanager
def _joined(config: Path) -> Iterator[create.Running]:
    settings = load_settings(config, {})
    prepare(settings)
    running = create.start(with_kept_policy(settings), ReadinessBoard(["w0", "w1"]))
    try:
        yield running
    finally:
        for close in running.close:
            close()


def _request(port: int, key: str) -> bytes:
    body = json.dumps(scene.body()).encode()
    lines = [
        "POST /flock/api/v3/reads/lookup HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Authorization: Bearer {key}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


def _pass(running: create.Running, raw: bytes, count: int, *, traced: bool) -> dict[str, Meter]:
    meters, dispatch = Meters(), running.dispatch
    ports = dispatch.endpoint.ports
    wrapped = [(journey, name, step) for name, step in _FUNCTIONS.items()]
    wrapped += [(ports.engine, "decide", "5 decide"), (ports.recorder, "record_allow", "7 record")]
    wrapped += [(ports.recorder, "record_outcome", "10 record")]
    kept = [(place, name, getattr(place, name)) for place, name, _ in wrapped]
    answer = meters.around("all of it", dispatch.answer)
    read, write = meters.around("server: read", _read), meters.around("server: write", write_answer)
    try:
        for place, name, step in wrapped:
            setattr(place, name, meters.around(step, getattr(place, name)))
        for number in range(_WARM + count):
            if number == _WARM:
                meters.by_step.clear()
                meters.traced = traced
                if traced:
                    tracemalloc.start()
            received = read(raw)
            told = answer(received.head, "127.0.0.1", received.read, False)
            write(told, is_kept=True)
            if told.status != 200:
                raise SystemExit(f"the search was refused: {told.body!r}")
    finally:
        tracemalloc.stop()
        for place, name, function in kept:
            setattr(place, name, function)
    return meters.by_step


def _read(raw: bytes) -> Any:
    reader = RequestReader(1 << 20)
    reader.feed(raw)
    return reader.next()


def _print(rows: dict[str, dict[str, float]], whole: float) -> None:
    print(f"{'one allowed search':<24}{'CPU µs':>10}{'wall µs':>10}{'peak bytes':>12}")
    parts = {step: row for step, row in rows.items() if step[0].isdigit()}
    total = rows["all of it"]
    rest = {name: total[name] - sum(row[name] for row in parts.values()) for name in ("cpu_us", "wall_us")}
    table = {**dict(sorted(parts.items(), key=lambda item: int(item[0].split()[0]))), "1 and between": rest}
    table |= {step: row for step, row in rows.items() if step.startswith("server")} | {"all of it": total}
    for step, row in table.items():
        print(f"{step:<24}{row['cpu_us']:>10.0f}{row['wall_us']:>10.0f}{row.get('peak_bytes', 0):>12.0f}")
    print(f"{'a whole gateway, by wrk':<24}{whole:>10.0f}")


_FUNCTIONS = {
    "_identify": "2 identify",
    "_recognise": "3 recognise",
    "_declare": "3 declare",
    "_gather": "4 gather",
    "policy_input": "5 policy input",
    "_narrow": "6 narrow",
    "_forward": "8 forward",
    "_filter": "9 filter",
}
