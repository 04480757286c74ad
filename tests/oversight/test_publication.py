"""The public report: nobody can be computed back from it, every figure can be confirmed, a change is found."""

import itertools
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import clock
from gateway.app.state import secrets_folder
from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.document import Period
from gateway.auditing.source import open_source
from gateway.cli import main
from gateway.ledger.heads import heads
from gateway.model import EMERGENCY
from gateway.oversight.publication import document, figures
from gateway.oversight.publication.document import show_figures
from gateway.oversight.publication.suppression import show_total, suppress
from gateway.oversight.publication.verification import check_against_other
from gateway.oversight.reports.watchers import readers
from tests.auditing.installation import Installation
from tests.auditing.ledgers import START, Ask, LedgerInMaking, begin_segments, delete_by_age
from tests.properties import examples

LEAST = 3
TABLES = st.lists(st.integers(0, 9), min_size=1, max_size=4)


def table(numbers):
    return [(f"c{index}", number) for index, number in enumerate(numbers)]


def worlds(shown, total):
    """Every table that would have been published as this one, its total known: what a clever reader can think possible."""
    hidden = [index for index, (_, number) in enumerate(shown) if number is None]
    known = sum(number for _, number in shown if number is not None)
    for guess in itertools.product(range(total - known + 1), repeat=len(hidden)):
        if sum(guess) != total - known:
            continue
        numbers = [number for _, number in shown]
        for index, value in zip(hidden, guess, strict=True):
            numbers[index] = value
        if suppress(table(numbers), LEAST) == shown:
            yield numbers


@settings(max_examples=examples(300))
@given(TABLES)
def test_no_hidden_number_can_be_computed_back_even_by_who_knows_the_rule(numbers):
    shown = suppress(table(numbers), LEAST)
    if shown is None:
        return
    possible = list(worlds(shown, sum(numbers)))
    for index, (_, number) in enumerate(shown):
        if number is None:
            assert len({world[index] for world in possible}) > 1


@given(TABLES)
def test_no_small_number_is_ever_shown_and_what_is_shown_is_true(numbers):
    shown = suppress(table(numbers), LEAST)
    for (_, number), true in zip(shown or [], numbers, strict=False):
        assert number is None or (number == true and (number == 0 or number >= LEAST))


@given(st.lists(st.integers(LEAST, 99), max_size=6))
def test_where_nothing_is_small_all_is_shown(numbers):
    assert suppress(table(numbers), LEAST) == table(numbers)


def test_a_total_that_is_small_is_not_shown_and_none_is():
    assert [show_total(number, 5) for number in (0, 4, 5)] == [0, None, 5]


def agencies(most):
    """Every agency with so few searches: of two purposes, refused for two reasons, in error; some allowed by approval."""
    for usual, urgent, denied, error in itertools.product(range(most + 1), repeat=4):
        if usual + urgent + denied + error > most:
            continue
        allowed = usual + urgent
        for closed, unknown in itertools.product(range(denied + 1), repeat=2):
            if closed + unknown < denied:
                continue
            for approved in range(allowed + 1):
                yield usual, urgent, denied, error, closed, unknown, approved


LABELS = {
    "by_purpose": ("criminal_investigation", EMERGENCY),
    "by_result": ("allow", "deny", "error"),
    "by_reason": ("case_closed", "target_unknown"),
    "by_ended": ("answered",),
}


def count(usual, urgent, denied, error, closed, unknown, approved):
    """What would be counted of it."""
    allowed = usual + urgent
    totals = dict.fromkeys(figures.TOTALS, 0) | {
        "searches": allowed + denied + error,
        "allowed": allowed,
        "denied": denied,
        "approvals_used": approved,
        "emergencies": urgent,
    }
    tables = {item.name: {} for item in figures.TABLES} | {
        "by_purpose": {"criminal_investigation": usual, EMERGENCY: urgent},
        "by_result": {"allow": allowed, "deny": denied, "error": error},
        "by_reason": {"case_closed": closed, "target_unknown": unknown},
        "by_ended": {"answered": allowed},
    }
    rows = {name: [(label, number) for label, number in row.items() if number] for name, row in tables.items()}
    return {"totals": totals, "tables": rows, "reconciliation": {}}


def hidden_numbers(shown, counted):
    """The numbers that are in the record and not in the report."""
    for name, item in shown["totals"].items():
        if item["number"] is None:
            yield name, counted["totals"][name]
    for name, table in shown["tables"].items():
        numbers, rows = dict(counted["tables"][name]), table["rows"]
        labels = LABELS.get(name, ()) if rows is None else [label for label, number in rows if number is None]
        yield from (((name, label), numbers.get(label, 0)) for label in labels)


def test_no_hidden_number_can_be_computed_back_from_the_other_tables_of_the_report():
    possible = {}
    for agency in agencies(8):
        counted = count(*agency)
        shown = show_figures(counted, LEAST)
        held = possible.setdefault(json.dumps(shown, sort_keys=True), {})
        for name, number in hidden_numbers(shown, counted):
            held.setdefault(name, set()).add(number)
    assert possible
    assert [name for held in possible.values() for name, numbers in held.items() if len(numbers) == 1] == []


PURPOSES = ("civil_immigration_enforcement", "criminal_investigation", "fugitive_or_warrant")


def counted_by_purpose(civil, criminal, fugitive):
    rows = {"by_purpose": dict(zip(PURPOSES, (civil, criminal, fugitive), strict=True))}
    rows["by_kind"] = {"civil": civil, "criminal": criminal + fugitive}
    totals = dict.fromkeys(figures.TOTALS, 0) | dict.fromkeys(("searches", "allowed"), civil + criminal + fugitive)
    tables = {item.name: [row for row in rows.get(item.name, {}).items() if row[1]] for item in figures.TABLES}
    return {"totals": totals, "tables": tables, "reconciliation": {}}


def test_no_hidden_number_of_a_purpose_can_be_computed_back_by_who_knows_which_kind_of_case_it_is_for():
    possible = {}
    for numbers in itertools.product(range(25), repeat=3):
        if sum(numbers) <= 24:  # the total is shown, so all that have it are here
            counted = counted_by_purpose(*numbers)
            shown = show_figures(counted, LEAST)
            held = possible.setdefault(json.dumps(shown, sort_keys=True), {})
            for label, number in shown["tables"]["by_purpose"]["rows"] or ():
                if number is None:
                    held.setdefault(label, set()).add(dict(counted["tables"]["by_purpose"])[label])
    assert any(held for held in possible.values())
    assert [name for held in possible.values() for name, numbers in held.items() if len(numbers) == 1] == []
    whole = show_figures(counted_by_purpose(30, 12, 6), LEAST)
    assert whole["tables"]["by_kind"]["rows"] == [["civil", 30], ["criminal", 18]]


def rate_of(**numbers):
    counted = {
        "totals": dict.fromkeys(figures.TOTALS, 0) | {"allowed": sum(numbers.values())},
        "tables": {item.name: [] for item in figures.TABLES},
    }
    return show_figures(counted | {"reconciliation": numbers}, 5)["reconciliation_rate"]


@pytest.mark.parametrize(
    ("agency", "reconciliation"),
    [
        ((10, 0, 1, 0, 1, 0, 0), {"matched": 10, "missing_at_vendor": 0, "around_portal": 0}),
        ((12, 0, 0, 0, 0, 0, 0), {"matched": 11, "missing_at_vendor": 1, "around_portal": 0}),
    ],
)
def test_what_the_vendor_has_of_our_searches_is_not_shown_where_it_would_say_how_large_a_hidden_number_is(
    agency, reconciliation
):
    shown = show_figures(count(*agency) | {"reconciliation": reconciliation}, LEAST)
    assert shown["reconciliation"] == {"matched": None, "missing_at_vendor": None, "around_portal": 0}
    assert shown["reconciliation_rate"] is None
    whole = show_figures(
        count(12, 0, 0, 0, 0, 0, 0) | {"reconciliation": {"matched": 12, "missing_at_vendor": 0}}, LEAST
    )
    assert whole["reconciliation"] == {"matched": 12, "missing_at_vendor": 0}


def test_the_rate_of_reconciliation_is_of_numbers_that_are_shown():
    assert rate_of(matched=95, around_portal=5, around_credential=0) == 95.0
    assert rate_of(matched=95, around_portal=4) is None
    assert rate_of() is None


def test_only_a_reconciliation_of_exactly_the_period_is_published_and_none_made_after_the_first_publication(tmp_path):
    made, format_ = LedgerInMaking(tmp_path), clock.format_instant
    period = Period(since=START - timedelta(days=30), until=START - timedelta(days=1))
    exactly = {"since": format_(period.since), "until": format_(period.until)}
    others = [{}, {"since": exactly["since"]}, {"until": exactly["until"]}]
    others += [exactly | {"since": format_(period.since - timedelta(days=1))}]

    def counted():
        with open_source(made.directory) as source:
            return figures.count_figures(source, period, heads(made.directory))["reconciliation"]

    made.events(*(("oversight.reconciled", {"oversight": {"matched": 1, **times}}) for times in others))
    assert counted() == {}
    made.events(*(("oversight.reconciled", {"oversight": {"matched": number, **exactly}}) for number in (7, 8)))
    made.events(("report.published", {"oversight": {"period": exactly}}))
    made.events(("oversight.reconciled", {"oversight": {"matched": 9, **exactly}}))
    assert counted() == {"matched": 8}


def test_a_policy_that_was_signed_or_activated_and_decided_nothing_is_not_among_those_that_decided(tmp_path):
    made = LedgerInMaking(tmp_path)
    made.write([Ask(), Ask(denied=("case_closed",))])
    made.events(("policy.signed", {"policy_revision": "f" * 64}), ("policy.activated", {"policy_revision": "e" * 64}))
    period = Period(since=START - timedelta(days=1), until=START + timedelta(days=1))
    with open_source(made.directory) as source:
        assert figures.list_revisions(source, period, heads(made.directory)) == [made.policy]


def test_a_reconciliation_made_before_the_end_of_the_period_is_not_published(tmp_path):
    made, format_ = LedgerInMaking(tmp_path), clock.format_instant
    period = Period(since=START - timedelta(days=1), until=START + timedelta(days=1))
    exactly = {"since": format_(period.since), "until": format_(period.until)}
    made.events(("oversight.reconciled", {"oversight": {"matched": 7, **exactly}}))
    with open_source(made.directory) as source:
        assert figures.count_figures(source, period, heads(made.directory))["reconciliation"] == {}


OPENED = (
    ("audit.read", {"reader": "alex", "what": "search", "why": "IG 7", "filter": {"case": "25-1"}}),
    *[("audit.opened", {"reader": "alex", "what": "open", "why": "IG 7", "filter": {"event_ids": ["e1"] * 500}})] * 2,
)
"""What one `audit open` of a thousand records leaves on record."""


def test_a_reading_counts_once_in_a_public_report_and_among_readers_whatever_was_opened_in_it(tmp_path):
    made = LedgerInMaking(tmp_path)
    made.events(*OPENED)
    period = Period(since=START - timedelta(days=1), until=START + timedelta(days=1))
    with open_source(made.directory) as source:
        assert figures.count_figures(source, period, heads(made.directory))["totals"]["record_reads"] == 1
        [row] = readers(Counting(source, period)).table.rows
        assert row[:3] == ("alex", 1, 1000)


@pytest.fixture(scope="module")
def publishing(tmp_path_factory):
    """An installation that has published, not to be changed."""
    installed = Installation(tmp_path_factory.mktemp("publishing")).set_up()
    installed.search(
        *[Ask()] * 12, *[Ask(person="u02", purpose="fugitive_or_warrant")] * 2, *[Ask(denied=("case_closed",))] * 7
    )
    installed.run("oversight", "run")
    publish(installed, installed.folder / "public")
    return installed


@pytest.fixture
def published(publishing, tmp_path):
    """A copy of it, and the folder of what it published."""
    return publishing.copy_to(tmp_path), tmp_path / "public"


def publish(installed, out, *, days=2):
    end = time.time() // 1 + 1
    while time.time() < end:  # a period ends with a whole second, and what was just recorded is to be in it
        time.sleep(0.02)
    until = datetime.now(UTC)
    since = (until - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return installed.invoke(
        "oversight", "publish", "--since", since, "--until", until.strftime("%Y-%m-%dT%H:%M:%SZ"), "--out", out
    )


def verify(installed, out, *more):
    ledger = installed.settings.audit.directory
    arguments = [
        "oversight",
        "verify-report",
        str(out / "public-report.json"),
        "--ledger",
        str(ledger),
        *map(str, more),
        "--json",
    ]
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, json.loads(result.stdout)


def test_an_inspector_with_the_ledger_confirms_every_figure(published):
    installed, out = published
    code, told = verify(installed, out)
    assert (code, told["problems"]) == (0, [])
    assert told["checked"] == ["form", "signature", "ledger"]
    assert told["not_checked"] == []


def test_a_report_of_before_which_shows_kinds_of_case_beside_hidden_purposes_is_confirmed_as_it_was(
    tmp_path, monkeypatch
):
    installed = Installation(tmp_path / "agency").set_up()
    installed.search(*[Ask()] * 12, *[Ask(purpose="fugitive_or_warrant")] * 2)
    with monkeypatch.context() as before:
        before.setattr(document, "PARTED_ALIKE", ())
        publish(installed, tmp_path / "public")
    shown = json.loads((tmp_path / "public" / "public-report.json").read_text())["tables"]
    assert shown["by_kind"]["rows"] is not None
    code, told = verify(installed, tmp_path / "public")
    assert (code, told["problems"]) == (0, [])


def test_a_good_form_alone_says_what_was_not_checked_and_a_folder_without_a_ledger_is_none(published, tmp_path):
    _, out = published
    check = ["oversight", "verify-report", str(out / "public-report.json")]
    told = CliRunner().invoke(main, check).stdout
    assert "not_checked: who published it" in told
    assert "not_checked: whether the figures are true" in told
    (tmp_path / "empty").mkdir()
    refused = CliRunner().invoke(main, [*check, "--ledger", str(tmp_path / "empty")])
    assert (refused.exit_code, "holds no ledger" in refused.stderr) == (2, True)


def test_a_report_of_before_which_counts_openings_as_readings_of_their_own_is_confirmed_by_the_title_it_has(published):
    installed, out = published
    path = out / "public-report.json"
    report = json.loads(path.read_text())
    report["totals"]["record_reads"]["title"] = "Times that the record itself was read"
    path.write_text(json.dumps(report))
    _, told = verify(installed, out)
    assert not any("record_reads" in problem for problem in told["problems"])


def test_a_report_of_before_which_counts_findings_that_were_withdrawn_is_confirmed_by_the_titles_it_has(published):
    installed, out = published
    path = out / "public-report.json"
    report = json.loads(path.read_text())
    report["totals"]["findings"]["title"] = "Patterns that detectors found"
    report["tables"]["by_detector"]["title"] = "Findings by detector"
    path.write_text(json.dumps(report))
    _, told = verify(installed, out)
    assert not any("findings" in problem or "by_detector" in problem for problem in told["problems"])


def test_small_numbers_and_their_neighbours_are_not_in_it(published):
    _, out = published
    report = json.loads((out / "public-report.json").read_text())
    assert report["totals"]["searches"]["number"] == 21
    rows = report["tables"]["by_purpose"]["rows"]
    assert rows is None or all(number is None for _, number in rows)


def test_a_total_that_contradicts_its_row_is_found_by_the_page_alone(published):
    _, out = published
    path = out / "public-report.json"
    report = json.loads(path.read_text())
    assert report["totals"]["denied"]["number"] == 7
    report["totals"]["denied"]["number"] = 6
    path.write_text(json.dumps(report))
    told = CliRunner().invoke(main, ["oversight", "verify-report", str(path), "--json"])
    assert "totals: denied is 6, and by_result says 7 of deny" in json.loads(told.stdout)["problems"]


def test_a_report_whose_period_began_before_the_record_says_when_that_begins_and_a_ledger_confirms_it(published):
    installed, out = published
    path = out / "public-report.json"
    report = json.loads(path.read_text())
    begins = report["record_begins"]
    assert report["period"]["since"] < begins < report["period"]["until"]
    assert f"The record begins {begins[:16].replace('T', ' ')} UTC." in (out / "public-report.html").read_text()
    path.write_text(json.dumps(report | {"record_begins": begins.replace(begins[:4], "2020")}))
    assert "record_begins is not what the ledger says" in verify(installed, out)[1]["problems"]


def test_of_a_period_before_the_record_began_nothing_is_published(published, tmp_path):
    installed, _ = published
    early = ("--since", "2020-01-01", "--until", "2021-01-01", "--out", tmp_path / "early")
    refused = installed.invoke("oversight", "publish", *early)
    assert (refused.exit_code, (tmp_path / "early").exists()) == (2, False)
    assert "Of a period before that there is nothing to publish." in refused.stderr


def test_the_folder_of_a_report_in_the_place_of_its_data_is_told_with_the_file_to_name(published):
    result = CliRunner().invoke(main, ["oversight", "verify-report", str(published[1])])
    assert result.exit_code == 2
    assert f"is a folder: name the data of the report, {published[1] / 'public-report.json'}" in result.stderr


def test_a_figure_that_was_changed_is_found_by_the_signature_and_by_the_ledger(published):
    installed, out = published
    path = out / "public-report.json"
    report = json.loads(path.read_text())
    report["totals"]["searches"]["number"] = 20
    path.write_text(json.dumps(report))
    alone = CliRunner().invoke(main, ["oversight", "verify-report", str(path)])
    assert (alone.exit_code, "by_result adds up to 21, and not to its total of 20" in alone.output) == (1, True)
    code, told = verify(installed, out)
    assert code == 1
    assert any("changed after it was signed" in problem for problem in told["problems"])
    assert "totals: searches is not what the ledger says" in told["problems"]


def test_what_is_recorded_later_changes_nothing_that_was_published(published):
    installed, out = published
    installed.search(*[Ask()] * 5)
    assert verify(installed, out)[0] == 0


def test_who_publishes_a_period_again_is_told_when_it_was_published_first(published, tmp_path):
    installed, out = published
    period = json.loads((out / "public-report.json").read_text())["period"]
    bounds = ("--since", period["since"], "--until", period["until"])
    again = installed.invoke("oversight", "publish", *bounds, "--out", tmp_path / "again")
    first = installed.recorded("report.published")[0]["ts"]
    assert (again.exit_code, f"this period was published before, on {first}" in again.stderr) == (0, True)


def test_two_reports_of_one_period_that_differ_contradict_each_other(published, tmp_path):
    _, out = published
    other = json.loads((out / "public-report.json").read_text())
    other["totals"]["allowed"]["number"] = 77
    (tmp_path / "other.json").write_text(json.dumps(other))
    named = [str(out / "public-report.json"), "--against", str(tmp_path / "other.json"), "--json"]
    result = CliRunner().invoke(main, ["oversight", "verify-report", *named])
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told["problems"] == ["totals: allowed differs between two reports of one period"]
    assert "who published the other report, and whether it was changed since: give --trust" in told["not_checked"]


@pytest.mark.parametrize(
    ("note", "told"), [(True, "the signature is of other data"), (False, "beside the report is no signed note")]
)
def test_a_forged_report_is_told_as_that_and_accuses_no_genuine_one_of_contradicting_it(
    published, tmp_path, note, told
):
    installed, out = published
    other = json.loads((out / "public-report.json").read_text())
    other["totals"]["allowed"]["number"] = 77
    (tmp_path / "other.json").write_text(json.dumps(other))
    if note:
        (tmp_path / "other.note").write_text((out / "public-report.note").read_text())
    code, found = verify(installed, out, "--against", tmp_path / "other.json")
    [problem] = found["problems"]
    assert (code, problem.startswith(f"{tmp_path / 'other.json'}: {told}")) == (1, True)
    assert found["checked"] == ["form", "signature", "ledger", "signature of the other report"]


def altered(report, **changes):
    return json.loads(json.dumps(report)) | changes


def test_reports_contradict_each_other_in_any_number_in_a_part_of_the_period_and_by_their_checkpoints(published):
    report = json.loads((published[1] / "public-report.json").read_text())
    assert check_against_other(report, report) == []
    told = altered(report)
    told["tables"]["by_office"]["rows"][0][1] = 8
    assert check_against_other(report, told) == ["tables: by_office: BAL differs between two reports of one period"]
    part = altered(told, period=report["period"] | {"since": "2026-11-25T00:00:00.000Z"})
    part["tables"]["by_office"]["rows"][0][1] = 88
    assert check_against_other(altered(report, period=WIDE), altered(part, period=NARROW)) == [
        "tables: by_office: BAL is larger in a part of the period than in the whole"
    ]
    forked = altered(report, checkpoint=report["checkpoint"] | {"digest": "0" * 64}, period=LATER)
    assert check_against_other(altered(report, period=NARROW), forked) == [
        f"checkpoint {report['checkpoint']['number']} is another in the other report: they were made from two different records"
    ]


WIDE = {"since": "2026-01-01T00:00:00.000Z", "until": "2026-12-01T00:00:00.000Z"}
NARROW = {"since": "2026-02-01T00:00:00.000Z", "until": "2026-03-01T00:00:00.000Z"}
LATER = {"since": "2026-03-01T00:00:00.000Z", "until": "2026-04-01T00:00:00.000Z"}


def test_the_other_report_must_be_signed_too(published, tmp_path):
    installed, out = published
    (tmp_path / "other.json").write_text((out / "public-report.json").read_text())
    code, told = verify(installed, out, "--against", tmp_path / "other.json")
    assert (code, told["problems"]) == (
        1,
        [
            f"{tmp_path / 'other.json'}: beside the report is no signed note of its name, ending in .note: who published it cannot be told"
        ],
    )
    (tmp_path / "other.note").write_text((out / "public-report.note").read_text())
    assert verify(installed, out, "--against", tmp_path / "other.json")[0] == 0


def test_the_rules_in_force_stand_in_it_in_words_with_their_digests(published):
    report = json.loads((published[1] / "public-report.json").read_text())
    says = {rule["code"]: rule["says"] for rule in report["rules_in_force"]["refused_where"]}
    assert says["training_lapsed"] == "Your LPR training is too old."
    assert all(len(rule["sha256"]) == 64 for rule in report["rules_in_force"]["refused_where"])
    assert len(report["rules_in_force"]["revision"]) == 64


def test_a_period_that_overlaps_a_published_one_is_refused(published, tmp_path):
    installed, _ = published
    told = publish(installed, tmp_path / "again", days=1)
    assert told.exit_code == 2
    assert "overlapping periods" in told.output


def test_what_was_deleted_by_age_makes_no_report_false_and_nothing_is_published_of_the_rest(published, tmp_path):
    installed, out = published
    begin_segments(installed.settings.audit.directory)
    delete_by_age(installed.settings.audit.directory, secrets_folder(installed.settings))
    code, told = verify(installed, out)
    assert (code, len(told["problems"])) == (1, 1)
    assert "cannot be counted again from this ledger. Records of before" in told["problems"][0]
    again = publish(installed, tmp_path / "again")
    assert (again.exit_code, "a period that is not whole" in again.output) == (2, True)
    searched = installed.invoke("audit", "search", "--decision", "gone", "--why", "complaint")
    assert (searched.exit_code, "were deleted by their age" in searched.output) == (2, True)


def test_no_person_case_or_plate_is_in_any_file_of_it(published):
    _, out = published
    for path in out.iterdir():
        text = path.read_text()
        assert not any(word in text for word in ("u01", "u02", "Avery", "25-001234", "FNA579"))
