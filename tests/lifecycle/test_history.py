import json

import pytest

from gateway.errors import ConfigurationError
from gateway.lifecycle.acts import deactivate, roll_back
from gateway.lifecycle.history import PolicyHistory
from tests.lifecycle.offices import ADA, EVE, NOW, OfficeAtWork, later


@pytest.fixture
def scene(tmp_path):
    scene = OfficeAtWork(tmp_path)
    scene.second = scene.policy("second", 700)
    scene.activate(scene.second)
    return scene


def rewrite(scene, number, **changes):
    path = scene.office.history.path
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[number - 1] |= changes
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.parametrize(
    "changes",
    [{"revision": "x"}, {"replaces": "x"}, {"signed": None}, {"signed": "x"}, {"act": "roll_back"}],
    ids=["another policy", "another predecessor", "no signature", "no note", "another act"],
)
def test_an_act_that_is_not_what_was_signed_puts_nothing_in_force(scene, changes):
    rewrite(scene, 1, **changes)
    with pytest.raises(ConfigurationError):
        scene.office.history.standing(NOW)


def test_where_the_act_in_force_was_signed_by_somebody_who_left_the_signer_and_the_way_out_are_told(scene):
    history = PolicyHistory(scene.office.state, [ADA.verifier])
    with pytest.raises(ConfigurationError) as refused:
        history.standing(NOW)
    told = "act 1 was signed by ada and bob (not registered): a line that is in [policy] signers now is registered from the next start"
    assert refused.value.problems[-1].startswith(told)
    assert "one that was taken out the operator puts back there" in refused.value.problems[-1]
    assert len(refused.value.problems) == 2  # after what is wrong


def test_signatures_are_judged_by_who_is_registered_now(scene):
    history = PolicyHistory(scene.office.state, [ADA.verifier, EVE.verifier])
    told = r"2 different registered signers must have signed; of those registered has: ada; signed by bob \(not registered\) besides"
    with pytest.raises(ConfigurationError, match=told):
        history.standing(NOW)


def test_an_act_written_again_under_a_later_number_is_refused(scene):
    third = scene.policy("third", 30)
    scene.activate(third, at=later(minutes=1))
    first_line = scene.office.history.path.read_text().splitlines()[0]
    with scene.office.history.path.open("a") as file:
        file.write(json.dumps(json.loads(first_line) | {"counter": 3}) + "\n")
    with pytest.raises(ConfigurationError, match="not what was signed"):
        scene.office.history.standing(later(minutes=2))


def test_acts_missing_from_the_middle_are_noticed(scene):
    deactivate(scene.office, "Stop.", now=later(minutes=1))
    path = scene.office.history.path
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(ConfigurationError, match="lost acts"):
        scene.office.history.standing(later(minutes=2))


def test_whoever_can_write_there_can_stop_but_not_roll_back_without_a_key(scene):
    roll_back(scene.office, scene.first.revision, ADA, "Back.", now=later(minutes=1))
    rewrite(scene, 2, revision=scene.second.revision)
    with pytest.raises(ConfigurationError, match="not what was signed"):
        scene.office.history.standing(later(minutes=2))


@pytest.mark.parametrize("text", ["{}\n", "nothing\n", '{"counter": 1}\n'])
def test_a_damaged_history_is_an_error_and_not_an_empty_one(scene, text):
    scene.office.history.path.write_text(text)
    with pytest.raises(ConfigurationError, match="damaged"):
        scene.office.history.standing(NOW)


def test_a_history_that_cannot_be_read_is_told_as_that_and_not_as_damaged(scene):
    path = scene.office.history.path
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigurationError, match=r"history\.jsonl cannot be read \(Is a directory\): `config check`"):
        scene.office.history.standing(NOW)
