"""Vendors' exports as they really are: every kind of dirt is survived, and what is not understood is named."""

import csv
import hashlib
import io
import zipfile
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

import openpyxl
import pytest

from gateway.auditing.query_engine import connect
from gateway.errors import ConfigurationError
from gateway.ledger.epoch_keys import readable_epochs
from gateway.oversight.detectors.context import read_detection_context
from gateway.oversight.imports import cells
from gateway.oversight.staff import import_staff
from tests.auditing.ledgers import START, Ask
from tests.oversight.conftest import NOW
from tests.oversight.scene import F13, csv_text, gateway_row, portal_row, stamp

AT = START + timedelta(hours=1)


def kept(store, names="*"):
    with connect([store.folder]) as connection:
        listed = ", ".join(f"'{path}'" for path in store.files())
        return connection.execute(f"SELECT {names} FROM read_parquet([{listed}]) ORDER BY sheet, row").fetchall()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("02/12/2026, 05:41:09 AM UTC", datetime(2026, 2, 12, 5, 41, 9, tzinfo=UTC)),
        ("2/1/2026, 12:00:04 AM UTC", datetime(2026, 2, 1, 0, 0, 4, tzinfo=UTC)),
        ("02/12/2026, 12:30:00 PM UTC", datetime(2026, 2, 12, 12, 30, tzinfo=UTC)),
        ("2026-03-10T04:31:52.901Z", datetime(2026, 3, 10, 4, 31, 52, tzinfo=UTC)),
        ("2026-03-10T04:31:52+02:00", datetime(2026, 3, 10, 2, 31, 52, tzinfo=UTC)),
        ("2025-06-18 00:02:04.789", None),
        ("02/31/2026, 05:41:09 AM UTC", None),
    ],
)
def test_a_time_is_read_only_where_it_says_its_zone(text, meant):
    assert cells.instant(text, zone_known=False) == meant


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        *[(zone, 21) for zone in ("UTC", "utc", "GMT", "Z", "+00:00", "UTC+0", "Etc/UTC")],
        *[
            (zone, 26)
            for zone in (
                "EST",
                "ET",
                "-05:00",
                "-0500",
                "-05",
                "GMT-5",
                "GMT-05:00",
                "UTC-5",
                "UTC -0500",
                "\u221205:00",
            )
        ],
        *[(zone, 26) for zone in ("America/New_York", "US/Eastern", "CDT", "Etc/GMT+5")],
        *[
            ("EDT", 25),
            ("CST", 27),
            ("CT", 27),
            ("MDT", 27),
            ("MST", 28),
            ("MT", 28),
            ("PDT", 28),
            ("PST", 29),
            ("PT", 29),
        ],
        *[("AKDT", 29), ("AKST", 30), ("HST", 31), ("GMT+5:30", 15.5), ("+0530", 15.5), ("Asia/Kolkata", 15.5)],
        *[
            (zone, None)
            for zone in ("IST", "BST", "EST5EDT", "Eastern", "-5", "+15:00", "-05:60", "GMT-500", "America/Nowhere")
        ],
    ],
)
@pytest.mark.parametrize(
    "written",
    ["11/27/2026, 09:00:00 PM {}", "11/27/2026 9:00:00 PM {}", "2026-11-27 21:00:00 {}", "2026-11-27T21:00:00.250{}"],
)
def test_a_time_is_read_in_whichever_form_its_zone_is_written(written, zone, hour):
    meant = None if hour is None else datetime(2026, 11, 27, tzinfo=UTC) + timedelta(hours=hour)
    text = written.format(zone)
    assert cells.instant(text, zone_known=False) == meant
    assert cells.iso(text, zone_known=False) == (meant.isoformat()[:19] if meant else "")
    assert cells.looks_like_time(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("11/27/2026, 7:54:07\u202fPM UTC", datetime(2026, 11, 27, 19, 54, 7, tzinfo=UTC)),
        ("11/27/2026,\u00a007:54:07\u00a0PM\u00a0EST", datetime(2026, 11, 28, 0, 54, 7, tzinfo=UTC)),
        ("11/27/2026, 7:54:07 pm UTC", datetime(2026, 11, 27, 19, 54, 7, tzinfo=UTC)),
        ("07/04/2026 15:01:00 ET", datetime(2026, 7, 4, 19, 1, tzinfo=UTC)),
        ("07/04/2026 9:01:00 America/Chicago", datetime(2026, 7, 4, 14, 1, tzinfo=UTC)),
        ("07/04/2026 9:01:00PM PST", datetime(2026, 7, 5, 5, 1, tzinfo=UTC)),
        ("07/04/2026 15:01:00 UTC", None),
        ("07/04/2026, 15:01:00 AM UTC", None),
    ],
)
def test_blanks_of_programs_are_read_and_a_day_that_may_stand_before_the_month_is_not(text, meant):
    assert cells.instant(text, zone_known=False) == meant


@pytest.mark.parametrize("zone", ["ET", "America/New_York"])
def test_an_hour_that_a_zone_has_twice_or_never_is_not_read_and_is_told(bring_in, agency, zone):
    [ours] = agency.search(Ask())
    texts = ("11/01/2026, 12:59:59 AM", "11/01/2026, 01:30:00 AM", "11/01/2026, 02:00:00 AM", "03/08/2026, 02:30:00 AM")
    rows = [gateway_row(ours, at=f"{text} {zone}") for text in texts]
    report = bring_in(csv_text(rows))
    assert [row["row"] for row in report["rows_without_time"]] == [3, 5]
    assert (report["without_time"], report["hours_in_doubt"]) == (2, 2)
    assert (report["first"], report["last"]) == ("2026-11-01T04:59:59.000Z", "2026-11-01T07:00:00.000Z")


def test_the_public_pages_older_times_without_a_zone_are_utc():
    assert cells.instant("2025-06-18 00:02:04.789", zone_known=True) == datetime(2025, 6, 18, 0, 2, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["***", "REDACTED", "[REDACTED]", "###", "* * *", "\u2588\u2588\u2588", "7923.600 GC", "REDACTED, x"]
)
def test_every_way_of_blacking_out_is_seen(text):
    assert cells.is_masked(text)


AMERICAN = ("02/11/2026, 06:00:00 AM UTC", "02/12/2026, 06:00:00 AM UTC")
ISO = ("2026-02-11T06:00:00Z", "2026-02-12T06:00:00Z")
AWAY = ("2026-02-11T01:00:00-05:00", "2026-02-12 11:30:00.250+05:30")
BETWEEN = [
    "\n",
    "\r\n",
    " to ",
    " - ",
    " \u2013 ",
    "\u2013",
    " \u2014 ",
    " / ",
    " until ",
    " through ",
    " TO ",
    "\nto\n",
]


@pytest.mark.parametrize("ends", [AMERICAN, ISO, AWAY, (ISO[0], AMERICAN[1])])
@pytest.mark.parametrize("between", BETWEEN)
def test_a_window_in_one_cell_is_two_instants_whichever_way_it_is_written(ends, between):
    assert cells.frame(between.join(ends)) == ("2026-02-11T06:00:00", "2026-02-12T06:00:00")


def test_an_interval_of_iso_8601_is_a_window():
    assert cells.frame("/".join(ISO)) == cells.frame("/".join(AWAY)) == ("2026-02-11T06:00:00", "2026-02-12T06:00:00")


@pytest.mark.parametrize(
    "text",
    [
        "02/11/2026, 06:00:00 AM - 02/12/2026, 06:00:00 AM UTC",
        "2026-02-11T06:00:00 - 2026-02-12T06:00:00Z",
        "2026-02-11 - 2026-02-12",
        "2026-02-11T06:00:00Z/P1D",
        "2026-02-11T06:00:00Z - 2026-02-12T06:00:00Z - 2026-02-13T06:00:00Z",
        "2026-02-11T06:00:00Z/2026-02-12T06:00:00Z/2026-02-13T06:00:00Z",
        "2026-02-11T06:00:00Z",
        "02/11/2026, 06:00:00 AM UTC",
        "last 30 days",
        "-",
    ],
)
def test_of_a_cell_that_is_not_two_whole_times_no_window_is_guessed(text):
    assert "" in cells.frame(text)


def place(label):
    return next(number for number, known in enumerate(F13) if label in known)


def test_cells_of_a_known_column_that_are_not_understood_are_told_with_their_rows_and_the_rows_are_read(bring_in):
    rows = [portal_row(AT) for _ in range(6)]
    rows[1][place("Time Frame")] = rows[4][place("Time Frame")] = "the last 30 days"
    rows[2][place("License Plate")] = "QQX_7712"
    rows[3][place("Time Frame")], rows[3][place("License Plate")] = "***", "n/a"
    report = bring_in(csv_text(rows))
    assert (report["read"], report["rejected"], report["cells_not_understood"]) == (6, 0, 3)
    told = {item["column"]: [row["row"] for row in item["rows"]] for item in report["not_understood"]}
    assert told == {"Time Frame": [3, 6], "License Plate": [4]}


@pytest.mark.parametrize(
    ("named", "near"),
    [
        ("Example City EX PD", False),
        ("Example City, EX Police Dept", True),
        ("Example City Police Department", True),
        ("Police Department of Example City, EX.", True),
        ("Example County EX PD", False),
        ("Police Department", False),
        ("***", False),
        ("", False),
    ],
)
def test_of_a_shared_audit_it_is_told_how_many_rows_are_ours_and_which_other_names_may_be(bring_in, named, near):
    rows = [portal_row(AT), portal_row(AT, org=named), portal_row(AT, org=named)]
    report = bring_in(csv_text(rows), kind="network")
    ours = named == "Example City EX PD"
    assert (report["rows_of_ours"], report["may_be_ours"]) == (3 if ours else 1, {named: 2} if near else {})


def test_every_kind_of_export_and_another_vendors_tells_the_cells_that_were_not_understood(bring_in):
    wrong = portal_row(AT)
    wrong[place("Time Frame")] = "the last 30 days"
    by_network = bring_in(csv_text([portal_row(AT), wrong]), kind="network")
    assert by_network["not_understood"][0]["rows"] == [{"sheet": "", "row": 3}]
    header = ["User", "Timestamp", "Plate", "Time Frame", "Search purpose"]
    row = ["Avery Stone", "2026-11-02T10:00:00Z", "FNA579", "30 days", "case 1"]
    [told] = bring_in(csv_text([row], header=header), vendor="other")["not_understood"]
    assert (told["column"], told["cells"]) == ("Time Frame", 1)
    header = "Timestamp,User,Event Type,Entity Type,Entity Details,Event Id".split(",")
    row = ["2026-11-02T09:00:00Z", "User One", "create", "Custom Hotlist Entry", "QQX7712 in short", "17"]
    events = bring_in(csv_text([row], header=header), kind="events")["not_understood"]
    assert [item["column"] for item in events] == ["Event Id", "Entity Details"]


def test_a_part_of_a_plate_is_kept_as_the_hash_that_the_record_has_of_it(bring_in, store, agency):
    agency.search(Ask())
    bring_in(csv_text([portal_row(AT, plate="qqx-7*12"), portal_row(AT, plate="QQX7**12")]))
    [first, second] = kept(store, "plate_state, plate_hashes")
    assert first == second
    assert (first[0], len(first[1])) == ("partial", 2)


def test_rows_have_the_numbers_that_a_spreadsheet_shows(bring_in, store):
    bring_in(csv_text([portal_row(AT), portal_row(AT), ["nonsense"], portal_row(AT)]))
    assert kept(store, "row") == [(2,), (3,), (5,)]


def test_what_is_not_understood_is_named_by_its_row(bring_in):
    report = bring_in(csv_text([portal_row(AT), ["what", "is", "this"], ["REDACTED"] * 13]))
    assert (report["rows"], report["read"], report["rejected"]) == (3, 1, 2)
    assert [(item["row"], item["why"].split(":")[0]) for item in report["problems"]] == [
        (3, "its cells do not fit any known order of columns"),
        (4, "withheld"),
    ]


def test_a_cell_that_would_not_have_kept_its_row_out_is_not_blamed_beside_one_that_did(bring_in):
    odd = portal_row(AT)
    at = {label: next(number for number, known in enumerate(F13) if label in known) for label in ("ID", "Time Frame")}
    odd[at["Time Frame"]] = "11/05/2026, 01:40:15 AM - 11/27/2026, 01:40:15 AM"
    wrong = [*odd]
    wrong[at["ID"]] = "12E+04"
    report = bring_in(csv_text([portal_row(AT), odd, wrong]))
    assert (report["read"], [item["row"] for item in report["problems"]]) == (2, [4])
    assert "Time Frame" not in report["problems"][0]["why"]


@pytest.mark.parametrize(
    ("label", "cell", "expected"),
    [
        ("ID", "12345", "a UUID, as 0e39"),
        ("ID", "no1", "a UUID, as 0e39"),
        ("Networks", "many", "a whole number, or blank"),
        ("Search Type", "teleport", "one of: apilookup, "),
    ],
)
def test_a_cell_of_a_wrong_kind_is_named_by_its_column_and_what_it_must_be(bring_in, label, cell, expected):
    at = next(number for number, known in enumerate(F13) if label in known)
    wrong = portal_row(AT)
    wrong[at] = cell
    [problem] = bring_in(csv_text([portal_row(AT), wrong]))["problems"]
    assert problem["why"].startswith(f"the cell below {F13[at].strip()} must be {expected}")
    with pytest.raises(ConfigurationError) as refused:
        bring_in(csv_text([wrong]))
    assert f"row 2: the cell below {F13[at].strip()} must be {expected}" in str(refused.value)
    assert "Is it an export of this vendor?" not in str(refused.value)
    assert cell not in str(refused.value)


@pytest.mark.parametrize("cells", [1, 5, 9])
def test_a_row_that_ends_before_its_time_is_named_and_not_read_as_one_without(bring_in, cells):
    report = bring_in(csv_text([portal_row(AT), portal_row(AT)[:cells], portal_row(AT)[:10]]))
    assert (report["read"], report["without_time"]) == (2, 0)
    assert [(item["row"], item["why"]) for item in report["problems"]] == [
        (3, "it ends before the cell below Search Time")
    ]


def test_no_plate_reason_or_case_of_the_file_is_on_the_disk(bring_in, store, agency):
    agency.search(Ask())
    bring_in(csv_text([portal_row(AT, plate="QQX7712", reason="seen with QQX7712", case="QQX7712")]))
    for path in store.folder.iterdir():
        assert b"QQX7712" not in path.read_bytes()
    [(hashes,)] = kept(store, "plate_hashes")
    assert len(hashes) == 2


def test_a_header_may_be_spaced_repeated_or_stacked_with_another(bring_in):
    f14 = [*F13[:4], " Total Devices Searched", *F13[4:]]
    with_devices = [*portal_row(AT)[:4], "812", *portal_row(AT)[4:]]
    header = [f"  {label} " for label in F13]
    report = bring_in(csv_text([portal_row(AT), F13, portal_row(AT), f14, with_devices], header=header))
    assert (report["rows"], report["read"], report["shifted"]) == (3, 3, 0)


def test_a_file_without_a_header_is_read_by_the_known_sets(bring_in):
    report = bring_in(csv_text([portal_row(AT), portal_row(AT)], header=None))
    assert (report["read"], report["rejected"]) == (2, 0)


def test_two_exports_stacked_without_a_second_header_are_both_read(bring_in):
    with_devices = [*portal_row(AT)[:4], "812", *portal_row(AT)[4:]]
    report = bring_in(csv_text([portal_row(AT), with_devices]))
    assert (report["read"], report["rejected"], report["shifted"]) == (2, 0, 1)


def test_cells_one_to_the_right_from_some_column_on_are_put_back(bring_in, store):
    moved = portal_row(AT, plate="ABC1234")
    moved = [*moved[:4], "", *moved[4:]]
    report = bring_in(csv_text([portal_row(AT), moved]))
    assert (report["read"], report["shifted"]) == (2, 1)
    assert kept(store, "plate_state, made_at")[1] == ("known", AT.replace(tzinfo=None) + timedelta(seconds=1))


def test_a_label_without_a_column_does_not_shift_what_comes_after(bring_in, store):
    header = [*F13[:9], "Vehicle Notes", *F13[9:]]
    report = bring_in(csv_text([portal_row(AT)], header=header))
    assert (report["read"], report["unknown_labels"]) == (1, ["vehicle notes"])
    assert kept(store, "kind") == [("lookup - mobile",)]


def test_a_row_that_fits_in_two_ways_is_not_guessed(bring_in):
    header = [*F13[:7], "Offense Type", *F13[7:]]
    plain = [*portal_row(AT)[:7], "Stolen", *portal_row(AT)[7:]]
    report = bring_in(csv_text([plain, portal_row(AT, case="26-0001")], header=header))
    assert (report["read"], report["rejected"]) == (1, 1)
    assert report["problems"][0]["why"] == "its cells fit the columns in more than one way"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_every_usual_encoding_is_read(bring_in, store, encoding):
    report = bring_in(csv_text([portal_row(AT, name="José Peña")], encoding=encoding))
    assert report["read"] == 1
    assert kept(store, "person") == [("José Peña",)]


def test_the_same_id_again_counts_once(bring_in):
    row = portal_row(AT)
    assert bring_in(csv_text([row, row, portal_row(AT), row]))["duplicates"] == 2


def test_a_round_number_of_rows_a_constant_column_and_days_without_rows_are_told(bring_in):
    rows = [portal_row(AT + timedelta(hours=n % 30), reason="Investigation") for n in range(5000)]
    rows[-1] = portal_row(AT + timedelta(days=5), reason="Investigation")
    report = bring_in(csv_text(rows))
    assert report["cap_suspected"] is True
    assert "reason" in report["constant"]
    assert report["days_without_rows"] == ["2026-11-04 to 2026-11-06 (3 days)"]


def test_a_row_of_a_year_that_is_a_slip_makes_one_line_of_days_without_rows_and_of_many_gaps_the_first_are_named(
    bring_in,
):
    far = bring_in(csv_text([portal_row(AT), portal_row(AT.replace(year=2003))]))["days_without_rows"]
    assert len(far) == 1
    many = bring_in(csv_text([portal_row(AT + timedelta(days=2 * n)) for n in range(30)]))["days_without_rows"]
    assert (len(many), many[0], many[-1]) == (21, "2026-11-03", "and 9 more such times")


def test_the_share_of_blacked_out_cells_is_told(bring_in):
    rows = [portal_row(AT, plate="***", name="***") for _ in range(3)] + [portal_row(AT)]
    assert bring_in(csv_text(rows))["masked"]["plate"] == 0.75


def test_a_workbook_is_read_sheet_by_sheet_and_its_times_without_zone_are_not_guessed(bring_in, store):
    book = openpyxl.Workbook()
    book.active.append(F13)
    book.active.append(portal_row(AT))
    second = book.create_sheet("Sheet with a name of thirty-one")
    second.append(F13)
    row = portal_row(AT)
    row[3], row[9] = 12.0, AT.replace(tzinfo=None)
    second.append(row)
    out = io.BytesIO()
    book.save(out)
    report = bring_in(out.getvalue(), name="export.xlsx")
    assert (report["read"], report["without_time"]) == (2, 1)
    assert kept(store, "row, networks, zoneless") == [(2, 1, False), (2, 12, True)]


def test_a_zip_of_csv_files_is_read_and_a_pdf_is_refused(bring_in):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", csv_text([portal_row(AT)]))
        archive.writestr("b.csv", csv_text([portal_row(AT)]))
    assert bring_in(out.getvalue(), name="both.zip")["read"] == 2
    with pytest.raises(ConfigurationError, match="PDF"):
        bring_in(b"%PDF-1.7", name="print.pdf")


def test_labels_with_underscores_and_a_window_in_two_columns_are_read(bring_in, store):
    header = ["ID", "Org_Name", "Total_Networks_Searched", "Time_Frame_Start", "Time_Frame_End", "Search_Time"]
    starts, ends = stamp(AT - timedelta(days=1)), stamp(AT)
    row = ["5f0c1e7a-0000-4000-8000-000000000001", "Example City EX PD", "840", starts, ends, ends]
    assert bring_in(csv_text([row], header=header))["unknown_labels"] == []
    plain = AT.replace(tzinfo=None)
    assert kept(store, "networks, starts, ends, made_at") == [(840, plain - timedelta(days=1), plain, plain)]


def test_a_file_of_which_nothing_is_understood_is_refused_and_not_counted_as_an_import(bring_in, store):
    with pytest.raises(ConfigurationError, match="none of its 3 rows was understood; row 1: its cells do not fit"):
        bring_in(b"Subject,Body\nHello,World\nGood,Bye\n")
    with pytest.raises(ConfigurationError, match="has no rows"):
        bring_in(csv_text([]))
    assert store.reports() == []


def test_the_public_page_is_read_in_every_one_of_its_forms(bring_in):
    forms = ["id,userId,searchDate,networkCount,reason", "id,userId,searchDate,networkCount,reason,offenseType",
             "id,userId,searchDate,networkCount,caseNumber,offenseType", "id,userId,searchDate,networkCount",
             "id,userId,searchDate,networkCount,reason,caseNumber,offenseType", "id,userId,searchDate,cameraCount,reason"]  # fmt: skip
    for number, form in enumerate(forms):
        width = len(form.split(","))
        row = [
            "2423aaaa-0000-4000-8000-00000000000" + str(number),
            "***",
            "2026-03-10T04:31:52.901Z",
            "449",
            "Stolen",
            "x",
            "y",
        ]
        assert bring_in(csv_text([row[:width]], header=form.split(",")), kind="portal")["read"] == 1


def test_of_the_event_log_it_is_kept_whether_an_entry_has_case_and_expiry_and_nothing_more(bring_in, store):
    header = "Timestamp,User,Event Type,Entity Type,Entity Details,Event Id".split(",")
    details = "Hotlist Name: local\nLicense: QQX7712\nState: MD\nReason: x\nCase: \nExpiry: 2026-12-01"
    row = [
        "2026-11-02T09:00:00Z",
        "User One",
        "create",
        "Custom Hotlist Entry",
        details,
        "5f0c1e7a-0000-4000-8000-000000000001",
    ]
    with pytest.raises(ConfigurationError, match="it is the vendor's event log, import it as --kind events"):
        bring_in(csv_text([row], header=header))
    assert bring_in(csv_text([row], header=header), kind="events")["read"] == 1
    assert kept(store, "event, entity, with_case, with_expiry") == [("create", "Custom Hotlist Entry", False, True)]


def test_of_a_shared_audit_only_our_own_rows_are_ours(bring_in, store):
    other = portal_row(AT)
    other[2] = "Other County EX SO"
    bring_in(csv_text([portal_row(AT), other]), kind="network")
    assert kept(store, "own") == [(True,), (False,)]


def test_the_row_of_a_gateway_search_carries_its_decision_id_and_no_codes_of_a_reason(bring_in, store, agency):
    [searched] = agency.search(Ask())
    bring_in(csv_text([gateway_row(searched), portal_row(AT, reason="inv")]))
    assert kept(store, "decision_id, reason_traits, origin") == [
        (searched.decision_id, None, "interface"),
        (None, "generic", "portal"),
    ]


def test_entries_of_a_hot_list_are_kept_as_hashes_and_codes_so_that_renewals_and_topics_are_seen(
    bring_in, store, agency
):
    agency.search(Ask())
    header = "Timestamp,User,Event Type,Entity Type,Entity Details,Event Id".split(",")
    details = "Hotlist Name: Immigration Violator\nLicense: QQX7712\nReason: x\nCase: 26-1\nExpiry: 2026-12-01"
    rows = [
        [f"2026-{month:02d}-02T09:00:00Z", "User One", event, "Custom Hotlist Entry", details, ""]
        for month, event in ((3, "create"), (7, "update"), (11, "update"))
    ]
    bring_in(csv_text(rows, header=header), kind="events")
    found = kept(store, "person, plate_hashes[1], reason_traits, with_case")
    assert len({row[1] for row in found}) == 1
    assert found[0][1]
    assert {(row[0], row[2], row[3]) for row in found} == {("User One", "immigration", True)}
    assert all(b"QQX7712" not in path.read_bytes() and b"Violator" not in path.read_bytes() for path in store.files())
    [event, *_] = read_detection_context(store.folder.parent, store).vendor_events
    assert event[3:6] == ("User One", found[0][1], ["immigration"])


def test_registrations_are_kept_as_hashes_that_show_which_plates_belong_together(tmp_path, agency, store):
    agency.search(Ask())
    path = tmp_path / "registrations.csv"
    path.write_text("plate,holder\nQQX 7712,Elm Street 4\nABC123,elm  street 4\nZZZ999,Oak Lane 1\n")
    epochs = readable_epochs(agency.directory, agency.secrets)
    assert import_staff(path, "registrations", store.folder.parent, epochs) == 3
    kept_file = store.folder.parent / "registrations.json"
    assert b"QQX7712" not in kept_file.read_bytes()
    assert b"lm Street" not in kept_file.read_bytes()
    holders = read_detection_context(store.folder.parent, store).holders
    assert len(holders) == 6
    assert len({holder for _, holder in holders}) == 4
    path.write_text("plate,holder\nABC123,\n")
    with pytest.raises(ConfigurationError, match="row 2: needs a holder"):
        import_staff(path, "registrations", store.folder.parent, epochs)


def test_an_audit_of_searches_is_no_event_log(bring_in, store):
    with pytest.raises(ConfigurationError, match="is no event log"):
        bring_in(csv_text([portal_row(AT)]), kind="events")
    assert store.reports() == []


@pytest.mark.parametrize("between", [";", "\t"])
def test_an_export_that_a_spreadsheet_saved_with_other_signs_between_its_cells_is_read(bring_in, between):
    rows = csv.reader(io.StringIO(csv_text([portal_row(AT), portal_row(AT, plate="FNA579")]).decode()))
    text = io.StringIO()
    csv.writer(text, delimiter=between).writerows(rows)
    report = bring_in(text.getvalue().encode())
    assert (report["read"], report["rejected"]) == (2, 0)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the short log first", "the long log first"])
def test_an_entry_that_overlapping_event_logs_tell_counts_once_with_the_place_of_its_first_import(
    store, bring_in, agency, order
):
    agency.search(Ask())
    header = "Timestamp,User,Event Type,Entity Type,Entity Details,Event Id".split(",")
    rows = [
        [
            stamp(AT + timedelta(minutes=n)),
            "User",
            "create",
            "Custom Hotlist Entry",
            f"License: QQX771{n}",
            str(uuid4()),
        ]
        for n in range(3)
    ]
    other = [*rows[0][:4], "License: ZZZ0000", rows[0][5]]  # another plate behind the id of an entry
    logs = [csv_text(rows[:2], header=header), csv_text([rows[2], *rows[:2], other], header=header)]
    names = [
        bring_in(logs[n], kind="events", now=NOW + timedelta(days=day))["import_id"] for day, n in enumerate(order)
    ]
    found = read_detection_context(store.folder.parent, store).vendor_events
    assert len(found) == 4
    firsts = [name for name, *_ in found].count(names[0])
    assert firsts == (2 if order == (0, 1) else 4)


@pytest.mark.parametrize("comes", ["before", "after"])
def test_every_entry_of_overlapping_event_logs_is_found_once_under_its_first_place_whatever_their_hashes(
    store, bring_in, agency, comes
):
    agency.search(Ask())
    header = "Timestamp,User,Event Type,Entity Type,Entity Details,Event Id".split(",")

    def entry(details, event_id="", minute=0):
        return [stamp(AT + timedelta(minutes=minute)), "User", "create", "Custom Hotlist Entry", details, event_id]

    bare, twice = str(uuid4()), str(uuid4())
    nameless = entry("License: QQX7712")  # no id of the vendor's: two of them in one log are two
    contradicting = [entry(told, twice) for told in ("License: QQX7711", "License: ZZZ0000")]
    shared = [nameless, nameless, entry("Reason: y", str(uuid4())), *contradicting]
    first = bring_in(csv_text([entry("Reason: x", bare), *shared], header=header), kind="events")["import_id"]
    behind = entry("License: QQX7713\nReason: x", bare)
    later = (csv_text([entry("Reason: z", str(uuid4()), 9), behind, *shared], header=header) for _ in count())
    content = next(
        text for text in later if (f"events-{hashlib.sha256(text).hexdigest()[:12]}" < first) is (comes == "before")
    )
    second = bring_in(content, kind="events", now=NOW + timedelta(days=7))["import_id"]
    found = read_detection_context(store.folder.parent, store).vendor_events
    assert (second < first) is (comes == "before")
    assert [(name, row) for name, row, *_ in found] == [(first, row) for row in range(2, 8)] + [
        (second, 2),
        (second, 3),
    ]


@pytest.mark.parametrize(
    ("kind", "header"),
    [("rosters", "user_id,starts_at,ends_at"), ("households", "plate,relation"), ("registrations", "plate,holder")],
)
def test_a_list_without_a_row_takes_no_lists_place(tmp_path, kind, header):
    (tmp_path / "empty.csv").write_text(f"{header}\n")
    with pytest.raises(ConfigurationError, match="no row follows the first"):
        import_staff(tmp_path / "empty.csv", kind, tmp_path, ())
    assert not (tmp_path / f"{kind}.json").exists()


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_a_list_whose_cells_other_marks_separate_is_told_so(tmp_path, mark, name):
    (tmp_path / "list.csv").write_text(mark.join(("plate", "holder")) + "\n")
    with pytest.raises(
        ConfigurationError, match=f"list.csv: the cells are separated by {name}; they must be .* commas"
    ):
        import_staff(tmp_path / "list.csv", "registrations", tmp_path, ())
