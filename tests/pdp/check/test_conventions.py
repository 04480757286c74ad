import pytest

from gateway.pdp.check.conventions import convention_findings
from gateway.pdp.check.source import parse_source
from gateway.reasons import REASON_TEXTS, Reason

DECISION = """# METADATA
# title: The decision
# description: Joins the topics.
package lpr

# METADATA
# title: The whole answer
# entrypoint: true
decision := data.lpr.topic.deny
"""
TOPIC = """# METADATA
# title: Who is asking?
# description: Only people who may.
package lpr.topic

# METADATA
# title: Your account is not active.
# description: Whoever has left must not search.
# custom:
#   code: person_inactive
#   basis: agency rule
deny contains {
	"code": "person_inactive",
	"message": "Your account is not active.",
	"fix": "Ask.",
} if {
	not _is_active
}

# METADATA
# title: The account is active
_is_active if input.subject.active == true
"""


@pytest.fixture
def judged(opa_bin, tmp_path):
    """Writes a small policy, changed as said, and says what is not as agreed in it."""

    def check(old="", new="", *, decision=DECISION, path="lpr/topic/topic.rego"):
        assert old in TOPIC
        for name, text in {"lpr/decision.rego": decision, path: TOPIC.replace(old, new, 1) if old else TOPIC}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        sources = [parse_source(tmp_path, name, opa_bin) for name in ("lpr/decision.rego", path)]
        return [*convention_findings(sources)]

    return check


@pytest.fixture
def found(judged):
    """The same, as the conventions that it breaks, each with its line."""
    return lambda *changes, **files: [(finding.rule, finding.line) for finding in judged(*changes, **files)]


def test_a_policy_written_as_agreed_has_no_findings(found):
    assert found() == []


def test_a_file_lies_in_the_folder_of_its_package(found):
    assert found(path="lpr/other/topic.rego") == [("directory", 4)]


def test_a_topic_without_heading_is_found(found):
    assert found(TOPIC[: TOPIC.index("package")]) == [("metadata", 1)]


@pytest.mark.parametrize("line", ["# title: Who is asking?\n", "# description: Only people who may.\n"])
def test_a_topics_heading_has_title_and_description(found, line):
    assert found(line) == [("metadata", 3)]


def test_a_rule_without_heading_is_found(found):
    assert found("# METADATA\n# title: The account is active\n") == [("metadata", 20)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"code": "person_inactive"', '"code": "target_unknown"'),
        ('"code": "person_inactive"', '"code": "because"'),
        ('"code": "person_inactive"', '"code": "internal_error"'),
        ('"code": "person_inactive"', '"code": input.code'),
        ("#   code: person_inactive", "#   code: target_unknown"),
        ("#   code: person_inactive\n", ""),
        ("#   basis: agency rule\n", ""),
        ("# description: Whoever has left must not search.\n", ""),
        ("# title: Your account is not active.", "# title: You are not active."),
        ('"message": "Your account is not active."', '"message": "You are not active."'),
    ],
)
def test_a_reason_says_the_same_in_rule_heading_and_to_the_officer(found, old, new):
    assert "reason" in dict(found(old, new))


def test_a_sentence_that_an_earlier_version_told_may_stand_in_a_policy_that_was_made_then(found):
    text = REASON_TEXTS[Reason.ROLE_MAY_NOT_QUERY]
    for sentence, accepted in ((text.sentence, True), (text.former[0], True), ("Your role may not.", False)):
        told = TOPIC.replace("Your account is not active.", sentence).replace(
            "person_inactive", Reason.ROLE_MAY_NOT_QUERY
        )
        assert ("reason" not in dict(found(TOPIC, told))) is accepted


def test_a_rule_of_twenty_lines_is_accepted_and_one_more_is_not(found):
    start, end = "_is_active if input.subject.active == true\n", "\tinput.x == 1\n"
    assert found(start, f"_is_active if {{\n{end * 18}}}\n") == []
    assert found(start, f"_is_active if {{\n{end * 19}}}\n") == [("rule-length", 22)]


def test_a_file_of_a_two_hundred_lines_is_accepted_and_one_more_is_not(found):
    lines = TOPIC.count("\n")
    assert found("package lpr.topic\n", "package lpr.topic\n" + "\n" * (200 - lines)) == []
    assert found("package lpr.topic\n", "package lpr.topic\n" + "\n" * (201 - lines)) == [("file-length", 200)]


def test_of_a_file_that_is_too_long_it_is_told_why_and_where_its_rules_may_go(judged):
    [finding] = judged("package lpr.topic\n", "package lpr.topic\n" + "\n" * 200)
    assert "so that whoever signs it can read a topic in one sitting" in finding.sentence
    assert "into another file of the folder `lpr/topic` that also begins with `package lpr.topic`" in finding.sentence


def test_there_is_one_entrypoint_and_it_is_the_decision(found):
    marked = "# title: The account is active\n"
    assert found(marked, marked + "# entrypoint: true\n") == [("entrypoint", 0)]
    assert found(decision=DECISION.replace("# entrypoint: true\n", "")) == [("entrypoint", 0)]


def test_a_helper_that_no_other_topic_reads_starts_with_an_underscore(found):
    assert found("not _is_active", "not data.lpr.topic._is_active") == []
    assert found("_is_active if", "is_active if") == [("privacy", 22)]


def test_a_helper_that_another_topic_reads_does_not(found):
    decision = DECISION.replace("data.lpr.topic.deny", "[data.lpr.topic.deny, data.lpr.topic._is_active]")
    assert found(decision=decision) == [("privacy", 22)]


@pytest.mark.parametrize("answer", ["deny", "satisfied"])
def test_what_a_topic_answers_and_the_decision_does_not_read_is_found(found, answer):
    other = {"deny": "satisfied", "satisfied": "deny"}[answer]
    satisfied = "# METADATA\n# title: Every condition of this topic holds\nsatisfied if _is_active\n\n# METADATA\n"
    both = DECISION.replace("data.lpr.topic.deny", "[data.lpr.topic.deny, data.lpr.topic.satisfied]")
    where = "# METADATA\n# title: Your account"
    assert found(where, satisfied + where.removeprefix("# METADATA\n"), decision=both) == []
    one = both.replace(f"data.lpr.topic.{answer}", "1")
    assert other in one
    assert found(where, satisfied + where.removeprefix("# METADATA\n"), decision=one) == [("joining", 4)]
