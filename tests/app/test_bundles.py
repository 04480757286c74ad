"""A real OPA takes its policy from the gateway: through activation, roll-back, restart, tampering, an old bundle again."""

import contextlib
import http.client
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway import clock
from gateway.app.bundles import PATH, BundleEndpoint
from gateway.app.policy import LivePolicy
from gateway.app.policy_office import open_policy_office
from gateway.app.state import prepare, secrets_folder
from gateway.demo.processes import free_port
from gateway.errors import Refusal
from gateway.lifecycle.acts import roll_back
from gateway.lifecycle.opa_bundle import make_bundle_key, read_bundle_key, sign_bundle
from gateway.model import Answer
from gateway.pdp import keep_revision
from gateway.pdp.opa.engine import OpaEngine
from gateway.pdp.opa.process import find_opa
from gateway.reasons import Reason
from gateway.server.admin import AdminListener, AdminRequest, listen
from tests.app.test_policy import TURNED, place, put_in_force
from tests.lifecycle.offices import ADA
from tests.pdp.policies import ALLOWED, DENIED, write_policy

__all__ = ["place"]
_CONFIG = """
services: {{gateway: {{url: "http://127.0.0.1:{port}"}}}}
keys:
  lpr:
    algorithm: ES256
    key: |
{key}
bundles:
  lpr:
    service: gateway
    resource: bundles/lpr.tar.gz
    persist: true
    signing: {{keyid: lpr}}
    polling: {{long_polling_timeout_seconds: 5, min_delay_seconds: 1, max_delay_seconds: 1}}
persistence_directory: "{folder}/persisted"
"""


class Served:
    """The operators' listener with the bundle's address, and a hand on what it answers."""

    def __init__(self, live: LivePolicy, key: object) -> None:
        self.endpoint, self.instead, self.closed, self.asked = BundleEndpoint(live, key), None, False, 0
        self.listener = listen("127.0.0.1:0")
        self.port = self.listener.getsockname()[1]
        self.admin = AdminListener(self.listener, {PATH: self._answer})
        self.admin.start()

    def close(self) -> None:
        self.closed = True
        self.admin.stop()
        self.listener.close()

    def _answer(self, asked: AdminRequest) -> Answer:
        self.asked += 1
        return self.instead or self.endpoint.answer(asked)


@pytest.fixture
def live(place):
    prepare(place)
    policy = LivePolicy(place, print)
    keep_revision(policy.force.bundle, place.paths.state)
    yield policy
    policy.close()


@pytest.fixture
def key(place):
    return read_bundle_key(secrets_folder(place))


@pytest.fixture
def served(live, key):
    served = Served(live, key)
    yield served
    if not served.closed:
        served.close()


@contextlib.contextmanager
def opa(place, folder, port, at=None):
    pem = (place.paths.state / "policy" / "bundle-verification.pem").read_text()
    config = folder / "opa.yaml"
    config.write_text(
        _CONFIG.format(port=port, key="\n".join(f"      {line}" for line in pem.splitlines()), folder=folder)
    )
    at = at or free_port()
    command = [str(find_opa()), "run", "--server", "--addr", f"127.0.0.1:{at}", "--config-file", str(config)]
    with (folder / "opa.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--log-level", "error", "--skip-version-check"], stdout=log, stderr=log, cwd=folder
        )
    try:
        yield f"http://127.0.0.1:{at}"
    finally:
        process.terminate()
        process.wait(10)


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not become so"
        time.sleep(0.05)


def asking(place, url):
    """Another worker of the installation, which asks that OPA."""
    engine = place.engine.model_copy(update={"kind": "opa", "opa_url": url, "deadline_ms": 5000})
    return LivePolicy(place.model_copy(update={"engine": engine}), print)


def decides(url, revision):
    return OpaEngine(url, revision, deadline_s=5).health() is None


def get(port, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", PATH, headers=headers)
    with contextlib.closing(connection):
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def test_a_bundle_is_given_once_and_waited_for(served, live, place, tmp_path):
    status, headers, body = get(served.port)
    assert (status, body[:2]) == (200, b"\x1f\x8b")
    assert get(served.port, **{"If-None-Match": headers["ETag"]})[0] == 304
    revision = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    live.start(lambda _body: None)
    began = time.monotonic()
    status, headers, _ = get(served.port, **{"If-None-Match": headers["ETag"], "Prefer": "modes=snapshot;wait=15"})
    assert (status, headers["ETag"]) == (200, f'"{revision}"')
    assert time.monotonic() < began + 10


def test_a_worker_that_has_not_taken_an_act_up_yet_does_not_give_opa_the_policy_before_it_back(
    served, live, place, tmp_path
):
    revision = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
    with ThreadPoolExecutor(1) as pool:  # by another worker OPA has it already
        asked = pool.submit(get, served.port, **{"If-None-Match": f'"{revision}"'})
        until(lambda: served.asked)
        live.start(lambda _body: None)
        status, headers, _ = asked.result()
    assert (status, headers["ETag"]) == (304, f'"{revision}"')


def test_a_real_opa_follows_activation_and_roll_back_and_starts_again_from_what_it_kept(served, live, place, tmp_path):
    first = live.force.bundle.revision
    live.start(lambda _body: None)
    with opa(place, tmp_path, served.port) as url:
        until(lambda: decides(url, first))
        second = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
        until(lambda: decides(url, second))
        assert OpaEngine(url, second, deadline_s=5).decide(DENIED).allow
        with pytest.raises(Refusal, match="policy_revision_mismatch"):
            OpaEngine(url, first, deadline_s=5).decide(ALLOWED)
        with open_policy_office(place, "op") as office:
            roll_back(office, first, ADA, "Back.", now=clock.now())
        until(lambda: decides(url, first))
    served.close()
    with opa(place, tmp_path, served.port) as url:
        until(lambda: decides(url, first))


def test_a_worker_that_has_not_looked_yet_decides_by_what_opa_has_already(served, live, place, tmp_path):
    first = live.force.bundle.revision
    with opa(place, tmp_path, served.port) as url:
        until(lambda: decides(url, first))
        slower = asking(place, url)
        assert slower.decide(ALLOWED).allow
        second = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
        live.look()
        until(lambda: decides(url, second))
        assert slower.decide(DENIED).allow
        assert slower.force.bundle.revision == second


def test_a_worker_stays_ready_while_opa_takes_up_another_policy_and_is_not_where_opa_holds_one_not_in_force(
    served, live, place, tmp_path
):
    first = live.force.bundle.revision
    with opa(place, tmp_path, served.port) as url:
        until(lambda: decides(url, first))
        waiting, late = asking(place, url), asking(place, url)
        second = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
        waiting.look()
        assert (waiting.health(), waiting.wanted.bundle.revision) == (None, second)
        live.look()
        until(lambda: decides(url, second))
        assert (waiting.health(), late.health()) == (None, None)
        assert {one.force.bundle.revision for one in (waiting, late)} == {second}
        old = served.endpoint.answer(AdminRequest(query="", headers={}))
        with open_policy_office(place, "op") as office:
            roll_back(office, first, ADA, "Back.", now=clock.now())
        assert waiting.health() is None
        live.look()
        until(lambda: decides(url, first))
        assert waiting.health() is None
        served.instead = old
        until(lambda: decides(url, second))
        assert waiting.health().reason is Reason.POLICY_REVISION_MISMATCH


def test_a_worker_that_waits_for_a_policy_decides_by_the_one_that_came_after_it(served, live, place, tmp_path):
    first = live.force.bundle.revision
    with opa(place, tmp_path, served.port) as url:
        until(lambda: decides(url, first))
        waiting = asking(place, url)
        put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
        waiting.look()
        third = put_in_force(place, write_policy(tmp_path / "next", decision=TURNED + "# again\n"))
        live.look()
        until(lambda: decides(url, third))
        assert waiting.decide(DENIED).allow
        assert waiting.force.bundle.revision == third


def test_a_tampered_bundle_is_refused_by_opa_and_an_old_one_replayed_by_the_gateway(served, live, key, place, tmp_path):
    first = live.force.bundle
    good = sign_bundle(first, key)
    with opa(place, tmp_path, served.port) as url:
        until(lambda: decides(url, first.revision))
        second = put_in_force(place, write_policy(tmp_path / "draft", decision=TURNED))
        live.look()
        until(lambda: decides(url, second))
        served.instead = _as_answer(_tampered(live.force.bundle, key), "t")
        until(lambda: b"bundle load failed" in (tmp_path / "opa.log").read_bytes().lower())
        assert decides(url, second)
        served.instead = _as_answer(good, "old")
        until(lambda: decides(url, first.revision))
        with pytest.raises(Refusal, match="policy_revision_mismatch"):
            OpaEngine(url, second, deadline_s=5).decide(ALLOWED)


def _as_answer(body: bytes, tag: str) -> Answer:
    return Answer(status=200, headers=(("ETag", f'"{tag}"'), ("Content-Type", "application/gzip")), body=body)


def _tampered(bundle, key) -> bytes:
    """The signatures of one policy over the rules of another."""
    import gzip

    raw = gzip.decompress(sign_bundle(bundle, key))
    assert b"input.subject.active == false" in raw
    return gzip.compress(raw.replace(b"input.subject.active == false", b"input.subject.active == 12345"))


def test_the_public_key_for_opa_is_always_that_of_the_key_that_signs(tmp_path):
    signing, published = tmp_path / "bundle-signing.pem", tmp_path / "policy" / "bundle-verification.pem"
    make_bundle_key(tmp_path, tmp_path / "policy")
    before = published.read_bytes()
    signing.unlink()
    for _ in range(2):
        make_bundle_key(tmp_path, tmp_path / "policy")
        assert published.read_bytes() == read_bundle_key(tmp_path).as_pem(private=False) != before


def test_the_example_configuration_names_this_address_and_key():
    example = (Path(__file__).parents[2] / "docs" / "examples" / "opa.yaml").read_text()
    assert PATH.lstrip("/") in example
    assert "keyid: lpr" in example
