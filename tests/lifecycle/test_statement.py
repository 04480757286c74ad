import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints import note
from gateway.lifecycle.statement import (
    Statement,
    find_signers,
    name_signers,
    parse_signers,
    read_statement,
    require_signers,
    sign_statement,
    tell_differing,
)
from gateway.value import replace
from tests.lifecycle.offices import ADA, BOB, CID, EVE

STATEMENT = Statement(
    act="activate", counter=1, revision="r1", replaces="r0", diff_sha256="d", why="w", evidence={"n": 1}
)
REGISTERED = [ADA.verifier, BOB.verifier, CID.verifier]


def test_a_statement_is_read_as_it_was_signed():
    assert read_statement(sign_statement(STATEMENT, ADA)) == STATEMENT


def test_two_registered_people_can_sign_one_statement():
    both = sign_statement(STATEMENT, BOB, sign_statement(STATEMENT, ADA))
    assert require_signers(both, REGISTERED) == ["ada", "bob"]


def test_the_same_key_cannot_sign_twice():
    with pytest.raises(ConfigurationError, match="another person must be the second"):
        sign_statement(STATEMENT, ADA, sign_statement(STATEMENT, ADA))


def test_a_line_copied_is_still_one_signer():
    signed = sign_statement(STATEMENT, ADA)
    copied = signed + signed.partition("\n\n")[2]
    with pytest.raises(ConfigurationError, match="2 different registered signers"):
        require_signers(copied, REGISTERED)


def test_a_signature_of_somebody_not_registered_does_not_count():
    both = sign_statement(STATEMENT, EVE, sign_statement(STATEMENT, ADA))
    assert find_signers(both, REGISTERED) == ["ada"]


def test_who_signed_and_is_not_registered_is_named_with_that_word():
    both = sign_statement(STATEMENT, BOB, sign_statement(STATEMENT, ADA))
    assert name_signers(both, REGISTERED) == ["ada", "bob"]
    assert name_signers(both, REGISTERED[:1]) == ["ada", "bob (not registered)"]


def test_a_signature_that_a_registered_key_did_not_make_is_told_as_false_and_not_as_of_somebody_who_left():
    altered = sign_statement(STATEMENT, ADA).replace('"why":"w"', '"why":"x"')
    assert name_signers(altered, REGISTERED) == ["ada (this signature is false)"]


def test_what_was_tested_by_the_first_signature_and_is_not_found_so_by_the_second_is_told():
    signed = read_statement(
        sign_statement(replace(STATEMENT, evidence={"cases": 5, "percent": 1.0, "engines": ["a"]}), ADA)
    )
    assert tell_differing(signed, {"cases": 4, "percent": 1.0, "engines": ["a"]}) == [
        "the first signature says cases 5; here it is 4"
    ]


def test_an_unregistered_key_under_a_registered_name_does_not_count():
    impostor = note.SigningKey("bob", EVE.private)
    assert find_signers(sign_statement(STATEMENT, impostor), REGISTERED) == []


def test_another_statement_cannot_be_given_the_first_signature():
    with pytest.raises(ConfigurationError, match="about something else"):
        sign_statement(Statement(act="activate", counter=2, revision="x", replaces="y", diff_sha256="d", why="w"), BOB,
                       sign_statement(STATEMENT, ADA))  # fmt: skip


SIGNED = sign_statement(STATEMENT, BOB, sign_statement(STATEMENT, ADA))


@given(st.integers(0, SIGNED.index("\n\n") - 1), st.characters(codec="ascii", exclude_characters="\n"))
def test_a_statement_of_which_one_character_was_changed_has_no_signers(place, character):
    changed = SIGNED[:place] + character + SIGNED[place + 1 :]
    assert find_signers(changed, REGISTERED) == (["ada", "bob"] if changed == SIGNED else [])


@pytest.mark.parametrize("text", ["", "{}\n", "{}\n\n", "not json\n\n— ada AAAA\n"])
def test_what_is_no_signed_statement_is_refused(text):
    with pytest.raises(ConfigurationError):
        read_statement(text)


def test_two_signers_cannot_share_a_name_or_a_key():
    for second in (note.VerifierKey("ada", BOB.verifier.public), note.VerifierKey("other", ADA.verifier.public)):
        with pytest.raises(ConfigurationError, match="one name and one key"):
            parse_signers([str(ADA.verifier), str(second)])
