"""Emulated vendors, run for real: gunicorn on a free port of loopback, in a process of its own."""

import http.client
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

SERVE = """
import json, sys
from pathlib import Path
from gateway.vendors import load_profile
from gateway.vendors.emulator import DemoCredentials, Faults, create_emulator, serve_emulator
name, record, plates, faults = json.loads(sys.argv[1])
app = create_emulator(
    load_profile(name),
    plates=[tuple(pair) for pair in plates],
    faults=Faults(**faults),
    record=Path(record),
    credentials=DemoCredentials(client_id="agency", client_secret="s3cret", api_key="k3y"),
)
serve_emulator(app, on_ready=lambda url: print(url, flush=True))
"""


class Vendor:
    """A running emulator: what it answers, and what it recorded."""

    def __init__(self, url, record):
        self.address = url.removeprefix("http://")
        self.record = record

    def ask(self, method, target, *, body=None, headers=None):
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def recorded(self):
        return [json.loads(line) for line in self.record.read_text().splitlines()]


@contextmanager
def running(name, directory, *, plates=(), **faults):
    """An emulator that serves while the block runs."""
    record = directory / f"{name}.jsonl"
    arguments = json.dumps([name, str(record), plates, faults])
    with subprocess.Popen([sys.executable, "-c", SERVE, arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # fmt: skip
        try:
            yield Vendor(process.stdout.readline().strip(), record)
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


@pytest.fixture(scope="session")
def flock(tmp_path_factory):
    with running("flock", tmp_path_factory.mktemp("flock"), plates=[["FNA579", "AR"], ["ABC12O", "TX"]]) as vendor:
        yield vendor


@pytest.fixture(scope="session")
def rekor(tmp_path_factory):
    with running("rekor", tmp_path_factory.mktemp("rekor"), plates=[["D2651BF", "NJ"], ["D2651XX", "NJ"]]) as vendor:
        yield vendor
