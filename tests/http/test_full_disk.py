"""A disk that is really full: the smallest file system of its own, filled to the last byte while a gateway serves."""

import subprocess

import pytest

from tests.http.agency import write_agency
from tests.http.installation import Installation, Place

_ROOM = "[audit]\nwarn_free_mb = 2\nstop_free_mb = 1"
_SIZE = "size=48m"


@pytest.fixture
def small(tmp_path):
    """A folder on a file system of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", _SIZE, "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def gateway(small, vendors):
    made = Installation(small, [Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url)], _ROOM)
    made.log = small.parent / "gateway.log"
    made.import_facts()
    yield made
    made.end()


def fill(path):
    with path.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def failures(gateway):
    return [line for line in gateway.log.read_text().splitlines() if '"worker_failed"' in line]


def test_on_a_full_disk_everybody_is_refused_at_once_and_nothing_is_carried_out_until_there_is_room(gateway, small):
    officer = gateway.officer()
    gateway.start()
    assert officer.lookup().status == 200

    answered, seen = [], set()

    def is_full():
        fill(small / "fill")  # also what ended workers leave free, until every worker has found the disk full
        answered.append(officer.lookup())
        status, told = gateway.ask_admin("/readyz")
        if status == 503 and b"a worker cannot start" in told and b'"ready":false' in told:
            seen.add("told to operators")
        seen.update({("lookup", answered[-1].status), ("/readyz", gateway.get("/readyz")[0])})
        seen.add(("/healthz", gateway.get("/healthz")[0]))
        seen.update(answered[-1].codes)
        return seen >= {"told to operators", "audit_unavailable", ("/readyz", 503), ("/healthz", 200)}

    gateway.ledger.wait(is_full, seconds=60)
    refused = [one for one in answered if one.codes == ["audit_unavailable"]][-1]
    assert (refused.status, refused.document["forwarded"]) == (503, False)
    assert int(refused.headers["retry-after"]) > 0
    running = [line for line in gateway.run("doctor").stdout.splitlines() if " running: " in line]
    assert [line for line in running if line.startswith("failure  running: not ready: ")], running
    (small / "fill").unlink()
    gateway.ledger.wait(lambda: gateway.get("/readyz")[0] == 200, seconds=60)
    carried_out = 1 + sum(one.status == 200 for one in answered)  # those that found room which an ended worker had left
    assert len(gateway.ledger.where(event_type="decision", decision="allow")) == carried_out
    gateway.ledger.wait(
        lambda: gateway.ask_admin("/metrics")[0] == 200
    )  # whatever workers left that ended as they began
    gateway.ledger.wait(lambda: officer.lookup().status == 200)  # the worker that refused has made room for another
    assert gateway.stop() == 0


def test_a_full_disk_under_the_store_alone_is_told_by_readiness_until_there_is_room(small, tmp_path, vendors):
    settings = f'{_ROOM}\ndirectory = "{tmp_path / "audit"}"'
    gateway = Installation(small, [Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url)], settings)
    gateway.log = tmp_path / "gateway.log"
    try:
        write_agency(tmp_path / "facts")
        gateway.import_facts(tmp_path / "facts")
        officer = gateway.officer()
        gateway.start()
        assert officer.lookup().status == 200

        def is_told():
            fill(small / "fill")  # also what the store leaves free when it closes a file of its own
            refused = officer.lookup()
            told = gateway.ask_admin("/readyz")[1]
            full = b"there is no room on the disk of" in told and gateway.get("/readyz")[0] == 503
            named = f"MiB left on the disk of {gateway.state} ([paths] state, [store] url, [facts] url)".encode()
            return full and named in told and refused.codes == ["store_unavailable"]

        gateway.ledger.wait(is_told, seconds=60)
        assert f"warning  state: 0 MiB free on the disk of {gateway.state}" in gateway.run("doctor").stdout
        (small / "fill").unlink()
        gateway.ledger.wait(lambda: gateway.get("/readyz")[0] == 200, seconds=60)
        gateway.ledger.wait(lambda: b"MiB left on the disk of" not in gateway.ask_admin("/readyz")[1])
        assert officer.lookup().status == 200
        assert gateway.stop() == 0
    finally:
        gateway.end()
