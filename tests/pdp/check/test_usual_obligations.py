"""The usual conditions: said once for all sentences, and told at that one place where a policy gives others."""

import shutil

import pytest
import yaml

from gateway.errors import ConfigurationError
from gateway.pdp import EmbeddedEngine, load_policies
from gateway.pdp.check.case_files import read_cases
from gateway.pdp.check.case_findings import case_findings
from gateway.pdp.check.cases import case_of
from gateway.pdp.check.usual_obligations import read_base
from tests.cases import BASE_TEXT
from tests.lifecycle.example_reason import ROOT, copy_shipped

PAGE = (ROOT / "docs" / "policies.md").read_text()
MASKED = "  plate.search: [window, age, target, links, limit, {id: masked, kinds: [confidence]}]\n"


@pytest.fixture
def masking(tmp_path):
    """A copy of the shipped policy that masks a field of one operation, and its cases."""
    copy_shipped(tmp_path)
    table = tmp_path / "policies" / "tables" / "operations" / "data.yaml"
    table.write_text(table.read_text().replace("masked_fields: []", "masked_fields: [confidence]", 1))
    return tmp_path


def find_wrong(folder):
    engine = EmbeddedEngine(load_policies(folder / "policies"))
    return list(case_findings(read_cases(folder / "cases"), engine, name="embedded engine"))


def test_a_mask_of_one_operation_is_told_once_for_all_sentences_at_the_line_that_says_what_is_usual(masking):
    [finding] = find_wrong(masking)
    line = BASE_TEXT.splitlines().index("obligations:") + 1
    assert finding.place == f"cases/_base.yaml:{line}"
    assert f"in _base.yaml: `obligations: {{{MASKED.strip()}}}`." in finding.sentence


WATCHED = """
# METADATA
# title: Who is told of a warrant's or a missing person's search
_watched := [{"id": "watched", "type": "notify", "channel": "privacy"}] if input.query.purpose in {"fugitive_or_warrant", "missing_or_endangered_person"}

# METADATA
# title: Nobody is told of another search
# scope: document
default _watched := []
"""


def test_a_condition_of_one_purpose_is_told_to_be_said_in_its_own_sentences_which_is_then_all(tmp_path):
    copy_shipped(tmp_path)
    rules = tmp_path / "policies" / "lpr" / "obligations" / "obligations.rego"
    rules.write_text(rules.read_text().replace("owed, _cited)", "owed, array.concat(_cited, _watched))") + WATCHED)
    [finding] = find_wrong(tmp_path)
    own = "`obligations: [usual, {channel: privacy, id: watched}]`"
    assert "Others of plate.search hold" in finding.sentence
    assert finding.sentence.endswith(f"{own}.")
    cases = tmp_path / "cases"
    for path in cases.glob("[a-z]*.yaml"):
        entries = yaml.safe_load(path.read_text())
        for entry in entries:
            if entry["expect"]["allow"] and entry.get("set", {}).get("query.purpose", "")[:4] in ("fugi", "miss"):
                entry["expect"]["obligations"] = ["usual", {"id": "watched", "channel": "privacy"}]
        path.write_text(yaml.safe_dump(entries, sort_keys=False))
    assert find_wrong(tmp_path) == []


def test_who_says_it_there_as_it_is_told_and_as_the_page_shows_it_needs_no_other_edit(masking):
    assert f"   {MASKED}" in PAGE
    with (masking / "cases" / "_base.yaml").open("a") as file:
        file.write(MASKED)
    assert find_wrong(masking) == []


def test_a_base_that_says_no_usual_conditions_has_those_of_the_shipped_rules(tmp_path):
    copy_shipped(tmp_path)
    base = tmp_path / "cases" / "_base.yaml"
    base.write_text(BASE_TEXT.partition("obligations:")[0])
    assert find_wrong(tmp_path) == []
    assert read_base(base.read_text()).line == 0


def test_what_a_sentence_says_of_a_usual_condition_takes_its_place_and_what_else_it_says_comes_after():
    said = ["usual", {"id": "limit", "max": 5}, "review"]
    case = case_of("x", {"name": "n", "expect": {"allow": True, "obligations": said}}, BASE_TEXT)
    assert [item["id"] for item in case.obligations] == ["window", "age", "target", "links", "limit", "review"]
    assert case.obligations[4] == {"id": "limit", "max": 5}


def test_a_sentence_that_is_wrong_in_what_it_says_itself_is_told_where_it_stands(masking):
    shutil.copytree(ROOT / "policies", masking / "policies", dirs_exist_ok=True)
    cases = masking / "cases" / "obligations.yaml"
    cases.write_text(cases.read_text().replace("max_lookback_days: 1826", "max_lookback_days: 1827"))
    [finding] = find_wrong(masking)
    assert finding.file == "cases/obligations.yaml"
    assert "its condition `window` should have id window, max_lookback_days 1827" in finding.sentence


@pytest.mark.parametrize("said", ["obligations: [window]", "obligations: {usual: window}"])
def test_usual_conditions_that_are_no_lists_are_a_mistake(said):
    with pytest.raises(ValueError, match="must hold a list for `usual`"):
        read_base(f"schema: x\n{said}\n")


@pytest.mark.parametrize(
    ("written", "wrong", "told"),
    [
        (
            "  usual: [",
            "  usal: [",
            "`usal` is neither `usual` nor an operation, as `plate.page`. Did you mean `usual`?",
        ),
        ("obligations:", "obligation:", "no request has `obligation`. Did you mean `obligations`?"),
        ("subject: {", "subjct: {", "no request has `subjct`. Did you mean `subject`?"),
    ],
)
def test_a_misspelt_name_that_nothing_would_read_is_told_at_its_line(tmp_path, written, wrong, told):
    copy_shipped(tmp_path)
    base = tmp_path / "cases" / "_base.yaml"
    base.write_text(BASE_TEXT.replace(written, wrong))
    line = next(number for number, text in enumerate(base.read_text().splitlines(), 1) if text.startswith(wrong))
    with pytest.raises(ConfigurationError) as refused:
        read_cases(tmp_path / "cases")
    assert set(refused.value.problems) == {f"cases/_base.yaml:{line}: {told}"}


def test_conditions_of_an_operation_that_no_sentence_is_about_are_told(tmp_path):
    copy_shipped(tmp_path)
    (tmp_path / "cases" / "_base.yaml").write_text(BASE_TEXT + "  plate.serach: [window]\n")
    with pytest.raises(ConfigurationError) as refused:
        read_cases(tmp_path / "cases")
    [problem] = refused.value.problems
    assert "of `plate.serach`, and no sentence is about such an operation. Did you mean `plate.search`?" in problem


def test_in_what_order_the_reasons_of_a_sentence_are_written_does_not_count():
    one, other = (
        case_of("x", {"name": "n", "expect": {"allow": False, "reasons": reasons}}, BASE_TEXT)
        for reasons in (["training_lapsed", "lookback_too_long"], ["lookback_too_long", "training_lapsed"])
    )
    assert one == other
