import json
from copy import deepcopy
from importlib.resources import files

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.obligation_types import OBLIGATION_TYPES
from gateway.pdp.decision import Expected, parse_decision
from gateway.reasons import POLICY_REASONS, Reason
from tests.properties import examples

SCHEMA = json.loads((files("gateway.pdp") / "schemas" / "decision.json").read_text())
FITS = jsonschema.Draft202012Validator(SCHEMA).is_valid
EXPECTED = Expected(engine="embedded", engine_version="1", revision="r1")
DUTIES = [
    {"id": "age", "type": "drop_reads_older_than", "basis": "window_or_plate_start"},
    {"id": "target", "type": "drop_other_plates", "matches": [0, 2]},
    {"id": "links", "type": "strip_links"},
]
EXTRAS = [
    {"id": "window", "type": "clamp_window", "max_lookback_days": 1200.6},
    {"id": "limit", "type": "limit_results", "max": 100},
    {"id": "mask", "type": "mask_fields", "kinds": ["location", "confidence"]},
    {"id": "expiry", "type": "set_expiry", "max_days": 30},
    {"id": "tell", "type": "notify", "channel": "privacy-office"},
]
ALLOW = {"allow": True, "reasons": [], "obligations": DUTIES, "policy": {"revision": "r1"}}
REASON = {"code": "target_unknown", "message": "Unknown.", "fix": "Check."}
DENY = {"allow": False, "reasons": [REASON], "obligations": [], "policy": {"revision": "r1"}}


def parse(document):
    return parse_decision(document, EXPECTED, duration_us=7)


def refusal(document):
    with pytest.raises(Refusal) as refused:
        parse(document)
    return refused.value.reason


def test_an_allow_carries_its_obligations_and_its_canonical_document():
    decision = parse({**ALLOW, "obligations": [*DUTIES, *EXTRAS]})
    assert decision.allow is True
    assert decision.reasons == ()
    assert [obligation.type for obligation in decision.obligations] == [duty["type"] for duty in [*DUTIES, *EXTRAS]]
    assert dict(decision.obligations[3].params) == {"max_lookback_days": 1200.6}
    assert (decision.engine, decision.engine_version, decision.duration_us) == ("embedded", "1", 7)
    assert decision.document.startswith('{"allow":true,"obligations":[{"basis"')


def test_a_denial_carries_its_codes_in_the_order_given():
    other = {**REASON, "code": "case_closed"}
    decision = parse({**DENY, "reasons": [REASON, other]})
    assert decision.allow is False
    assert decision.reasons == ("target_unknown", "case_closed")


def test_equal_numbers_make_equal_documents():
    one, other = ({**ALLOW, "obligations": [*DUTIES, {**EXTRAS[0], "max_lookback_days": n}]} for n in (1826, 1826.0))
    assert parse(one) == parse(other)


@pytest.mark.parametrize("document", [None, True, 1, "<undefined>", [], [ALLOW], {}, {"result": ALLOW}])
def test_what_is_no_decision_is_refused(document):
    assert refusal(document) is Reason.ENGINE_UNDEFINED


@pytest.mark.parametrize("base", [ALLOW, DENY])
@pytest.mark.parametrize("part", ["allow", "reasons", "obligations", "policy"])
def test_a_decision_with_a_part_missing_is_refused(base, part):
    assert refusal({key: value for key, value in base.items() if key != part}) is Reason.ENGINE_UNDEFINED


@pytest.mark.parametrize("base", [ALLOW, DENY])
def test_a_decision_with_a_part_nobody_knows_is_refused(base):
    assert refusal({**base, "override": True}) is Reason.ENGINE_UNDEFINED
    assert refusal({**base, "policy": {"revision": "r1", "signed": True}}) is Reason.ENGINE_UNDEFINED


@pytest.mark.parametrize("value", [1, 0, "true", None, [], 1.0, {}])
def test_only_true_itself_allows_and_only_false_itself_denies(value):
    assert refusal({**ALLOW, "allow": value}) is Reason.ENGINE_UNDEFINED
    assert refusal({**DENY, "allow": value}) is Reason.ENGINE_UNDEFINED


def test_an_allow_with_reasons_is_refused():
    assert refusal({**ALLOW, "reasons": [REASON]}) is Reason.ENGINE_UNDEFINED


def test_a_denial_without_reasons_is_refused():
    assert refusal({**DENY, "reasons": []}) is Reason.ENGINE_UNDEFINED


@pytest.mark.parametrize("revision", ["r2", "", None, 1, ["r1"]])
def test_a_decision_by_another_policy_is_refused(revision):
    assert refusal({**ALLOW, "policy": {"revision": revision}}) is Reason.POLICY_REVISION_MISMATCH


@pytest.mark.parametrize(
    "reason",
    [
        {**REASON, "code": "because"},
        {**REASON, "code": "internal_error"},
        {**REASON, "code": ["target_unknown"]},
        {**REASON, "message": ""},
        {**REASON, "fix": None},
        {**REASON, "message": "x" * 501},
        {**REASON, "entry": 1},
        {"code": "target_unknown", "message": "m"},
        "target_unknown",
    ],
)
def test_a_reason_of_another_shape_or_unknown_code_is_refused(reason):
    assert refusal({**DENY, "reasons": [reason]}) is Reason.ENGINE_UNDEFINED


def test_every_code_a_policy_may_give_is_accepted():
    codes = sorted(POLICY_REASONS)
    assert parse({**DENY, "reasons": [{**REASON, "code": code.value} for code in codes]}).reasons == tuple(codes)


def test_a_code_given_twice_is_refused():
    assert refusal({**DENY, "reasons": [REASON, {**REASON, "message": "Again."}]}) is Reason.ENGINE_UNDEFINED


@pytest.mark.parametrize("missing", range(3))
def test_an_allow_without_one_of_its_duties_is_refused(missing):
    assert refusal({**ALLOW, "obligations": DUTIES[:missing] + DUTIES[missing + 1 :]}) is Reason.ENGINE_UNDEFINED


@pytest.mark.parametrize(
    "obligation",
    [
        {"id": "x", "type": "log_quietly"},
        {"id": "x", "type": ["strip_links"]},
        {"id": "x"},
        {"type": "limit_results", "max": 5},
        {"id": "", "type": "limit_results", "max": 5},
        {"id": 1, "type": "limit_results", "max": 5},
        {"id": "x", "type": "limit_results"},
        {"id": "x", "type": "limit_results", "max": 5, "unless": "busy"},
        {"id": "x", "type": "limit_results", "max": 0},
        {"id": "x", "type": "limit_results", "max": True},
        {"id": "x", "type": "limit_results", "max": 1.5},
        {"id": "x", "type": "limit_results", "max": float("inf")},
        {"id": "x", "type": "limit_results", "max": "5"},
        {"id": "x", "type": "clamp_window", "max_lookback_days": 0},
        {"id": "x", "type": "clamp_window", "max_lookback_days": True},
        {"id": "x", "type": "clamp_window", "max_lookback_days": None},
        {"id": "x", "type": "set_expiry", "max_days": -1},
        {"id": "x", "type": "mask_fields", "kinds": []},
        {"id": "x", "type": "mask_fields", "kinds": ["plate"]},
        {"id": "x", "type": "mask_fields", "kinds": ["location", "location"]},
        {"id": "x", "type": "mask_fields", "kinds": [["location"]]},
        {"id": "x", "type": "mask_fields", "kinds": "location"},
        {"id": "x", "type": "notify", "channel": "to: everybody"},
        {"id": "x", "type": "notify", "channel": None},
        None,
        [],
        "strip_links",
    ],
)
def test_an_obligation_unknown_or_ill_formed_is_refused(obligation):
    assert refusal({**ALLOW, "obligations": [*DUTIES, obligation]}) is Reason.ENGINE_UNDEFINED


@pytest.mark.parametrize(
    ("obligation", "told"),
    [
        ({"id": "x", "type": "notfy", "channel": "privacy"}, "an obligation has a type that nobody knows (there are clamp_window, "),
        ({"id": "x", "type": "notify", "chanel": "p"}, "an obligation notify has a parameter that it does not take (it takes channel)"),
        ({"id": "x", "type": "notify"}, "the `channel` of an obligation notify is lacking or of another form"),
        ({"id": "x", "type": "notify", "channel": "Privacy Office"}, "the `channel` of an obligation notify is lacking or"),
        ({"id": "x", "type": "notify", "channel": "p", "at": 1}, "an obligation notify has a parameter that it does not take (it takes channel)"),
        ({"id": "x", "type": "strip_links", "at": 1}, "an obligation strip_links has a parameter that it does not take (it takes none)"),
        ({"id": "age", "type": "notify", "channel": "p"}, "two obligations have one id, or one type"),
    ],
)  # fmt: skip
def test_which_obligation_cannot_be_used_and_why_is_told_without_a_word_of_the_engines(obligation, told):
    with pytest.raises(Refusal) as refused:
        parse({**ALLOW, "obligations": [*DUTIES, obligation]})
    assert refused.value.note.startswith(told)
    assert "Privacy Office" not in refused.value.note


@pytest.mark.parametrize("matches", [None, "0", [-1], [0.5], [0, 0.0], [True], ["0"], [0, 0], [[0]], {"0": 0}])
def test_plates_are_kept_by_whole_places_in_the_list_each_once(matches):
    assert refusal({**ALLOW, "obligations": [DUTIES[0], {**DUTIES[1], "matches": matches}, DUTIES[2]]})


@pytest.mark.parametrize("basis", ["window", None, 1, ["window_or_plate_start"]])
def test_old_reads_are_dropped_on_the_one_basis_there_is(basis):
    assert refusal({**ALLOW, "obligations": [{**DUTIES[0], "basis": basis}, *DUTIES[1:]]})


@pytest.mark.parametrize("again", [{"id": "age"}, {"type": "strip_links"}])
def test_an_obligation_given_twice_is_refused(again):
    twice = {"id": "more", "type": "limit_results", "max": 1} | again
    document = {"id": twice["id"], "type": twice["type"]} | ({"max": 1} if twice["type"] == "limit_results" else {})
    assert refusal({**ALLOW, "obligations": [*DUTIES, document]}) is Reason.ENGINE_UNDEFINED


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60])
def test_a_number_that_has_no_canonical_form_is_refused(value):
    assert refusal({**ALLOW, "obligations": [*DUTIES, {**EXTRAS[0], "max_lookback_days": value}]})


def test_the_obligations_known_here_are_those_of_the_schema():
    listed = SCHEMA["properties"]["obligations"]["items"]["oneOf"]
    assert {shape["properties"]["type"]["const"] for shape in listed} == set(OBLIGATION_TYPES)
    for shape in listed:
        kind = shape["properties"]["type"]["const"]
        assert set(shape["properties"]) - {"id", "type"} == set(OBLIGATION_TYPES[kind])


VALUES = st.sampled_from([None, True, False, 0, 1, 1.5, -1, "", "x", "location", [], [0], ["location"], {}])


@given(st.sampled_from([ALLOW, DENY]), st.integers(0, 40), VALUES, st.booleans())
@settings(max_examples=examples(400))
def test_whatever_is_parsed_fits_the_schema(base, place, value, removed):
    document = deepcopy({**base, "obligations": [*base["obligations"], *(EXTRAS if base["allow"] else [])]})
    holder, key = _places(document)[place % len(_places(document))]
    if removed:
        del holder[key]
    else:
        holder[key] = value
    try:
        parse(document)
    except Refusal:
        return
    assert FITS(document)


def _places(tree):
    items = list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)) if isinstance(tree, list) else []
    return [place for key, child in items for place in [(tree, key), *_places(child)]]
