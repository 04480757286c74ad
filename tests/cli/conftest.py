"""A whole installation on disk for the commands, its vendor a port of loopback that answers nothing."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.http.installation import Installation, Place


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
