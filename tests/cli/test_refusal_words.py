"""What a command says of a refusal."""

from pathlib import Path

import gateway
from gateway.cli.refusal_words import WORDS, tell_refusal


def told(**reason):
    return tell_refusal(400, {"detail": "as a tool hears it", "reasons": [reason]})


def test_a_field_is_told_as_the_option_that_it_came_from():
    sentence = told(message="A value is outside what this operation takes: reason.", fix="Allowed: so.", field="reason")
    assert sentence == "A value is outside what this command takes: --why. Allowed: so."


def test_an_address_is_told_as_the_command_that_asks_it():
    assert (
        told(message="No.", fix="List them: GET /gateway/approvals.") == "No. List them: `lpr-gateway approvals list`."
    )


def test_what_is_no_refusal_of_ours_is_told_as_it_is():
    assert tell_refusal(502, {"error": "bad gateway"}) == "bad gateway"
    assert tell_refusal(502, ["x"]) == "what answers there says 502 and not why"


def test_each_of_the_words_that_are_put_otherwise_is_still_said_by_the_gateway():
    folder = Path(gateway.__file__).parent
    said = "".join(path.read_text() for path in folder.rglob("*.py") if path.parent.name != "cli")
    joined = said.replace('"\n    "', "")
    assert [words for words in WORDS if words not in joined] == []
