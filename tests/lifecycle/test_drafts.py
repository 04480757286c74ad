import json

import pytest

from gateway.errors import ConfigurationError
from gateway.lifecycle.drafts import IMPACT_NUMBERS, impact_evidence, read_draft, sign_draft
from gateway.lifecycle.statement import describe_statement, find_signers, read_statement
from tests.lifecycle.offices import ADA, BOB, OfficeAtWork


@pytest.fixture
def scene(tmp_path):
    return OfficeAtWork(tmp_path)


@pytest.fixture
def second(scene):
    return scene.policy("second", 700)


def report(scene, candidate, **changes):
    """What `policy impact --json` printed, as a file."""
    told = dict.fromkeys(IMPACT_NUMBERS, 0) | {"sample": None, "current": scene.first.revision}
    path = scene.folder / "impact.json"
    path.write_text(json.dumps(told | {"candidate": candidate.revision} | changes))
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


@pytest.mark.parametrize("content", [b"", b"[]", b'{"replayed": "x"}', b"{}"])
def test_what_is_no_impact_report_is_no_evidence(scene, second, content):
    path = scene.folder / "impact.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="no impact report"):
        impact_evidence(path, current=scene.first.revision, candidate=second.revision)


def test_a_report_about_another_change_is_no_evidence(scene, second):
    with pytest.raises(ConfigurationError, match="about another change"):
        sign(scene, second, ADA, impact=report(scene, scene.first))


def test_a_draft_is_found_by_a_beginning_that_is_its_own(scene, second):
    with pytest.raises(ConfigurationError, match="no signed draft begins with"):
        read_draft(scene.office.state, second.revision[:8])
    sign(scene, second, ADA)
    sign(scene, scene.policy("third", 800), ADA)
    with pytest.raises(ConfigurationError, match="no signed draft begins with"):
        read_draft(scene.office.state, "")
