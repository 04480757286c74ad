"""The emulated vendors, as real processes that record what they receive."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gateway.demo.processes import free_port, wait_until_ready
from tests.http.agency import SEEN


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request as the vendor received it."""

    method: str
    target: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True, strict_parsing=True)

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def decision_id(self) -> str:
        """From the reason that the gateway rebuilds."""
        return self.document["reason"].split(" | ")[2]


class Vendor:
    """A running emulator."""

    def __init__(self, name: str, url: str, record: Path) -> None:
        self.name = name
        self.url = url
        self._record = record
        self._place = 0
        self._received: list[Received] = []

    def received(self) -> list[Received]:
        """Everything received but requests for tokens and what waits for its start."""
        with self._record.open("rb") as file:
            file.seek(self._place)
            whole = file.read().rpartition(b"\n")[0]
        if whole:
            self._place += len(whole) + 1
            new = [_received(json.loads(line)) for line in whole.split(b"\n")]
            self._received += [one for one in new if one.path not in ("/", "/oauth/token")]
        return list(self._received)

    def tokens(self) -> set[str]:
        """The credentials that the gateway showed."""
        return {value.split()[-1] for one in self.received() for name, value in one.headers if name == "authorization"}


@dataclass(frozen=True, kw_only=True)
class Emulated:
    """An emulator to be started; `faults` are options of its command."""

    name: str
    profile: str
    faults: tuple[str, ...] = ()


@contextlib.contextmanager
def emulate(folder: Path, wanted: Sequence[Emulated]) -> Iterator[dict[str, Vendor]]:
    """All of these, by name, until the end of the block."""
    ports = {one.name: free_port() for one in wanted}
    records = {one.name: folder / f"{one.name}.received.jsonl" for one in wanted}
    for record in records.values():
        record.touch()
    plates = [f"--plate={plate}:{state}" for plate, state in SEEN]
    commands = [
        [one.profile, f"--port={ports[one.name]}", f"--record={records[one.name]}", *plates, *one.faults]
        for one in wanted
    ]
    log = folder / "emulators.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.http.emulators", json.dumps(commands)],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        for one in wanted:
            ready = "/oauth/token" if one.profile == "flock" else "/"  # the one address that faults spare
            wait_until_ready(process, ports[one.name], ready, log)
        yield {name: Vendor(name, f"http://127.0.0.1:{port}", records[name]) for name, port in ports.items()}
    finally:
        # What a killed process reached is told by nobody; else nothing is in hand that were worth a good-bye.
        os.killpg(process.pid, signal.SIGQUIT if "COVERAGE_PROCESS_CONFIG" in os.environ else signal.SIGKILL)
        process.wait(20)


def _received(line: dict[str, Any]) -> Received:
    return Received(
        method=line["method"],
        target=line["target"],
        headers=tuple((name, value) for name, value in line["headers"]),
        body=base64.b64decode(line["body"]),
    )
