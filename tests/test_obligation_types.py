"""The closed list of obligations: one reading of parameters, which the schema, the parser and the drafter share."""

import json
from importlib.resources import files

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.model import Obligation
from gateway.obligation_types import LONGEST_DAYS, MASKABLE, OBLIGATION_TYPES, SET_EXPIRY, read_parameters
from gateway.obligations.draft import begin_draft, execute
from gateway.reasons import Reason
from tests.obligations.samples import NOW, query
from tests.properties import examples

SCHEMA = json.loads((files("gateway.pdp") / "schemas" / "decision.json").read_text())
ONE = jsonschema.Draft202012Validator(SCHEMA["properties"]["obligations"]["items"])
MANY_PLATES = 1 << 1024  # more than any number that is read
NAMES = sorted({name for shape in OBLIGATION_TYPES.values() for name in shape} | {"unless"})

WORDS = MASKABLE | {"plate", "window_or_plate_start", "privacy-office", "two words", ""}

scalars = (
    st.none() | st.booleans() | st.integers(-3, 1 << 40) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0, 0.0, 5, 5.0, LONGEST_DAYS])
    | st.sampled_from(sorted(WORDS))
)  # fmt: skip
values = scalars | st.lists(scalars, max_size=4) | st.dictionaries(st.text(max_size=2), scalars, max_size=1)
parameters = st.dictionaries(st.sampled_from(NAMES), values, max_size=2)


@st.composite
def obligations(draw):
    """A type and parameters: mostly those that the type has, so that many are well formed."""
    kind = draw(st.sampled_from(sorted(OBLIGATION_TYPES)))
    named = {name: draw(values) for name in OBLIGATION_TYPES[kind]}
    return kind, draw(st.just(named) | parameters)


def is_read(kind, params):
    try:
        read_parameters(kind, params)
    except ValueError:
        return False
    return True


@given(obligations())
@settings(max_examples=examples(500))
def test_what_is_read_is_what_the_schema_lists(given_):
    kind, params = given_
    assert is_read(kind, params) == ONE.is_valid({"id": "x", "type": kind, **params})


@given(obligations())
@settings(max_examples=examples(500))
def test_what_is_read_can_be_executed_and_nothing_else(given_):
    kind, params = given_
    draft = begin_draft(query(), matches=MANY_PLATES, now=NOW, approvals=WORDS)
    try:
        execute(draft, Obligation(id="x", type=kind, params=params))
    except Refusal as refusal:
        done = refusal.reason is Reason.LOOKBACK_TOO_LONG
    else:
        done = True
    assert done == (is_read(kind, params) and kind != SET_EXPIRY)


@given(obligations())
def test_what_was_read_reads_the_same_again(given_):
    kind, params = given_
    if is_read(kind, params):
        once = read_parameters(kind, params)
        assert read_parameters(kind, once) == once


@pytest.mark.parametrize(
    ("kind", "params"), [("limit_results", {"max": 5.0}), ("drop_other_plates", {"matches": [2.0]})]
)
def test_a_whole_number_is_whole_however_json_wrote_it(kind, params):
    [value] = read_parameters(kind, params).values()
    assert json.dumps(value) in ("5", "[2]")


@pytest.mark.parametrize(
    ("kind", "params", "named"),
    [("invented", {}, "obligations"), ("notify", {}, "channel"), ("strip_links", {"AB12CDE": 1}, "obligations"),
     ("clamp_window", {"max_lookback_days": 0}, "max_lookback_days")],
)  # fmt: skip
def test_a_mistake_names_the_parameter_and_no_word_of_the_policys(kind, params, named):
    with pytest.raises(ValueError, match=f"^{named}$"):
        read_parameters(kind, params)
