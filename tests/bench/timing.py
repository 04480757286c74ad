"""Can an officer tell by the clock what disclosure hides? Refusals of one class, timed: `./dev bench --timing`.

All are told `target_unknown`: a plate that nobody knows, one of another case, a protected one. They are asked in mixed
order over one kept connection; a second group of plates that nobody knows is the control. What counts is the difference of
medians, with a bootstrap interval, beside that of the control.
"""

import http.client
import itertools
import json
import random
import statistics
import time
from pathlib import Path

from gateway.demo import agency
from gateway.demo.processes import free_port
from tests.bench import scene

QUESTIONS = 2000
_RESAMPLED = 500
_PROTECTED = "GOV001"


def timing(folder: Path) -> dict[str, tuple[float, float, float]]:
    """Print and give, by class, the difference of its median to that of plates nobody knows: µs, and its 95 % interval."""
    with scene.gateway(folder, name="timing", engine="embedded", opa=scene.NO_OPA, stub=free_port()) as running:
        times = _ask(running.port, running.keys)
    base = times.pop("nobody's")
    print(f"median of a refusal {statistics.median(base):.0f} µs, of {QUESTIONS} each; differences of medians in µs")
    found = {}
    for name, taken in times.items():
        low, high = _interval(base, taken)
        found[name] = (statistics.median(taken) - statistics.median(base), low, high)
        print(f"  {name:<28} {found[name][0]:>8.1f}   95 % between {low:.1f} and {high:.1f}")
    return found


def _ask(port: int, keys: tuple[str, ...]) -> dict[str, list[float]]:
    plates = {
        "nobody's": lambda n: f"NB{n:05d}",
        "nobody's again (control)": lambda n: f"NC{n:05d}",
        "of another case": lambda _n: agency.OTHERS_PLATE,
        "protected": lambda _n: _PROTECTED,
    }
    order = [name for name in plates for _ in range(QUESTIONS)]
    random.Random(1).shuffle(order)
    connection, taken = http.client.HTTPConnection("127.0.0.1", port, timeout=30), {name: [] for name in plates}
    whose = itertools.cycle(keys)
    for number, name in enumerate(order):
        body = json.dumps(scene.body() | {"plate": plates[name](number), "state": None}).replace('"state": null, ', "")
        headers = {"Authorization": f"Bearer {next(whose)}", "Content-Type": "application/json"}
        began = time.perf_counter_ns()
        connection.request("POST", "/flock/api/v3/reads/lookup", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        taken[name].append((time.perf_counter_ns() - began) / 1000)
        if answer.status != 403 or b'"target_unknown"' not in told:
            raise SystemExit(f"{name}: {answer.status} {told[:200]!r}")
    return taken


def _interval(base: list[float], other: list[float]) -> tuple[float, float]:
    draw = random.Random(2)
    differences = sorted(
        statistics.median(draw.choices(other, k=len(other))) - statistics.median(draw.choices(base, k=len(base)))
        for _ in range(_RESAMPLED)
    )
    return differences[int(0.025 * _RESAMPLED)], differences[int(0.975 * _RESAMPLED)]
