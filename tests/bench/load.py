"""Drives one address with wrk, a bounded time at a bounded number of connections, and reads what it measured."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = {body}
local asked, turn = {{}}, 0
function init()
  for _, key in ipairs({keys}) do
    wrk.headers["Authorization"] = "Bearer " .. key
    asked[#asked + 1] = wrk.format()
  end
end
function request()
  turn = turn % #asked + 1
  return asked[turn]
end
"""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Latencies in milliseconds, answers a second, and how many answers were not 2xx."""

    p50: float
    p99: float
    rate: float
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What is driven, and the keys it takes, in turn."""

    url: str
    keys: tuple[str, ...] = ("none",)


def drive(address: Address, *, connections: int, seconds: int, folder: Path, body: dict[str, object]) -> Measured:
    """Send the same request over and over, as each person in turn."""
    script = folder / "wrk.lua"
    keys = "{" + ", ".join(f'"{key}"' for key in address.keys) + "}"
    script.write_text(_SCRIPT.format(keys=keys, body=json.dumps(json.dumps(body))))
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), address.url]
    return read(subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout)


def read(printed: str) -> Measured:
    """What wrk printed."""
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", printed)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    return Measured(
        p50=_milliseconds(printed, "50%"),
        p99=_milliseconds(printed, "99%"),
        rate=float(rate[1]) if rate else 0.0,
        refused=int(refused[1]) if refused else 0,
    )


def _milliseconds(printed: str, percentile: str) -> float:
    found = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", printed)
    return float(found[1]) * _UNITS[found[2]] if found else float("nan")
