"""What a person is shown of decisions afterwards: how each ended, and which service asked."""

from types import SimpleNamespace

import pytest

from gateway.approvals import RecentDecisions, RememberingRecorder
from gateway.model import Dossier
from tests.approvals.staff import request_at


class Recorder:
    """Records nothing."""

    def record_allow(self, _case):
        """Nothing."""

    def record_outcome(self, _case, _outcome):
        """Nothing."""


def asked(decision_id, *, explain=False, service=None):
    key = SimpleNamespace(kind="service" if service else "person", user_id=service or "officer")
    who = SimpleNamespace(user_id="officer", key=key)
    return Dossier(decision_id=decision_id, request=request_at("/flock/x"), identity=who, explain=explain)


@pytest.fixture
def remembering(parts):
    return RememberingRecorder(Recorder(), parts.store, parts.protection)


def listed(parts):
    return {one.pop("decision_id"): one for one in RecentDecisions(store=parts.store).decisions("officer", 50)}


def test_what_a_stop_cuts_off_is_told_as_interrupted_and_nothing_that_ended_or_was_a_question(parts, remembering):
    cases = {"cut": asked("cut"), "done": asked("done"), "tried": asked("tried", explain=True)}
    for case in cases.values():
        remembering.record_allow(case)
    remembering.record_outcome(cases["done"], SimpleNamespace(reason=None))
    remembering.close()
    assert {name: one["verdict"] for name, one in listed(parts).items()} == {
        "cut": "interrupted",
        "done": "allow",
        "tried": "allow",
    }


def test_what_a_crash_had_cut_off_is_told_as_interrupted_by_who_starts_after_it(parts, remembering):
    case = asked("cut")
    remembering.record_allow(case)
    remembering.record_outcome(case, SimpleNamespace(reason=None))
    remembering.close()
    after = RememberingRecorder(Recorder(), parts.store, parts.protection)
    after.remember_interrupted(["cut", "of somebody whose row was not written yet"])
    after.close()
    assert {name: one["verdict"] for name, one in listed(parts).items()} == {"cut": "interrupted"}


def test_which_service_asked_is_told_and_of_what_the_person_asked_none(parts, remembering):
    remembering.record_allow(asked("own"))
    remembering.record_allow(asked("lent", service="records"))
    remembering.close()
    told = listed(parts)
    assert ("service" in told["own"], told["lent"]["service"]) == (False, "records")
