"""What a worker serves while the disk has no room for it to start."""

import http.client
import json
from contextlib import closing

import pytest

from gateway.app.without_room import refuse_without_room
from gateway.errors import Refusal
from gateway.ops.board import ReadinessBoard
from gateway.reasons import Reason
from gateway.server.admin import listen
from gateway.server.head import RequestHead
from gateway.settings import Settings


@pytest.fixture
def served():
    with closing(listen("127.0.0.1:0")) as operators:
        service = refuse_without_room(Settings(), ReadinessBoard(("w0",)), operators, "No space left on device")
        yield service, operators.getsockname()[1]
        service.stop()


def test_every_request_is_told_that_nothing_can_be_recorded_and_to_try_again_later(served):
    service, _ = served
    head = RequestHead(
        method="GET", target="/gateway/whoami", headers=(), length=None, is_chunked=False, is_kept=True, expects=False
    )
    answer = service.answer(head, "127.0.0.1", bytes, False)
    told = json.loads(answer.body)
    assert (answer.status, told["reasons"][0]["code"], told["forwarded"]) == (503, "audit_unavailable", False)
    assert int(dict(answer.headers)["Retry-After"]) > 0
    with pytest.raises(Refusal, match="audit_unavailable"):
        service.on_refused(Reason.REQUEST_FRAMING, "127.0.0.1", "x")


def test_it_lives_is_not_ready_and_says_to_operators_why(served):
    service, port = served
    assert [service.health("GET", path).status for path in ("/healthz", "/readyz")] == [200, 503]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with closing(connection):
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        told = json.loads(answer.read())
    assert (answer.status, told["ready"], told["workers"]) == (503, False, {"w0": "not running"})
    said = told["checks"]["ledger"]
    assert said.startswith("a worker cannot start: No space left on device; ")
    assert f" MiB free on the disk of {Settings().audit.directory} ([audit] directory)" in said
    assert not service.is_over()
