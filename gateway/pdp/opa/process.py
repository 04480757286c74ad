"""A real OPA server as a child process, for the demo, tests and comparing engines. It ends with its caller.

In production OPA is started by the operator, with the same bundle and the same flags.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import ConfigurationError, Refusal
from gateway.own_user import find_cache
from gateway.pdp.opa.address import parse_address
from gateway.pdp.opa.status import OpaStatus

OPA_VERSION = "1.21.0"
_ATTEMPTS = 3


def find_opa() -> Path | None:
    """The OPA program: `OPA_BIN`, else on the PATH, else in the cache that `./dev` fills; None if there is none.

    Raises:
        ConfigurationError: `OPA_BIN` names a file that is not there.
    """
    cached = find_cache() / "lpr-gateway" / f"opa-{OPA_VERSION}" / "opa"
    named = os.environ.get("OPA_BIN")
    if named and not Path(named).exists():
        raise ConfigurationError([f"OPA_BIN names {named}, and there is no such file"])
    found = named or shutil.which("opa")
    if found:
        return Path(found)
    return cached if cached.is_file() else None


def tell_no_opa(program: Path) -> ConfigurationError:
    """That a program which was taken for OPA does not answer as one."""
    return ConfigurationError(
        [f"{program} is no OPA that can be used: have OPA_BIN, or the PATH, name OPA {OPA_VERSION}"]
    )


@contextmanager
def running_opa(bundle: Path, opa_bin: Path, *, unix: bool = False, start_s: float = 15) -> Iterator[str]:
    """Run OPA on a bundle file, on loopback or a Unix socket, for as long as the block; the value is its URL.

    Raises:
        ConfigurationError: if OPA ends or is not ready within `start_s`; its own words are in the message.
    """
    with tempfile.TemporaryDirectory(prefix="opa-") as folder:
        for attempt in range(1, _ATTEMPTS + 1):
            address = f"unix://{folder}/opa.sock" if unix else f"127.0.0.1:{_free_port()}"
            process = _start(bundle, opa_bin, address, Path(folder) / "log")
            try:
                url = address if unix else f"http://{address}"
                ready = _becomes_ready(process, url, start_s)
                if not ready and attempt < _ATTEMPTS and process.poll() is not None:
                    continue  # somebody else took the port meanwhile
                if not ready:
                    raise ConfigurationError([f"OPA did not start: {(Path(folder) / 'log').read_text()[-2000:]}"])
                yield url
                return
            finally:
                _end(process)


def _start(bundle: Path, opa_bin: Path, address: str, log: Path) -> subprocess.Popen[bytes]:
    command = [str(opa_bin), "run", "--server", "--bundle", str(bundle), "--addr", address]
    command += ["--log-level", "error", "--skip-version-check", "--shutdown-grace-period", "1"]
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - the program the operator or the lock names
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=log.parent
        )


def _becomes_ready(process: subprocess.Popen[bytes], url: str, start_s: float) -> bool:
    status = OpaStatus(parse_address(url), deadline_s=1)
    deadline = time.monotonic() + start_s
    while process.poll() is None and time.monotonic() < deadline:
        try:
            status.require_healthy()
        except Refusal:
            time.sleep(0.05)
        else:
            return process.poll() is None
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
