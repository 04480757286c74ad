"""What leaves the gateway, as laws."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import plates
from gateway.errors import Refusal
from gateway.model import PlateRule, ReadField
from gateway.obligations import filter_results
from gateway.reasons import Reason
from gateway.value import replace
from tests.obligations.samples import answer_rules, answers, days_ago, read, results, rules

some_rules = st.lists(answer_rules, min_size=1, max_size=3).map(tuple)
unlimited = some_rules.map(lambda chosen: tuple(replace(rule, limit=None) for rule in chosen))


def same(left, right):
    """Whether both states are known to be the same, or one is not known."""
    return left is None or right is None or left == right


@given(answers, some_rules)
def test_no_read_outside_the_window_or_of_another_plate_or_state_ever_leaves(answer, chosen):
    for left in filter_results(answer, chosen).results.reads:
        for rule in chosen:
            assert rule.not_before <= left.time <= rule.not_after
            assert any(
                plates.fits_pattern(plate.text, plates.normalize(left.plate))
                and same(plate.state, left.state)
                and left.time >= plate.not_before
                for plate in rule.plates
            )


@given(answers, some_rules)
def test_no_removed_value_survives_unless_an_equal_one_was_kept(answer, chosen):
    filtered = filter_results(answer, chosen)
    masked = frozenset().union(*(rule.masked for rule in chosen))
    links = any(rule.strip_links for rule in chosen)
    remaining = [*filtered.results.frame, *(field for left in filtered.results.reads for field in left.fields)]
    offered = Counter([*answer.frame, *(field for each in answer.reads for field in each.fields)])
    assert not Counter(remaining) - offered
    for field in remaining:
        assert field.kind not in masked
        assert not (links and (field.kind == "link" or "://" in str(field.value)))


@given(answers, some_rules)
def test_nothing_but_masked_fields_links_and_dropped_reads_is_lost(answer, chosen):
    filtered = filter_results(answer, chosen)
    gone = frozenset().union(*(rule.masked for rule in chosen))
    links = any(rule.strip_links for rule in chosen)

    def kept(fields):
        return tuple(
            field
            for field in fields
            if field.kind not in gone and not (links and (field.kind == "link" or "://" in str(field.value)))
        )

    assert filtered.results.frame == kept(answer.frame)
    assert (filtered.results.next_page, filtered.results.previous_page) == (answer.next_page, answer.previous_page)
    offered = [replace(each, fields=kept(each.fields)) for each in answer.reads]
    position = 0
    for left in filtered.results.reads:  # in the vendor's order
        position = offered.index(left, position) + 1


@given(answers, some_rules)
def test_filtering_what_is_left_changes_nothing(answer, chosen):
    once = filter_results(answer, chosen)
    again = filter_results(once.results, chosen)
    assert again.results == once.results
    assert not again.dropped
    assert again.withheld == once.withheld


@given(answers, unlimited, unlimited)
def test_two_sets_of_rules_together_leave_what_one_after_the_other_leaves(answer, first, second):
    together = filter_results(answer, first + second)
    one = filter_results(answer, first)
    other = filter_results(one.results, second)
    assert together.results.reads == other.results.reads
    assert together.results.frame == other.results.frame
    assert together.dropped == Counter(one.dropped) + Counter(other.dropped)


@given(answers, some_rules, some_rules)
def test_another_set_of_rules_never_lets_more_through(answer, first, second):
    fewer = filter_results(answer, first + second)
    more = filter_results(answer, tuple(replace(rule, limit=None) for rule in first))
    kept = Counter((left.plate, left.state, left.time) for left in fewer.results.reads)
    assert not kept - Counter((left.plate, left.state, left.time) for left in more.results.reads)


@given(answers, some_rules)
def test_every_read_is_either_returned_or_counted_as_dropped(answer, chosen):
    filtered = filter_results(answer, chosen)
    assert filtered.returned == len(filtered.results.reads)
    assert filtered.returned + sum(filtered.dropped.values()) == len(answer.reads)
    assert all(filtered.dropped.values())


@given(answers, some_rules)
def test_no_more_reads_leave_than_the_lowest_limit(answer, chosen):
    limits = [rule.limit for rule in chosen if rule.limit is not None]
    assert not limits or filter_results(answer, chosen).returned <= min(limits)


def test_without_rules_nothing_is_passed_on():
    with pytest.raises(Refusal) as refused:
        filter_results(results(read()), ())
    assert refused.value.reason is Reason.OBLIGATION_NOT_POSSIBLE


def test_rules_that_name_no_plate_let_nothing_pass():
    assert filter_results(results(read()), (rules(plates=()),)).dropped == {"other_plate": 1}


def test_reads_are_counted_by_why_they_were_dropped():
    answer = results(
        read(),
        read("ABC12O"),
        read(state="TX"),
        read(time=days_ago(31)),
        replace(read(), time=None),
        replace(read(), plate=None),
        read(),
    )
    rule = rules(plates=(PlateRule(text="ABC120", state="AR", not_before=days_ago(30)),), limit=1)
    filtered = filter_results(answer, (rule,))
    assert filtered.dropped == {"other_plate": 2, "outside_window": 1, "unreadable": 2, "over_limit": 1}
    assert filtered.returned == 1


@pytest.mark.parametrize(
    ("moment", "passes"),
    [
        (days_ago(30) - timedelta(microseconds=1), False),
        (days_ago(30), True),
        (days_ago(1), True),
        (days_ago(1) + timedelta(microseconds=1), False),
    ],
)
def test_the_ends_of_the_window_belong_to_it(moment, passes):
    assert filter_results(results(read(time=moment)), (rules(),)).returned == passes


def test_a_plate_that_is_older_than_the_window_widens_nothing():
    held = rules(plates=(PlateRule(text="ABC120", state=None, not_before=days_ago(90)),))
    assert filter_results(results(read(time=days_ago(40))), (held,)).dropped == {"outside_window": 1}


def test_a_plate_that_is_younger_than_the_window_narrows_it():
    held = rules(plates=(PlateRule(text="ABC120", state=None, not_before=days_ago(9)),))
    assert filter_results(results(read(time=days_ago(10))), (held,)).dropped == {"outside_window": 1}


def test_a_plate_may_be_older_in_one_state_than_in_another():
    held = rules(
        plates=(
            PlateRule(text="ABC120", state="AR", not_before=days_ago(10)),
            PlateRule(text="ABC120", state="TX", not_before=days_ago(20)),
        )
    )
    answer = results(*(read(state=state, time=days_ago(15)) for state in ("AR", "TX", None)))
    assert [left.state for left in filter_results(answer, (held,)).results.reads] == ["TX", None]


def test_a_plate_that_only_becomes_another_in_upper_case_is_unreadable():
    held = rules(plates=(PlateRule(text="SS12", state=None, not_before=days_ago(30)),))
    assert filter_results(results(read("\N{LATIN SMALL LETTER SHARP S}12")), (held,)).dropped == {"unreadable": 1}


def test_a_link_is_stripped_whatever_kind_it_is_listed_as():
    shown = [ReadField("image", "plain", "https://vendor.example/signed"), ReadField("name", "plain", "5th & Main")]
    listed = [ReadField("share", "link", "vendor.example/1")]
    filtered = filter_results(results(read(fields=shown + listed), frame=listed, withheld=4), (rules(),))
    assert [field.path for field in filtered.results.reads[0].fields] == ["name"]
    assert filtered.results.frame == ()
    assert filtered.withheld == filtered.results.withheld == 4 + 3


def test_fields_of_dropped_reads_are_not_counted_as_withheld():
    answer = results(read("XYZ9", fields=[ReadField("share", "link", "x")]))
    assert filter_results(answer, (rules(),)).withheld == 0


def test_a_masked_kind_is_removed_from_reads_and_frame():
    place = ReadField("lat", "location", 34.7)
    masked = rules(masked=frozenset({"location"}))
    filtered = filter_results(results(read(fields=[place]), frame=[place]), (rules(), masked))
    assert filtered.results.reads[0].fields == filtered.results.frame == ()
    assert filtered.withheld == 2


@pytest.mark.parametrize(
    "text", ["//share.vendor.example/r-1", "see //share.vendor.example", "www.vendor.example/r-1", "WWW.vendor.example",
             "https://vendor.example", "mailto:desk@vendor.example", "javascript:open()"]
)  # fmt: skip
def test_a_text_that_leads_elsewhere_is_a_link_however_it_is_written(text):
    from gateway.obligations.filter import _leads_elsewhere

    assert _leads_elsewhere(text)


@pytest.mark.parametrize("text", ["5th & Main", "a // b", "wwwx", "ratio 3:4", "5th/Main"])
def test_a_text_that_leads_nowhere_is_none(text):
    from gateway.obligations.filter import _leads_elsewhere

    assert not _leads_elsewhere(text)
