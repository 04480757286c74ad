"""Entries of tables that nothing reads, on copies of the shipped policy."""

import re
from pathlib import Path

import pytest

from gateway.pdp.check.policies import check_policies
from gateway.pdp.check.unfit_values import unfit_value_findings
from gateway.pdp.check.unread_entries import NOTES, unknown_findings, unread_findings

POLICIES = Path(__file__).parents[3] / "policies"
SOURCED = '  value: 90\n  source: "Board"\n  confidence: cited\n'


def add(copied, topic, text):
    path = copied / "tables" / topic / "data.yaml"
    path.parent.mkdir(exist_ok=True)
    before = path.read_text() if path.exists() else ""
    path.write_text(before + text)
    return before.count("\n") + 1


def test_of_the_shipped_tables_every_entry_is_read():
    assert list(unread_findings(POLICIES)) == []


@pytest.mark.parametrize(
    ("topic", "text", "below", "told"),
    [
        ("retention", f"hotel_lookback_days:\n{SOURCED}", 0, "hotel_lookback_days"),
        ("usage", f"weekly_ceiling:\n{SOURCED}", 0, "weekly_ceiling"),
        ("purposes", "fraud:\n  components: [HSI]\n  most_per_day: 3\n", 2, "fraud.most_per_day"),
        ("audit", f"search_days:\n{SOURCED}", 0, "search_days"),
        ("mileage", f"most:\n{SOURCED}", 0, "mileage"),
    ],
)
def test_an_entry_that_no_rule_reads_is_told_at_its_line(copied, topic, text, below, told):
    line = add(copied, topic, text) + below
    [finding] = unread_findings(copied)
    assert (finding.line, finding.sentence.split("`")[1]) == (line, told)


@pytest.mark.parametrize(
    "entry",
    [
        "lookback_days: 90",
        "roles: [supervisor]",
        "operations: [plate.search]",
        "max_reads: 20",
        "most_in_24_hours: 2",
        "daily_ceiling: 20",
        "office: [HARB]",
        "max_hours: 4",
    ],
)
def test_a_limit_for_one_purpose_is_told_though_another_table_has_one_of_that_name(copied, entry):
    line = add(copied, "purposes", f"fraud:\n  components: [HSI]\n  {entry}\n") + 2
    [finding] = unread_findings(copied)
    assert (finding.line, finding.sentence.split("`")[1]) == (line, f"fraud.{entry.partition(':')[0]}")


@pytest.mark.parametrize(
    ("topic", "below", "entry"),
    [
        ("purposes", "civil_immigration_enforcement:", "max_lookback_days: 60"),
        ("purposes", "civil_immigration_enforcement:", "expires: 2026-12-31"),
        ("purposes", "civil_immigration_enforcement:", "until: 2026-12-31T08:00:00Z"),
        ("purposes", "civil_immigration_enforcement:", "until: 31.12.2026"),
        ("purposes", "civil_immigration_enforcement:", 'at_most: "60 days"'),
        ("purposes", "civil_immigration_enforcement:", "kinds: criminal"),
        ("purposes", "civil_immigration_enforcement:", "office: HSI"),
        ("purposes", "civil_immigration_enforcement:", 'open: "yes"'),
        ("purposes", "civil_immigration_enforcement:", "note: 60"),
        ("training", "max_age_days:", "valid_until: 2026-12-31"),
        ("retention", "civil_lookback_days:", "valid_until: 2026-12-31"),
        ("retention", "civil_lookback_days:", "emergency_value: 3"),
        ("operations", "plate.search:", "purposes: [other]"),
    ],
)
def test_a_setting_beside_those_that_are_read_is_told_also_as_a_day_or_a_word(copied, topic, below, entry):
    path = copied / "tables" / topic / "data.yaml"
    path.write_text(path.read_text().replace(f"\n{below}\n", f"\n{below}\n  {entry}\n"))
    [finding] = unread_findings(copied)
    assert finding.sentence.split("`")[1] == f"{below.rstrip(':')}.{entry.partition(':')[0]}"
    assert path.read_text().splitlines()[finding.line - 1].strip() == entry


def test_a_setting_of_a_reason_of_ones_own_that_nothing_reads_is_told(copied):
    told = '  sentence: "It is so."\n  remedy: "Ask."\n  told_as: itself\n  about: case\n'
    path = copied / "tables" / "reasons" / "data.yaml"
    path.write_text(f'own_reason:\n{told}  source: "Board"\n  confidence: cited\n  expires: 2026-12-31\n')
    [finding] = unread_findings(copied)
    assert (finding.line, finding.sentence.split("`")[1]) == (8, "own_reason.expires")


@pytest.mark.parametrize("entry", ["note: hello", "note: 2026-12-31", 'kept_for: "See the board of June."'])
def test_a_note_to_people_is_not_told(copied, entry):
    add(copied, "purposes", f"fraud:\n  components: [HSI]\n  {entry}\n")
    assert list(unread_findings(copied)) == []


def test_the_page_for_the_privacy_office_lists_what_a_note_is_called():
    [listed] = re.findall(r"A note to people is called ([^:]+):", (POLICIES / "README.md").read_text())
    assert {*re.findall(r"`(\w+)`", listed)} == NOTES


@pytest.mark.parametrize("entry", ["civil_lookback_days", "hourly_ceiling", "max_age_days"])
def test_an_entry_in_another_table_than_the_one_that_is_read_is_told(copied, entry):
    add(copied, "approvals", f"{entry}:\n{SOURCED}")
    assert [finding.sentence.split("`")[1] for finding in unread_findings(copied)] == [entry]


@pytest.mark.parametrize(
    "rules",
    [
        {"purpose/own.rego": "package lpr.purpose\n\nmost := data.tables.purposes[input.query.purpose].most_days\n"},
        {
            "own/own.rego": "package lpr.own\n\nlisted := data.tables.purposes[input.query.purpose]\n",
            "hotel/hotel.rego": "package lpr.hotel\n\nenough if data.lpr.own.listed.most_days > 3\n",
        },
        {
            "own/own.rego": "package lpr.own\n\nenough if data.lpr.hotel.within(data.tables.purposes.fraud)\n",
            "hotel/hotel.rego": "package lpr.hotel\n\nwithin(listed) if listed.most_days > 3\n",
        },
    ],
)
def test_an_entry_that_is_read_through_another_rule_or_a_function_is_not_told(copied, rules):
    add(copied, "purposes", "fraud:\n  components: [HSI]\n  most_days: 3\n")
    for name, text in rules.items():
        path = copied / "lpr" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert list(unread_findings(copied)) == []


@pytest.mark.parametrize(
    "rule", ["x := data.tables.retention.hotel_days.value", "x := data.tables.retention[input.query.purpose].value"]
)
def test_an_entry_that_a_rule_reads_or_may_read_and_a_note_are_not_told(copied, rule):
    add(copied, "retention", f'hotel_days:\n{SOURCED}remark: "see the memorandum"\n')
    (copied / "lpr" / "hotel.rego").write_text(f"package lpr.hotel\n\n{rule}\n")
    assert list(unread_findings(copied)) == []


def test_the_shipped_rules_read_no_entry_that_is_not_there():
    assert list(unknown_findings(POLICIES)) == []


def test_an_entry_that_a_rule_reads_and_no_table_has_is_told_at_the_rules_line_with_the_one_that_was_meant(copied):
    path = copied / "lpr" / "training" / "training.rego"
    path.write_text(path.read_text().replace("training.max_age_days.value", "training.max_age_day.value"))
    [finding] = unknown_findings(copied)
    assert "data.tables.training.max_age_day.value" in path.read_text().splitlines()[finding.line - 1]
    told = "The table `training` has no `max_age_day`, so this never holds. Did you mean `max_age_days`?"
    assert (finding.file, finding.sentence) == ("lpr/training/training.rego", told)


def test_a_value_that_a_rule_misspells_is_told_at_the_rules_line_and_not_asked_for_in_the_table(copied):
    path = copied / "lpr" / "training" / "training.rego"
    path.write_text(path.read_text().replace("training.max_age_days.value", "training.max_age_days.vale"))
    [finding] = unknown_findings(copied)
    told = "`max_age_days` of the table `training` has no `vale`, so this never holds. Did you mean `value`?"
    assert (finding.file, finding.sentence) == ("lpr/training/training.rego", told)
    add(copied, "retention", f"hotel_days:\n{SOURCED}")
    rule = "package lpr.hotel\n\nfits if {\n\tis_number(data.tables.retention.hotel_days.valu)\n}\n"
    (copied / "lpr" / "hotel.rego").write_text(rule)
    assert not [one for one in unfit_value_findings(copied) if "valu`" in one.sentence]


@pytest.mark.parametrize(
    ("read", "told"),
    [
        ("data.tables.retenton.span_days.value", "`retenton` (tables/retenton/data.yaml), so this never holds. Did you mean `retention`?"),
        ("data.tables.usge[input.query.purpose]", "`usge` (tables/usge/data.yaml), so this never holds. Did you mean `usage`?"),
        ("data.tables.hotels", "`hotels` (tables/hotels/data.yaml), so this never holds."),
    ],
)  # fmt: skip
def test_a_table_that_is_not_there_is_told_alone_at_the_rule_that_reads_it(with_line, read, told):
    copied = with_line(f"{read} == 3")
    [finding] = unknown_findings(copied)
    assert (finding.file, finding.line, finding.sentence) == ("lpr/hotel.rego", 4, f"There is no table {told}")
    assert finding in check_policies(copied, None).findings


def test_a_typo_in_a_tables_name_hides_behind_no_sentence_that_fails_for_it(copied):
    path = copied / "lpr" / "training" / "training.rego"
    written = path.read_text()
    assert "data.tables.training." in written
    path.write_text(written.replace("data.tables.training.", "data.tables.trainin."))
    found = check_policies(copied, None).findings
    assert found
    assert all(one.sentence.startswith("There is no table `trainin`") for one in found if one.rule == "unknown-entry")
    assert not [one for one in found if one.rule in {"case", "guardrail", "test-request"}]
