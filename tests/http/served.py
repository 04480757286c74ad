"""`lpr-gateway serve` as a process and session of its own, forked from one that has imported everything already.

To import it all anew would be most of what each of the many gateways of a run costs.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["gateway.app.create", "gateway.cli.serve"])


class ServedGateway:
    """Asked and ended as a `Popen` is; what it prints is added to `log`."""

    def __init__(self, config: Path, log: Path, environment: Mapping[str, str]) -> None:
        self._process = _FORKS.Process(target=_serve, args=(config, log, dict(environment)))
        self._process.start()
        self.pid = int(self._process.pid or 0)

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        self._process.join(seconds)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("lpr-gateway serve", seconds)
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def serve(config: Path, log: Path, environment: Mapping[str, str]) -> ServedGateway | subprocess.Popen[bytes]:
    """Begin to serve; where coverage is measured by a Python of its own, which coverage knows how to follow."""
    if "COVERAGE_PROCESS_CONFIG" not in os.environ:
        return ServedGateway(config, log, environment)
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config)]
    with log.open("ab") as output:
        return subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )


def _serve(config: Path, log: Path, environment: dict[str, str]) -> None:
    from gateway.cli import main

    os.setsid()
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # where it is to be is looked up anew
    main(["serve", "--config", str(config)], prog_name="lpr-gateway")
