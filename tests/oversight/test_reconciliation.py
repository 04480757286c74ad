"""A vendor's export against the ledger: what is ours is found, what is not is named, and nothing is guessed."""

import hashlib
import itertools
import shutil
import uuid
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.auditing.query_engine import connect
from gateway.auditing.source import LedgerTable
from gateway.clock import parse_instant
from gateway.errors import ConfigurationError
from gateway.oversight.imports.store import ImportStore
from gateway.oversight.reconciliation import reconcile
from tests.auditing.ledgers import AUDITOR, START, Ask
from tests.oversight.conftest import NOW
from tests.oversight.scene import csv_text, gateway_row, portal_row, stamp
from tests.properties import SHARING_FIXTURES, examples


def classes(found):
    return {name: number for name, number in found.counts.items() if number}


def test_searches_through_the_gateway_are_matched_by_their_decision_id(agency, bring_in, reconciled):
    rows = [gateway_row(one) for one in agency.search(*[Ask()] * 20)]
    bring_in(csv_text(rows))
    assert classes(reconciled()) == {"matched": 20}


def test_a_row_that_was_emptied_of_plate_and_reason_may_be_the_search_that_it_fits_and_is_else_around(
    agency, bring_in, reconciled
):
    first, second, third = agency.search(*[Ask()] * 3)
    emptied = gateway_row(second, plate="", reason="")
    bring_in(csv_text([gateway_row(first), emptied, gateway_row(third)]))
    found = reconciled()
    assert classes(found) == {"matched": 2, "indeterminate": 1}
    assert found.rows[0]["may_be"] == [second.decision_id]
    stolen = gateway_row(second, plate="", reason="", starts="2026-01-01T00:00:00Z", ends="2026-01-02T00:00:00Z")
    bring_in(csv_text([stolen]))
    assert classes(reconciled())["around_credential"] == 1


def test_a_search_at_the_vendors_own_pages_is_around_the_gateway_and_names_who_and_where(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 3)
    report = bring_in(csv_text([*map(gateway_row, searched), portal_row(searched[1].at)]))
    found = reconciled()
    assert classes(found) == {"matched": 3, "around_portal": 1}
    [row] = found.rows
    assert (row["import_id"], row["row"], row["person"], row["user_id"]) == (
        report["import_id"],
        5,
        "Avery Stone",
        "u01",
    )


def test_a_call_with_our_credential_that_is_not_in_the_ledger_is_around_by_credential(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 3)
    stolen = portal_row(searched[1].at, kind="apiLookup", name="API Integration", reason="whatever")
    bring_in(csv_text([*map(gateway_row, searched), stolen]))
    assert classes(reconciled()) == {"matched": 3, "around_credential": 1}


def test_a_search_at_the_vendor_after_a_denial_of_the_same_plate_is_named_so(agency, bring_in, reconciled):
    [denied, *others] = agency.search(Ask(plate="EXX1234", denied=("target_unknown",)), Ask(), Ask())
    bring_in(csv_text([*map(gateway_row, others), portal_row(denied.at + timedelta(minutes=15), plate="EXX1234")]))
    found = reconciled()
    assert classes(found) == {"matched": 2, "around_after_denial": 1}
    assert found.rows[0]["decision_id"] == denied.decision_id


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-90, "around_portal"), (-2, "around_portal"), (0, "around_after_denial"), (1, "around_after_denial")],
)
@pytest.mark.parametrize("masked", [False, True])
def test_a_search_before_the_denial_is_not_told_as_made_after_it(agency, bring_in, reconciled, seconds, told, masked):
    [denied, ours] = agency.search(Ask(plate="EXX1234", denied=("target_unknown",)), Ask())
    starts, ends = map(stamp, denied.window)
    there = {"plate": "***", "starts": starts, "ends": ends} if masked else {"plate": "EXX1234"}
    bring_in(csv_text([gateway_row(ours), portal_row(denied.at + timedelta(seconds=seconds), **there)]))
    assert [row["class"] for row in reconciled().rows] == [told]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Avery Stone", ("around_after_denial", "u01")),
        ("", ("around_after_denial", None)),
        ("Robin Vale", ("around_portal", None)),
    ],
)
def test_a_blacked_out_row_of_somebody_else_is_not_told_as_searched_by_who_was_denied(
    agency, bring_in, reconciled, name, told
):
    [denied, ours] = agency.search(Ask(denied=("target_unknown",)), Ask())
    starts, ends = map(stamp, denied.window)
    later = portal_row(denied.at + timedelta(minutes=9), plate="***", starts=starts, ends=ends, name=name)
    bring_in(csv_text([gateway_row(ours), later]))
    [row] = reconciled().rows
    assert (row["class"], row["user_id"]) == told


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("apiLookup", "a call of the programming interface that is not ours, within a day"),
        ("", "searched at the vendor within a day"),
    ],
    ids=["interface", "unknown"],
)
def test_of_a_row_that_names_nobody_no_one_is_said_to_have_searched_and_all_who_were_denied_are_concerned(
    agency, bring_in, reconciled, kind, told
):
    refused = {"plate": "EXX1234", "denied": ("target_unknown",)}
    *_, last, ours = agency.search(Ask(**refused), Ask(person="u02", **refused), Ask())
    there = portal_row(last.at + timedelta(minutes=9), plate="EXX1234", kind=kind, name="API" if kind else "")
    bring_in(csv_text([gateway_row(ours), there]))
    [row] = reconciled().rows
    assert (row["class"], row["user_id"], row["persons"]) == ("around_after_denial", None, ["u01", "u02"])
    assert row["note"].startswith(told)
    assert row["note"].endswith("by whom, the vendor's file does not say")


def test_a_search_at_one_vendor_is_not_taken_for_ours_at_another_at_the_same_moment(agency, bring_in, reconciled):
    there, here = agency.search(Ask(vendor="rekor"), Ask())
    rows = [gateway_row(one, reason="", kind="") for one in (there, here)]
    bring_in(csv_text(rows), vendor="rekor")
    found = reconciled(writes_id=())
    assert classes(found) == {"matched": 1, "around_portal": 1}
    assert [row["row"] for row in found.rows] == [3]


def test_a_denial_more_than_a_day_before_does_not_count(agency, bring_in, reconciled):
    [_, later] = agency.search(Ask(plate="EXX1234", denied=("target_unknown",)), Ask(), step_s=25 * 3600)
    bring_in(csv_text([gateway_row(later), portal_row(later.at, plate="EXX1234")]))
    assert classes(reconciled()) == {"matched": 1, "around_portal": 1}


def test_an_id_with_another_plate_window_or_time_was_altered(agency, bring_in, reconciled):
    one, two, three, four = agency.search(*[Ask()] * 4)
    rows = [
        gateway_row(one, plate="OTHER12"),
        gateway_row(two, starts=stamp(two.at - timedelta(days=300))),
        gateway_row(three, at=stamp(three.at + timedelta(minutes=9))),
        gateway_row(four),
    ]
    bring_in(csv_text(rows))
    found = reconciled()
    assert classes(found) == {"matched": 1, "altered": 3}
    assert {row["note"] for row in found.rows} == {"another plate", "another window", "another time"}


def test_why_a_row_is_around_the_gateway_is_told_as_it_is(agency, bring_in, reconciled):
    [one, denied] = agency.search(Ask(), Ask(plate="EXX1234", denied=("target_unknown",)))
    by_interface = {"kind": "apiLookup", "plate": "ZZZ111"}
    rows = [
        portal_row(one.at, **by_interface, reason=f"inv | case 1 | {uuid.uuid4()}"),
        portal_row(one.at, **by_interface, reason=gateway_row(denied)[6]),
        portal_row(one.at, **by_interface, reason="inv"),
        portal_row(one.at, **by_interface, reason=""),
    ]
    bring_in(csv_text([gateway_row(one), *rows]))
    found = reconciled()
    assert classes(found) == {"matched": 1, "around_credential": 4}
    stranger, none = (
        "its decision id is of no search that the gateway sent",
        "no decision id where the gateway writes one",
    )
    assert [row["note"] for row in sorted(found.rows, key=lambda row: row["row"])] == [stranger, stranger, none, none]


def test_a_row_of_a_vendor_that_shows_no_decision_id_is_told_by_what_could_be_compared_of_it(
    agency, bring_in, reconciled
):
    [old] = agency.search(Ask())
    agency.clock.on(days=70)
    [one] = agency.search(Ask())
    by_interface = {"kind": "apiLookup", "plate": "ZZZ111"}
    rows = [
        portal_row(one.at, **by_interface),
        portal_row(one.at, **by_interface, starts=""),
        portal_row(old.at, **by_interface),
    ]
    bring_in(csv_text([gateway_row(one), *rows]))
    found = reconciled(writes_id=[])
    told = {row["row"]: (row["class"], row["note"]) for row in found.rows}
    assert told == {
        3: ("around_credential", "no search of ours has its plate, window and time"),
        4: ("indeterminate", "it tells no window to compare"),
        5: ("indeterminate", "its plate can only be compared with an auditor's key"),
    }


REKOR = ["User", "Timestamp", "Plate", "Time Frame", "Search purpose"]


def rekor_row(searched, **changes):
    """A search as a vendor that shows no decision id may list it."""
    starts, ends = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in searched.window)
    values = {"name": "Avery Stone", "at": searched.at.strftime("%Y-%m-%dT%H:%M:%SZ"), "plate": searched.ask.plate}
    values |= {"frame": f"{starts} - {ends}", "reason": "case"} | changes
    return list(values.values())


@pytest.fixture
def from_rekor(agency, bring_in, reconciled):
    """Reconciles an export of rekor; a search before these rows and one after them, which match, are its first and its last."""

    def judge(*rows):
        first, *_, last = agency.searches
        bring_in(csv_text([rekor_row(first), *rows, rekor_row(last)], header=REKOR), vendor="rekor")
        found = reconciled(writes_id=())
        assert found.counts["matched"] >= 2
        return found

    return judge


def asked_at_rekor(agency, *asks):
    [_, *searched, _] = agency.search(*[Ask(vendor="rekor"), *asks, Ask(vendor="rekor")])
    return searched


@pytest.mark.parametrize("between", [" - ", " \u2013 ", " / ", "/", " to ", " until "])
def test_a_search_whose_row_writes_its_window_in_any_usual_form_is_matched(agency, from_rekor, between):
    [one] = asked_at_rekor(agency, Ask(vendor="rekor", plate="FNA579"))
    frame = between.join(moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in one.window)
    assert classes(from_rekor(rekor_row(one, frame=frame))) == {"matched": 3}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"frame": "the last 30 days"}, "it tells no window to compare"),
        ({"frame": ""}, "it tells no window to compare"),
        ({"frame": "", "name": ""}, "it tells no window to compare"),
        ({"frame": "", "name": "API Integration"}, "it tells no window to compare"),
        ({"plate": "***", "frame": ""}, "blacked out or withheld"),
        ({"plate": "FNA_579"}, "its plate cannot be read"),
        ({"plate": "FNA5*"}, "it tells part of a plate, which may have been searched or be blacked out in part"),
        ({"plate": ""}, "it names no plate"),
        ({"at": "2026-11-02 09:00:00"}, "its time cannot be read or has no zone"),
        ({"at": "***"}, "its time cannot be read or has no zone"),
    ],
)
def test_a_search_that_an_undecided_row_may_be_is_not_said_to_be_missing_at_the_vendor(
    agency, from_rekor, changes, why
):
    [one] = asked_at_rekor(agency, Ask(vendor="rekor", plate="FNA579"))
    found = from_rekor(rekor_row(one, **changes))
    assert classes(found) == {"matched": 2, "indeterminate": 1}
    assert [(row["row"], row["note"], row["may_be"]) for row in found.rows] == [(3, why, [one.decision_id])]


@pytest.mark.parametrize(
    "changes",
    [
        {"frame": "", "plate": "OTHER12"},
        {"frame": "", "name": "Blake Rivera"},
        {"frame": "", "at": "2026-11-02T09:05:00Z"},
        {"plate": "***", "frame": "2026-01-01T00:00:00Z - 2026-02-01T00:00:00Z"},
        {"at": "***", "plate": "***", "frame": ""},
    ],
)
def test_a_search_that_an_undecided_row_contradicts_is_missing_at_the_vendor(agency, from_rekor, changes):
    [one, *_] = asked_at_rekor(
        agency, Ask(vendor="rekor", plate="FNA579"), Ask(vendor="rekor", person="u02", answered=False)
    )
    found = from_rekor(rekor_row(one, **changes))
    assert classes(found) == {"matched": 2, "indeterminate": 1, "missing_at_vendor": 1}
    assert [row["may_be"] for row in found.rows] == [[], []]


def test_all_searches_that_an_undecided_row_may_be_are_named_with_it(agency, from_rekor):
    asks = [Ask(vendor="rekor", plate=plate) for plate in ("FNA579", "FNA580")]
    agency.search(Ask(vendor="rekor"))
    both = agency.search(*asks, step_s=30)
    agency.search(Ask(vendor="rekor"))
    found = from_rekor(rekor_row(both[0], plate="***", frame=""))
    [row] = found.rows
    assert (row["class"], row["may_be"]) == ("indeterminate", sorted(one.decision_id for one in both))


def test_a_row_that_may_be_an_allowed_search_is_not_told_as_searched_after_a_denial(agency, from_rekor):
    [_, allowed] = asked_at_rekor(
        agency, Ask(vendor="rekor", plate="FNA579", denied=("target_unknown",)), Ask(vendor="rekor", plate="FNA579")
    )
    assert classes(from_rekor(rekor_row(allowed, frame=""))) == {"matched": 2, "indeterminate": 1}


def test_a_search_by_part_of_a_plate_is_matched_with_the_row_that_names_the_same_part(agency, from_rekor):
    one, other = asked_at_rekor(agency, Ask(vendor="rekor", plate="NVR4*20"), Ask(vendor="rekor", plate="NVR4*21"))
    found = from_rekor(rekor_row(one), rekor_row(other, plate="nvr-4**21"))
    assert classes(found) == {"matched": 4}


def test_a_part_of_a_plate_that_was_denied_and_then_searched_is_told_so(agency, from_rekor):
    [denied] = asked_at_rekor(agency, Ask(vendor="rekor", plate="NVR4*20", denied=("partial_plate_not_approved",)))
    later = rekor_row(denied, at=(denied.at + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert classes(from_rekor(later)) == {"matched": 2, "around_after_denial": 1}


def test_a_part_of_a_plate_in_a_window_or_at_a_time_of_no_search_of_ours_is_around_the_gateway(agency, from_rekor):
    [one] = asked_at_rekor(agency, Ask(vendor="rekor", plate="NVR4*20"))
    other = "2026-01-01T00:00:00Z - 2026-02-01T00:00:00Z"
    found = from_rekor(rekor_row(one), rekor_row(one, frame=other))
    assert classes(found) == {"matched": 3, "around_portal": 1}
    assert found.rows[0]["note"] == "no search of ours has its window and time"


def test_a_row_that_tells_a_plate_of_ours_in_part_under_our_id_was_not_altered(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 2)
    bring_in(csv_text([gateway_row(searched[0], plate="QQ*"), gateway_row(searched[1])]))
    assert classes(reconciled()) == {"matched": 2}


def test_an_id_that_somebody_copied_does_not_keep_the_searchs_own_row_from_being_found(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 3)
    rows = [gateway_row(searched[0]), gateway_row(searched[1], reason="***"), gateway_row(searched[2])]
    copied = portal_row(searched[1].at, reason=gateway_row(searched[1])[6])
    bring_in(csv_text([*rows, copied]))
    assert classes(reconciled()) == {"matched": 3, "around_portal": 1}


def test_another_uuid_in_the_reason_keeps_no_row_of_a_vendor_without_decision_ids_from_being_matched(
    agency, from_rekor
):
    [one] = asked_at_rekor(agency, Ask(vendor="rekor", plate="FNA579"))
    assert classes(from_rekor(rekor_row(one, reason=str(uuid.uuid4())))) == {"matched": 3}


def test_a_decision_id_copied_into_a_search_of_ones_own_does_not_hide_it(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 3)
    reason = gateway_row(searched[0])[6]
    copied = portal_row(searched[2].at, reason=reason)
    by_interface = portal_row(searched[2].at, reason=reason, kind="apiLookup", plate="ZZZ111")
    bring_in(csv_text([copied, by_interface, *map(gateway_row, searched)]))
    assert classes(reconciled()) == {"matched": 3, "around_portal": 1, "around_credential": 1}


def test_what_the_vendor_does_not_list_is_missing_there(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 5)
    bring_in(csv_text([gateway_row(one) for one in searched if one is not searched[2]]))
    found = reconciled()
    assert classes(found) == {"matched": 4, "missing_at_vendor": 1}
    assert found.rows[0]["decision_id"] == searched[2].decision_id


def test_the_same_search_in_two_files_counts_once_the_fuller_row_first(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 3)
    rows = [gateway_row(one) for one in searched]
    bring_in(csv_text(rows), name="a.csv")
    masked = [[*row[:5], "***", row[6], "***", *row[8:]] for row in rows]
    bring_in(csv_text(masked), name="b.csv")
    assert classes(reconciled()) == {"matched": 3, "duplicate": 3}


def test_the_same_row_under_another_id_of_the_vendor_is_told_as_told_again_and_not_as_another_search(
    agency, bring_in, reconciled
):
    [searched] = agency.search(Ask())
    row = gateway_row(searched)
    bring_in(csv_text([row, ["7f1d6a52-0000-4000-8000-000000000001", *row[1:]]]))
    found = reconciled()
    assert classes(found) == {"matched": 1, "duplicate": 1}
    assert [one["note"] for one in found.rows if one["class"] == "duplicate"] == ["the same decision id again"]


@pytest.mark.parametrize("change", [{"plate": "OTHER12"}, {"plate": "OTHER34"}])
def test_a_row_told_again_with_another_plate_is_altered_and_the_right_one_matched_in_whatever_order(
    agency, bring_in, reconciled, change
):
    searched = agency.search(*[Ask()] * 3)
    right = [gateway_row(one) for one in searched]
    wrong = gateway_row(searched[1], id=right[1][0], **change)
    for name, rows in (("a.csv", right), ("b.csv", [right[0], wrong, right[2]]), ("c.csv", [right[1]])):
        bring_in(csv_text(rows), name=name)
    found = [reconciled() for _ in range(3)]
    assert classes(found[0]) == {"matched": 3, "altered": 1, "duplicate": 3}
    assert [row["note"] for row in found[0].rows if row["class"] == "altered"] == ["another plate"]
    assert found[1:] == found[:-1]


def test_without_a_reason_a_row_is_joined_by_plate_window_and_time(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 3)
    bring_in(csv_text([gateway_row(one, reason="***") for one in searched]))
    assert classes(reconciled()) == {"matched": 3}


def test_where_plate_and_reason_are_blacked_out_second_and_window_decide_and_two_candidates_are_not_guessed(
    agency, bring_in, reconciled
):
    searched = agency.search(*[Ask()] * 2)
    agency.clock.on(minutes=10)
    twins = agency.search(Ask(plate="AAA111"), Ask(plate="BBB222"), step_s=0)
    rows = [gateway_row(one, reason="***", plate="***", case="***", at=stamp(one.at)) for one in searched + twins]
    bring_in(csv_text(rows))
    assert classes(reconciled()) == {"matched": 2, "indeterminate": 2}


def test_times_without_a_zone_and_rows_from_before_the_ledger_are_not_judged(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 2)
    zoneless = portal_row(searched[0].at, kind="")
    zoneless[9] = "2026-11-02 09:00:00"
    bring_in(csv_text([*map(gateway_row, searched), zoneless, portal_row(searched[0].at - timedelta(days=40))]))
    found = reconciled()
    assert classes(found) == {"matched": 2, "indeterminate": 2}


def test_a_row_without_a_zone_belongs_to_the_period_of_the_search_whose_id_it_has_and_else_to_none(
    agency, bring_in, reconciled
):
    searched = agency.search(*[Ask()] * 2)
    rows = [gateway_row(one, at="2026-11-02 09:00:00") for one in searched]
    portal = portal_row(searched[0].at)
    portal[9] = "2026-11-02 09:00:00"
    bring_in(csv_text([*rows, portal]))
    day, begun = timedelta(days=1), searched[0].at
    assert classes(reconciled()) == {"matched": 2, "around_portal": 1}
    assert classes(reconciled(since=begun, until=begun + day)) == {"matched": 2, "indeterminate": 1}
    before = reconciled(since=begun - day, until=begun)
    assert classes(before) == {"indeterminate": 1}
    assert [(row["class"], row["note"]) for row in before.told] == [
        ("indeterminate", "its time cannot be read or has no zone: it may be of any period")
    ]
    assert before.describe(begun - day, begun)["around"] == []
    assert [row["class"] for row in before.rows] == ["around_portal"], "as detectors are told of it"


def test_the_public_page_shows_what_has_no_decision_id(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 2)
    header = "id,userId,searchDate,networkCount,reason".split(",")
    at = searched[0].at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    rows = [[str(uuid.uuid4()), "***", at, "1", gateway_row(one)[6]] for one in searched[:1]]
    rows.append([str(uuid.uuid4()), "***", at, "631", "Stolen"])
    bring_in(csv_text(rows, header=header), kind="portal")
    assert classes(reconciled()) == {"matched": 1, "around_portal": 1}


def test_plates_of_an_ended_epoch_are_compared_with_an_auditors_key_and_only_then(agency, bring_in, reconciled):
    [old] = agency.search(Ask())
    agency.clock.on(days=70)
    agency.search(Ask())
    row = gateway_row(old, plate="OTHER12")
    bring_in(csv_text([row]))
    assert classes(reconciled()) == {"matched": 1}
    bring_in(csv_text([row]), key=AUDITOR.private)
    assert classes(reconciled()) == {"altered": 1}


def test_what_no_key_at_hand_could_compare_is_told_row_by_row_and_by_an_auditors_key_compared(
    agency, bring_in, reconciled
):
    [old, denied] = agency.search(Ask(), Ask(plate="EXX1234", denied=("target_unknown",)))
    agency.clock.on(days=70)
    [new] = agency.search(Ask())
    after = denied.at + timedelta(minutes=15)
    by_interface = portal_row(after, plate="EXX1234", kind="", reason="***")
    rows = [gateway_row(old, plate="OTHER12"), portal_row(after, plate="EXX1234"), by_interface, gateway_row(new)]
    rows.append(portal_row(after, name="Robin Vale"))
    report = bring_in(csv_text(rows))
    found = reconciled()
    assert classes(found) == {"matched": 2, "around_portal": 2, "indeterminate": 1}
    assert [(row["row"], row["epoch"]) for row in found.not_compared] == [
        (2, "e000001"),
        (3, "e000001"),
        (4, "e000001"),
    ]
    assert found.describe(None, None)["not_compared"] == 3
    want = "; not compared with plates that were denied before, for want of a key"
    assert {row["row"]: row["note"].endswith(want) for row in found.rows} == {3: True, 4: False, 6: False}
    assert (report["plates_without_key"], report["keys_from"] > stamp_iso(after)) == (4, True)
    report = bring_in(csv_text(rows), key=AUDITOR.private)
    found = reconciled()
    assert (found.not_compared, report["plates_without_key"]) == ((), 0)
    assert classes(found) == {"matched": 1, "altered": 1, "around_after_denial": 2, "around_portal": 1}


def overlapping(ours, around):
    """Two exports that both tell of one row; their ids are random, so either may come first in the imports' order."""
    return csv_text([around]), csv_text([portal_row(ours.at + timedelta(minutes=5)), gateway_row(ours), around])


def import_id(content):
    return f"organization-{hashlib.sha256(content).hexdigest()[:12]}"


@pytest.mark.parametrize("comes", ["before", "after"])
def test_a_row_keeps_the_place_of_its_first_import_whichever_overlapping_export_comes_later(
    agency, bring_in, reconciled, comes
):
    ours, _ = agency.search(Ask(), Ask())
    pairs = (overlapping(ours, portal_row(ours.at + timedelta(minutes=2))) for _ in range(64))
    content, again = next(pair for pair in pairs if (import_id(pair[1]) < import_id(pair[0])) is (comes == "before"))
    first = bring_in(content)["import_id"]
    second = bring_in(again, now=NOW + timedelta(days=7))["import_id"]
    assert (second < first) is (comes == "before")
    found = {(row["class"], row["import_id"], row["row"]) for row in reconciled().rows}
    assert found == {("around_portal", first, 2), ("around_portal", second, 2), ("duplicate", second, 4)}


@pytest.mark.parametrize("keys", [(AUDITOR.private, None), (None, AUDITOR.private)], ids=["first", "last"])
def test_of_a_row_that_overlapping_exports_tell_the_one_counts_that_was_imported_with_a_key(
    agency, bring_in, reconciled, keys
):
    agency.days = 1
    plates = [f"EXX123{number}" for number in range(6)]  # of which some have a smaller hash in the epoch after theirs
    denied = agency.search(*(Ask(plate=plate, denied=("target_unknown",)) for plate in plates))
    agency.clock.on(days=2)
    [new] = agency.search(Ask())
    around = [
        portal_row(one.at + timedelta(minutes=15), plate=plate) for one, plate in zip(denied, plates, strict=True)
    ]
    for rows, key in zip((around, [*around, gateway_row(new)]), keys, strict=True):
        bring_in(csv_text(rows), key=key)
    assert classes(reconciled()) == {"matched": 1, "around_after_denial": 6, "duplicate": 6}


@pytest.mark.parametrize("reason", ["", "criminal_investigation | case 25-001234"])
def test_a_row_whose_plate_no_key_at_hand_can_compare_may_be_our_own_search_and_accuses_nobody(
    agency, bring_in, reconciled, reason
):
    old = agency.search(Ask(), Ask())
    agency.clock.on(days=70)
    [new] = agency.search(Ask())
    rows = [gateway_row(one) for one in old]
    cut = [[*row[:6], reason, *row[7:]] for row in rows]
    stranger = portal_row(old[0].at + timedelta(hours=2), kind="apiLookup", plate="ZZZ111", reason=reason)
    export = csv_text([*cut, stranger, gateway_row(new)])
    bring_in(export)
    found = reconciled()
    assert classes(found) == {"matched": 1, "indeterminate": 2, "around_credential": 1}
    undecided = [row for row in found.rows if row["class"] == "indeterminate"]
    assert {row["note"] for row in undecided} == {"its plate can only be compared with an auditor's key"}
    assert {one.decision_id for one in old} <= {of for row in undecided for of in row["may_be"]}
    bring_in(export, key=AUDITOR.private)
    assert classes(reconciled()) == {"matched": 3, "around_credential": 1}


def stamp_iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_search_hidden_behind_the_id_of_another_row_is_no_duplicate_of_it(agency, bring_in, reconciled):
    ours = [gateway_row(one) for one in agency.search(*[Ask()] * 3)]
    at = agency.searches[1].at
    later = portal_row(at + timedelta(minutes=4), id=ours[1][0])
    other_plate = portal_row(agency.searches[0].at, id=ours[0][0], plate="ZZZ999")
    report = bring_in(csv_text([*ours, ours[2], later, other_plate]))
    assert report["duplicates"] == 1
    assert classes(reconciled()) == {"matched": 3, "duplicate": 1, "around_portal": 2}


@pytest.mark.parametrize("names", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
@pytest.mark.parametrize(
    "wrong", [{"plate": "OTHER12"}, {"starts": stamp(START - timedelta(days=300))}, {"at": stamp(START)}]
)
def test_of_two_rows_with_one_id_and_decision_id_the_right_one_is_matched_and_the_other_was_altered(
    agency, bring_in, reconciled, names, wrong
):
    searched = agency.search(*[Ask()] * 3)
    right = [gateway_row(one) for one in searched]
    changed = gateway_row(searched[1], id=right[1][0], **wrong)
    bring_in(csv_text(right), name=names[0])
    bring_in(csv_text([right[0], changed, right[2]]), name=names[1])
    assert classes(reconciled()) == {"matched": 3, "altered": 1, "duplicate": 2}


def test_a_row_that_gives_the_same_search_another_decision_id_does_not_take_the_place_of_the_right_one(
    agency, bring_in, reconciled
):
    searched = agency.search(*[Ask()] * 3)
    right = [gateway_row(one) for one in searched]
    swapped = [*right[1][:6], right[2][6], *right[1][7:]]
    bring_in(csv_text([swapped, *right]))
    assert classes(reconciled()) == {"matched": 3, "around_credential": 1}


def mentions(one):
    """A search as an export may have it: as it was, changed in one thing, less told, or copied into another search."""
    right = gateway_row(one)
    same = {"id": right[0]}
    others = [
        {"plate": "OTHER12"}, {"plate": "OTHER34"}, {"plate": "***"}, {"reason": "***"}, {"reason": ""}, {"plate": "***", "reason": "***"},
        {"at": stamp(one.at + timedelta(minutes=9))}, {"at": stamp(one.at + timedelta(seconds=20))}, {"at": "***"},
        {"starts": stamp(one.at - timedelta(days=300))}, {"kind": "lookup"}, {"kind": ""}, {"networks": "7"},
        {"id": str(uuid.uuid4())}, {"id": str(uuid.uuid4()), "plate": "OTHER12"}, {"id": "", "plate": "OTHER12"},
        {"starts": "", "reason": "***"}, {"plate": "QQ*", "reason": "***"}, {"plate": "QQ*12", "reason": "***", "id": str(uuid.uuid4())},
        {"at": "***", "reason": "***"},
    ]  # fmt: skip
    return [right, *(gateway_row(one, **same | changes) for changes in others)]


def test_the_same_rows_have_the_same_classes_in_any_order_and_in_whatever_files_they_stand(
    agency, bring_in, reconciled, store
):
    asked = agency.search(
        Ask(), Ask(plate="ABC123"), Ask(plate="EXX1234", denied=("target_unknown",)), Ask(plate="ABC123")
    )
    rows = [row for one in asked for row in mentions(one)]
    rights = {
        tuple(gateway)
        for one, gateway in zip(asked, rows[:: len(rows) // len(asked)], strict=True)
        if not one.ask.denied
    }
    marks = [portal_row(asked[1].at + timedelta(minutes=one)) for one in range(3)]

    def judge(drawn, places):
        shutil.rmtree(store.folder, ignore_errors=True)
        for number, mark in enumerate(marks):
            own = [row for row, place in zip(drawn, places, strict=True) if place == number]
            bring_in(csv_text([mark, *own]), name=f"{number}.csv")
        found = reconciled()
        told = sorted(
            (one["class"], one["decision_id"] or "", one["user_id"] or "", one["note"], one["may_be"])
            for one in found.rows
        )
        return classes(found), told, found.reach

    @settings(max_examples=examples(16), suppress_health_check=SHARING_FIXTURES, deadline=None)
    @given(st.data())
    def check(data):
        drawn = data.draw(st.lists(st.sampled_from(rows), min_size=4, max_size=16))
        places = st.lists(st.integers(0, 2), min_size=len(drawn), max_size=len(drawn))
        once = judge(drawn, data.draw(places))
        assert judge(data.draw(st.permutations(drawn)), data.draw(places)) == once
        assert once[0].get("matched", 0) >= len(rights & {tuple(row) for row in drawn})

    check()


def test_a_search_of_a_period_is_judged_by_what_the_whole_export_covers(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 6)
    bring_in(csv_text([gateway_row(searched[number]) for number in (0, 1, 5)]))
    middle = {"since": searched[1].at - timedelta(minutes=1), "until": searched[4].at + timedelta(minutes=1)}
    assert classes(reconciled()) == {"matched": 3, "missing_at_vendor": 3}
    assert classes(reconciled(**middle)) == {"matched": 1, "missing_at_vendor": 3}
    assert classes(reconciled(since=searched[2].at, until=searched[4].at)) == {"missing_at_vendor": 2}


def test_a_row_beyond_the_bound_is_the_match_of_a_search_before_it_and_belongs_to_the_other_period(
    agency, bring_in, reconciled
):
    searched = agency.search(*[Ask()] * 3)
    bring_in(csv_text([gateway_row(one, reason="***") for one in searched]))
    bound = searched[1].at + timedelta(seconds=0.5)
    assert classes(reconciled(until=bound)) == {"matched": 1}
    assert classes(reconciled(since=bound)) == {"matched": 2}


def test_an_id_of_another_day_is_told_to_be_copied_in_a_reconciliation_of_this_day_alone(agency, bring_in, reconciled):
    searched = agency.search(Ask(), Ask(), step_s=5 * 86_400)
    copied = portal_row(searched[1].at, reason=gateway_row(searched[0])[6], kind="apiLookup")
    bring_in(csv_text([*map(gateway_row, searched), copied]))
    day = timedelta(days=1)
    found = reconciled(since=searched[1].at - day, until=searched[1].at + day)
    assert classes(found) == {"matched": 1, "around_credential": 1}


def test_a_row_without_a_time_that_is_told_again_belongs_to_the_period_of_its_search(agency, bring_in, reconciled):
    [one] = agency.search(Ask())
    row = gateway_row(one, at="***")
    bring_in(csv_text([row, row]))
    assert classes(reconciled()) == classes(reconciled(since=START)) == {"matched": 1, "duplicate": 1}


def test_what_is_found_of_periods_is_what_is_found_of_all_divided_by_them(agency, bring_in, reconciled, store):
    asked = agency.search(
        Ask(), Ask(plate="ABC123"), Ask(plate="EXX1234", denied=("target_unknown",)), Ask(plate="ABC123"), Ask(),
        step_s=180,
    )  # fmt: skip
    rows = [row for one in asked for row in [*mentions(one), gateway_row(one, at="2026-11-02 09:00:00")]]
    rows += [portal_row(asked[1].at + timedelta(minutes=one)) for one in range(3)]
    times = {one.decision_id: one.at for one in asked}

    def tell(found, since=None, until=None):
        """Each row that has a time, itself or by the id of its search, and lies in the period."""
        dated = [(parse_instant(row["at"]) if row["at"] else times.get(row["decision_id"]), row) for row in found.rows]
        return [row for at, row in dated if at and (not since or at >= since) and (not until or at < until)]

    @settings(max_examples=examples(24), suppress_health_check=SHARING_FIXTURES, deadline=None)
    @given(st.data())
    def check(data):
        shutil.rmtree(store.folder, ignore_errors=True)
        for number in range(2):
            bring_in(
                csv_text(data.draw(st.lists(st.sampled_from(rows), min_size=2, max_size=12))), name=f"{number}.csv"
            )
        whole = reconciled()
        first = data.draw(st.integers(-60, 1000))
        bounds = [None, *(START + timedelta(seconds=s) for s in (first, first + data.draw(st.integers(1, 300)))), None]
        matched = 0
        for since, until in itertools.pairwise(bounds):
            found = reconciled(since=since, until=until)
            matched += found.counts["matched"]
            assert tell(found) == tell(whole, since, until)
        assert matched == whole.counts["matched"]

    check()


def test_more_rows_than_the_memory_holds_are_told_with_the_remedy(tmp_path):
    store = ImportStore(folder=tmp_path, zone=UTC)
    with connect([tmp_path], memory="8MB") as connection:
        connection.execute(
            "CREATE VIEW records AS SELECT 'decision' AS event_type, uuid()::VARCHAR AS decision_id, now()::TIMESTAMP AS ts, 'allow' AS "
            "decision, NULL::BOOLEAN AS explain, NULL::VARCHAR AS opening_decision_id, 'u1' AS user_id, 'A' AS user_name, "
            "NULL::VARCHAR AS plate_hmac, NULL::VARCHAR AS plate_hmac_epoch, NULL::VARCHAR AS plate_trace, NULL::VARCHAR AS "
            "plate_trace_epoch, 'flock' AS vendor_profile, ts AS window_start, ts AS window_end, NULL::VARCHAR AS outcome, "
            "'criminal_investigation' AS purpose_code, NULL::VARCHAR AS offense_code FROM range(300000)"
        )
        with pytest.raises(ConfigurationError, match="a shorter time, with --since and --until"):
            reconcile(LedgerTable(tmp_path, connection), store, writes_id=["flock"])


def zoneless(searched):
    return searched.at.strftime("%m/%d/%Y, %I:%M:%S %p IST")


def test_searches_taken_out_of_a_file_whose_times_cannot_be_read_are_not_told_as_none_missing(
    agency, bring_in, reconciled
):
    searched = agency.search(*[Ask()] * 6)
    left = [searched[place] for place in (0, 1, 4, 5)]
    report = bring_in(csv_text([gateway_row(one, at=zoneless(one)) for one in left]))
    found = reconciled()
    assert classes(found) == {"matched": 4, "indeterminate": 2}
    assert {row["decision_id"] for row in found.told} == {one.decision_id for one in searched[2:4]}
    assert {row["note"] for row in found.told} == {
        "no row of the vendor's export tells of it, but the times of rows about then cannot be read"
    }
    assert (found.counts["missing_at_vendor"], found.shown["missing_at_vendor"]) == (0, None)
    assert found.timed == ({"import_id": report["import_id"], "rows": 4, "without_time": 4, "beyond": 4},)
    told = found.describe(None, None)
    assert (told["missing_at_vendor"], told["without_time"]) == (None, 4)


def test_the_same_file_with_times_of_a_zone_that_is_read_tells_which_searches_are_missing(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 6)
    new_york = [one.at.astimezone(ZoneInfo("America/New_York")) for one in searched]
    rows = [
        gateway_row(one, at=at.strftime("%m/%d/%Y, %I:%M:%S\u202f%p %Z"))
        for one, at in zip(searched, new_york, strict=True)
    ]
    bring_in(csv_text([rows[0], rows[1], rows[4], rows[5]]))
    found = reconciled()
    assert classes(found) == {"matched": 4, "missing_at_vendor": 2}
    assert {row["decision_id"] for row in found.told} == {one.decision_id for one in searched[2:4]}


def test_a_second_export_whose_times_are_read_leaves_nothing_of_the_first_open(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 4)
    left = [searched[0], searched[3]]
    bring_in(csv_text([gateway_row(one, at=zoneless(one)) for one in left]))
    bring_in(
        csv_text(
            [gateway_row(one, at=stamp(one.at + timedelta(seconds=n))) for n, one in zip((-1, 1), left, strict=True)]
        ),
        name="again.csv",
    )
    found = reconciled()
    assert found.shown["missing_at_vendor"] == 2
    assert {told["without_time"]: told["beyond"] for told in found.timed} == {2: 0, 0: 0}


def test_rows_without_a_time_that_lie_within_the_time_of_their_file_leave_nothing_open(agency, bring_in, reconciled):
    searched = agency.search(*[Ask()] * 3)
    rows = [gateway_row(one) for one in searched]
    rows[1][9] = zoneless(searched[1])
    bring_in(csv_text(rows))
    found = reconciled()
    assert (found.shown["missing_at_vendor"], found.timed[0]["without_time"]) == (0, 1)
    rows.append(portal_row(searched[1].at, kind="", reason="***"))
    rows[3][9] = "***"
    bring_in(csv_text(rows))
    assert reconciled().shown["missing_at_vendor"] is None
    after = NOW + timedelta(days=1)
    assert reconciled(since=after, until=after + timedelta(days=7)).timed == ()
