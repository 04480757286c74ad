import pytest

from gateway.auditing.search import Criteria
from gateway.auditing.unknown import find_unknown
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask


@pytest.mark.parametrize(
    ("criteria", "told"),
    [
        (Criteria(person="u99"), ["no record has the person u99"]),
        (Criteria(person="Smith"), ["no record has the person Smith; a person is asked for by the user id"]),
        (Criteria(case="25-9"), ["no record has the case 25-9"]),
        (Criteria(person="U02"), ["no record has the person U02; did you mean u02?"]),
        (Criteria(case="25-000002 "), ["no record has the case 25-000002 ; did you mean 25-000002?"]),
        (
            Criteria(event_type="decisions"),
            ["no record has the event type decisions; did you mean decision?"],
        ),
        (
            Criteria(purpose="criminal"),
            ["no record has the purpose criminal; did you mean criminal_investigation?"],
        ),
        (
            Criteria(reason="training_lapse"),
            ["no record has the reason code training_lapse; did you mean training_lapsed?"],
        ),
        (
            Criteria(reason="TRAINING_LAPSED"),
            ["no record has the reason code TRAINING_LAPSED; did you mean training_lapsed?"],
        ),
        (
            Criteria(person="avery stone"),
            ["no record has the person avery stone; a person is asked for by the user id: of this name is u01"],
        ),
        (
            Criteria(person="Stone, Avery"),
            ["no record has the person Stone, Avery; a person is asked for by the user id: of this name is u01"],
        ),
        (
            Criteria(person="Stóne  AVERY"),
            ["no record has the person Stóne  AVERY; a person is asked for by the user id: of this name is u01"],
        ),
        (
            Criteria(person="stone"),
            ["no record has the person stone; a person is asked for by the user id: of this name is u01"],
        ),
        (
            Criteria(decision_id="d-9", person="u01"),
            [
                (
                    "no record has the id d-9; a decision that was refused before it was known who asks (401, 404, 429, 503) "
                    "may be one of many in its minute, which are counted (--event refusals.counted)"
                )
            ],
        ),
        (
            Criteria(plates=("00",)),
            [
                (
                    "no record has this plate, or this part of one, in the epochs that could be searched; "
                    "a search by part of a plate is found by that part as it was asked, with its *, and a plate is asked for "
                    "without its state"
                )
            ],
        ),
        (Criteria(person="u01", case="25-000002"), []),
    ],
)
def test_what_no_record_has_is_named_and_what_only_does_not_meet_is_not(ledger, reading, criteria, told):
    ledger.write([Ask(), Ask(person="u02", case="25-000002", denied=("training_lapsed",))])
    assert find_unknown(reading(), criteria) == told


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("agency")).set_up()
    made.search(Ask(), Ask(person="u02", denied=("training_lapsed",)))
    return made


@pytest.mark.parametrize(
    "words",
    [
        ("search", "--person", "u99"),
        ("search", "--reason", "no_such_code"),
        ("open", "--case", "99-1", "--key", "{key}"),
        ("evidence", "--person", "u99", "--out", "{out}"),
        ("report", "person", "--person", "u99", "--out", "{out}"),
        ("evidence", "--plate", "ZZZ999", "--out", "{out}"),
    ],
)
def test_a_command_says_that_there_is_no_such_thing_and_makes_nothing(installation, tmp_path, words):
    given = [word.format(out=tmp_path / "out", key=installation.key) for word in words]
    result = installation.invoke("audit", *given, "--why", "Complaint 7")
    assert result.exit_code == 2
    assert "no record has" in result.stderr
    assert "nothing found" not in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words", [("--event", "policy.shadow_differed"), ("--event", "finding.opened"), ("--reason", "hotlist_too_large")]
)
def test_what_the_gateway_knows_and_has_not_met_yet_is_found_to_be_nothing_and_no_mistake(installation, words):
    result = installation.run("audit", "search", *words, "--why", "Complaint 7")
    assert "nothing found" in result.stderr


def test_what_exists_and_does_not_meet_is_found_to_be_nothing(installation):
    result = installation.run("audit", "search", "--person", "u02", "--verdict", "allow", "--why", "Complaint 7")
    assert "nothing found" in result.stderr


def test_where_a_period_lies_before_the_record_it_is_said_when_the_record_begins(installation):
    period = ("--since", "2020-01-01", "--until", "2020-02-01")
    result = installation.invoke("audit", "search", *period, "--why", "to see")
    assert result.exit_code == 0
    assert "note: The record begins 20" in result.stderr
