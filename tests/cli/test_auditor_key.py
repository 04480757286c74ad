"""A file given in the place of an auditor's private key is told by what it is."""

import io
import sys
from pathlib import Path

import pytest

from gateway.cli.auditor_key import read_key
from gateway.errors import ConfigurationError
from gateway.ledger.encryption import keygen

PAIR = keygen()


def told(path, content):
    path.write_text(content)
    with pytest.raises(ConfigurationError) as refused:
        read_key([path])
    [problem] = refused.value.problems
    assert PAIR.private[20:40] not in problem
    return problem


@pytest.mark.parametrize(
    ("content", "begins"),
    [
        ("", "is empty: "),
        ("\n \n", "is empty: "),
        (PAIR.public, "holds the public key alone, which opens nothing"),
        ("age-encryption.org/v1\n-> scrypt x\n", "is encrypted itself (age)"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\n", "is encrypted itself (age)"),
        ("-----BEGIN PRIVATE KEY-----\nx\n", "is of another kind (PEM)"),
        ("[audit]\n", "holds no private key"),
    ],
    ids=["empty", "blank", "public", "encrypted", "encrypted in armour", "PEM", "settings"],
)
def test_what_is_no_private_key_is_told_by_what_it_is(tmp_path, content, begins):
    path = tmp_path / "auditor.key"
    assert told(path, content).startswith(f"{path} {begins}")


@pytest.mark.parametrize(
    "key",
    [PAIR.private[:-1], PAIR.private[:30] + PAIR.private[31:], PAIR.private.replace("1", "1Q", 1)],
    ids=["cut", "without one", "with one more"],
)
def test_a_key_with_a_wrong_character_is_told_by_its_line_and_not_repeated(tmp_path, key):
    path = tmp_path / "auditor.key"
    assert told(path, f"# public key: {PAIR.public}\n{key}\n").startswith(f"{path}:2: the private key is damaged")


def test_the_keys_of_several_files_are_read_a_line_each(tmp_path):
    (tmp_path / "old").write_text(f"# made in 2025\n{PAIR.private}\n")
    (tmp_path / "new").write_text(PAIR.private)
    assert read_key([tmp_path / "old", tmp_path / "new"]) == f"{PAIR.private}\n{PAIR.private}"
    assert read_key([]) is None


def test_a_key_is_read_from_standard_input_where_the_service_may_not_read_the_auditors_file(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"# mine\n{PAIR.private}\n".encode())))
    assert read_key([Path("-")]) == PAIR.private
    with pytest.raises(ConfigurationError, match="standard input is empty"):
        read_key([Path("-")])
