"""A candidate decides beside the policy in force, and nothing of it reaches an answer."""

import json
import threading
import time

import pytest
from structlog.testing import capture_logs

from gateway.app.shadow import ShadowedRecorder, ShadowPolicy
from gateway.errors import Refusal
from gateway.model import Dossier
from gateway.pdp import EmbeddedEngine, load_policies
from gateway.reasons import Reason
from tests.pdp.policies import DECISION, write_policy
from tests.vendors import samples

REQUESTS = [json.dumps({"subject": {"active": active}, "request": {"id": "r1"}}) for active in (True, False)]
TURNED = DECISION.replace("input.subject.active == true", "input.subject.active == false")


class Seen:
    """What a shadow recorded and counted, to be waited for."""

    def __init__(self) -> None:
        self.records, self.outcomes = [], []
        self._one_more = threading.Semaphore(0)

    def count(self, outcome):
        self.outcomes.append(outcome)
        self._one_more.release()

    def wait(self, number):
        for _ in range(number):
            assert self._one_more.acquire(timeout=30)


class Recorded:
    """The audit record of this test."""

    def record_allow(self, _dossier):
        pass

    def record_refusal(self, _dossier, _refusal, _told, **_more):
        pass

    def record_outcome(self, _dossier, _outcome):
        pass


class Decided:
    """Decides and records as a request does: the decision d1, d2, …"""

    def __init__(self, engine, recorder):
        self.engine, self.recorder, self.number = engine, recorder, 0

    def decide(self, text):
        self.number += 1
        decision = self.engine.decide(text)
        request = samples.lookup(state=None)
        case = Dossier(decision_id=f"d{self.number}", request=request, input_text=text, decision=decision)
        if decision.allow:
            self.recorder.record_allow(case)
        else:
            self.recorder.record_refusal(case, Refusal(*decision.reasons), None, status=403)
        return decision


def shadowed(tmp_path, seen, candidate, record=None, slowest_s=10, look_again_s=2.0):
    live = EmbeddedEngine(load_policies(write_policy(tmp_path / "live")))
    shadow = ShadowPolicy(candidate, record or seen.records.append, seen.count, slowest_s, look_again_s)
    return Decided(live, ShadowedRecorder(Recorded(), shadow)), shadow


def until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not become so"
        time.sleep(0.01)


def test_what_the_candidate_would_decide_otherwise_is_on_record_and_the_answer_is_that_in_force(tmp_path):
    seen, candidate = Seen(), write_policy(tmp_path / "draft", decision=TURNED)
    engine, shadow = shadowed(tmp_path, seen, candidate)
    shadow.start()
    assert [engine.decide(request).allow for request in REQUESTS] == [True, False]
    seen.wait(2)
    shadow.close()
    assert [(r["in_force"]["decision"], r["candidate"]["decision"]) for r in seen.records] == [("allow", "deny"), ("deny", "allow")]  # fmt: skip
    assert {record["candidate_revision"] for record in seen.records} == {load_policies(candidate).revision}
    assert [(record["decision_id"], record["request_id"]) for record in seen.records] == [("d1", "r1"), ("d2", "r1")]


def test_where_only_the_conditions_differ_the_record_says_so_and_which(tmp_path):
    seen, other = Seen(), DECISION.replace('"matches": [0]', '"matches": [1]')
    engine, shadow = shadowed(tmp_path, seen, write_policy(tmp_path / "draft", decision=other))
    shadow.start()
    engine.decide(REQUESTS[0])
    seen.wait(1)
    shadow.close()
    told = "allow; the candidate: the same, under other conditions (drop_other_plates)"
    assert [record["what"] for record in seen.records] == [told]


def test_a_request_that_nothing_was_decided_on_is_not_left_to_the_candidate(tmp_path):
    seen = Seen()
    engine, shadow = shadowed(tmp_path, seen, write_policy(tmp_path / "draft"))
    case = Dossier(decision_id="d1", request=samples.lookup(state=None))
    engine.recorder.record_refusal(case, Refusal(Reason.REQUEST_MALFORMED), None, status=400)
    shadow.close()
    assert seen.outcomes == []


def test_the_same_verdict_is_counted_and_not_recorded(tmp_path):
    seen = Seen()
    engine, shadow = shadowed(tmp_path, seen, write_policy(tmp_path / "draft"))
    shadow.start()
    engine.decide(REQUESTS[0])
    seen.wait(1)
    shadow.close()
    assert (seen.outcomes, seen.records) == (["same"], [])


def test_a_record_that_cannot_be_written_is_counted_and_the_next_decision_is_looked_at(tmp_path):
    def fail(_body):
        raise OSError

    seen = Seen()
    engine, shadow = shadowed(tmp_path, seen, write_policy(tmp_path / "draft", decision=TURNED), fail)
    shadow.start()
    assert [engine.decide(request).allow for request in REQUESTS] == [True, False]
    seen.wait(2)
    shadow.close()
    assert seen.outcomes == ["failed", "failed"]


@pytest.mark.parametrize("rego", ["package lpr\n\ndecision := ", None])
def test_a_candidate_that_cannot_be_used_changes_no_answer_and_what_was_left_to_it_is_counted_as_dropped(
    tmp_path, rego
):
    seen = Seen()
    folder = tmp_path / "missing" if rego is None else write_policy(tmp_path / "draft", decision=rego)
    engine, shadow = shadowed(tmp_path, seen, folder)
    assert engine.decide(REQUESTS[0]).allow
    shadow.start()
    until(lambda: shadow.describe() == {"candidate_revision": None, "state": "not loaded"})
    assert [engine.decide(request).allow for request in REQUESTS] == [True, False]
    shadow.close()
    assert seen.outcomes == ["dropped"] * 3


def test_a_candidate_that_is_changed_is_taken_up_anew_and_so_is_one_that_could_not_be_used(tmp_path):
    seen, draft = Seen(), tmp_path / "draft"
    engine, shadow = shadowed(tmp_path, seen, draft, look_again_s=0.01)
    shadow.start()
    until(lambda: shadow.describe()["state"] == "not loaded")
    for decision in (DECISION, TURNED):
        write_policy(draft, decision=decision)
        wanted = load_policies(draft).revision
        until(lambda wanted=wanted: shadow.describe() == {"candidate_revision": wanted, "state": "comparing"})
        engine.decide(REQUESTS[0])
        seen.wait(1)
    shadow.close()
    assert seen.outcomes == ["same", "differs"]


def test_what_still_waits_at_the_end_is_counted_as_dropped(tmp_path):
    seen = Seen()
    engine, shadow = shadowed(tmp_path, seen, write_policy(tmp_path / "draft"))
    engine.decide(REQUESTS[0])
    shadow.close()
    assert seen.outcomes == ["dropped"]


def test_what_comes_faster_than_it_is_looked_at_is_dropped_and_counted_and_nobody_waits(tmp_path):
    seen = Seen()
    engine, _not_started = shadowed(tmp_path, seen, write_policy(tmp_path / "draft", decision=TURNED))
    assert all(engine.decide(REQUESTS[0]).allow for _ in range(1003))
    assert seen.outcomes == ["dropped"] * 3


def test_a_candidate_that_is_slow_once_is_given_up_and_the_rest_is_counted_as_dropped(tmp_path):
    seen, draft = Seen(), write_policy(tmp_path / "draft")
    engine, shadow = shadowed(tmp_path, seen, draft, slowest_s=0)
    assert [engine.decide(REQUESTS[0]).allow for _ in range(3)] == [True] * 3
    with capture_logs() as lines:
        shadow.start()
        until(lambda: len(seen.outcomes) == 3)
        engine.decide(REQUESTS[0])
        shadow.close()
    assert [line["event"] for line in lines] == ["shadow_loaded", "shadow_given_up"]
    assert seen.outcomes == ["same", "dropped", "dropped", "dropped"]
    assert shadow.describe() == {"candidate_revision": load_policies(draft).revision, "state": "given up"}
