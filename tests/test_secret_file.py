"""Secrets in files: one line, whatever an editor left after it; what is none is told without a character of it."""

import base64

import pytest

from gateway.errors import ConfigurationError
from gateway.secret_file import read_authorization, read_secret

SCHEMES = ("ApiKey", "Basic", "Bearer")
PAIR = base64.b64encode(b"lpr:a-password").decode()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "secret"


@pytest.mark.parametrize("after", [b"", b"\n", b"\r\n", b" \n", b"\t\n\n"])
def test_what_an_editor_left_after_a_secret_is_none_of_it(file, after):
    file.write_bytes(b"a-token" + after)
    assert read_secret(file) == "a-token"
    assert read_authorization(file, SCHEMES) == "ApiKey a-token"


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("a-key", "ApiKey a-key"),
        ("ApiKey a-key\n", "ApiKey a-key"),
        ("bearer a-token", "Bearer a-token"),
        (f"Basic {PAIR} \n", f"Basic {PAIR}"),
    ],
)
def test_an_authorization_is_the_key_alone_or_a_whole_value_of_a_scheme_that_may_be(file, content, shown):
    file.write_text(content)
    assert read_authorization(file, SCHEMES) == shown


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "is empty"),
        ("Basic", "holds the word Basic alone"),
        ("Basic ", "holds the word Basic alone"),
        ("Bearer  a-token", "holds a blank after the word Bearer and one blank"),
        ("ApiKey a key", "holds a blank after the word ApiKey and one blank"),
        ("Basic lpr:a-password", "holds no Basic credential: what follows the word is the base64 of user:password"),
        ("Basic YWJj", "holds no Basic credential: what follows the word is the base64 of user:password"),
        ("Bearer one\ntwo", "holds more than one line after the word Bearer and one blank"),
        (
            "Digest a-token",
            "holds a blank: it may hold the secret alone, or ApiKey or Basic or Bearer, one blank, and what belongs to it",
        ),
    ],
)
def test_what_is_no_authorization_is_told_with_its_file_and_without_what_is_in_it(file, content, fault):
    file.write_text(content)
    with pytest.raises(ConfigurationError) as caught:
        read_authorization(file, SCHEMES)
    assert caught.value.problems == [f"{file}: the secret file {fault}"]


def test_a_file_that_is_not_there_is_told_with_its_name(file):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_authorization(file, SCHEMES)
