import json

import pytest

from gateway.errors import ConfigurationError
from gateway.lifecycle.drafts import read_draft, sign_draft
from gateway.lifecycle.statement import describe_statement, find_signers, read_statement, sign_statement
from gateway.value import replace
from tests.lifecycle.offices import ADA, BOB, sealed_report


def report(scene, candidate, **changes):
    """What `policy impact --json` printed, as a file."""
    path = scene.folder / "impact.json"
    path.write_text(json.dumps(sealed_report(scene.office, candidate.revision, **changes)))
    return path


def sign(scene, draft, key, **given):
    if "impact" not in given:
        given["impact"] = report(scene, draft)
    usual = {"why": "The board decided so.", "evidence": {"tests": 3}}
    return sign_draft(scene.office, draft, key, **usual | given)


def test_the_first_signature_says_what_it_needs_all_at_once(scene, second):
    with pytest.raises(ConfigurationError) as caught:
        sign(scene, second, ADA, why="  ", impact=None)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "the first signature needs --why",
        "the first signature needs --impact",
    ]


def test_the_second_signature_is_of_the_statement_that_the_first_drew(scene, second):
    first = sign(scene, second, ADA)
    both = sign(scene, second, BOB, why=None, impact=None)
    assert read_statement(both) == read_statement(first)
    assert find_signers(both, scene.office.registered) == ["ada", "bob"]
    assert read_draft(scene.office.state, second.revision[:8]) == both
    assert read_draft(scene.office.state, second.revision[:8].upper()) == both


def test_another_reason_of_who_signs_second_is_refused_and_not_passed_over(scene, second):
    sign(scene, second, ADA)
    with pytest.raises(ConfigurationError, match="the first signature says why: 'The board decided so"):
        sign(scene, second, BOB, why="I decided so.", impact=None)


def test_the_statement_holds_the_evidence_and_what_the_impact_was(scene, second):
    statement = read_statement(sign(scene, second, ADA, impact=report(scene, second, newly_denied=7)))
    assert statement.evidence["tests"] == 3
    assert statement.evidence["impact"]["newly_denied"] == 7


def test_whoever_signs_second_can_read_what_the_first_said_and_how_far_the_impact_looked(scene, second):
    impact = report(scene, second, newly_denied=7, since="2026-11-01")
    told = describe_statement(read_statement(sign(scene, second, ADA, impact=impact))).splitlines()
    assert told[:2] == [f"in place of {scene.first.revision}", "because: The board decided so."]
    assert {"  tests 3", "  impact.newly_denied 7", "  impact.since 2026-11-01"} <= set(told)
    assert not [line for line in told if "reproduced" in line], "as `policy impact` calls it: not compared"


def test_an_impact_on_the_whole_record_is_told_as_one(scene, second):
    told = describe_statement(read_statement(sign(scene, second, ADA, impact=report(scene, second, since=None))))
    assert "  impact.since the beginning of the record" in told.splitlines()


def test_a_statement_that_another_act_went_before_is_drawn_anew(scene, second):
    sign(scene, second, ADA)
    scene.activate(scene.policy("third", 800))
    with pytest.raises(ConfigurationError, match="the first signature needs --why"):
        sign(scene, second, BOB, why=None, impact=None)
    drawn = report(scene, second, current=scene.office.current.revision)
    assert find_signers(sign(scene, second, BOB, impact=drawn), scene.office.registered) == ["bob"]


def edit(scene, **changes):
    """The report, with numbers that somebody typed into it."""
    path = scene.folder / "impact.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return path


def test_numbers_that_the_first_signer_typed_in_are_not_signed(scene, second):
    report(scene, second, newly_allowed=3)
    with pytest.raises(
        ConfigurationError, match=r"is not taken: the seal of this installation is not on it.*make it anew"
    ):
        sign(scene, second, ADA, impact=edit(scene, newly_allowed=0))


def test_nobody_signs_second_what_rests_on_numbers_that_were_typed_in(scene, second):
    statement = read_statement(sign(scene, second, ADA))
    typed = {"impact": statement.evidence["impact"] | {"newly_allowed": -1}}
    keep(scene, second, sign_statement(replace(statement, evidence=typed), ADA))
    with pytest.raises(ConfigurationError, match="so none of its earlier signatures counts, and this is the first"):
        sign(scene, second, BOB, why=None, impact=None)
    assert find_signers(sign(scene, second, BOB), scene.office.registered) == ["bob"]


def test_nobody_signs_second_another_change_that_lies_under_the_drafts_name(scene, second):
    other = scene.policy("other", 800)
    keep(scene, second, sign(scene, other, ADA))
    with pytest.raises(ConfigurationError, match="is another change than this draft"):
        sign(scene, second, BOB, why=None, impact=None)


def keep(scene, draft, note):
    (scene.office.state / "policy" / "drafts" / f"{draft.revision}.note").write_text(note)


def test_a_draft_is_found_by_a_beginning_that_is_its_own(scene, second):
    with pytest.raises(ConfigurationError, match="no signed draft begins with"):
        read_draft(scene.office.state, second.revision[:8])
    sign(scene, second, ADA)
    sign(scene, scene.policy("third", 800), ADA)
    with pytest.raises(ConfigurationError, match="no signed draft begins with"):
        read_draft(scene.office.state, "")
