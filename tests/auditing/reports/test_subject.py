from datetime import timedelta

from gateway.auditing.plate_hashes import look_up
from gateway.auditing.reports import Period, page, subject
from gateway.auditing.search import Criteria
from gateway.auditing.source import open_source
from gateway.auditing.unsearched import tell_unsearched
from tests.auditing.ledgers import AUDITOR, START, Ask

ASKS = [Ask(), Ask(person="u02", plate="KLM482"), Ask(denied=("training_lapsed",)), Ask(person="u02")]


def made(ledger, reading, access, kind, criteria, **more):
    period = Period(since=START, until=ledger.clock.now + timedelta(minutes=1))
    return subject(
        reading(), access, kind=kind, criteria=criteria, period=period, made_at=START, **{"private_key": None} | more
    )


def table(report, name):
    return next(section.table for section in report.sections if section.table.name == name)


def test_a_persons_report_has_every_record_of_them_and_of_nobody_else(ledger, reading, access):
    ledger.write(ASKS)
    report = made(ledger, reading, access, "person", Criteria(person="u01"))
    rows = table(report, "records").rows
    assert len(rows) == 3
    assert {row[2] for row in rows} == {"u01"}
    assert [row[5] for row in rows] == ["allow", "answered", "deny"]
    assert "training_lapsed" in rows[-1][6]
    assert {row[12] for row in rows if row[1] == "decision"} == {"sealed"}


def test_of_a_subject_whose_only_record_is_damaged_it_is_not_said_that_nothing_is_on_record(ledger, reading, access):
    ledger.write(ASKS)
    plates = look_up("KLM482", directory=ledger.directory, secrets=ledger.secrets)
    for path in ledger.directory.glob("w*/*.jsonl"):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(line.replace(b'"user_id":"u02"', b'"user_id":"u09"') for line in lines))
    extent = made(ledger, reading, access, "plate", Criteria(plates=plates.hashes)).extent
    assert (
        extent
        == "Nothing that could be read is on record of it, and not everything could: see what was left out, below."
    )


def test_a_persons_report_has_what_others_did_about_them_with_the_role_of_each(ledger, reading, access):
    ledger.write(ASKS[:1])
    ledger.events(
        (
            "emergency.reviewed",
            {"user_id": "u07", "about": "d-000001", "searched_by": "u01", "outcome": "not_justified"},
        ),
        ("decision", {"decision": "deny", "user_id": "svc", "claimed_user_id": "u01", "vendor_profile": "flock"}),
    )
    report = made(ledger, reading, access, "person", Criteria(person="u01"))
    rows = [(row[1], row[2], row[4], row[5]) for row in table(report, "records").rows]
    assert ("emergency.reviewed", "u07", "searched: u01", "not_justified") in rows
    assert ("decision", "svc", "claimed to be: u01", "deny") in rows
    assert {item.label: item.value for item in report.figures}["Searches decided"] == "1", "the service's is not theirs"


def test_a_plates_report_shows_who_searched_it_and_with_a_key_what_was_sealed(ledger, reading, access):
    ledger.write(ASKS)
    plates = look_up("FNA579", directory=ledger.directory, secrets=ledger.secrets)
    report = made(ledger, reading, access, "plate", Criteria(plates=plates.hashes), private_key=AUDITOR.private)
    rows = table(report, "records").rows
    assert {row[2] for row in rows} == {"u01", "u02"}
    assert {row[12] for row in rows if row[1] == "decision"} == {"FNA579"}
    answered = [(row[5], row[14] is not None) for row in rows if row[1] == "outcome"]
    assert answered == [("answered", True)] * 2  # how it ended, and how many reads were given out
    assert "FNA579" in page(report)


def test_a_plates_report_says_how_many_requests_were_refused_before_a_plate_was_read_of_them(ledger, reading, access):
    ledger.write(ASKS)
    unread = {"decision": "deny", "user_id": "u01", "vendor_profile": "flock", "deny_reasons": ["request_bad_time"]}
    ledger.events(
        ("decision", unread),
        ("decision", unread | {"user_id": "u02"}),
        ("decision", unread | {"explain": True}),
        ("decision", unread | {"vendor_profile": None, "operation": "approval.request"}),
        ("decision", unread | {"vendor_profile": None, "operation": "decision.list"}),
        (
            "decision",
            unread | {"vendor_profile": None, "operation": "approval.request", "deny_reasons": ["approval_role"]},
        ),
    )
    plates = look_up("FNA579", directory=ledger.directory, secrets=ledger.secrets)
    report = made(ledger, reading, access, "plate", Criteria(plates=plates.hashes))
    assert any(
        told.startswith("not searched: 4 requests of this time, refused for the form") for told in report.lacking
    )
    alone = tell_unsearched(reading(), Criteria(case="25-001234", person="u02"))
    assert [told.startswith("not searched: 1 request of this time") for told in alone] == [True]


def test_of_a_request_that_was_read_in_part_it_counts_what_of_it_was_not(ledger, reading):
    refused = {"decision": "deny", "user_id": "u02", "vendor_profile": "flock", "facts_revision": None}
    ledger.events(
        ("decision", refused | {"deny_reasons": ["case_ambiguous"], "plate_hmac": "h", "case_number": None}),
        ("decision", refused | {"deny_reasons": ["request_bad_time"], "plate_hmac": None, "case_number": "25-009"}),
    )
    by_case = tell_unsearched(reading(), Criteria(case="25-001234"))
    by_plate = tell_unsearched(reading(), Criteria(plates=("x",)))
    for told in (by_case, by_plate):
        assert [one.startswith("not searched: 1 request of this time") for one in told if "for the form" in one] == [
            True
        ]


def test_what_was_refused_at_an_address_of_the_gateways_own_is_no_search_and_no_case(ledger, reading, access):
    ledger.write([Ask(), Ask(denied=("training_lapsed",))])
    refused = {"decision": "deny", "user_id": "u01", "case_number": None, "operation": "approval.approve"}
    ledger.events(("decision", refused))
    figures = {
        item.label: item.value for item in made(ledger, reading, access, "person", Criteria(person="u01")).figures
    }
    assert (figures["Searches decided"], figures["Denied"], figures["Cases"]) == ("2", "1", "1")


def test_who_looked_the_person_up_is_in_the_report(ledger, reading, access):
    ledger.write(ASKS)
    ledger.events(("audit.read", {"reader": "alex", "what": "search", "why": "inquiry 9", "filter": {"person": "u01"}}),
                ("audit.read", {"reader": "sam", "what": "search", "why": "other", "filter": {"person": "u02"}}))  # fmt: skip
    rows = table(made(ledger, reading, access, "person", Criteria(person="u01")), "lookups").rows
    assert [row[1:] for row in rows] == [("alex", "search", "inquiry 9")]


def test_who_asked_for_the_person_by_name_or_in_capitals_is_in_the_report_too(ledger, reading, access):
    ledger.events(("decision", {"decision": "deny", "user_id": "u03", "user_name": "Casey Nguyen"}))
    ways = ("U03", "Casey Nguyen", "nguyen", "Nguyen, Casey", "u033", "Casey Stone", "---")
    ledger.events(
        *(("audit.read", {"reader": "alex", "what": way, "why": "x", "filter": {"person": way}}) for way in ways)
    )
    rows = table(made(ledger, reading, access, "person", Criteria(person="u03")), "lookups").rows
    assert [row[2] for row in rows] == ["U03", "Casey Nguyen", "nguyen", "Nguyen, Casey"]


def test_who_opened_what_is_sealed_about_the_person_is_in_the_report_with_the_reason_whatever_was_asked_for(
    ledger, reading, access
):
    ledger.write(ASKS)
    with open_source(ledger.directory) as source:
        found = source.ask("SELECT user_id, event_id FROM records WHERE event_type = 'decision' ORDER BY seq")
    theirs, others = ([event for user, event in found if (user == "u01") is own] for own in (True, False))
    opened = {"reader": "alex", "what": "open", "why": "inquiry 9"}
    ledger.events(("audit.opened", opened | {"filter": {"event_ids": [theirs[0], *others]}}),
                  ("audit.opened", opened | {"filter": {"event_ids": others}}))  # fmt: skip
    rows = table(made(ledger, reading, access, "person", Criteria(person="u01")), "lookups").rows
    assert [row[1:] for row in rows] == [("alex", "opened 1 record", "inquiry 9")]


def test_the_report_on_a_plate_lists_every_reading_that_asked_for_one(ledger, reading, access):
    ledger.write(ASKS)
    ledger.events(("audit.read", {"reader": "alex", "what": "search", "why": "inquiry 9", "filter": {"plates": True}}),
                ("audit.read", {"reader": "sam", "what": "search", "why": "other", "filter": {"person": "u02"}}))  # fmt: skip
    plates = look_up("FNA579", directory=ledger.directory, secrets=ledger.secrets)
    report = made(ledger, reading, access, "plate", Criteria(plates=plates.hashes))
    assert [row[1:] for row in table(report, "lookups").rows] == [("alex", "search", "inquiry 9")]
    assert "any of these readings may have been of this one" in page(report)
    assert "this person" not in page(report)


def test_the_report_is_on_record_and_names_no_plate(ledger, reading, access, reads):
    ledger.write(ASKS)
    plates = look_up("FNA579", directory=ledger.directory, secrets=ledger.secrets)
    made(ledger, reading, access, "plate", Criteria(plates=plates.hashes))
    [(_, fields)] = reads.entries
    assert fields["filter"] == {"report": "plate", "opened": False, "plates": True}


def test_a_question_whether_a_search_would_be_allowed_is_marked_in_a_plates_report_as_what_it_was(
    ledger, reading, access
):
    ledger.write([Ask(explain=True, answered=False)])
    plates = look_up("FNA579", directory=ledger.directory, secrets=ledger.secrets)
    report = made(ledger, reading, access, "plate", Criteria(plates=plates.hashes))
    assert [row[5] for row in table(report, "records").rows] == ["allow, only asked"]
    assert {item.label: item.value for item in report.figures}["Searches decided"] == "0"
    assert "nothing was sent to a vendor" in page(report)


def test_refusals_counted_for_a_persons_key_are_in_the_persons_report_with_their_numbers(ledger, reading, access):
    ledger.events(
        ("key.issued", {"operator": "alex", "key_id": "k11", "user_id": "u01"}),
        ("refusals.counted", {"key_id": "k11", "counts": {"too_many_requests": 9}}),
    )
    rows = table(made(ledger, reading, access, "person", Criteria(person="u01")), "records").rows
    assert [row[6] for row in rows] == ["", "too_many_requests 9"]
    assert rows[1][7]
