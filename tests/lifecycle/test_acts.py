import pytest

from gateway.errors import ConfigurationError
from gateway.lifecycle.acts import activate, deactivate, roll_back
from gateway.lifecycle.history import PolicyHistory, find_before_last
from gateway.value import replace
from tests.lifecycle.offices import ADA, BOB, CID, EVE, NOW, later, sealed_impact


def in_force(scene, at=NOW):
    standing = scene.office.history.standing(at)
    return None if standing is None else standing.entry.revision


def test_two_signatures_put_a_policy_in_force_and_on_record(scene):
    second = scene.policy("second", 700)
    scene.activate(second)
    assert in_force(scene) == second.revision
    [record] = scene.records
    assert record["event_type"] == "policy.activated"
    assert record["signers"] == ["ada", "bob"]
    assert record["changes"] == ["tables/training.max_age_days.value: 365 -> 700"]
    by, compared = "signed by ada and bob", f"policy diff {record['replaces'][:12]} {second.revision[:12]}"
    told = f"act 1: policy {second.revision[:12]}, {by}; changes: {record['changes'][0]} (all: {compared})"
    assert record["what"] == told


def test_one_signature_puts_nothing_in_force_and_nothing_on_record(scene):
    second = scene.policy("second", 700)
    for keys in ((ADA,), (ADA, EVE)):
        with pytest.raises(ConfigurationError, match="2 different registered signers"):
            activate(scene.office, scene.sign(second, *keys), now=NOW, effective=None)
    assert (in_force(scene), scene.records) == (None, [])


def test_what_cannot_be_recorded_is_not_put_in_force(scene):
    def fail(_event_type, **_fields):
        raise OSError(28, "the disk is full")

    object.__setattr__(scene.office, "record", fail)
    with pytest.raises(OSError, match="full"):
        scene.activate(scene.policy("second", 700))
    assert in_force(scene) is None


def test_a_statement_serves_once(scene):
    second = scene.policy("second", 700)
    signed = scene.sign(second, ADA, BOB)
    activate(scene.office, signed, now=NOW, effective=None)
    with pytest.raises(ConfigurationError, match="sign it again"):
        activate(scene.office, signed, now=NOW, effective=None)


def test_a_statement_about_another_policy_in_force_is_refused(scene):
    second = scene.policy("second", 700)
    with pytest.raises(ConfigurationError, match="sign it again"):
        activate(scene.office, scene.sign(second, ADA, BOB, replaces="x"), now=NOW, effective=None)


def test_a_policy_that_is_not_kept_here_cannot_be_activated(scene):
    second = scene.policy("second", 700)
    with pytest.raises(ConfigurationError):
        activate(scene.office, scene.sign(second, ADA, BOB, revision="ab" * 32), now=NOW, effective=None)


def test_what_rests_on_an_impact_that_was_not_worked_out_here_is_not_activated(scene):
    second = scene.policy("second", 700)
    typed = {"impact": sealed_impact(scene.office, second.revision)["impact"] | {"newly_allowed": -3}}
    for evidence in (typed, {}):
        with pytest.raises(ConfigurationError, match=r"make it anew .*, and have both sign again"):
            activate(scene.office, scene.sign(second, ADA, BOB, evidence=evidence), now=NOW, effective=None)
    assert in_force(scene) is None


def test_an_activation_ahead_takes_effect_at_its_instant(scene):
    second = scene.policy("second", 700)
    scene.activate(second, effective=later(hours=1))
    assert in_force(scene, later(minutes=59)) is None
    assert scene.office.history.find_scheduled(NOW).revision == second.revision
    assert in_force(scene, later(hours=1)) == second.revision
    assert scene.office.history.find_scheduled(later(hours=1)) is None


def test_an_activation_cannot_lie_in_the_past(scene):
    with pytest.raises(ConfigurationError, match="must lie ahead"):
        scene.activate(scene.policy("second", 700), effective=later(seconds=-1))


def test_one_signer_rolls_back_to_what_was_there_before(scene):
    scene.activate(scene.policy("second", 700))
    roll_back(scene.office, scene.first.revision, CID, "It was wrong.", now=later(minutes=1))
    assert in_force(scene, later(minutes=1)) == scene.first.revision
    assert scene.records[-1]["event_type"] == "policy.rolled_back"


def test_a_policy_that_was_never_in_force_cannot_be_rolled_back_to(scene):
    scene.activate(scene.policy("second", 700))
    third = scene.policy("third", 30)
    with pytest.raises(ConfigurationError, match="no signed act put policy"):
        roll_back(scene.office, third.revision, ADA, "Try.", now=NOW)


def test_nobody_unregistered_rolls_back(scene):
    scene.activate(scene.policy("second", 700))
    with pytest.raises(ConfigurationError, match="eve is not registered with this key: have the operator add eve"):
        roll_back(scene.office, scene.first.revision, EVE, "Try.", now=NOW)


def test_one_person_stops_everything_and_a_roll_back_starts_again(scene):
    second = scene.policy("second", 700)
    scene.activate(second)
    deactivate(scene.office, "The vendor lost data.", now=later(minutes=1))
    assert scene.office.history.standing(later(minutes=1)).stopped
    object.__setattr__(scene.office, "current", None)
    roll_back(scene.office, second.revision, ADA, "It is over.", now=later(minutes=2))
    assert in_force(scene, later(minutes=2)) == second.revision


def test_a_later_act_calls_off_one_that_is_still_to_come(scene):
    second = scene.policy("second", 700)
    scene.activate(second, effective=later(days=30))
    roll_back(scene.office, scene.first.revision, ADA, "Not after all.", now=later(days=1))
    assert in_force(scene, later(days=40)) == scene.first.revision
    assert scene.office.history.find_scheduled(later(days=2)) is None
    coming, calling_off = (record["what"] for record in scene.records)
    assert coming.startswith(f"act 1: policy {second.revision[:12]} from 20")
    assert calling_off.endswith(", signed by ada; calls off act 1")


def test_of_two_acts_to_come_the_sooner_one_is_next_and_then_the_other(scene):
    second, third = scene.policy("second", 700), scene.policy("third", 30)
    scene.activate(second, effective=later(days=10))
    scene.activate(third, effective=later(days=20))
    find = scene.office.history.find_scheduled
    assert (find(NOW).revision, find(later(days=11)).revision) == (second.revision, third.revision)
    assert in_force(scene, later(days=11)) == second.revision
    assert in_force(scene, later(days=21)) == third.revision


def test_before_the_last_act_was_what_came_into_force_meanwhile_and_not_what_was_to_be_replaced(scene):
    second, third = scene.policy("second", 700), scene.policy("third", 30)
    scene.activate(second, effective=later(days=10))
    scene.activate(third, effective=later(days=20))
    entries = scene.office.history.read()
    assert find_before_last(entries, later(days=21)) == second.revision
    assert [find_before_last(entries, later(days=day)) for day in (1, 11)] == [scene.first.revision, second.revision]


def test_one_signer_does_not_put_in_force_what_is_still_to_come_or_was_called_off(scene):
    second, third = scene.policy("second", 700), scene.policy("third", 30)
    scene.activate(second, effective=later(days=10))
    with pytest.raises(ConfigurationError, match="no signed act put policy"):
        roll_back(scene.office, second.revision, ADA, "At once.", now=later(days=1))
    scene.activate(third, at=later(days=2))
    with pytest.raises(ConfigurationError, match="no signed act put policy"):
        roll_back(scene.office, second.revision, ADA, "All the same.", now=later(days=30))


@pytest.fixture
def left(scene):
    """By act 1, of ada and bob, the second came for the first; by act 2, of ada and cid, the third; then bob left."""
    scene.second = scene.policy("second", 700)
    scene.activate(scene.second)
    third, registered = scene.policy("third", 30), [ADA.verifier, CID.verifier]
    activate(scene.office, scene.sign(third, ADA, CID), now=later(minutes=1), effective=None)
    scene.office = replace(scene.office, current=third, registered=registered)
    return scene


def test_what_a_former_signer_put_in_force_is_said_to_have_been_and_what_to_do(left):
    with pytest.raises(ConfigurationError) as refused:
        roll_back(left.office, left.first.revision, ADA, "Back.", now=later(minutes=3))
    told, short = str(refused.value), left.first.revision[:12]
    assert f"policy {short} was in force here until act 1, signed by ada and bob (not registered)" in told
    assert "Put that line back into [policy] signers and restart the gateway" in told
    assert f"`policy draft DIR --from {short}`" in told
    assert f"`policy activate {short}`" in told


def test_once_the_line_of_a_former_signer_is_back_one_signer_goes_back(left):
    left.office = replace(left.office, registered=[ADA.verifier, CID.verifier, BOB.verifier])
    roll_back(left.office, left.first.revision, ADA, "Back.", now=later(minutes=3))
    assert in_force(left, later(minutes=3)) == left.first.revision


def test_any_act_of_those_who_are_registered_proves_that_a_policy_was_in_force(left):
    roll_back(left.office, left.second.revision, ADA, "Back.", now=later(minutes=3))  # act 2 was in its place
    assert in_force(left, later(minutes=3)) == left.second.revision


def test_a_later_act_of_a_former_signer_does_not_hide_an_earlier_one_that_proves_it(scene):
    second, third = scene.policy("second", 700), scene.policy("third", 30)
    for number, (policy, second_signer) in enumerate([(second, CID), (third, BOB), (second, BOB), (third, BOB)]):
        signed = scene.sign(policy, ADA, second_signer)
        activate(scene.office, signed, now=later(minutes=number), effective=None)
        scene.office = replace(scene.office, current=policy)
    scene.office = replace(scene.office, registered=[ADA.verifier, CID.verifier])
    roll_back(scene.office, second.revision, ADA, "Back.", now=later(minutes=9))
    assert scene.office.history.standing(later(minutes=9)).entry.revision == second.revision


def test_an_act_of_the_history_that_nobody_signed_so_is_told_as_that(left):
    path = left.office.history.path
    path.write_text(path.read_text().replace(left.second.revision, left.first.revision))
    with pytest.raises(ConfigurationError, match=r"act 1 of .* is not what was signed"):
        roll_back(left.office, left.first.revision, ADA, "Back.", now=later(minutes=3))


def test_a_roll_back_in_force_whose_policy_is_proven_no_more_says_by_whom_it_was_signed(scene):
    scene.activate(scene.policy("second", 700))
    roll_back(scene.office, scene.first.revision, ADA, "Back.", now=later(minutes=1))
    with pytest.raises(
        ConfigurationError, match=r"was in force here until act 1, signed by ada and bob \(not registered"
    ):
        PolicyHistory(scene.office.state, [ADA.verifier]).standing(later(minutes=1))
