import pytest

from gateway.errors import ConfigurationError, Refusal
from gateway.pdp import EmbeddedEngine, load_policies
from gateway.reasons import Reason
from tests.pdp.policies import ALLOWED, DECISION, DENIED, write_policy

ROW = '  sentence: "Closed for today."\n  remedy: "Come back."\n  told_as: itself\n'


def declare(tmp_path, table, decision=DECISION):
    return load_policies(write_policy(tmp_path / "policies", decision=decision, tables__reasons__data_yaml=table))


def problems(tmp_path, table):
    with pytest.raises(ConfigurationError) as mistaken:
        declare(tmp_path, table)
    return mistaken.value.problems


def test_a_declared_code_has_its_sentence_its_remedy_and_the_status_of_a_denial(tmp_path):
    reason = declare(tmp_path, f"closed_today:\n{ROW}").reason_book.find("closed_today")
    assert (reason.value, str(reason), reason.told_as) == ("closed_today", "closed_today", None)
    assert (reason.text.status, reason.text.sentence, reason.text.fix) == (403, "Closed for today.", "Come back.")


def test_a_code_may_be_told_as_one_of_the_gateways(tmp_path):
    table = f"closed_today:\n{ROW}".replace("itself", "case_not_assigned")
    assert declare(tmp_path, table).reason_book.find("closed_today").told_as is Reason.CASE_NOT_ASSIGNED


def test_a_code_may_say_what_it_is_about_and_need_not(tmp_path):
    table = f"closed_today:\n{ROW}  about: window\nnot_here:\n{ROW}"
    book = declare(tmp_path, table).reason_book
    assert [book.find(code).about for code in ("closed_today", "not_here")] == ["window", None]


def test_a_policy_without_the_table_gives_the_gateways_codes_and_no_other(tmp_path):
    book = load_policies(write_policy(tmp_path / "policies")).reason_book
    assert book.find("person_inactive") is Reason.PERSON_INACTIVE
    assert [book.find(code) for code in ("closed_today", "internal_error", "", None, ["person_inactive"])] == [None] * 5


@pytest.mark.parametrize("code", [*Reason, "itself", "none", "other", "interrupted"])
def test_no_word_of_the_gateways_own_can_be_declared_anew(tmp_path, code):
    [problem] = problems(tmp_path, f"fine_code:\n{ROW}{code.strip()}:\n{ROW}")
    assert problem.startswith(f"tables/reasons/data.yaml, line 5: `{code}` is a word of the gateway's own")


@pytest.mark.parametrize(
    ("table", "line", "named"),
    [
        (f"Closed:\n{ROW}", 1, "`Closed`: a code has small letters"),
        ("closed_today: no\n", 1, "`closed_today` needs a sentence"),
        (
            "closed_today:\n  remedy: Wait.\n  told_as: itself\n",
            1,
            "`closed_today.sentence` must be a text of one line",
        ),
        (f"closed_today:\n{ROW}".replace('"Come back."', '"Come\\nback."'), 3, "`closed_today.remedy`"),
        (f"closed_today:\n{ROW}".replace("Closed for today.", "x" * 301), 2, "`closed_today.sentence`"),
        (f"closed_today:\n{ROW}".replace("itself", "case_not_asigned"), 4, "did you mean `case_not_assigned`?"),
        (f"closed_today:\n{ROW}  about: windwo\n", 5, "must be one of person, training,"),
        (f"closed_today:\n{ROW}  about: windwo\n", 5, "did you mean `window`?"),
        (f"closed_today:\n{ROW}  about: [window, case]\n", 5, "`closed_today.about` must be one of"),
        (f"closed_today:\n{ROW}  about:\n", 5, "`closed_today.about` must be one of"),
        (f"closed_today:\n{ROW}  abuot: window\n", 5, "`closed_today.abuot` is read by nothing; did you mean `about`?"),
        (f"closed_today:\n{ROW}".replace("itself", "internal_error"), 4, "`closed_today.told_as` must be"),
        (f"closed_today:\n{ROW}".replace("itself", "closed_today"), 4, "`closed_today.told_as` must be"),
    ],
)
def test_what_is_not_whole_is_told_with_its_line(tmp_path, table, line, named):
    [problem] = problems(tmp_path, table)
    assert problem.startswith(f"tables/reasons/data.yaml, line {line}: ")
    assert named in problem


def test_all_mistakes_are_told_at_once(tmp_path):
    assert len(problems(tmp_path, "Closed: {}\nother_code: {}\n")) == 7


def test_a_policy_declares_no_more_codes_than_metrics_can_count(tmp_path):
    rows = "".join(f"code_{chr(97 + at // 26)}{chr(97 + at % 26)}:\n{ROW}" for at in range(101))
    assert problems(tmp_path, rows) == ["tables/reasons/data.yaml, line 1: at most 100 reasons may be declared"]


def test_a_declared_code_is_given_by_the_policy_that_declares_it_and_by_no_other(tmp_path):
    decision = DECISION.replace("person_inactive", "closed_today")
    engine = EmbeddedEngine(declare(tmp_path, f"closed_today:\n{ROW}", decision))
    [reason] = engine.decide(DENIED).reasons
    assert reason.text.sentence == "Closed for today."
    assert engine.decide(ALLOWED).allow
    undeclared = load_policies(write_policy(tmp_path / "other", decision=decision))
    with pytest.raises(ConfigurationError, match="the policy cannot be used"):
        EmbeddedEngine(undeclared)


def test_a_code_that_is_not_declared_makes_the_answer_unusable_even_where_others_are(tmp_path):
    decision = DECISION.replace('"person_inactive"', "object.get(input, [`subject`, `code`], `person_inactive`)")
    engine = EmbeddedEngine(declare(tmp_path, f"closed_today:\n{ROW}", decision))
    assert engine.decide('{"subject":{"code":"closed_today"}}').reasons[0].value == "closed_today"
    with pytest.raises(Refusal) as refused:
        engine.decide('{"subject":{"code":"closed_tomorrow"}}')
    assert refused.value.reason is Reason.ENGINE_UNDEFINED
