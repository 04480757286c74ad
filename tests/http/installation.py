"""A complete installation of the gateway in a folder: settings, facts, keys, and the running processes."""

import atexit
import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from gateway.app.kept_policy import check_policy
from gateway.cli import main
from gateway.demo.processes import free_port
from gateway.settings import load_settings
from tests.http.agency import OFFICERS, write_agency
from tests.http.asking import Person
from tests.http.ledger import Ledger
from tests.http.served import ServedGateway, serve

POLICIES = Path(__file__).resolve().parents[2] / "policies"
VENDOR_SECRET = "demo-vendor-secret"
_AUTH = {
    "flock": 'kind = "oauth2"\nclient_id = "demo-client"\nclient_secret_file = "secrets/vendor"',
    "rekor": 'kind = "api_key_query"\napi_key_file = "secrets/vendor"',
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """One `[[vendors]]` of the settings. `at` is a mount, with its slash, or a host name."""

    profile: str
    at: str
    upstream: str
    timeout_s: int = 10

    def toml(self) -> str:
        where = f'mount = "{self.at}"' if self.at.startswith("/") else f'host = "{self.at}"'
        lines = ["[[vendors]]", f'profile = "{self.profile}"', where, f'upstream = "{self.upstream}"']
        return "\n".join([*lines, f"timeout_s = {self.timeout_s}", "[vendors.auth]", _AUTH[self.profile], ""])


_imported: list[tuple[Path, str]] = []
"""Facts and state of an installation that has the usual facts, and their revision, once one was made in this process."""


class Installation:
    """One gateway. `settings` are TOML lines that go before the vendors."""

    def __init__(self, folder: Path, places: Iterable[Place], settings: str = "") -> None:
        self.folder = folder
        self.port, self.admin_port = free_port(), free_port()
        self.config = folder / "gateway.toml"
        self.log = folder / "gateway.log"
        self.state = folder / "state"
        self.ledger = Ledger(self.state / "audit")
        self.people: list[Person] = []
        self._shares_state = not any(word in settings for word in ("[store]", "[facts]", "recipients"))
        self._process: ServedGateway | subprocess.Popen[bytes] | None = None
        self._officers = iter(OFFICERS)
        for name in ("secrets", "tmp"):
            (folder / name).mkdir(mode=0o700)
        (folder / "secrets" / "vendor").write_text(VENDOR_SECRET)
        (folder / "secrets" / "vendor").chmod(0o600)
        lines = ["[admin]", f'bind = "127.0.0.1:{self.admin_port}"', "[server]", f'bind = "127.0.0.1:{self.port}"']
        lines += ["[paths]", f'policies = "{POLICIES}"', settings]
        self.config.write_text("\n".join([*lines, *(place.toml() for place in places)]))

    def run(self, *arguments: str | Path) -> Result:
        """One of our commands, to its end."""
        return CliRunner().invoke(main, [*map(str, arguments), "--config", str(self.config)], catch_exceptions=False)

    def run_json(self, *arguments: str | Path) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def import_facts(self, directory: Path | None = None) -> str:
        """The revision of the facts in a directory; without one, of the usual ones, which are imported once and copied."""
        facts = self.folder / "facts"
        is_copied = directory is None and self._shares_state and not self.state.exists()
        if is_copied and _imported:
            folder, revision = _imported[0]
            for kept in (facts, self.state):
                shutil.copytree(folder / kept.name, kept)
            return revision
        if directory is None:
            write_agency(facts)
        revision = self.run_json("facts", "import", directory or facts)["revision"]
        if is_copied:
            check_policy(load_settings(self.config, {}))  # so that starts of the copies know that it passed
            folder = Path(tempfile.mkdtemp())
            atexit.register(shutil.rmtree, folder)
            for kept in (facts, self.state):
                shutil.copytree(kept, folder / kept.name)
            _imported.append((folder, revision))
        return revision

    def person(self, user_id: str, *options: str) -> Person:
        """A person with a new key."""
        issued = self.run_json("keys", "issue", "--user", user_id, *options)
        self.people.append(Person(port=self.port, user_id=user_id, key_id=issued["key_id"], key=issued["secret"]))
        return self.people[-1]

    def officer(self, *options: str) -> Person:
        """An officer of the case who has asked nothing yet."""
        return self.person(next(self._officers), *options)

    def start(self, *, ready: int = 200, seconds: float = 180) -> None:
        """Serve, until `/readyz` answers as it should."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LPR_GATEWAY")}
        self._process = serve(self.config, self.log, environment | {"TMPDIR": str(self.folder / "tmp")})
        deadline = time.monotonic() + seconds
        while self.get("/readyz")[0] != ready:
            assert self._process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.02)

    def get(self, target: str) -> tuple[int, bytes]:
        """Status and body at the officers' listener; 0 where nobody answers."""
        return self._get(self.port, target)

    def ask_admin(self, target: str) -> tuple[int, bytes]:
        """Status and body at the operators' listener; 0 where nobody answers."""
        return self._get(self.admin_port, target)

    def _get(self, port: int, target: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            try:
                connection.request("GET", target)
                response = connection.getresponse()
                return response.status, response.read()
            finally:
                connection.close()
        return 0, b""

    @property
    def process(self) -> ServedGateway | subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def kill(self) -> None:
        """Signal 9 to everything at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(20)

    def end(self) -> None:
        """Leave nothing running, whatever happened."""
        if self._process is None:
            return
        if "COVERAGE_PROCESS_CONFIG" in os.environ:  # what a killed process reached is told by nobody
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
        with contextlib.suppress(ProcessLookupError):
            self.kill()

    @property
    def auditor_key(self) -> str:
        lines = (self.state / "secrets" / "auditor.key").read_text().splitlines()
        return next(line for line in lines if line.startswith("AGE-SECRET-KEY-"))


def start_under(folder: Path, places: list[Place]) -> Installation:
    """A gateway that serves by the policy in `folder / "policies"`, a changed copy of the shipped one."""
    (folder / "gateway").mkdir()
    made = Installation(folder / "gateway", places)
    made.config.write_text(made.config.read_text().replace(str(POLICIES), str(folder / "policies")))
    made.import_facts()
    made.start()
    return made
