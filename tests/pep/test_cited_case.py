"""A plate that is cited as a case is not kept in clear."""

import pytest

from gateway.errors import Refusal
from gateway.kept_words import WITHHELD, tell_plates
from gateway.ledger.records.decision import Verdict, decision_record
from gateway.model import EMERGENCY
from gateway.model.case_numbers import is_case_number
from gateway.pep.cited_case import cite, refuse_like_plate, refuse_plate_as_case
from gateway.plates import NormalPlate, PlatePattern
from gateway.reasons import Reason
from gateway.value import replace
from tests.pdp.samples import CASE, DECLARED, KNOWN, QUERY
from tests.pdp.samples import DOSSIER as SAMPLE

PLATE = NormalPlate("ABC120")
SECRET = bytes(32)


@pytest.fixture
def dossier():
    return SAMPLE.__class__(decision_id="d", request=SAMPLE.request, query=QUERY)


def citing(number, **changes):
    return replace(DECLARED, case_number=number, **changes)


@pytest.mark.parametrize("written", ["abc12o", "ABC-120", "ABC 12.0", "a/b_c 120"])
def test_a_search_that_cites_the_plate_it_seeks_is_refused_however_it_is_written(written):
    with pytest.raises(Refusal) as refused:
        refuse_plate_as_case(written, PLATE)
    assert refused.value.reason is Reason.REQUEST_MALFORMED
    assert "stands in the other's place" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("number", "plate"), [(CASE, PLATE), (None, PLATE), (CASE, None), (".", PLATE), ("FNA5", PlatePattern("FNA5*"))]
)
def test_another_number_no_number_and_no_plate_pass(number, plate):
    refuse_plate_as_case(number, plate)


def test_a_number_that_no_case_has_and_that_looks_like_a_plate_is_withheld_and_sealed(dossier):
    assert cite(dossier, citing("XYZ9876"), SECRET).case_number.startswith(f"{WITHHELD} ")
    body, sensitive = decision_record(dossier, Verdict(decision="deny"))
    assert body["case_number"].startswith(WITHHELD)
    assert sensitive.query["cited_case"] == "XYZ9876"


def test_a_case_that_exists_is_kept_whatever_it_looks_like(dossier):
    assert cite(dossier, citing("XYZ9876"), SECRET).case_number.startswith(f"{WITHHELD} ")
    dossier.known = replace(KNOWN, case=replace(KNOWN.case, case_number="XYZ9876"))
    assert cite(dossier, citing("XYZ9876"), SECRET).case_number == "XYZ9876"
    assert dossier.withheld_case is None


@pytest.mark.parametrize("number", [CASE, "24-cr-00187", "made up", None])
def test_what_does_not_look_like_a_plate_is_kept(dossier, number):
    assert cite(dossier, citing(number), SECRET).case_number == number


def test_a_call_of_an_emergency_is_withheld_like_any_other_number_and_another_is_kept(dossier):
    assert cite(dossier, citing("E240117", purpose=EMERGENCY), SECRET).case_number.startswith(WITHHELD)
    assert dossier.withheld_case == "E240117"
    assert cite(dossier, citing("26-112704511", purpose=EMERGENCY), SECRET).case_number == "26-112704511"
    assert dossier.withheld_case is None


def test_what_is_kept_in_clear_with_no_case_behind_it_is_refused_where_it_looks_like_a_plate():
    with pytest.raises(Refusal) as refused:
        refuse_like_plate("XYZ9876", "Or do this.")
    assert (refused.value.reason, refused.value.field) == (Reason.REQUEST_OUT_OF_RANGE, "case_number")
    assert str(refused.value.hint).endswith("give the case's number. Or do this.")
    refuse_like_plate(CASE, "")


def test_what_stands_for_a_withheld_number_is_its_own_a_case_number_and_like_no_plate(dossier):
    first, again, other = (
        cite(dossier, citing(number), SECRET).case_number for number in ("CALL-8801", "CALL-8801", "CALL-9902")
    )
    assert first == again != other
    assert is_case_number(first)
    assert tell_plates(first) is None
    assert cite(dossier, citing("CALL-8801"), b"x" * 32).case_number != first
