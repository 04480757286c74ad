import shutil
from pathlib import Path

import pytest

from gateway.pdp.check.table_checks import table_findings

TABLES = Path(__file__).parents[3] / "policies" / "tables"


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(TABLES, tmp_path / "tables")
    return tmp_path


def spoil(copied, topic, old, new):
    path = copied / "tables" / topic / "data.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    return [(finding.line, finding.sentence) for finding in table_findings(copied)]


def test_the_shipped_tables_have_no_findings(copied):
    assert list(table_findings(copied)) == []


def test_a_component_in_quotation_marks_of_a_word_processor_is_told(copied):
    [finding] = spoil(copied, "purposes", "[ERO]", "[\N{LEFT DOUBLE QUOTATION MARK}ERO\N{RIGHT DOUBLE QUOTATION MARK}]")
    assert "has quotation marks as a word processor writes them, and nobody would match it" in finding[-1]


def test_a_component_may_be_of_two_words(copied):
    assert spoil(copied, "purposes", "[ERO]", "['Field Operations']") == []


@pytest.mark.parametrize(
    ("topic", "old", "new", "line", "words"),
    [
        ("retention", "1826", "36500", 5, "36500; plausible is at most 3660"),
        (
            "retention",
            "1826\n",
            "1.826\n",
            5,
            "must be a whole number in digits, as 12, without quotes or commas; here it is 1.826, for a point begins a fraction",
        ),
        ("policy", "value: 365\n", "value: 0.365\n", 11, "for a point begins a fraction: write a thousand as 1000."),
        (
            "usage",
            "5000\n",
            "5.000\n",
            21,
            "here it is 5.000, for a point begins a fraction: write a thousand as 1000.",
        ),
        (
            "usage",
            "5000\n",
            "5000.0\n",
            21,
            "must be a whole number in digits, as 12, without quotes or commas; here it is 5000.0",
        ),
        ("usage", "5000\n", "5,000\n", 21, "here it is the text 5,000: write 5000."),
        ("usage", "5000\n", "5 000\n", 21, "here it is the text 5 000: write 5000."),
        ("usage", "5000\n", "5_000\n", 21, "here it is the text 5_000: write 5000."),
        ("usage", "5000\n", "5e3\n", 21, "here it is the text 5e3: write 5000."),
        ("usage", "5000\n", "5000,5\n", 21, "as 12, without quotes or commas; here it is the text 5000,5."),
        (
            "approvals",
            "max_hours:\n  value: 72\n",
            "max_hours:\n  value: 1.500\n",
            5,
            "so this is 1.5 and not 1500. Write 1500, or 1.5000 where a fraction is meant.",
        ),
        ("assurance", "plate.search: 1", "plate.search: 4", 6, "is 4; plausible is at most 3"),
        ("retention", "value: 1826", "vaule: 1826", 4, "is missing. `vaule` is read by nothing: write `value`."),
        ("assurance", "hwk: 3", "hwk: 5", 36, "is 5; plausible is at most 3"),
        ("training", "365\n", '"365"\n', 5, "without quotes or commas; here it is the text 365."),
        ("training", "365\n", "0\n", 5, "plausible is at least 1"),
        ("policy", "value: true", 'value: "yes"', 5, "must be true or false"),
        ("emergencies", "value: 3\n", "value: 300\n", 21, "plausible is at most 31"),
        ("policy", "value: 335", "value: 365", 17, "the policy ends after 365 days: warn before"),
        ("usage", "200", "2.5", 11, "must be a whole number"),
        ("purposes", "[ERO]", "[ER0]", 12, "`ER0` looks like `ERO`"),
        (
            "purposes",
            "[ERO, HSI]",
            "[ERO, 0IG]",
            20,
            "`0IG` has a zero among its letters, and nobody would match it: is `OIG` meant?",
        ),
        ("purposes", "[ERO, HSI]", "[ERO, DEAO, DEA0]", 20, "`DEA0` looks like `DEAO`"),
        ("purposes", "[ERO, HSI]", "[ERO HSI]", 20, "with commas between them, as [ERO, HSI]"),
        ("purposes", "[ERO, HSI]", "[ERO Baltimore]", 20, "several in one, and nobody would match it"),
        ("purposes", "[ERO, HSI]", "['Patrol; Detectives']", 20, "several in one, and nobody would match it"),
        ("training", "value: 365", "Value: 365", 4, "`Value` is read by nothing: write `value`, in small letters"),
        ("purposes", "[ERO]", "[]", 12, "must not be empty"),
        ("purposes", "[civil]", "[civill]", 13, "Did you mean `civil`?"),
        ("purposes", "needs_approval: false", "needs_aproval: false", 15, "Did you mean `needs_approval`?"),
        ("approvals", "confidence: recollection", "confidence: surely", 7, "it must be one of: cited, second_hand"),
        ("operations", "roles: [officer, supervisor]", "roles: [oficer]", 11, "Did you mean `officer`?"),
        ("emergencies", "[supervisor, privacy]", "[supervizor]", 11, "Did you mean `supervisor`?"),
        ("emergencies", "[supervisor, privacy]", "[]", 11, "must not be empty"),
        (
            "emergencies",
            "[plate.search,",
            "[plate.serch,",
            8,
            "no emergency is ever one in it. Did you mean `plate.search`?",
        ),
        (
            "emergencies",
            ", escape]",
            ", Escape from prison]",
            4,
            "so it must be one word",
        ),
        ("audit", "1095", "10", 7, "plausible is at least 365"),
        ("documents", "from: 2018-01-01", "from: 01/01/2018", 10, "write the first day as 2026-01-31"),
        ("training", 'value: "1"', 'value: "2"', 18, "of which tables/documents has no text: nobody could accept it"),
        ("retention", 'source: "', 'source: Memo: "', 6, "has a colon in it: put it in quotation marks"),
        ("retention", "civil_lookback_days:", "civil_lookback_dayz:", 4, "Did you mean `civil_lookback_days`?"),
    ],
)
def test_a_mistake_is_told_at_its_own_line_in_plain_words(copied, topic, old, new, line, words):
    found = spoil(copied, topic, old, new)
    assert any(at == line and words in sentence for at, sentence in found), found


@pytest.mark.parametrize(("old", "new"), [("365\n", '"365\n'), ("365\n", "365\n  - 4\n"), ("365\n", "&a 365\n")])
def test_a_table_that_cannot_be_read_is_told_with_the_line_where_reading_ended(copied, old, new):
    [(line, sentence)] = spoil(copied, "training", old, new)
    assert line >= 5
    assert "not a table that can be read" in sentence or "not accepted" in sentence


def test_a_name_that_is_missing_is_told(copied):
    found = spoil(copied, "usage", "daily_ceiling", "something")
    assert any("`daily_ceiling` is missing" in sentence for _, sentence in found)


def test_a_table_that_is_missing_is_told(copied):
    shutil.rmtree(copied / "tables" / "usage")
    assert [finding.file for finding in table_findings(copied)] == ["tables/usage/data.yaml"]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("5.000", "`per_case.value` is written 5.000: a point begins a fraction, so this is 5 and not 5000. "),
        (
            "5,000",
            "`per_case.value` is written 5,000, which is no number but a text: write 5000; in quotation marks it ",
        ),
        ("'5,000'", None),
        ("5000", None),
        ("0.125", None),
    ],
)
def test_a_number_of_the_agencys_own_that_is_read_in_two_ways_is_told_as_any_other(copied, written, words):
    own = f"per_case:\n  value: {written}\n  source: ours\n  confidence: cited\ndaily_ceiling:"
    found = spoil(copied, "usage", "daily_ceiling:", own)
    assert [at for at, _ in found] == ([] if words is None else [11])
    assert all(sentence.startswith(words) for _, sentence in found)


def test_an_entry_of_the_agencys_own_needs_a_source_like_any_other(copied):
    found = spoil(copied, "usage", "daily_ceiling:", "per_case: {value: 5, confidence: cited}\ndaily_ceiling:")
    assert (10, "`per_case.source` is missing.") in found


@pytest.mark.parametrize(("encoding", "line"), [("utf-16", 1), ("latin-1", 3)])
def test_a_table_that_is_not_saved_as_utf_8_is_told_at_the_line_with_what_to_do(copied, encoding, line):
    path = copied / "tables" / "usage" / "data.yaml"
    path.write_bytes("a: 1\n# two\n# caf\xe9\n".encode(encoding))
    [finding] = [finding for finding in table_findings(copied) if finding.rule == "load"]
    assert (finding.file, finding.line) == ("tables/usage/data.yaml", line)
    assert finding.sentence.endswith("save the file as UTF-8 in the editor (“Encoding”)")
