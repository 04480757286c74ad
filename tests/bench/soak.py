"""A soak, run by hand: `./dev bench --soak 300`.

The gateway at the highest rate the machine holds, shipping to rsyslog over TLS; rsyslog is killed and restarted five
times and the gateway ten times in mid-stream. At the end the SIEM's copy and the ledger must hold the same records, each
exactly once after de-duplication, and both must verify. Prints the counts.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from gateway.demo.processes import COMMAND, free_port, wait_until_ready
from tests.bench import scene
from tests.bench.load import Address, drive
from tests.bench.peers import nginx
from tests.shipping.certificates import Authority
from tests.shipping.rsyslog import Rsyslog

_KILLS, _RESTARTS = 10, 5
_SHIPPED_S = 120
_MESSAGE = re.compile(rb"(?=<\d{1,3}>1 \d{4}-\d\d-)")


def soak(folder: Path, seconds: int) -> bool:
    """Run it; whether everything is where it should be."""
    with contextlib.ExitStack() as stack:
        authority = Authority(folder)
        rsyslog = Rsyslog(folder, authority)
        rsyslog.start()
        stack.callback(rsyslog.end)
        stub, peer = free_port(), free_port()
        scene.write_facts(folder, plates=1000)
        stack.enter_context(nginx(folder, stub=stub, peer=peer, opa=free_port()))
        config, port, keys = scene.configure(folder, name="soak", stub=stub, more=_sink(rsyslog, authority))
        answered = _under_load(folder, config, Address(url=scene.lookup_url(port), keys=keys), rsyslog, seconds)
        with serving(folder, config, port):
            _wait_until_shipped(folder, rsyslog)
            return _compare(
                folder, rsyslog, answered
            )  # while it runs: what it says when it stops is for the next start


def _sink(rsyslog: Rsyslog, authority: Authority) -> str:
    client = authority.issue("lpr-gateway", server=False)
    return f"""
[[audit.sinks]]
name = "siem"
kind = "syslog"
target = "tls://127.0.0.1:{rsyslog.port}"
ca_file = "{authority.file}"
certificate_file = "{client.certificate}"
key_file = "{client.key}"
max_bytes = 65536
settle_s = 5.0
"""


@contextlib.contextmanager
def serving(folder: Path, config: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The gateway, in a process group of its own, so that all of it can be killed at once."""
    with (folder / "soak.log").open("ab") as log:
        command = [*COMMAND, "serve", "--config", str(config)]
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_until_ready(process, port, "/readyz", folder / "soak.log")
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _under_load(folder: Path, config: Path, address: Address, rsyslog: Rsyslog, seconds: int) -> int:
    """Serve under load in as many lives as there are kills, rsyslog restarted in every second one; answers counted."""
    answered, port = 0, int(address.url.split(":")[2].split("/")[0])
    life = max(2, seconds // (_KILLS + 1))
    for number in range(_KILLS + 1):
        with serving(folder, config, port) as process:
            killer = threading.Timer(life, os.killpg, (process.pid, signal.SIGKILL))
            if number < _KILLS:
                killer.start()
            if number % 2 and number // 2 < _RESTARTS:
                threading.Timer(life / 2, lambda: (rsyslog.end(), rsyslog.start())).start()
            measured = drive(address, connections=16, seconds=life + 1, folder=folder, body=scene.body())
            answered += int(measured.rate * life)
            killer.cancel()
        print(f"life {number + 1}: about {measured.rate:.0f} answers a second", flush=True)
    return answered


def _wait_until_shipped(folder: Path, rsyslog: Rsyslog) -> None:
    deadline = time.monotonic() + _SHIPPED_S
    while time.monotonic() < deadline:
        if set(_ledger(folder)) <= {_place(json.loads(line)) for line in _received(rsyslog)}:
            return
        time.sleep(2)


def _compare(folder: Path, rsyslog: Rsyslog, answered: int) -> bool:
    received = _received(rsyslog)
    copy = folder / "siem.jsonl"
    unique = {_place(json.loads(line)): line for line in received}
    copy.write_bytes(b"".join(line + b"\n" for line in unique.values()))
    ledger = _ledger(folder)
    verified = _verify(str(folder / "soak" / "audit"))
    exported = _verify("--from-export", str(copy), "--format", "native")
    same = ledger == unique
    print(f"about {answered} searches answered; gateway killed {_KILLS} times, rsyslog restarted {_RESTARTS} times")
    print(f"the ledger holds {len(ledger)} records; the SIEM received {len(received)}, {len(unique)} of them different")
    print(f"the same records: {same}; the ledger verifies: {verified}; the SIEM's copy verifies: {exported}")
    return same and verified and exported


def _verify(*arguments: str) -> bool:
    command = [*COMMAND, "audit", "verify", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0 and json.loads(done.stdout)["ok"] is True


def _ledger(folder: Path) -> dict[tuple[str, int], bytes]:
    from gateway.ledger.segments import read_records

    return {(line.chain_id, line.seq): line.raw for line in read_records(folder / "soak" / "audit")}


def _received(rsyslog: Rsyslog) -> list[bytes]:
    """The records as shipped. A receiver that is killed while writing leaves half a message before the next one."""
    messages = (message for line in rsyslog.received() for message in _MESSAGE.split(line))
    return [message[message.index(b"{") :] for message in messages if b"{" in message and _is_whole(message)]


def _is_whole(message: bytes) -> bool:
    try:
        json.loads(message[message.index(b"{") :])
    except ValueError:
        return False
    return True


def _place(record: dict[str, dict[str, object]]) -> tuple[str, int]:
    return str(record["chain"]["id"]), int(str(record["chain"]["seq"]))
