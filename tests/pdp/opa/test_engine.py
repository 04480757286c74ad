import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.errors import ConfigurationError, Refusal
from gateway.pdp import EmbeddedEngine, load_policies, write_bundle
from gateway.pdp.opa.engine import OpaEngine
from gateway.pdp.opa.process import running_opa
from gateway.reasons import Reason
from tests.pdp.policies import ALLOWED, DECISION, DENIED, write_policy
from tests.pdp.servers import always, answer, drip, listening, response


def refusal(engine, text=DENIED):
    with pytest.raises(Refusal) as refused:
        engine.decide(text)
    return refused.value


def told(behaviour, **options):
    """Why the answer of a server that behaves so is refused."""
    with listening(behaviour) as (url, _):
        return refusal(OpaEngine(url, "r1", **options)).reason


def test_a_real_opa_decides_over_tcp_and_over_a_unix_socket(served):
    engine = OpaEngine(served.url, served.bundle.revision, deadline_s=5)
    allowed, denied = engine.decide(ALLOWED), engine.decide(DENIED)
    assert (allowed.allow, denied.allow) == (True, False)
    assert denied.reasons == ("person_inactive",)
    assert (allowed.engine, allowed.engine_version) == ("opa", "OPA 1.21.0")
    assert allowed.document == EmbeddedEngine(served.bundle).decide(ALLOWED).document
    assert engine.health() is None


def test_threads_at_once_get_their_own_answers(served):
    engine = OpaEngine(served.url, served.bundle.revision, deadline_s=5)
    with ThreadPoolExecutor(8) as threads:
        verdicts = list(threads.map(lambda text: engine.decide(text).allow, [ALLOWED, DENIED] * 100))
    assert verdicts == [True, False] * 100


def test_a_connection_is_kept_and_used_again(served):
    engine = OpaEngine(served.url, served.bundle.revision, deadline_s=5)
    engine.decide(ALLOWED)
    kept = list(engine._idle)
    engine.decide(DENIED)
    assert list(engine._idle) == kept


def test_a_connection_of_the_parent_process_is_not_used(served):
    engine = OpaEngine(served.url, served.bundle.revision, deadline_s=5)
    engine.decide(ALLOWED)
    _, parents = engine._idle.pop()
    engine._idle.append((os.getpid() + 1, parents))
    assert engine.decide(DENIED).allow is False
    assert [connection is parents for _, connection in engine._idle] == [False]


def test_an_opa_holding_another_policy_is_refused(served):
    assert refusal(OpaEngine(served.url, "another", deadline_s=5)).reason is Reason.POLICY_REVISION_MISMATCH
    assert OpaEngine(served.url, "another", deadline_s=5).health().reason is Reason.POLICY_REVISION_MISMATCH


def test_an_undefined_decision_of_a_real_opa_is_refused(tmp_path, opa_bin):
    partly = DECISION[:-1] + " if not is_seven\n\nis_seven if input.subject == 7\n"
    bundle = load_policies(write_policy(tmp_path / "policies", decision=partly))
    write_bundle(bundle, tmp_path / "bundle.tar.gz")
    with running_opa(tmp_path / "bundle.tar.gz", opa_bin) as url:
        engine = OpaEngine(url, bundle.revision, deadline_s=5)
        assert refusal(engine, '{"subject":7}').note == "OPA answered without a result"
        assert engine.decide(DENIED).allow is False


def test_a_policy_that_contradicts_itself_is_refused_by_a_real_opa(tmp_path, opa_bin):
    twice = DECISION + "\ndecision := 1 if input.subject.twice\n"
    bundle = load_policies(write_policy(tmp_path / "policies", decision=twice))
    write_bundle(bundle, tmp_path / "bundle.tar.gz")
    with running_opa(tmp_path / "bundle.tar.gz", opa_bin) as url:
        engine = OpaEngine(url, bundle.revision, deadline_s=5)
        assert refusal(engine, '{"subject":{"active":true,"twice":true}}').reason is Reason.ENGINE_UNDEFINED
        assert engine.decide(ALLOWED).allow is True


def test_nobody_listening_is_unavailable(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}", f"unix://{tmp_path}/nothing.sock"):
        engine = OpaEngine(url, "r1", deadline_s=0.25)
        assert refusal(engine).reason is Reason.ENGINE_UNAVAILABLE
        assert engine.health().reason is Reason.ENGINE_UNAVAILABLE


def test_a_byte_now_and_then_does_not_outlast_the_deadline():
    started = time.monotonic()
    assert told(drip(answer("r1"), every_s=0.02), deadline_s=0.3) is Reason.ENGINE_LATE
    assert time.monotonic() - started < 1.5


def test_silence_does_not_outlast_the_deadline():
    started = time.monotonic()
    assert told(lambda *_: True, deadline_s=0.2) is Reason.ENGINE_LATE
    assert time.monotonic() - started < 1.5


def test_an_answer_that_comes_too_late_is_never_taken_for_the_next_ones():
    calls = []

    def slow_then_quick(connection, _request):
        calls.append(connection)
        if len(calls) == 1:
            time.sleep(0.4)
        connection.sendall(answer("r1"))
        return True

    with listening(slow_then_quick) as (url, _):
        engine = OpaEngine(url, "r1", deadline_s=0.2)
        assert refusal(engine).reason is Reason.ENGINE_LATE
        assert engine.decide(DENIED).allow is False
        assert calls[0] is not calls[1]


@pytest.mark.parametrize(
    "raw",
    [
        answer("r1", result=None),
        answer("r1", result={}),
        answer("r1", result={"allow": True}),
        answer("r1", provenance=[]),
        answer("r1", provenance={"bundles": []}),
        response(b""),
        response(b"[]"),
        response(b"null"),
        response(b"{"),
        response(b"\xff\xfe"),
        response(b"[" * 500_000),
        response(b"{}", status="500 Internal Server Error"),
        response(b"{}", status="302 Found", more="Location: http://127.0.0.1:1/\r\n"),
        response(b'{"result":{"allow":true}}', status="404 Not Found"),
        response(b" " * (1 << 20) + b"{}"),
    ],
    ids=lambda raw: raw[:60].decode(errors="replace"),
)
def test_an_answer_that_is_not_one_whole_decision_is_refused(raw):
    assert told(always(raw), deadline_s=5) is Reason.ENGINE_UNDEFINED


@pytest.mark.parametrize(
    "provenance",
    [
        {"bundles": {}},
        {"bundles": {"b": {"revision": "r2"}}},
        {"bundles": {"b": {}}},
        {"bundles": {"b": {"revision": "r1"}, "beside": {"revision": "r1"}}},
        {"bundles": {"b": {"revision": "r1"}, "beside": {"revision": "r2"}}},
        {"revision": "r1", "bundles": {}},
    ],
)
def test_an_answer_counts_only_from_the_one_expected_bundle(provenance):
    assert told(always(answer("r1", provenance=provenance)), deadline_s=5) is Reason.POLICY_REVISION_MISMATCH


@pytest.mark.parametrize("raw", [b"", b"\x00\x01", b"SMTP ready\r\n\r\n", b"HTTP/1.1 banana\r\n\r\n"])
def test_what_is_no_http_is_unavailable(raw):
    assert told(always(raw, keep=False), deadline_s=5) is Reason.ENGINE_UNAVAILABLE


@pytest.mark.parametrize("raw", [b"HTTP/1.1 200 OK\r\n", answer("r1")[:-5], answer("r1")[:-1]])
def test_an_answer_that_breaks_off_is_refused(raw):
    assert told(always(raw, keep=False), deadline_s=5) is Reason.ENGINE_UNDEFINED


def test_a_connection_that_opa_closed_meanwhile_costs_no_refusal():
    with listening(always(answer("r1"), keep=False)) as (url, received):
        engine = OpaEngine(url, "r1", deadline_s=5)
        for _ in range(3):
            assert engine.decide(DENIED).allow is False
        assert len(received) == 3


def test_what_is_sent_is_the_input_as_it_was_written():
    text = '{"a":1.0,"b":"é"}'
    with listening(always(answer("r1"))) as (url, received):
        OpaEngine(url, "r1", deadline_s=5).decide(text)
        head, _, body = received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/data/lpr/decision?provenance=true HTTP/1.1\r\n")
    assert body.decode() == f'{{"input":{text}}}'


@pytest.mark.parametrize(
    ("url", "host"), [("http://127.0.0.1:8181", b"127.0.0.1:8181"), ("http://[::1]:8181", b"[::1]:8181")]
)
def test_the_host_is_named_as_http_wants_it(url, host):
    assert b"\r\nHost: " + host + b"\r\n" in OpaEngine(url, "r1", deadline_s=0.25)._head


def test_no_environment_proxy_ever_sees_an_input(monkeypatch):
    with listening(always(answer("r1"))) as (proxy, seen), listening(always(answer("r1"))) as (url, received):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        engine = OpaEngine(url, "r1", deadline_s=5)
        engine.decide(DENIED)
        assert engine.health() is None
        assert (len(seen), len(received)) == (0, 3)


def test_an_engine_that_allows_the_unknown_is_not_healthy():
    allow = {
        "allow": True,
        "reasons": [],
        "obligations": [
            {"id": "age", "type": "drop_reads_older_than", "basis": "window_or_plate_start"},
            {"id": "target", "type": "drop_other_plates", "matches": []},
            {"id": "links", "type": "strip_links"},
        ],
        "policy": {"revision": "r1"},
    }
    with listening(always(answer("r1", result=allow))) as (url, _):
        assert OpaEngine(url, "r1", deadline_s=5).health().reason is Reason.ENGINE_UNDEFINED


@pytest.mark.parametrize("url", ["", "127.0.0.1:8181", "ftp://x", "unix://relative", "http://", "http://127.0.0.1/v1"])
def test_an_address_that_is_none_is_a_configuration_mistake(url):
    with pytest.raises(ConfigurationError):
        OpaEngine(url, "r1", deadline_s=0.25)
