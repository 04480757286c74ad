import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import ReadField, Results
from gateway.reasons import Reason
from gateway.vendors import parse_answer, problem_extensions, serialise
from tests.properties import examples
from tests.vendors.refusals import refused
from tests.vendors.samples import FLOCK, REKOR, answer, flock_row

REKOR_ROW = {
    "pk": 7001,
    "model": "plate",
    "fields": {"best_plate": "D2651BF", "epoch_time_start": "2025-01-01T02:13:20Z", "best_confidence": 93.87},
}


def flock(**document):
    return parse_answer(FLOCK, "plate.search", answer({"results": [], "totalItems": 0} | document))


def told(results, *, next_page=None, previous_page=None):
    return json.loads(serialise(FLOCK, "plate.search", results, next_page=next_page, previous_page=previous_page))


def test_a_read_is_found_where_the_profile_says():
    (read,) = flock(results=[flock_row()]).reads
    assert (read.plate, read.state) == ("FNA579", "AR")
    assert read.time == datetime(2025, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert ReadField("device.location.latitude", "location", 34.7) in read.fields
    assert ReadField("link", "link", "https://share.vendor.example/lookup/r-1") in read.fields


def test_a_read_of_an_answer_that_is_a_list_is_found_too():
    (read,) = parse_answer(REKOR, "plate.search", answer([REKOR_ROW])).reads
    assert (read.plate, read.state, read.time) == ("D2651BF", None, datetime(2025, 1, 1, 2, 13, 20, tzinfo=UTC))


def test_what_is_not_listed_is_left_behind_and_counted():
    row = flock_row(imageUrl="https://x", vehicle={"make": "y", "model": "z"})
    row["device"]["metadata"] = {}
    results = flock(results=[row], searchTimeMs=12)
    assert results.withheld == 4
    assert "imageUrl" not in json.dumps(told(results))


def test_what_is_told_has_the_vendors_nesting():
    assert told(flock(results=[flock_row()])) == {"results": [flock_row()], "totalItems": 1}
    results = parse_answer(REKOR, "plate.search", answer([REKOR_ROW]))
    assert json.loads(serialise(REKOR, "plate.search", results, next_page=None, previous_page=None)) == [REKOR_ROW]


def test_totals_count_what_is_told_and_nothing_else():
    results = flock(results=[flock_row()] * 3, totalItems=250)
    fewer = Results(reads=results.reads[:1], frame=results.frame, next_page=None, previous_page=None, withheld=0)
    assert told(fewer)["totalItems"] == 1


def test_page_ids_of_the_vendor_are_replaced_by_tokens():
    results = flock(nextPageId="vendor-next", previousPageId="vendor-before")
    assert (results.next_page, results.previous_page) == ("vendor-next", "vendor-before")
    document = told(results, next_page="tok1", previous_page="tok2")
    assert (document["nextPageId"], document["previousPageId"]) == ("tok1", "tok2")
    assert "vendor-" not in json.dumps(told(results))


@pytest.mark.parametrize("page_id", ["../users", "a/b", "a%2fb", "", "a?b", 7, {"id": "x"}, "a" * 513])
def test_a_page_id_that_cannot_be_a_path_segment_makes_the_answer_unusable(page_id):
    with refused(Reason.VENDOR_ANSWER_UNUSABLE):
        flock(nextPageId=page_id)


@pytest.mark.parametrize(
    "changes",
    [
        {"plate": None},
        {"plate": {}},
        {"plate": {"plate": None}},
        {"plate": {"plate": 579}},
        {"plate": {"plate": "\N{CYRILLIC CAPITAL LETTER EF}HA579"}},
        {"plate": {"plate": ""}},
    ],
)
def test_a_read_whose_plate_cannot_be_read_has_none(changes):
    (read,) = flock(results=[flock_row(**changes)]).reads
    assert read.plate is None


@pytest.mark.parametrize("time", [None, 1735689600, "2025-01-31", "2025-01-31T23:59:59"])
def test_a_read_whose_time_cannot_be_read_has_none(time):
    (read,) = flock(results=[flock_row(capturedAt=time)]).reads
    assert read.time is None


@pytest.mark.parametrize(("state", "code"), [("new_jersey", "NJ"), ("ontario", "ONTARIO"), (None, None), (7, "7")])
def test_a_state_that_no_table_knows_differs_from_every_state(state, code):
    (read,) = flock(results=[flock_row(state={"state": state})]).reads
    assert read.state == code


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"results": None},
        {"results": {}},
        {"results": [[]]},
        {"results": [None]},
        {"results": [flock_row(device="camera")]},
        {"results": [flock_row(device=["camera"])]},
        {"results": [flock_row(id={"nested": "QZX8814"})]},
        {"results": [flock_row(link=["https://x"])]},
    ],
)
def test_an_answer_of_another_form_is_unusable(document):
    with refused(Reason.VENDOR_ANSWER_UNUSABLE):
        parse_answer(FLOCK, "plate.search", answer(document))


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"results": [\xff', b'{"results":[NaN]}', b'{"results":[]} x', b"\xef\xbb\xbf{}"]
)
def test_an_answer_that_is_not_json_is_unusable(body):
    with refused(Reason.VENDOR_ANSWER_UNUSABLE):
        parse_answer(FLOCK, "plate.search", answer(body=body))


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("content-type", "text/html"),),
        (("content-type", "application/problem+json"),),
        (("content-type", "application/json"), ("content-encoding", "gzip")),
    ],
)
def test_an_answer_of_another_media_type_or_coding_is_unusable(headers):
    with refused(Reason.VENDOR_ANSWER_UNUSABLE):
        parse_answer(FLOCK, "plate.search", answer({"results": []}, headers=headers))


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, Reason.VENDOR_CREDENTIAL_REFUSED),
        (403, Reason.VENDOR_CREDENTIAL_REFUSED),
        (429, Reason.VENDOR_RATE_LIMITED),
        (302, Reason.VENDOR_REFUSED),
        (400, Reason.VENDOR_REFUSED),
        (404, Reason.VENDOR_REFUSED),
        (500, Reason.VENDOR_REFUSED),
        (201, Reason.VENDOR_ANSWER_UNUSABLE),
        (204, Reason.VENDOR_ANSWER_UNUSABLE),
        (100, Reason.VENDOR_REFUSED),
    ],
)
def test_any_status_but_success_is_refused(status, reason):
    with refused(reason):
        parse_answer(FLOCK, "plate.search", answer({"results": []}, status=status))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("7", 7),
        ("0", 1),
        ("999999999999", 3600),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 1),
        ("-5", None),
        ("soon", None),
        ("\u0667", None),
        ("", None),
    ],
)
@pytest.mark.parametrize(("status", "reason"), [(429, Reason.VENDOR_RATE_LIMITED), (503, Reason.VENDOR_REFUSED)])
def test_the_time_to_wait_is_kept_within_an_hour(status, reason, sent, kept):
    headers = (("content-type", "application/json"), ("retry-after", sent))
    with refused(reason) as caught:
        parse_answer(FLOCK, "plate.search", answer({}, status=status, headers=headers))
    assert caught.value.retry_after_s == kept


def test_errors_carry_what_the_vendors_tools_look_for():
    assert problem_extensions(FLOCK, "No plate was given.") == {"error": "No plate was given."}
    assert problem_extensions(REKOR, "No plate was given.") == {}


values = st.none() | st.integers(-9, 9) | st.text(max_size=5)
documents = st.recursive(
    values,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["results", "id", "plate", "device", "location", "link", "x"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@settings(max_examples=examples(200))
@given(documents)
def test_no_answer_of_any_form_brings_more_than_listed_leaves(document):
    try:
        results = parse_answer(FLOCK, "plate.search", answer(document))
    except Exception as error:  # noqa: BLE001 - the kind is what is asserted
        assert type(error).__name__ == "Refusal"  # noqa: PT017
        return
    listed = FLOCK.answers["reads"].row
    for read in results.reads:
        assert {field.path: field.kind for field in read.fields}.items() <= listed.items()
        assert not any(isinstance(field.value, dict | list) for field in read.fields)
    assert parse_answer(FLOCK, "plate.search", answer(told(results))).reads == results.reads
