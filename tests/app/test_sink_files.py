"""A file of events is nothing else of the gateway's, and of one sink alone."""

from pathlib import Path

import pytest

from gateway.app.sink_files import find_target_faults
from gateway.settings import Settings

VENDOR = {
    "mount": "/flock",
    "profile": "flock",
    "upstream": "https://vendor.example",
    "auth": {"kind": "oauth2", "token_url": "https://vendor.example/token", "client_id": "agency"},
}


def faults(folder: Path, *targets: str) -> list[str]:
    sinks = [
        {"name": f"s{number}", "kind": "jsonl", "target": str(folder / target)} for number, target in enumerate(targets)
    ]
    given = {
        "paths": {"state": folder / "state", "policies": folder / "policies"},
        "audit": {"directory": folder / "state" / "audit", "sinks": sinks},
        "store": {"url": f"sqlite:///{folder}/state/gateway.db"},
        "facts": {"url": f"sqlite:///{folder}/state/facts.db"},
        "server": {"client_ca_file": folder / "tls" / "ca.pem"},
        "vendors": [VENDOR | {"auth": VENDOR["auth"] | {"client_secret_file": folder / "secrets" / "flock"}}],
    }
    return find_target_faults(Settings.model_validate(given))


def test_files_of_their_own_are_well_also_in_the_state_folder(tmp_path):
    assert faults(tmp_path, "a.jsonl", "state/b.jsonl") == []


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("state/audit/w0/x", "lies within the ledger"),
        ("state/secrets/tokens", "lies within the gateway's secrets"),
        ("state/shipping/siem.json", "lies within what the gateway keeps"),
        ("policies/tables/usage/data.yaml", "lies within the policy"),
        ("state/gateway.db", "is a database of the gateway's own"),
        ("state/../state/facts.db", "is a database of the gateway's own"),
        ("secrets/flock", "is the file that client_secret_file names"),
        ("tls/ca.pem", "is the file that client_ca_file names"),
    ],
)
def test_what_is_the_gateways_own_is_no_file_of_events(tmp_path, target, told):
    [problem] = faults(tmp_path, target)
    assert problem.startswith('sink "s0": target: ')
    assert told in problem


def test_one_file_under_two_names_is_one_file(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    assert faults(tmp_path, "a", "link/a") == [f"[[audit.sinks]] target: {tmp_path}/a is written by 2 sinks"]


@pytest.mark.parametrize("content", ["[server]\nworkers = 2\n", "# notes\n", "user_id,name\n"])
def test_a_file_that_holds_something_else_is_not_written_into(tmp_path, content):
    (tmp_path / "gateway.toml").write_text(content)
    [problem] = faults(tmp_path, "gateway.toml")
    assert "gateway.toml begins with something else than a record: name a file of the sink's own" in problem


@pytest.mark.parametrize("content", ["", '{"schema":"1"}\n', "CEF:0|lpr-gateway|"])
def test_a_file_of_events_is_gone_on_with(tmp_path, content):
    (tmp_path / "events").write_text(content)
    assert faults(tmp_path, "events") == []
