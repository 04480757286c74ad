import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reasons import Reason
from gateway.vendors.strict_json import json_object, strict_json
from tests.vendors.refusals import refused

MALFORMED = [
    b"",
    b" ",
    b"{",
    b"{}{}",
    b"{} x",
    b'{"a":1,}',
    b"{'a':1}",
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":-Infinity}',
    b"\xef\xbb\xbf{}",
    b'{"a":"\xff"}',
    '{"a":1}'.encode("utf-16"),
    b'{"a":"\\ud800"}',
    b'{"\\udc00":1}',
    b'{"a":"\\ud83d\\ud83d"}',
    b'{"a":"\n"}',
    b'{"a":01}',
    b'{"a":' + b"9" * 5000 + b"}",
    b"[" * 33 + b"]" * 33,
    b'{"a":' * 33 + b"1" + b"}" * 33,
    b"[" * 200_000,
    b"[" * 200_000 + b"]" * 200_000,
    b"// a comment\n{}",
]
DUPLICATES = [b'{"a":1,"a":1}', b'{"a":1,"b":2,"a":3}', b'{"b":[{"a":1,"a":2}]}', b'{"a":1,"\\u0061":2}']


@pytest.mark.parametrize("body", MALFORMED)
def test_a_text_with_no_reading_or_several_is_refused(body):
    with refused(Reason.REQUEST_MALFORMED, field="body"):
        strict_json(body)


@pytest.mark.parametrize("body", DUPLICATES)
def test_a_member_given_twice_is_refused_at_any_depth(body):
    with refused(Reason.REQUEST_DUPLICATE_FIELD):
        strict_json(body)


def test_of_what_is_given_twice_the_field_is_named_where_it_is_one_and_never_what_somebody_else_wrote():
    with refused(Reason.REQUEST_DUPLICATE_FIELD, field="plate"):
        json_object(b'{"plate":"FNA579","plate":"KLM482"}', {"plate"})
    with refused(Reason.REQUEST_DUPLICATE_FIELD, field=None):
        json_object(b'{"FNA579":1,"FNA579":2}', {"plate"})


def test_nesting_of_exactly_32_is_read():
    assert strict_json(b"[" * 32 + b"]" * 32)


def test_a_pair_of_surrogates_is_one_character():
    assert strict_json(b'{"a":"\\ud83d\\ude97"}') == {"a": "\U0001f697"}


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12))  # fmt: skip
def test_what_a_writer_wrote_is_what_is_read(value):
    assert strict_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_and_nothing_else(body):
    try:
        value = strict_json(body)
    except Exception as error:  # noqa: BLE001 - the kind is what is asserted
        assert type(error).__name__ == "Refusal"  # noqa: PT017
    else:
        assert json.loads(body) == value


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'\xef\xbb\xbf{"a":1}', "It begins with a byte order mark: send it as UTF-8 without one."),
        ('{"a":1}'.encode("utf-16"), "It is in UTF-16 or UTF-32: send it as UTF-8."),
        ('{"a":1}'.encode("utf-32"), "It is in UTF-16 or UTF-32: send it as UTF-8."),
        (b" ", "It is empty: send one JSON object."),
        (b'{"a":', "Allowed: one JSON text in UTF-8. From character 6 on this is none."),
        (b'{"a":1 "b":2}', "Allowed: one JSON text in UTF-8. From character 8 on this is none."),
        (b"{'a':1}", "Allowed: one JSON text in UTF-8. From character 2 on this is none."),
        (b'{"a":NaN}', "Allowed: one JSON text in UTF-8."),
    ],
)
def test_a_body_that_cannot_be_read_is_told_why_where_its_first_bytes_say_so(body, told):
    with refused(Reason.REQUEST_MALFORMED, field="body") as caught:
        json_object(body)
    assert caught.value.hint == told


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"null", "null"), (b"[{}]", "a list"), (b'"x"', "a text"), (b"true", "true or false"), (b"1.5", "a number")],
)
def test_a_body_that_is_no_object_is_told_what_it_is_and_that_an_object_is_wanted(body, kind):
    with refused(Reason.REQUEST_WRONG_TYPE, field="body") as caught:
        json_object(body)
    assert caught.value.hint.startswith(f"It is {kind}: send one JSON object")
