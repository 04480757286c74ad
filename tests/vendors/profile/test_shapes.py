import json

import pytest

from gateway.model import Geo
from gateway.reasons import Reason
from tests.vendors.refusals import refused
from tests.vendors.samples import SEARCH, flock, lookup, rekor, search

RADIUS = {"radius": {"latitude": 34.7, "longitude": -92.3, "radius": 5}}
RING = [[-92.3, 34.7], [-92.2, 34.7], [-92.2, 34.8], [-92.3, 34.7]]
AREA = {"area": {"type": "Polygon", "coordinates": [RING]}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("plate", 579),
        ("plate", ["FNA579"]),
        ("reason", {"text": "x"}),
        ("caseNumber", 25),
        ("startDate", 1735689600),
        ("state", ["arkansas"]),
        ("limit", "10"),
        ("limit", 10.0),
        ("limit", True),
        ("sort", "desc"),
        ("radius", 5),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(name, value):
    with refused(Reason.REQUEST_WRONG_TYPE, field=name):
        flock(lookup(**{name: value}))


@pytest.mark.parametrize("name", ["state", "radius", "limit", "reason"])
def test_null_is_not_the_same_as_absent_and_is_told_to_be_left_out(name):
    with refused(Reason.REQUEST_WRONG_TYPE, field=name) as caught:
        flock(lookup(json.dumps(SEARCH | {name: None}).encode()))
    assert caught.value.hint.endswith("Where there is nothing to say, leave the field out.")


def test_an_empty_state_is_told_to_be_left_out():
    with refused(Reason.REQUEST_OUT_OF_RANGE, field="state") as caught:
        flock(lookup(json.dumps(SEARCH | {"state": ""}).encode()))
    assert caught.value.hint.endswith("Where there is nothing to say, leave the field out.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", 0),
        ("limit", 51),
        ("limit", -1),
        ("limit", 10**30),
        ("state", "Arkansas"),
        ("state", "AR"),
        ("state", "ontario"),
        ("minConfidences", [{}] * 3),
        ("sort", [{}, {}]),
    ],
)
def test_a_value_out_of_range_is_refused_and_never_clamped(name, value):
    with refused(Reason.REQUEST_OUT_OF_RANGE, field=name):
        flock(lookup(**{name: value}))


def test_a_circle_is_a_limit_by_place_with_its_radius():
    query = flock(lookup(radius=RADIUS))
    assert query.geo == Geo(kind="radius", size_miles=5.0)
    assert query.rest == {"radius": RADIUS}


def test_a_polygon_is_a_limit_by_place():
    assert flock(lookup(area=AREA)).geo == Geo(kind="area", size_miles=None)


@pytest.mark.parametrize(
    ("corner", "reason", "name"),
    [
        ([34.7, -92.3], Reason.REQUEST_OUT_OF_RANGE, ".latitude"),
        ([-192.3, 34.7], Reason.REQUEST_OUT_OF_RANGE, ".longitude"),
        ([-92.3], Reason.REQUEST_WRONG_TYPE, ""),
        ([-92.3, 34.7, 1], Reason.REQUEST_WRONG_TYPE, ""),
        (["-92.3", 34.7], Reason.REQUEST_WRONG_TYPE, ".longitude"),
    ],
)
def test_a_corner_is_a_longitude_and_a_latitude_in_this_order(corner, reason, name):
    ring = [corner, *RING[1:3], corner]
    with refused(reason, field=f"area.area.coordinates{name}"):
        flock(lookup(area={"area": {"type": "Polygon", "coordinates": [ring]}}))


def test_a_circle_and_a_polygon_at_once_are_refused():
    with refused(Reason.REQUEST_MALFORMED, field="radius"):
        flock(lookup(radius=RADIUS, area=AREA))


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"radius": 2001}, Reason.REQUEST_OUT_OF_RANGE, "radius.radius.radius"),
        ({"radius": 0.5}, Reason.REQUEST_OUT_OF_RANGE, "radius.radius.radius"),
        ({"latitude": 90.1}, Reason.REQUEST_OUT_OF_RANGE, "radius.radius.latitude"),
        ({"latitude": 1e-9}, Reason.REQUEST_OUT_OF_RANGE, "radius.radius.latitude"),
        ({"latitude": "34"}, Reason.REQUEST_WRONG_TYPE, "radius.radius.latitude"),
        ({"height": 1}, Reason.REQUEST_UNKNOWN_FIELD, "radius.radius"),
    ],
)
def test_a_nested_value_is_held_to_its_shape(changes, reason, field):
    with refused(reason, field=field):
        flock(lookup(radius={"radius": RADIUS["radius"] | changes}))


def test_a_nested_value_without_a_member_it_needs_is_refused():
    with refused(Reason.REQUEST_MISSING_FIELD, field="radius.radius.radius"):
        flock(lookup(radius={"radius": {"latitude": 1, "longitude": 1}}))


def test_an_infinite_number_written_as_a_large_one_is_refused():
    body = json.dumps(SEARCH | {"radius": RADIUS}).replace("34.7", "1e999").encode()
    with refused(Reason.REQUEST_OUT_OF_RANGE, field="radius.radius.latitude"):
        flock(lookup(body))


@pytest.mark.parametrize("name", ["camera", "site"])
def test_a_camera_or_site_is_a_limit_by_place(name):
    assert rekor(search(**{name: 12})).geo == Geo(kind=name, size_miles=None)


@pytest.mark.parametrize("topn", ["0", "1001", "20000", "-1"])
def test_a_number_of_results_out_of_range_is_refused(topn):
    with refused(Reason.REQUEST_OUT_OF_RANGE, field="topn"):
        rekor(search(topn=topn))


@pytest.mark.parametrize("topn", ["", "ten", "1e2", "0x10", "\uff11", "1 ", "1.0"])
def test_a_number_of_results_that_is_no_number_is_refused(topn):
    with refused(Reason.REQUEST_WRONG_TYPE, field="topn"):
        rekor(search(topn=topn))
