"""`emulate`: a stand-in for a vendor on loopback, with the reads and faults that are asked for."""

import http.client
import json
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main


@contextmanager
def emulating(*arguments):
    """The address of an emulator that runs as the command runs it."""
    command = [sys.executable, "-m", "gateway", "emulate", *map(str, arguments), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        try:
            yield next(found[1] for line in process.stderr if (found := re.search(r"emulator on http://(\S+)", line)))
        finally:
            process.terminate()
            process.communicate(timeout=20)


def test_a_port_that_is_taken_is_said_in_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        result = CliRunner().invoke(main, ["emulate", "rekor", "--port", str(port)])
    said = f"error: --port: cannot listen on 127.0.0.1:{port}: something listens there already\n"
    assert (result.exit_code, result.stderr) == (2, said)


def test_it_has_reads_of_the_plates_named_and_writes_down_what_it_received(tmp_path):
    with emulating("rekor", "--plate", "TST123:AR", "--secret", "k3y", "--record", tmp_path / "received") as address:
        connection = http.client.HTTPConnection(address, timeout=20)
        connection.request("GET", "/api/search/plate?plate=TST123&api_key=k3y")
        response = connection.getresponse()
        body = response.read()
        connection.close()
    assert response.status in {200, 400}
    [line] = (tmp_path / "received").read_text().splitlines()
    assert "TST123" in json.dumps(json.loads(line))
    assert body


@pytest.mark.parametrize("plate", ["TST123", "TST123:", "TST123:XX", "T;1:AR", ":AR"])
def test_a_plate_without_a_state_is_a_mistake_of_usage(plate):
    result = CliRunner().invoke(main, ["emulate", "flock", "--port", "0", "--plate", plate])
    assert result.exit_code == 2
    assert "PLATE:STATE" in result.output


def test_a_vendor_without_a_profile_is_a_mistake():
    result = CliRunner().invoke(main, ["emulate", "nobody", "--port", "0"])
    assert result.exit_code == 2
