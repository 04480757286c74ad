from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.cosignature import Cosigner
from gateway.ledger.checkpoints.note import SigningKey
from gateway.ledger.verification.trust import read_trust

ORIGIN = "lpr-gateway-0123456789abcdef"
KEY = SigningKey(ORIGIN, Ed25519PrivateKey.generate()).verifier
WITNESS = Cosigner("witness.example", Ed25519PrivateKey.generate()).key


def written(folder, text):
    path = folder / "trust.toml"
    path.write_text(text)
    return path


def test_a_trust_file_names_origin_keys_witnesses_and_how_many_must_agree(tmp_path):
    text = f'origin = "{ORIGIN}"\nkeys = ["{KEY}"]\nagree = 2\n[[witnesses]]\nkey = "{WITNESS}"\n[[witnesses]]\nplace = "/w"\n'
    trust = read_trust(written(tmp_path, text))
    assert (trust.origin, trust.keys, trust.agree) == (ORIGIN, (KEY,), 2)
    assert [witness.name for witness in trust.witnesses] == ["witness.example", "/w"]


def test_a_trust_file_may_begin_with_a_byte_order_mark_and_one_in_another_encoding_is_told_as_that(tmp_path):
    path = written(tmp_path, f'origin = "{ORIGIN}"\nkeys = ["{KEY}"]\n')
    text = path.read_text()
    path.write_text(text, encoding="utf-8-sig")
    assert read_trust(path).origin == ORIGIN
    path.write_text(text, encoding="utf-16")
    with pytest.raises(ConfigurationError, match="is not UTF-8: save it as such"):
        read_trust(path)


def test_one_witness_must_agree_where_nothing_else_is_said(tmp_path):
    text = f'origin = "{ORIGIN}"\nkeys = ["{KEY}"]\n[[witnesses]]\nkey = "{WITNESS}"\n'
    assert read_trust(written(tmp_path, text)).agree == 1


def test_every_mistake_in_a_trust_file_is_told_at_once(tmp_path):
    text = f'origin = "us"\nkeys = ["{WITNESS}"]\nagree = 3\nmore = 1\n[[witnesses]]\nkey = "{KEY}"\n[[witnesses]]\n'
    with pytest.raises(ConfigurationError) as told:
        read_trust(written(tmp_path, text))
    problems = "\n".join(told.value.problems)
    for part in (
        "more:",
        "origin:",
        "keys: number 1 is a witness's key and no checkpoint key: it belongs into the trust file, below [[witnesses]]",
        "witnesses: number 1: key",
        "witnesses: number 2 needs",
        "agree:",
    ):
        assert part in problems


def test_the_same_witness_listed_twice_is_not_two(tmp_path):
    twice = f'[[witnesses]]\nkey = "{WITNESS}"\n' * 2
    with pytest.raises(ConfigurationError, match="counted twice"):
        read_trust(written(tmp_path, f'origin = "{ORIGIN}"\nkeys = ["{KEY}"]\nagree = 2\n{twice}'))


def test_when_a_witness_began_is_a_moment_and_nothing_less(tmp_path):
    begun = f'origin = "{ORIGIN}"\nkeys = ["{KEY}"]\n[[witnesses]]\nkey = "{WITNESS}"\nsince = '
    for written_so in ('"2026-05-12T09:00:00Z"', "2026-05-12T09:00:00Z", '"2026-05-12T11:00:00+02:00"'):
        [witness] = read_trust(written(tmp_path, begun + written_so)).witnesses
        assert witness.since == datetime(2026, 5, 12, 9, tzinfo=UTC)
    for wrong in ('"yesterday"', "2026-05-12T09:00:00", "2026-05-12", "7", "true"):
        with pytest.raises(ConfigurationError, match="witnesses: number 1: since must be a time with its zone"):
            read_trust(written(tmp_path, begun + wrong))


def test_a_witness_that_begins_in_the_future_is_refused_for_it_would_be_asked_nothing(tmp_path):
    begun = f'origin = "{ORIGIN}"\nkeys = ["{KEY}"]\n[[witnesses]]\nkey = "{WITNESS}"\nsince = '
    with pytest.raises(ConfigurationError, match="witnesses: number 1: since lies ahead"):
        read_trust(written(tmp_path, f'{begun}"2999-05-12T09:00:00Z"'))


def test_a_key_with_a_wrong_letter_is_told_to_be_mistyped(tmp_path):
    name, number, key = str(KEY).split("+", 2)
    with pytest.raises(ConfigurationError, match="keys: number 1 is not written as name\\+id\\+key, or was mistyped"):
        read_trust(written(tmp_path, f'origin = "{ORIGIN}"\nkeys = ["{name}x+{number}+{key}"]\n'))


def test_a_witnesss_file_lies_from_the_trust_files_folder_on_and_an_address_is_as_it_is(tmp_path):
    begun = f'origin = "{ORIGIN}"\nkeys = ["{KEY}"]\n[[witnesses]]\nplace = '
    for place, read in (
        ("held.notes", f"{tmp_path}/held.notes"),
        ("/w", "/w"),
        ("https://w.example", "https://w.example"),
    ):
        [witness] = read_trust(written(tmp_path, f'{begun}"{place}"')).witnesses
        assert witness.place == read
