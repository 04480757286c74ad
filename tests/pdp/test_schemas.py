"""The published schemas say what the shipped policy is told and answers."""

import json
from importlib.resources import files

import jsonschema
import pytest

from gateway.pdp import EmbeddedEngine
from gateway.reasons import POLICY_REASONS
from tests.cases import all_cases, base

_LATER = {"assurance", "reviews"}
"""What inputs recorded before these were known lack; they must stay replayable."""


def schema(name):
    return json.loads((files("gateway.pdp") / "schemas" / f"{name}.json").read_text())


@pytest.mark.parametrize("name", ["input", "decision"])
def test_a_schema_is_a_schema_in_which_every_object_is_closed(name):
    jsonschema.Draft202012Validator.check_schema(schema(name))
    objects = [part for part in _parts(schema(name)) if part.get("type") in ("object", ["object", "null"])]
    assert len(objects) >= 6
    assert all("additionalProperties" in part and part["additionalProperties"] is not True for part in objects)
    optional = {one for part in objects for one in part.get("properties", {}).keys() - set(part.get("required", []))}
    assert optional <= _LATER


def test_the_request_that_all_cases_change_fits_the_input_schema():
    jsonschema.validate(base(), schema("input"), jsonschema.Draft202012Validator)


def test_every_decision_on_a_case_fits_the_decision_schema(shipped):
    engine, fits = EmbeddedEngine(shipped), jsonschema.Draft202012Validator(schema("decision"))
    for case in all_cases():
        assert list(fits.iter_errors(json.loads(engine.decide(case.input_text).document))) == [], case.name


def test_the_schema_lists_the_codes_a_policy_may_give():
    listed = schema("decision")["properties"]["reasons"]["items"]["properties"]["code"]["enum"]
    assert set(listed) == {reason.value for reason in POLICY_REASONS}


def _parts(tree):
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _parts(child)
