"""A whole installation on disk for the commands, its vendor a port of loopback that answers nothing."""

import json
import socket
from collections.abc import Iterator

import pytest

from gateway.app.policy_office import open_policy_office
from gateway.lifecycle.drafts import sign_draft
from gateway.lifecycle.signer_keys import read_signer_key
from gateway.pdp import load_policies
from gateway.settings import load_settings
from tests.cli.signing import NAMES, WHY, make_key
from tests.http.installation import Installation, Place
from tests.lifecycle.offices import sealed_report
from tests.pdp.policies import TABLE, write_policy


@pytest.fixture
def vendor_port() -> Iterator[int]:
    """A port that can be reached, and that is all."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def gateway(tmp_path, vendor_port) -> Installation:
    """Settings, secrets and facts; nothing runs."""
    made = Installation(tmp_path, [Place(profile="flock", at="/flock", upstream=f"http://127.0.0.1:{vendor_port}")])
    made.import_facts()
    return made


@pytest.fixture
def recorded(gateway):
    """The records of one type so far, in order."""

    def read(event_type: str) -> list[dict]:
        files = sorted((gateway.state / "audit").glob("*/*.jsonl"))
        records = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        return [record for record in records if record["event_type"] == event_type]

    return read


@pytest.fixture
def keys(gateway):
    """The files of two people's keys, who are registered as signers."""
    files = [gateway.folder / f"{name}.key" for name in NAMES]
    made = [make_key(name, file, "--json") for name, file in zip(NAMES, files, strict=True)]
    lines = [json.loads(result.stdout)["public"] for result in made]
    gateway.config.write_text(f"{gateway.config.read_text()}\n[policy]\nsigners = {json.dumps(lines)}\n")
    return files


@pytest.fixture
def draft(gateway):
    """A small policy; two of them differ in how long a training counts."""

    def write(name="draft", days=365):
        folder = write_policy(gateway.folder / name)
        (folder / "tables/training/data.yaml").write_text(TABLE.replace("365", str(days)))
        return folder

    return write


@pytest.fixture
def sign(gateway, keys):
    """Both sign; the revision. That a draft is checked first is the business of `policy sign`."""

    def sign_by_both(folder):
        with open_policy_office(load_settings(gateway.config, {}), "tester") as office:
            policy = load_policies(folder)
            impact = gateway.folder / "impact.json"
            impact.write_text(json.dumps(sealed_report(office, policy.revision)))
            for key in keys:
                sign_draft(office, policy, read_signer_key(key), why=WHY, evidence={}, impact=impact)
        return policy.revision

    return sign_by_both


@pytest.fixture
def activate(gateway, sign):
    """Signed by both and put in force by command; the revision."""

    def put_in_force(folder, *options):
        revision = sign(folder)
        gateway.run_json("policy", "activate", revision[:12], *options)
        return revision

    return put_in_force
