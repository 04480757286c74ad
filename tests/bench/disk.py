"""What a durable append costs, by how the file is prepared: `./dev bench --disk`.

The same 2,000-byte records, each appended and synced, to a file that grows and to one whose room was written beforehand.
"""

import os
import statistics
import time
from pathlib import Path

_RECORD = b"x" * 2000
_RECORDS = 1000
_ROUNDS = 5


def disk(folder: Path) -> dict[str, float]:
    """Print and give the median time of an append, in milliseconds, by the kind of file."""
    rounds: dict[str, list[float]] = {"growing": [], "preallocated": []}
    for number in range(_ROUNDS):
        for kind, times in rounds.items():
            times.append(_measure(folder / f"{kind}-{number}", is_prepared=kind == "preallocated"))
    medians = {kind: statistics.median(times) for kind, times in rounds.items()}
    for kind, median in medians.items():
        print(f"append and fdatasync, {kind:<14}{median:>8.3f} ms")
    return medians


def _measure(path: Path, *, is_prepared: bool) -> float:
    if is_prepared:
        path.write_bytes(bytes(len(_RECORD) * _RECORDS))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.fsync(descriptor)
        return statistics.median(_append(descriptor) for _ in range(_RECORDS))
    finally:
        os.close(descriptor)
        path.unlink()


def _append(descriptor: int) -> float:
    start = time.perf_counter()
    os.write(descriptor, _RECORD)
    os.fdatasync(descriptor)
    return (time.perf_counter() - start) * 1000
