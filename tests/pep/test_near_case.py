import pytest

from gateway.model import CaseFile
from gateway.pep.near_case import tell_near_case


def case(number):
    unsaid = dict.fromkeys(("kind", "opened_on", "closed_on", "offense_code", "lookback_from", "office"))
    return CaseFile(case_number=number, status="open", assigned=True, **unsaid)


@pytest.mark.parametrize("written", ["25001234", "25 001234", "25_001234", "25/001234"])
def test_a_case_of_ones_own_that_is_written_otherwise_is_told(written):
    assert tell_near_case(written, [case("25-001234"), case("25-001235")]) == "Did you mean 25-001234?"


def test_capitals_count_in_a_number_and_are_told():
    assert tell_near_case("hq7741", [case("HQ7741")]) == "Did you mean HQ7741?"


@pytest.mark.parametrize(
    ("written", "own"), [("25-1234", ["25-001234"]), ("25001234", ["25-001234", "2500-1234"]), ("25-9", [])]
)
def test_another_number_and_one_that_may_be_either_of_two_are_not_guessed_at(written, own):
    assert tell_near_case(written, map(case, own)) is None
