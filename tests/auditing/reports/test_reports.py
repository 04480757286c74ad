import csv
import html.parser
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.auditing.reports import (
    BEGINNING,
    Period,
    Person,
    TrainingRule,
    accesses,
    page,
    training,
    weekly,
    write_report,
)
from tests.auditing.ledgers import AUDITOR, START, Ask

YEAR = {"rule": TrainingRule(days=365), "find_rule": lambda _: TrainingRule(days=365)}
"""What the policy in force and every earlier one ask of a training, where nothing else is said."""
WEEK = Period(since=START, until=START + timedelta(days=7))


def table(report, name):
    return next(section.table for section in report.sections if section.table and section.table.name == name)


def rows(report, name):
    return [dict(zip(table(report, name).columns, row, strict=True)) for row in table(report, name).rows]


def figures(report):
    return {figure.label: figure.value for figure in report.figures}


@pytest.fixture
def made(reading, access):
    def make(kind, **options):
        return kind(reading(), access, period=WEEK, made_at=WEEK.until, **options)

    return make


def person(user, trained):
    return Person(user_id=user, name=user.upper(), component="HSI", office="BAL", roles="officer", trained_on=trained)


class _Page(html.parser.HTMLParser):
    """What stands in a page: tags with attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def test_weekly_counts_searches_by_day_person_and_reason(ledger, made):
    ledger.write([Ask(), Ask(person="u02", denied=("training_lapsed", "case_closed")), Ask(denied=("case_closed",))])
    ledger.clock.on(days=1)
    ledger.write([Ask(person="u02")])
    report = made(weekly)
    assert figures(report) == {
        "Searches decided": "4", "Allowed": "2", "Denied": "2", "Errors": "0", "Persons": "2", "Cases": "1", "Overdue reviews": "0",
    }  # fmt: skip
    days = {row["Day"]: (row["Allowed"], row["Denied"]) for row in rows(report, "days")}
    assert (days["2026-11-02"], days["2026-11-03"], days["2026-11-08"]) == ((1, 2), (1, 0), (0, 0))
    assert [(row["Reason"], row["Denials"]) for row in rows(report, "reasons")] == [
        ("case_closed", 2),
        ("training_lapsed", 1),
    ]
    assert rows(report, "reasons")[0]["What it means"] == "This case is closed."
    people = {row["Person"]: (row["Name"], row["Allowed"], row["Denied"]) for row in rows(report, "people")}
    assert people == {"u01": ("Avery Stone", 1, 1), "u02": ("Blake Rivera", 1, 1)}


def test_weekly_counts_a_service_that_named_nobody_as_no_person_and_tells_it_from_the_people_who_searched(ledger, made):
    ledger.write([Ask()])
    refused = {"vendor_profile": "flock", "decision": "deny", "deny_reasons": ["service_needs_person"]}
    ledger.events(("decision", refused | {"user_id": "svc-rms", "on_behalf_of": "svc-rms", "actor_kind": "service"}))
    report = made(weekly)
    assert figures(report)["Persons"] == "1"
    assert {row["Person"]: row["Name"] for row in rows(report, "people")} == {
        "u01": "Avery Stone",
        "svc-rms": "a service",
    }


def test_a_stop_is_told_in_a_report_as_no_review_that_was_missed(ledger, made):
    ledger.write([Ask(denied=("searches_stopped",)), Ask(denied=("policy_expired",))])
    told = {row["Reason"]: row["What it means"] for row in rows(made(weekly), "reasons")}
    assert told["searches_stopped"] == "Your agency has stopped every search."
    assert "as earlier versions recorded it, every search had been stopped" in told["policy_expired"]


def test_weekly_looks_only_at_its_period_and_compares_with_the_one_before(ledger, reading, access):
    ledger.write([Ask()])
    ledger.clock.now = START + timedelta(days=7)
    ledger.write([Ask(), Ask()])
    later = Period(since=START + timedelta(days=7), until=START + timedelta(days=14))
    first = weekly(reading(), access, period=later, made_at=later.until).figures[0]
    assert (first.value, first.note) == ("2", "1 in the period before")


def test_weekly_counts_a_plate_once_that_was_searched_before_and_after_the_key_of_its_hashes_changed(
    ledger, reading, access
):
    for days in (15, 13):  # the second key turns between the first one's turns
        ledger.write([Ask()])
        ledger.clock.on(days=days)
    begin = ledger.clock()
    for _ in range(4):
        ledger.clock.on(days=1)
        ledger.write([Ask(plate="FNA579"), Ask(plate="KLM482")])
    period = Period(since=begin, until=begin + timedelta(days=7))
    source = reading()
    report = weekly(source, access, period=period, made_at=period.until)
    [(epochs,)] = source.ask("SELECT count(DISTINCT plate_hmac_epoch) FROM records")
    assert epochs == 2
    assert [row["Plates"] for row in rows(report, "people")] == [2]
    [row] = rows(report, "outliers")
    assert row["What stands out"] == "2 plates on up to 4 different days"
    [people] = [section for section in report.sections if section.heading == "Who searched"]
    assert "The key of the hashes changed once in this period" in people.text


@pytest.mark.parametrize(
    ("asks", "sentence"),
    [
        ([Ask(person="u01")] * 25 + [Ask(person="u02")] * 2 + [Ask(person="u03")] * 3, "asked 25 times"),
        ([Ask(person="u01", denied=("target_unknown",))] * 5 + [Ask(person="u01")], "5 of 6 searches denied"),
        ([Ask(person="u01", denied=("target_unknown",))] * 4 + [Ask(person="u01")], "4 of 5 searches denied"),
        ([Ask(person="u01", denied=("target_unknown",))] * 4 + [Ask(person="u01")] * 3, "4 of 7 searches denied"),
        ([Ask(person="u01", case="25-001234"), Ask(person="u01", case="26-000410")], "1 plate under up to 2 different"),
    ],
)
def test_weekly_says_who_stands_out_and_how(ledger, made, asks, sentence):
    ledger.write(asks)
    [row] = rows(made(weekly), "outliers")
    assert row["Person"] == "u01"
    assert sentence in row["What stands out"]


def test_weekly_notices_one_plate_followed_over_days(ledger, made):
    for _ in range(4):
        ledger.write([Ask()])
        ledger.clock.on(days=1)
    [row] = rows(made(weekly), "outliers")
    assert row["What stands out"] == "1 plate on up to 4 different days"


def test_weekly_lists_who_read_the_record_what_was_changed_and_strangers(ledger, made):
    ledger.events(
        ("audit.read", {"reader": "alex", "what": "search", "why": "inquiry 12", "filter": {"person": "u01"}}),
        ("audit.opened", {"reader": "alex", "what": "open", "why": "inquiry 12", "filter": {"event_ids": ["a", "b"]}}),
        ("key.issued", {"operator": "root", "user_id": "u01", "key_id": "k7"}),
        ("key.renewed", {"user_id": "u01", "key_id": "k7", "new_key_id": "k8"}),
        ("policy.changed", {"policy_revision": "f" * 64, "what": "tables/usage.daily_ceiling.value: 200 -> 300"}),
        ("refusal", {"src_ip": "192.0.2.9", "deny_reasons": ["credential_missing"], "decision": "deny"}),
        ("clock.confirmed", {"operator": "root", "why": "compared with the time service"}),
        ("oversight.withdrawn", {"operator": "alex", "why": "the wrong file", "oversight": {"import_id": "i-7"}}),
        ("facts.imported", {"operator": "root", "facts_revision": "41", "rows": {"people": 3}}),
        (
            "export.gap",
            {
                "sink": "siem",
                "found": "refused",
                "chain_id": "w0",
                "first_seq": 3,
                "last_seq": 1200,
                "operator": "gateway",
            },
        ),
        ("refusals.counted", {"src_ip": "192.0.2.9", "counts": {"credential_missing": 40, "credential_invalid": 2}}),
        ("refusals.counted", {"key_id": "k8", "counts": {"too_many_requests": 3}}),
    )
    report = made(weekly)
    assert [(row["Reader"], row["Asked for"]) for row in rows(report, "reads")] == [
        ("alex", "person u01"),
        ("alex", "2 sealed records"),
    ]
    assert [(row["Event"], row["By"], row["Key"], row["What"]) for row in rows(report, "changes")] == [
        ("key.issued", "root", "k7", None),
        ("key.renewed", None, "k8", "in place of k7"),
        ("policy.changed", None, None, "tables/usage.daily_ceiling.value: 200 -> 300"),
        ("clock.confirmed", "root", None, None),
        ("oversight.withdrawn", "alex", None, "i-7"),
        ("facts.imported", "root", None, "revision 41"),
        ("export.gap", "gateway", None, "refused at siem w0 3 to 1200 (1,198 records)"),
    ]
    assert {(row["Source"], row["Reason"], row["Times"]) for row in rows(report, "strangers")} == {
        ("192.0.2.9", "credential_missing", 41),
        ("192.0.2.9", "credential_invalid", 2),
        ("key k8", "too_many_requests", 3),
    }


def test_weekly_names_allowed_searches_that_ended_without_an_answer(ledger, made):
    ledger.events(("outcome", {"outcome": "failed", "reason": "vendor_late"}), ("outcome", {"outcome": "interrupted"}))
    assert {row["Reason"]: row["Times"] for row in rows(made(weekly), "failures")} == {
        "vendor_late": 1,
        "interrupted": 1,
    }


def test_training_says_when_each_authorized_user_was_last_trained_and_who_is_lapsed(ledger, made):
    ledger.write([Ask(person="u01")])
    people = [person("u01", date(2026, 7, 25)), person("u02", date(2025, 10, 1)), person("u03", None)]
    report = made(training, people=people, **YEAR)
    standing = {row["Person"]: (row["Standing"], row["Days ago"], row["Searches"]) for row in rows(report, "users")}
    assert standing == {"u01": ("current", 107, 1), "u02": ("lapsed", 404, 0), "u03": ("none", None, 0)}
    assert figures(report)["Training current"] == "1"


@pytest.mark.parametrize(("days", "standing"), [(365, "current"), (366, "lapsed")])
def test_training_counts_to_the_last_valid_day(made, ledger, days, standing):
    ledger.write([Ask()])
    people = [person("u01", WEEK.until.date() - timedelta(days=days))]
    assert rows(made(training, people=people, **YEAR), "users")[0]["Standing"] == standing


def test_training_counts_a_denial_for_a_reason_of_the_agencys_own_that_is_about_training_and_no_other(ledger, made):
    for person, topic in (("u01", "training"), ("u02", "window"), ("u03", None)):
        ledger.write([Ask(person=person, denied=("own_code",), about={"own_code": topic} if topic else {})])
    ledger.write([Ask(person="u04", denied=("training_missing",))])
    assert sorted(row["Person"] for row in rows(made(training, people=[], **YEAR), "denied")) == ["u01", "u04"]


def test_training_lists_searches_allowed_with_lapsed_or_no_training(ledger, made):
    ledger.write([Ask(trained=date(2025, 11, 2)), Ask(trained=date(2025, 11, 1)), Ask(trained=None)])
    report = made(training, people=[], **YEAR)
    assert [row["Decision"] for row in rows(report, "lapsed")] == ["d-000002", "d-000003"]
    assert next(figure for figure in report.figures if figure.label == "With lapsed training").alarming
    assert {row["Training age"]: row["Searches"] for row in rows(report, "ages")} == {
        "0 to 91 days": 0, "92 to 182 days": 0, "183 to 273 days": 0, "274 to 365 days": 1,
        "more than 365 days": 1, "none on record": 1,
    }  # fmt: skip


def test_training_lists_searchers_who_are_not_authorized_now(ledger, made):
    ledger.write([Ask(person="u01"), Ask(person="u04")])
    report = made(training, people=[person("u01", date(2026, 7, 25))], **YEAR)
    assert [row["Person"] for row in rows(report, "not-authorized")] == ["u04"]


def test_access_holds_what_california_asks_for_each_allowed_search(ledger, made):
    ledger.write([Ask(), Ask(denied=("case_closed",))])
    [row] = rows(made(accesses, private_key=None), "accesses")
    assert row["Time (UTC)"] == "2026-11-02 08:01"
    assert (row["Username"], row["Name"], row["Organization"]) == ("u01", "Avery Stone", "HSI, BAL")
    assert (row["Plate"], row["Written reason"], row["State"]) == ("sealed", "sealed", "AR")
    assert (row["From"], row["To"]) == ("2026-10-03 08:01", "2026-11-02 08:01")
    assert (row["Purpose"], row["Case"], row["Reads"]) == ("criminal_investigation", "25-001234", 3)


def test_access_shows_plates_only_with_an_auditors_key_and_records_the_opening(ledger, made, reads):
    ledger.write([Ask()])
    [row] = rows(made(accesses, private_key=AUDITOR.private), "accesses")
    assert (row["Plate"], row["Written reason"]) == ("FNA579", "seen near the warehouse")
    assert [event for event, _ in reads.entries] == ["audit.read", "audit.opened"]


def test_access_shows_a_case_that_was_withheld_for_looking_like_a_plate_with_an_auditors_key(ledger, made):
    ledger.write([Ask(case="withheld - looks like a plate 1", typed_case="CALL-4711")])
    for key, shown in ((None, "withheld - looks like a plate 1"), (AUDITOR.private, "CALL-4711")):
        [row] = rows(made(accesses, private_key=key), "accesses")
        assert row["Case"] == shown


@pytest.mark.parametrize("kind", [weekly, training, accesses])
def test_a_report_is_on_record_before_it_is_made(ledger, made, reads, kind):
    ledger.write([Ask()])
    options = {training: {"people": [], **YEAR}, accesses: {"private_key": None}}.get(kind, {})
    made(kind, **options)
    event_type, fields = reads.entries[0]
    assert (event_type, fields["what"]) == ("audit.read", "report")
    assert fields["filter"]["period"] == "2026-11-02 08:00 to 2026-11-09 08:00 UTC"


def test_a_page_loads_nothing_runs_nothing_and_escapes_everything(ledger, made):
    ledger.write([Ask(person="u04", denied=("case_closed",))])
    shown = _Page(page(made(weekly)))
    assert "Drew Patel <b>&" in shown.text
    assert "b" not in {tag for tag, _ in shown.tags}
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in shown.tags}
    names = {name for _, attributes in shown.tags for name in attributes}
    assert not [name for name in names if name in ("src", "href") or name.startswith("on")]


def test_a_page_can_be_read_aloud(ledger, made):
    ledger.write([Ask(), Ask(denied=("case_closed",))])
    shown = _Page(page(made(weekly)))
    assert ("html", {"lang": "en"}) in shown.tags
    assert all(attributes.get("scope") == "col" for tag, attributes in shown.tags if tag == "th")
    assert [tag for tag, _ in shown.tags].count("caption") == [tag for tag, _ in shown.tags].count("table")
    assert all(attributes["aria-label"] for tag, attributes in shown.tags if tag == "svg")
    levels = [int(tag[1]) for tag, _ in shown.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}


def test_every_table_is_also_a_csv_file_and_no_cell_can_run_as_a_formula(ledger, made, tmp_path):
    ledger.write([Ask(text="=HYPERLINK(1)"), Ask(text="plain")])
    report = made(accesses, private_key=AUDITOR.private)
    write_report(report, page(report), tmp_path / "out")
    with (tmp_path / "out" / "access-accesses.csv").open() as file:
        reasons = [row["Written reason"] for row in csv.DictReader(file)]
    assert reasons == ["'=HYPERLINK(1)", "plain"]
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"access.html", "access-accesses.csv", "access-purposes.csv"}


def test_a_period_without_anything_still_makes_a_report(ledger, made):
    ledger.events(("gateway.started", {}))
    assert "None in this period." in page(made(weekly))
    assert figures(made(accesses, private_key=None))["Accesses"] == "0"


def test_what_the_gateway_refuses_at_an_address_of_its_own_is_no_search(ledger, made):
    ledger.write([Ask(person="u01")])
    refused = {"decision": "deny", "deny_reasons": ["approval_decided"], "operation": "approval.approve"}
    ledger.events(("decision", {"user_id": "u05", **refused}))
    report = made(weekly)
    assert [row["Person"] for row in rows(report, "people")] == ["u01"]
    assert (figures(report)["Searches decided"], figures(report)["Denied"]) == ("1", "0")


def test_a_period_without_a_beginning_is_told_in_words():
    until = datetime(2026, 11, 26, 12, 53, tzinfo=UTC)
    assert Period(since=BEGINNING, until=until).text == "The beginning of the record to 2026-11-26 12:53 UTC"
    assert Period(since=until - timedelta(days=1), until=until).text == "2026-11-25 12:53 to 2026-11-26 12:53 UTC"
