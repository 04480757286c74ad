import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.ledger import Line
from gateway.lifecycle.replay import Rivals, replay
from gateway.pdp import load_policies
from gateway.pdp.opa.process import find_opa
from tests.cases import all_cases
from tests.lifecycle.recorded import decided

POLICIES = Path(__file__).parents[2] / "policies"
CASES = [case for case in all_cases() if case.topic in {"retention", "case", "approval", "obligations", "combined"}]


@pytest.fixture(scope="module")
def shipped():
    return load_policies(POLICIES)


@pytest.fixture(scope="module")
def stricter(tmp_path_factory):
    folder = Path(shutil.copytree(POLICIES, tmp_path_factory.mktemp("draft") / "policies"))
    table = folder / "tables" / "retention" / "data.yaml"
    table.write_text(table.read_text().replace("1826", "730"))
    return load_policies(folder)


@dataclass(frozen=True)
class Some:
    """Records as a portion of a ledger has them."""

    raws: tuple[bytes, ...]

    def read(self):
        return iter(self.raws)


def some(lines):
    return [Some(tuple(line.raw for line in lines))]


def compare(shipped, candidate, lines=None, **options):
    lines = list(decided(shipped, [case.input_text for case in CASES])) if lines is None else lines
    return replay(
        some(lines), Rivals(current=shipped, candidate=candidate, **options.pop("rivals", {})), jobs=2, **options
    )


def test_a_policy_beside_itself_changes_nothing(shipped):
    found = compare(shipped, shipped)
    assert (found.replayed, found.changes, dict(found.not_reproduced)) == (len(CASES), [], {})


@pytest.mark.parametrize("rivals", [{}, {"opa_bin": find_opa()}], ids=["embedded", "opa"])
def test_a_draft_whose_rules_cannot_be_read_is_told_at_their_line_whichever_engine_decides(shipped, tmp_path, rivals):
    draft = Path(shutil.copytree(POLICIES, tmp_path / "draft"))
    rules = draft / "lpr" / "purpose" / "purpose.rego"
    rules.write_text(f"{rules.read_text()}\nthis is {{ no rule\n")
    with pytest.raises(ConfigurationError, match=r"the policy cannot be used: .* lpr/purpose/purpose.rego:\d+"):
        compare(shipped, load_policies(draft), rivals=rivals)


def test_a_shorter_look_back_denies_exactly_the_cases_that_go_further_and_narrows_the_rest(shipped, stricter):
    found = compare(shipped, stricter)
    assert {change.kind for change in found.changes} >= {"newly_denied", "obligations_changed"}
    denied = [change for change in found.changes if change.kind == "newly_denied"]
    assert denied
    assert {change.reasons for change in denied} == {("lookback_too_long",)}
    narrowed = [change for change in found.changes if change.kind == "obligations_changed"]
    assert {change.reasons for change in narrowed} == {("clamp_window",)}


@pytest.mark.parametrize(("version", "reasons"), [("2", {("rules_not_accepted",)}), ("1", set())])
def test_rules_of_behavior_to_be_accepted_again_deny_where_their_version_is_another_and_else_nothing(
    shipped, tmp_path, version, reasons
):
    folder = Path(shutil.copytree(POLICIES, tmp_path / "policies"))
    texts, training = (folder / "tables" / topic / "data.yaml" for topic in ("documents", "training"))
    texts.write_text(texts.read_text().replace('"1":', f'"{version}":').replace("curiosity", "idle curiosity"))
    training.write_text(training.read_text().replace('value: "1"', f'value: "{version}"'))
    found = compare(shipped, load_policies(folder))
    assert {change.reasons for change in found.changes if change.kind == "newly_denied"} == reasons


def test_the_other_direction_is_newly_allowed_with_the_reasons_that_went(shipped, stricter):
    lines = list(decided(stricter, [case.input_text for case in CASES]))
    found = replay(some(lines), Rivals(current=stricter, candidate=shipped), jobs=1)
    allowed = [change for change in found.changes if change.kind == "newly_allowed"]
    assert {change.reasons for change in allowed} == {("lookback_too_long",)}


def test_a_real_opa_finds_the_same(shipped, stricter):
    by_opa = compare(shipped, stricter, rivals={"opa_bin": find_opa()})
    assert sorted(by_opa.changes, key=lambda change: change.decision_id) == sorted(
        compare(shipped, stricter).changes, key=lambda change: change.decision_id
    )


def test_what_another_policy_decided_is_left_out_and_told(shipped, stricter):
    lines = list(decided(stricter, [case.input_text for case in CASES]))
    found = replay(some(lines), Rivals(current=shipped, candidate=stricter), jobs=1)
    assert found.replayed + sum(found.not_reproduced.values()) == len(CASES)
    assert list(found.not_reproduced) == [
        f"it was decided by policy {stricter.revision[:12]}, which is no longer in force"
    ]
    assert not [change for change in found.changes if change.kind == "newly_allowed"]


def test_what_the_gateway_itself_refused_is_counted_apart_by_its_reason_and_every_decision_once(shipped, stricter):
    made = list(decided(shipped, [CASES[0].input_text]))
    alone = {"decision": "deny", "input": None, "decision_document": None}
    refused = decided(shipped, [CASES[0].input_text] * 2, **alone, deny_reasons=["policy_expired"])
    late = decided(shipped, [CASES[0].input_text], decision_document=None, deny_reasons=["engine_late"])
    found = compare(shipped, stricter, [*made, *refused, *late])
    assert found.replayed == 1
    assert dict(found.by_no_policy) == {
        "no policy made it: the gateway itself refused (policy_expired)": 2,
        "no policy made it: the gateway itself refused (engine_late)": 1,
    }


def test_a_sample_takes_the_same_share_of_what_no_policy_made(shipped):
    lines = list(decided(shipped, [CASES[0].input_text] * 400, input=None, deny_reasons=["policy_expired"]))
    found = compare(shipped, shipped, lines, sample=0.25)
    assert 60 < found.by_no_policy.total() < 140


def _other_verdict(line):
    document = json.loads(json.loads(line.raw)["decision_document"])
    return json.dumps(document | {"allow": not document["allow"]})


def test_a_decision_that_this_policy_does_not_make_is_left_out_and_told(shipped, stricter):
    [line] = decided(shipped, [CASES[0].input_text])
    other = decided(shipped, [CASES[0].input_text], decision_document=_other_verdict(line))
    found = compare(shipped, stricter, list(other))
    assert (found.replayed, found.changes) == (0, [])
    assert list(found.not_reproduced) == [
        "this very policy now decides otherwise: another engine, or a record that was changed"
    ]


@pytest.mark.parametrize("field", ["decision_document", "user_id", "input"])
def test_a_record_that_was_changed_after_it_was_written_is_left_out_whatever_was_changed(shipped, stricter, field):
    [line] = decided(shipped, [CASES[0].input_text])
    record = json.loads(line.raw)
    record[field] = CASES[1].input_text if field == "input" else "u99" if field == "user_id" else _other_verdict(line)
    changed = Line("w0", 1, "f", 1, json.dumps(record, separators=(",", ":")).encode())
    found = compare(shipped, stricter, [changed])
    assert (found.replayed, found.changes, found.read) == (0, [], 1)
    assert list(found.not_reproduced) == ["the record was changed after it was written: `audit verify` says which one"]


def test_what_a_draft_only_misses_in_the_input_of_an_earlier_version_is_no_change_of_its_making(shipped, tmp_path):
    folder = Path(shutil.copytree(POLICIES, tmp_path / "earlier"))
    rule = folder / "lpr" / "freshness" / "freshness.rego"
    rule.write_text(rule.read_text().replace("input.policy.age_days", "0"))
    earlier = load_policies(folder)
    allowed = next(case for case in CASES if case.allow)
    document = json.loads(allowed.input_text)
    del document["policy"]
    lines = list(decided(earlier, [json.dumps(document), allowed.input_text]))
    found = replay(some(lines), Rivals(current=earlier, candidate=shipped), jobs=1)
    assert (found.replayed, found.changes) == (1, [])
    assert ["(policy)" in why for why in found.not_reproduced] == [True]


def test_what_a_draft_only_misses_of_an_approval_of_an_earlier_version_is_no_change_of_its_making(shipped, tmp_path):
    folder = Path(shutil.copytree(POLICIES, tmp_path / "earlier"))
    rule = folder / "lpr" / "approval" / "approval.rego"
    rule.write_text(rule.read_text().replace("given.plate_named == true", "given.plate_matches == true"))
    allowed = (case for case in all_cases() if case.topic == "operation" and case.allow)
    document = next(one for one in (json.loads(case.input_text) for case in allowed) if one["facts"]["approvals"])
    document["facts"]["target"]["matches"] = []
    del document["facts"]["approvals"][0]["plate_named"]
    earlier = load_policies(folder)
    found = replay(
        some(list(decided(earlier, [json.dumps(document)]))), Rivals(current=earlier, candidate=shipped), jobs=1
    )
    assert (found.replayed, found.changes) == (0, [])
    assert ["(facts.approvals.plate_named)" in why for why in found.not_reproduced] == [True]


def test_a_sample_is_the_same_share_every_time(shipped):
    lines = list(decided(shipped, [CASES[0].input_text] * 400))
    first, again = (compare(shipped, shipped, lines, sample=0.25).replayed for _ in range(2))
    assert first == again
    assert 60 < first < 140


def test_what_a_candidate_does_not_decide_counts_as_denied_on_both_engines_and_spoils_nothing_else(shipped, tmp_path):
    folder = Path(shutil.copytree(POLICIES, tmp_path / "policies"))
    rules = folder / "lpr" / "usage" / "usage.rego"
    guard = "} if {\n\tinput.facts.usage.queries_24h == 777\n}\n"
    reason = '{"code": "never_declared", "message": "So.", "fix": "Ask."'
    rules.write_text(f"{rules.read_text()}\ndeny contains {reason}{guard}")
    searched = [json.loads(CASES[0].input_text) for _ in range(5)]
    searched[2]["facts"]["usage"]["queries_24h"] = 777
    lines = list(decided(shipped, [json.dumps(one) for one in searched]))
    candidate = load_policies(folder)
    for opa_bin in (None, find_opa()):
        found = compare(shipped, candidate, lines, rivals={"opa_bin": opa_bin})
        assert [change.decision_id for change in found.changes] == ["d00003"]
        assert "engine_undefined" in found.changes[0].reasons
        assert (found.replayed, dict(found.not_reproduced)) == (5, {})


def test_a_candidate_that_cannot_be_used_is_told_as_such(shipped, tmp_path):
    folder = Path(shutil.copytree(POLICIES, tmp_path / "policies"))
    (folder / "lpr" / "usage" / "more.rego").write_text("package lpr.usage\n\nmore := ")
    with pytest.raises(ConfigurationError, match="the policy cannot be used"):
        compare(shipped, load_policies(folder))
