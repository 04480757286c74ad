"""Real witness programs on loopback."""

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from gateway.ledger.checkpoints.cosignature import CosignerKey
from tests.shipping.certificates import Pair

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def running(state: Path, *keys, name="witness.example", pair: Pair | None = None) -> Iterator[tuple[str, CosignerKey]]:
    """The program; its address and its key."""
    logs = [word for key in keys for word in ("--log", str(key))]
    tls = ["--certificate", str(pair.certificate), "--key", str(pair.key)] if pair else []
    command = [sys.executable, "-m", "gateway", "witness", "serve", "--name", name, "--state", str(state), *logs, *tls]
    with log_of(state).open("w+") as log:
        process = subprocess.Popen(
            [*command, "--bind", "127.0.0.1:0"], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            key = CosignerKey.parse(process.stdout.readline().removeprefix("key: "))
            yield address(log_of(state), process), key
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()


def log_of(state: Path) -> Path:
    """What the witness of this folder says on standard error."""
    return state.parent / f"{state.name}.log"


def address(log, process):
    end = time.monotonic() + 30
    while not (found := re.search(r"witness on (https?://\S+)", log.read_text())):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)
    return found[1]
