"""The scene of the benchmark: an agency with many known plates, and the gateway in front of the stub vendor."""

import contextlib
import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.cli import main
from gateway.demo import agency
from gateway.demo.commands import CommandLine
from gateway.demo.processes import free_port, running

NO_OPA = "http://127.0.0.1:8181"
OFFICERS = 32
_TRAINED = (datetime.now(UTC) - timedelta(days=30)).strftime("%Y-%m-%d")
_OFFICERS = {
    "users": ("b{n}", "Officer {n}", "HSI", "BAL", "officer", "true"),
    "training": ("b{n}", "lpr", "2026", "{day}"),
    "acknowledgements": ("b{n}", "rules_of_behavior", "1", "{day}T09:00:00Z"),
    "case_members": (agency.CASE, "b{n}"),
}
POLICIES = Path(__file__).resolve().parents[2] / "policies"
_SETTINGS = """
[server]
bind = "127.0.0.1:{port}"
[admin]
bind = "127.0.0.1:{admin}"
[paths]
state = "{state}"
policies = "{policies}"
[engine]
kind = "{engine}"
opa_url = "{opa}"
[store]
url = "sqlite:///{state}/gateway.db"
[facts]
url = "sqlite:///facts.db"
[audit]
directory = "{state}/audit"
"""
_VENDOR = """
[[vendors]]
profile = "flock"
mount = "{mount}"
upstream = "http://127.0.0.1:{port}"
[vendors.auth]
kind = "oauth2"
client_id = "stub"
client_secret_file = "secret"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A gateway that serves: its port, the officers' keys, the process id of its arbiter."""

    port: int
    keys: tuple[str, ...]
    pid: int


def write_facts(folder: Path, *, plates: int) -> Path:
    """The demonstration's agency, with many more subjects and plates of a case of their own."""
    facts = folder / "facts"
    agency.write_agency(facts, datetime.now(UTC))
    for table, row in _OFFICERS.items():
        with (facts / f"{table}.csv").open("a", newline="") as file:
            csv.writer(file).writerows([cell.format(n=n, day=_TRAINED) for cell in row] for n in range(OFFICERS))
    with (facts / "subjects.csv").open("a", newline="") as file:
        csv.writer(file).writerows((f"x{n}", agency.OTHERS_CASE, "subject", "true") for n in range(plates))
    with (facts / "subject_plates.csv").open("a", newline="") as file:
        csv.writer(file).writerows((f"x{n}", f"X{n:07d}", "TX", "", "") for n in range(plates))
    return facts


def body() -> dict[str, object]:
    """An allowed exact search."""
    now = datetime.now(UTC)
    return {
        "plate": agency.PLATE,
        "state": "arkansas",
        "reason": "criminal_investigation: benchmark",
        "caseNumber": agency.CASE,
        "startDate": (now - timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "endDate": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "limit": 10,
    }


def vendor(mount: str, port: int) -> str:
    """The settings of one vendor."""
    return _VENDOR.format(mount=mount, port=port)


def issue_keys(config: Path) -> tuple[str, ...]:
    """A key for each officer. A person may make 10,000 searches a day at most, so that a benchmark needs several."""
    asked = ("keys", "issue", "--config", config, "--json", "--user")
    return tuple(CommandLine(main).read(*asked, f"b{n}")["secret"] for n in range(OFFICERS))


def configure(
    folder: Path, *, name: str, stub: int, engine: str = "embedded", opa: str = NO_OPA, more: str = ""
) -> tuple[Path, int, tuple[str, ...]]:
    """A gateway's settings on the facts in `folder`, with a state of its own and a high ceiling: file, port, keys."""
    port, config = free_port(), folder / f"{name}.toml"
    (folder / "secret").write_text("stub")
    (folder / "secret").chmod(0o600)
    values = {"state": folder / name, "policies": _without_ceiling(folder), "engine": engine, "opa": opa}
    config.write_text(_SETTINGS.format(port=port, admin=free_port(), **values) + vendor("/flock", stub) + more)
    _share_integrity(folder, folder / name / "secrets")
    if not (folder / "facts.db").exists():
        CommandLine(main).read("facts", "import", folder / "facts", "--config", config, "--json")
        shutil.copy(folder / name / "secrets" / "integrity", folder / "integrity")
    return config, port, issue_keys(config)


@contextlib.contextmanager
def gateway(folder: Path, *, name: str, engine: str, opa: str, stub: int) -> Iterator[Running]:
    """A gateway that serves."""
    config, port, keys = configure(folder, name=name, stub=stub, engine=engine, opa=opa)
    with running(("serve", "--config", config), port=port, ready="/readyz", log=folder / f"{name}.log") as process:
        yield Running(port=port, keys=keys, pid=process.pid)


def lookup_url(port: int) -> str:
    """Where a search goes."""
    return f"http://127.0.0.1:{port}/flock/api/v3/reads/lookup"


def build_bundle(folder: Path) -> Path:
    """The policy as an OPA bundle."""
    bundle = folder / "bundle.tar.gz"
    command = [sys.executable, "-m", "gateway", "policy", "build", str(_without_ceiling(folder)), "--out", str(bundle)]
    subprocess.run(command, check=True, capture_output=True)
    return bundle


def policy_input(folder: Path, name: str) -> str:
    """The input of an allowed search, as the gateway recorded it."""
    for segment in sorted((folder / name / "audit").glob("w*/*.jsonl")):
        for line in segment.read_text().splitlines():
            record = json.loads(line)
            if record.get("decision") == "allow":
                return str(record["input"])
    raise RuntimeError("no allowed search was recorded")


def _share_integrity(folder: Path, secrets: Path) -> None:
    """Facts are known again by the secret of the installation that imported them; each further gateway here is told it."""
    if (folder / "integrity").exists() and not secrets.exists():
        secrets.mkdir(parents=True, mode=0o700)
        secrets.parent.chmod(0o700)
        shutil.copy(folder / "integrity", secrets / "integrity")


def _without_ceiling(folder: Path) -> Path:
    """The shipped policies with the highest ceilings that are plausible."""
    policies = folder / "policies"
    if not policies.exists():
        shutil.copytree(POLICIES, policies)
        table = policies / "tables" / "usage" / "data.yaml"
        most = iter(("10000", "10000", *["1000000"] * 6))  # of a person; of services, offices, vendors
        table.write_text(re.sub(r"(?<=value: )\d+", lambda _: next(most), table.read_text()))
    return policies
