import time

import pytest

from gateway.errors import Refusal
from gateway.pdp.opa.address import parse_address
from gateway.pdp.opa.status import OpaStatus
from gateway.reasons import Reason
from tests.pdp.servers import always, drip, listening, response


def status_of(url, deadline_s=5):
    return OpaStatus(parse_address(url), deadline_s=deadline_s)


def test_a_real_opa_is_healthy(served):
    assert status_of(served.url).require_healthy() is None


@pytest.mark.parametrize(
    "raw",
    [
        response(b"{}", status="500 Internal Server Error"),
        response(b"{}", status="302 Found", more="Location: /health\r\n"),
        b"garbage\r\n\r\n",
    ],
)
def test_anything_but_a_plain_yes_is_not_healthy(raw):
    with listening(always(raw, keep=False)) as (url, _), pytest.raises(Refusal) as refused:
        status_of(url).require_healthy()
    assert refused.value.reason is Reason.ENGINE_UNAVAILABLE


def test_a_server_that_drips_does_not_hold_a_question():
    with listening(drip(response(b"{}"), every_s=0.05)) as (url, _):
        started = time.monotonic()
        with pytest.raises(Refusal):
            status_of(url, deadline_s=0.3).require_healthy()
        assert time.monotonic() - started < 1.5


def test_a_redirect_never_leads_to_another_server():
    with listening(always(response(b"{}"))) as (elsewhere, seen):
        moved = response(b"", status="302 Found", more=f"Location: {elsewhere}/health\r\n")
        with listening(always(moved)) as (url, _), pytest.raises(Refusal):
            status_of(url).require_healthy()
        assert seen == []


BROKEN = (
    b'{"result":{"bundles":{"lpr":{"name":"lpr","code":"bundle_error","message":"verification key\\nnot provided"}}}}'
)


def opa_without_a_bundle(status):
    """Up, with no bundle, and this answer to what its status is."""

    def behaviour(connection, request):
        target = request.split(b" ")[1]
        ok = {b"/health": response(b"{}"), b"/v1/status": status}
        connection.sendall(ok.get(target, response(b"{}", status="500 Internal Server Error")))
        return False

    return behaviour


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (response(BROKEN), "of bundle lpr OPA says: verification key not provided"),
        (response(b"{}", status="500 Internal Server Error"), "stands in OPA's own log (Bundle load failed)"),
        (response(b'{"result":{"bundles":{"lpr":{"name":"lpr"}}}}'), "it names no fault"),
    ],
)
def test_an_opa_that_took_up_no_bundle_is_told_apart_from_none_and_says_why_where_it_can(status, told):
    with listening(opa_without_a_bundle(status)) as (url, _), pytest.raises(Refusal) as refused:
        status_of(url).require_healthy()
    assert "answers, and has no bundle that it took up: " in refused.value.note
    assert told in refused.value.note


def test_where_nobody_answers_no_bundle_is_spoken_of():
    with pytest.raises(Refusal, match="engine_unavailable") as refused:
        status_of("http://127.0.0.1:1").require_healthy()
    assert refused.value.note == "no answer from 127.0.0.1:1"
