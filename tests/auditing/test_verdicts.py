import pytest

from gateway.auditing.verdicts import name_reasons, name_verdict


def test_a_search_has_its_verdict_and_an_answer_its_outcome():
    assert name_verdict({"event_type": "decision", "decision": "deny"}) == "deny"
    assert name_verdict({"event_type": "outcome", "outcome": "delivered"}) == "delivered"
    assert name_verdict({"event_type": "finding.opened", "finding_id": "f1", "oversight": None}) is None


@pytest.mark.parametrize("verdict", ["allow", "deny"])
def test_the_verdict_of_a_question_says_that_it_was_only_asked(verdict):
    assert name_verdict({"event_type": "decision", "decision": verdict, "explain": True}) == f"{verdict}, only asked"


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ({"deny_reasons": ["case_missing", "target_unknown"]}, ["case_missing", "target_unknown"]),
        ({"reason": "vendor_failed"}, ["vendor_failed"]),
        ({"counts": {"credential_invalid": 2, "key_unknown": 1}}, ["credential_invalid 2", "key_unknown 1"]),
        ({"counts": "none of ours"}, []),
        ({"decision": "allow"}, []),
    ],
)
def test_reasons_are_the_true_ones_and_of_refusals_counted_together_have_their_numbers(record, shown):
    assert name_reasons(record) == shown
