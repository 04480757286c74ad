import hashlib
import string

import orjson
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.records.form import GENESIS, chain_halves, form, halves, hash_of, is_form, link_of
from tests.properties import examples

KEYS = st.text(string.ascii_lowercase + "_", min_size=1, max_size=6)
FRACTIONS = st.integers(-(10**6), 10**6).map(lambda number: number / 8)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8) | FRACTIONS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
BODIES = st.dictionaries(KEYS.filter(lambda key: key != "chain"), VALUES, max_size=8)


@given(BODIES)
@settings(max_examples=examples(150))
def test_the_form_is_that_of_an_independent_rfc_8785_implementation(body):
    assert form(body) == rfc8785.dumps(body)


@given(BODIES, st.integers(1, 2**50))
@settings(max_examples=examples(150))
def test_a_chained_line_is_the_form_of_the_whole_record_and_its_hash_leaves_out_only_itself(body, seq):
    line, link = chain_halves(halves(body), "w0", seq, GENESIS)
    record = orjson.loads(line)
    assert line == rfc8785.dumps(record)
    assert record["chain"] == {"hash": link.hash, "id": "w0", "prev": GENESIS, "seq": seq}
    del record["chain"]["hash"]
    assert link.hash == hashlib.sha256(rfc8785.dumps(record)).hexdigest()
    assert hash_of(line, orjson.loads(line), link) == link.hash == link_of(orjson.loads(line)).hash


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1.0}',
        b'{"a":-0.0}',
        b'{"a":-0}',
        b'{"a":1e1}',
        b'{"a":1e-7}',
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'{"a":9007199254740993}',
        b'{"a":18446744073709551616}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\u001F"}',
        b'{"a":[[[1.0]]]}',
        b'{"a":1}\r',
        b'{"\\u00e9":1}',
    ],
)
def test_what_means_the_same_but_is_written_otherwise_is_not_the_form(raw):
    assert not is_form(raw, orjson.loads(raw))


@pytest.mark.parametrize("value", ["é", "\U0001f600", "\x7f", "\u2028", '"\\', "\b\t\n\f\r\x00"])
def test_text_outside_ascii_has_its_form_too(value):
    raw = rfc8785.dumps({"a": value, "n": 0.5})
    assert form({"a": value, "n": 0.5}) == raw
    assert is_form(raw, orjson.loads(raw))


def test_a_chain_nested_before_the_records_own_does_not_mislead_the_hash():
    plain, link = chain_halves(halves({"b": 1}), "w0", 1, GENESIS)
    nested = {"a": {"chain": {"hash": link.hash, "id": "x", "prev": GENESIS, "seq": 1}}}
    line, own = chain_halves(halves(nested | {"b": 1}), "w0", 1, GENESIS)
    forged = line.replace(own.hash.encode(), link.hash.encode())
    assert hash_of(line, orjson.loads(line), own) == own.hash
    assert hash_of(forged, orjson.loads(forged), link_of(orjson.loads(forged))) != link.hash
    assert hash_of(plain, orjson.loads(plain), link) == link.hash


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 2**53 + 1, "\ud800", {1: 2}, {"é": 1}, object(), 1e300])
def test_what_has_no_exact_form_is_refused(bad):
    with pytest.raises(ValueError, match=r".+"):
        form({"a": bad})
