"""Sets the demonstration up in a temporary folder: facts, keys, vendors' secrets, settings, processes."""

import contextlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway import clock
from gateway.demo import agency
from gateway.demo.commands import CommandLine
from gateway.demo.issuer import DemoIssuer
from gateway.demo.processes import DemoFailure, claim_port, free_port, running

_VENDORS = {
    "flock": ('kind = "oauth2"', 'client_id = "demo-client"', 'client_secret_file = "secrets/flock"'),
    "rekor": ('kind = "api_key_query"', 'api_key_file = "secrets/rekor"'),
}
_SHIPPED = Path(__file__).resolve().parents[2] / "policies"
_SECRET = "demo-vendor-secret"  # noqa: S105 - the emulators' own
_PEOPLE = (agency.OFFICER, agency.LAPSED, agency.UNSIGNED, agency.COLLEAGUE, agency.SUPERVISOR, agency.PRIVACY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is running: the gateway's ports, its settings file, each person's key, where the ledger lies."""

    folder: Path
    config: Path
    port: int
    admin_port: int
    keys: Mapping[str, str]
    ledger: Path
    issuer: DemoIssuer
    commands: CommandLine

    def verify(self, directory: Path) -> dict[str, Any]:
        """What `audit verify --json` says of a ledger directory."""
        _, printed, _ = self.commands.run("audit", "verify", directory, "--json")
        return dict(json.loads(printed or "{}"))


def set_up(folder: Path, port: int | None, stack: contextlib.ExitStack, commands: CommandLine) -> Stage:
    """Make everything ready; what runs ends with `stack`.

    Raises:
        DemoFailure: when a part does not start.
    """
    port = free_port() if port is None else claim_port(port)
    vendors = {name: free_port() for name in _VENDORS}
    admin_port = free_port()
    issuer = stack.enter_context(DemoIssuer())
    config = _write_config(folder, port, admin_port, vendors, issuer)
    agency.write_agency(folder / "facts", clock.now())
    commands.read("facts", "import", folder / "facts", "--config", config, "--json")
    keys = {
        person: commands.read("keys", "issue", "--user", person, "--config", config, "--json")["secret"]
        for person in _PEOPLE
    }
    for name, vendor_port in vendors.items():
        command = ("emulate", name, "--port", str(vendor_port), "--record", folder / f"{name}.received.jsonl")
        stack.enter_context(running(command, port=vendor_port, ready="/", log=folder / f"{name}.log"))
    stack.enter_context(running(("serve", "--config", config), port=port, ready="/readyz", log=folder / "gateway.log"))
    ledger = folder / "state" / "audit"
    return Stage(
        folder=folder,
        config=config,
        port=port,
        admin_port=admin_port,
        keys=keys,
        ledger=ledger,
        issuer=issuer,
        commands=commands,
    )


def _write_config(folder: Path, port: int, admin_port: int, vendors: Mapping[str, int], issuer: DemoIssuer) -> Path:
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700)
    policies = _copy_policies(folder / "policies")
    lines = ["[server]", f'bind = "127.0.0.1:{port}"', "[admin]", f'bind = "127.0.0.1:{admin_port}"']
    lines += ["[paths]", f'policies = "{policies}"', *issuer.settings()]
    for name, vendor_port in vendors.items():
        secret = secrets / name
        secret.write_text(_SECRET)
        secret.chmod(0o600)
        lines += ["[[vendors]]", f'profile = "{name}"', f'mount = "/{name}"']
        lines += [f'upstream = "http://127.0.0.1:{vendor_port}"', "[vendors.auth]", *_VENDORS[name]]
    config = folder / "gateway.toml"
    config.write_text("\n".join(lines) + "\n")
    return config


def _copy_policies(folder: Path) -> Path:
    """The shipped rules; but a review of an emergency is due within two seconds, so that one can be seen overdue."""
    if not _SHIPPED.is_dir():
        raise DemoFailure(
            f"there is no {_SHIPPED}: the demonstration runs from a checkout of the project; for an installation of your own begin with lpr-gateway init"
        )
    shutil.copytree(_SHIPPED, folder)
    table = folder / "tables" / "emergencies" / "data.yaml"
    shipped, quick = "review_hours:\n  value: 72", "review_hours:\n  value: 0.0005"
    text = table.read_text(encoding="utf-8")
    if shipped not in text:
        raise DemoFailure(f"{table.name} of the emergencies has no review_hours of 72")
    table.write_text(text.replace(shipped, quick), encoding="utf-8")
    return folder
