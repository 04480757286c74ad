"""A running gateway that asks a real OPA: policies change under load, and what OPA should not hold is not believed."""

import contextlib
import gzip
import http.client
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway import clock
from gateway.app.bundles import PATH
from gateway.app.policy_office import open_policy_office
from gateway.app.state import secrets_folder
from gateway.app.taken_up import await_taken_up
from gateway.demo.processes import free_port
from gateway.errors import ConfigurationError
from gateway.lifecycle.acts import roll_back
from gateway.lifecycle.opa_bundle import read_bundle_key, sign_bundle
from gateway.pdp import load_policies, load_revision
from gateway.settings import load_settings
from tests.app.test_bundles import opa, until
from tests.app.test_policy import put_in_force
from tests.http.installation import Installation, Place
from tests.lifecycle.example_reason import write_example
from tests.lifecycle.offices import ADA, BOB

SEARCHERS, MOST_OF_ONE = 4, 180


class Relay(ThreadingHTTPServer):
    """Stands between OPA and the gateway; with `instead`, it gives OPA another bundle than the gateway's."""

    daemon_threads = True

    def __init__(self, admin_port: int) -> None:
        super().__init__(("127.0.0.1", 0), RelayedRequest)
        self.admin_port, self.instead, self.given = admin_port, None, 0

    @contextlib.contextmanager
    def running(self):
        thread = threading.Thread(target=self.serve_forever)
        thread.start()
        try:
            yield self.server_address[1]
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class RelayedRequest(BaseHTTPRequestHandler):
    """One question of OPA's."""

    server: Relay

    def do_GET(self):
        instead = self.server.instead
        status, headers, body = instead or self._ask_gateway()
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in (*headers, ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.server.given += instead is not None

    def _ask_gateway(self):
        asked = {name: self.headers[name] for name in ("If-None-Match", "Prefer") if name in self.headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.admin_port, timeout=30)
        with contextlib.closing(connection):
            try:
                connection.request("GET", PATH, headers=asked)
                answer = connection.getresponse()
                kept = [(name, value) for name, value in answer.getheaders() if name in ("ETag", "Content-Type")]
                return answer.status, kept, answer.read()
            except OSError:
                return 503, (), b""

    def log_message(self, *_):
        """Nothing is logged."""


class Searching:
    """Officers who search until it is over; what they were answered: the status, and the reasons of a refusal."""

    def __init__(self, people):
        self.statuses, self._ended = Counter(), threading.Event()
        self._threads = [threading.Thread(target=self._search, args=(person,)) for person in people]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _search(self, person):
        for _ in range(MOST_OF_ONE):
            answer = person.lookup()
            self.statuses[answer.status, *([] if answer.status == 200 else answer.codes)] += 1
            if self._ended.wait(0.05):  # an officer does not ask faster
                return


@pytest.fixture(scope="module", params=["opa", "both"])
def gateway(request, tmp_path_factory, vendors):
    """A gateway that asks OPA, and the relay through which OPA has its bundle."""
    folder, at = tmp_path_factory.mktemp(f"engine-{request.param}"), free_port()
    settings = [
        f"[policy]\nsigners = {json.dumps([str(ADA.verifier), str(BOB.verifier)])}",
        f'[engine]\nkind = "{request.param}"\nopa_url = "http://127.0.0.1:{at}"\ndeadline_ms = 5000',
    ]
    places = [Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url)]
    made, opa_folder = Installation(folder, places, "\n".join(settings)), tmp_path_factory.mktemp("opa")
    made.import_facts()
    made.start(ready=503)  # until OPA has the policy, nothing can be decided
    relay = Relay(made.admin_port)
    with relay.running() as port, opa(load_settings(made.config, {}), opa_folder, port, at=at):
        try:
            until(lambda: made.get("/readyz")[0] == 200, 60)
            yield made, relay, opa_folder / "opa.log"
        finally:
            made.end()


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return write_example(tmp_path_factory.mktemp("example"))


def test_a_policy_is_put_in_force_and_taken_back_under_load_and_no_search_is_dropped(gateway, example):
    made, _, _ = gateway
    settings, asking = load_settings(made.config, {}), made.officer()
    before = made.run_json("policy", "history")["in_force"]
    with Searching([made.officer() for _ in range(SEARCHERS)]) as load:
        revision = put_in_force(settings, example)
        until(lambda: decided_by(made, asking) == revision)
        with open_policy_office(settings, "op") as office:
            roll_back(office, before, ADA, "Not yet.", now=clock.now())
        until(lambda: decided_by(made, asking) == before)
    assert load.statuses.keys() == {(200,)}
    assert {record["policy_revision"] for record in made.ledger.where(decision="allow")} == {before, revision}


def test_a_tampered_bundle_changes_nothing_and_an_old_one_that_is_signed_well_is_refused(gateway, example):
    made, relay, log = gateway
    settings, asking = load_settings(made.config, {}), made.officer()
    key = read_bundle_key(secrets_folder(settings))
    old = load_revision(made.run_json("policy", "history")["in_force"], settings.paths.state)
    put_in_force(settings, example)
    revision = load_policies(example).revision
    until(lambda: decided_by(made, asking) == revision)

    refused = log.read_bytes().count(b"undle load failed")
    relay.instead = as_bundle("tampered", tamper(sign_bundle(load_policies(example), key)))
    until(lambda: log.read_bytes().count(b"undle load failed") > refused)
    assert decided_by(made, asking) == revision

    relay.instead = as_bundle("old", sign_bundle(old, key))
    until(lambda: asking.lookup().codes == ["policy_revision_mismatch"])
    until(lambda: made.get("/readyz")[0] == 503)
    relay.instead = None
    until(lambda: decided_by(made, asking) == revision)  # each worker looks at OPA in a second of its own
    until(lambda: made.get("/readyz")[0] == 200)
    with open_policy_office(settings, "op") as office:
        roll_back(office, old.revision, ADA, "As it was.", now=clock.now())
    until(lambda: decided_by(made, asking) == old.revision)


def test_a_policy_that_opa_has_not_is_nowhere_said_to_be_in_force_until_opa_has_it(gateway, example):
    made, relay, _ = gateway
    settings, asking = load_settings(made.config, {}), made.officer()
    before, counter = made.run_json("policy", "history")["in_force"], told_policy(made)["counter"] + 1
    kept = sign_bundle(load_revision(before, settings.paths.state), read_bundle_key(secrets_folder(settings)))
    relay.instead = as_bundle("kept", kept)  # as where nobody gives OPA the new one
    given = relay.given
    until(lambda: relay.given > given, 60)  # what OPA had asked the gateway before is answered by then
    revision = put_in_force(settings, example)
    not_yet = f"policy {revision[:12]}, which act {counter} put in force, has not been taken up by OPA"
    with pytest.raises(ConfigurationError, match=f"{not_yet} at .* policy {before[:12]} goes on deciding"):
        await_taken_up(settings, counter, patience_s=3)
    assert (told_policy(made)["revision"], decided_by(made, asking)) == (before, before)
    relay.instead = None
    until(lambda: told_policy(made)["counter"] == counter, 60)
    until(lambda: decided_by(made, asking) == revision)
    with open_policy_office(settings, "op") as office:
        roll_back(office, before, ADA, "As it was.", now=clock.now())
    until(lambda: decided_by(made, asking) == before)


def told_policy(made):
    """The policy that decides, as operators are told it."""
    return json.loads(made.ask_admin("/readyz")[1])["policy"]


def decided_by(made, person):
    """Which policy decided a search that was answered; where none was, why."""
    answer = person.lookup()
    if answer.status != 200:
        return answer.status, answer.codes, answer.document
    return made.ledger.one(event_type="decision", decision_id=answer.headers["x-lpr-decision"])["policy_revision"]


def as_bundle(tag, body):
    return 200, (("ETag", f'"{tag}"'), ("Content-Type", "application/vnd.openpolicyagent.bundles")), body


def tamper(bundle):
    """The signatures of one policy over the rules of another."""
    raw = gzip.decompress(bundle)
    assert b"default allow := false" in raw
    return gzip.compress(raw.replace(b"default allow := false", b"default allow := true "))
