import pytest

from gateway.auditing.access import Access
from gateway.errors import ConfigurationError


def access(why, recorder=lambda *_event, **_fields: None):
    return Access(reader="alex", why=why, recorder=recorder)


@pytest.mark.parametrize("why", ["", "  ", "x" * 501])
def test_a_reason_must_be_given_and_not_be_a_book(why):
    with pytest.raises(ConfigurationError, match="say why"):
        access(why)


@pytest.mark.parametrize(
    ("why", "plate"),
    [
        ("about FNA579", "fna-579"),
        ("plate f n a 5 7 9 again", "FNA579"),
        ("who saw AB1?", "ab 1"),
        ("who asked for FNA5", "fna 5*"),
        ("a 57 in it", "A*57"),
    ],
)
def test_a_reason_that_names_the_plate_is_refused_without_repeating_it(why, plate):
    with pytest.raises(ConfigurationError) as refused:
        access(why).must_not_name(plate)
    assert plate not in str(refused.value)


@pytest.mark.parametrize(
    ("why", "plate"), [("inquiry 12", "FNA579"), ("a tabloid asked", "AB"), ("a complaint", "A*BCD9")]
)
def test_other_reasons_are_accepted(why, plate):
    access(why).must_not_name(plate)


def test_that_an_id_was_asked_for_that_looks_like_a_plate_and_is_known_nowhere_is_recorded_and_not_which(reads):
    with pytest.raises(ConfigurationError, match="case: this looks like a plate") as refused:
        access("inquiry 12", reads).record("search", {"case": "FNA579"})
    assert "FNA579" not in str(refused.value)
    assert [entry["filter"] for _, entry in reads.entries] == [{"case": True}]


def test_an_id_that_looks_like_a_plate_and_is_known_is_recorded(reads):
    known = Access(reader="alex", why="inquiry 12", recorder=reads, is_known=lambda text: text == "24CV1234")
    known.record("search", {"case": "24CV1234"})
    assert reads.entries[0][1]["filter"] == {"case": "24CV1234"}


def test_what_is_recorded_is_who_what_why_and_what_was_asked(reads):
    access("inquiry 12", reads).record("search", {"person": "u01"})
    assert reads.entries == [
        ("audit.read", {"reader": "alex", "what": "search", "why": "inquiry 12", "filter": {"person": "u01"}})
    ]


@pytest.mark.parametrize("beginning", ["da4d5b62", "da4d5b62-ec85", "FNA579"])
def test_a_decision_that_is_not_named_by_its_whole_id_is_asked_for_by_it(reads, beginning):
    with pytest.raises(ConfigurationError, match="a decision is named by its whole id, 36 characters") as refused:
        access("inquiry 12", reads).record("search", {"decision_id": beginning})
    assert beginning not in str(refused.value)
    assert [entry["filter"] for _, entry in reads.entries] == [{"decision_id": True}]
