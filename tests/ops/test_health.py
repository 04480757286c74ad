"""What is told of health, to anybody and to operators."""

import json

import pytest
from structlog.testing import capture_logs

from gateway.errors import Refusal
from gateway.ops.board import ReadinessBoard
from gateway.ops.health import Health
from gateway.ops.metrics import Metrics
from gateway.reasons import Reason


def health_of(**checks) -> Health:
    board = ReadinessBoard(["w0"])
    board.take("w0")
    return Health(
        checks, lambda: ["the disk is low"], lambda: {"scheduled_policy": {"act": "activate"}}, Metrics(), board
    )


def test_before_the_first_look_nothing_is_ready():
    assert health_of(ledger=lambda: None).answer("GET", "/readyz").status == 503


@pytest.mark.parametrize(("trouble", "status", "body"), [(None, 200, b'{"ready":true}'), ("SECRET", 503, b'{"ready":false}')])  # fmt: skip
def test_anybody_hears_the_status_alone(trouble, status, body):
    health = health_of(ledger=lambda: trouble)
    health.look()
    answer = health.answer("GET", "/readyz")
    assert (answer.status, answer.body) == (status, body)


def test_operators_hear_what_is_wrong_the_workers_and_the_warnings():
    def refuse() -> None:
        raise Refusal(Reason.FACTS_STALE)

    def fail() -> None:
        raise RuntimeError("SECRET")

    answer = health_of(ledger=lambda: None, facts=refuse, engine=fail).detail()
    assert answer.status == 503
    assert json.loads(answer.body) == {
        "ready": False,
        "checks": {
            "ledger": "ok",
            "facts": "What the gateway knows of cases and people is too old to decide on (facts_stale)",
            "engine": "the check itself failed: RuntimeError",
        },
        "workers": {"w0": "not ready"},
        "warnings": ["the disk is low"],
        "scheduled_policy": {"act": "activate"},
    }


@pytest.mark.parametrize(("method", "target"), [("GET", "/metrics"), ("POST", "/healthz"), ("GET", "/readyz?x=1")])
def test_nothing_else_is_answered(method, target):
    assert health_of().answer(method, target) is None


def test_each_check_that_begins_to_fail_and_is_well_again_is_one_log_line():
    trouble = ["gone", "gone", None, None]
    health = health_of(store=lambda: trouble.pop(0))
    with capture_logs() as lines:
        for _ in range(4):
            health.look()
    told = [(line["event"], line["check"], line.get("trouble")) for line in lines]
    assert told == [("not_ready", "store", "gone"), ("ready_again", "store", None)]
    assert b'lpr_check_ok{check="store"} 1.0' in health.metrics.exposition()


def test_while_it_runs_it_looks_by_itself_and_once_stopped_it_is_not_ready():
    looked = []
    health = health_of(ledger=lambda: looked.append(1))
    health.start()
    assert health.answer("GET", "/readyz").status == 200
    health.stop()
    assert looked
    assert health.answer("GET", "/readyz").status == 503


def test_a_worker_that_ends_is_not_ready_at_the_operators_listener_either_though_every_check_is_well():
    health = health_of(ledger=lambda: None)
    assert health.detail().status == 200
    health.retire()
    answer = health.detail()
    assert answer.status == 503
    assert json.loads(answer.body)["workers"] == {"w0": "not ready"}
