"""Who searches only around the gateway, and so is in no record of a search, is found by name and judges nothing of it."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from gateway.oversight.detectors.detection import Detection, FoundBefore, name_finding
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask
from tests.oversight.scene import csv_text, portal_row, stamp
from tests.oversight.test_cli import exported, row_of, searched

STRANGER = "A search around the gateway, or a changed row; known to nobody by this name"


@pytest.fixture
def installed(tmp_path):
    return Installation(tmp_path).set_up()


@pytest.fixture
def found_of(installed, tmp_path, monkeypatch):
    """The findings of D20 about one search at the vendor's own pages under each of these names, beside one of u01 through the gateway."""
    monkeypatch.setattr("gateway.app.oversight.now", lambda: datetime.now(UTC) + timedelta(minutes=5))

    def find(*names, **changes):
        [ours] = searched(installed, Ask(person="u01"))
        exported(installed, tmp_path, [row_of(ours), *(portal_row(ours.at, name=name, **changes) for name in names)])
        await_past(ours.at)
        installed.json("oversight", "reconcile")
        installed.run("oversight", "run")
        return of_detector(installed, "D20")

    return find


def await_past(at):
    """Until what an export tells in whole seconds, up to two of them later, lies in the past: no look is into the future."""
    while datetime.now(UTC) < at + timedelta(seconds=2):
        pass


def of_detector(installed, detector_id):
    return [item for item in installed.json("oversight", "findings") if item["detector"] == detector_id]


def rename(installed, user_id, name):
    """The facts, imported again with another name of this person."""
    users = installed.folder / "facts" / "users.csv"
    rows = [line.split(",") for line in users.read_text().splitlines()]
    users.write_text("".join(",".join([row[0], name, *row[2:]] if row[0] == user_id else row) + "\n" for row in rows))
    installed.run("facts", "import", installed.folder / "facts")


def test_who_never_searched_through_the_gateway_is_concerned_by_name_and_neither_gets_nor_closes_the_finding(
    installed, found_of
):
    [one] = found_of("Parker Wells")
    assert (one["user_id"], one["persons"], one["offices"]) == ("u16", ["u16"], ["NYC"])
    [of_person] = installed.json("oversight", "findings", "--person", "u16")
    assert of_person["finding_id"] == one["finding_id"]
    review = ("oversight", "review", one["finding_id"], "--outcome", "explained", "--why", "mine", "--by", "u16")
    for act in (("oversight", "assign", one["finding_id"], "--to", "u16"), review):
        told = installed.invoke(*act)
        assert (told.exit_code, "nobody reviews a finding about themselves" in told.output) == (2, True)
    installed.run("oversight", "assign", one["finding_id"], "--to", "u07")


@pytest.mark.parametrize("name", ["PARKER  wells", "u16", "Parker\u00a0Wells"])
def test_a_name_is_compared_without_case_and_blanks_and_may_be_the_user_id(found_of, name):
    [one] = found_of(name)
    assert one["user_id"] == "u16"


def test_a_letter_with_its_accent_is_the_same_in_either_way_of_writing_it(installed, found_of):
    rename(installed, "u16", "Ren\u00e9  Wells")
    [one] = found_of(unicodedata.normalize("NFD", "Ren\u00e9 Wells"))
    assert one["user_id"] == "u16"


def test_a_name_that_several_bear_concerns_all_of_them(installed, found_of):
    rename(installed, "u08", "Parker Wells")
    [one] = found_of("Parker Wells")
    assert (one["user_id"], one["persons"], one["offices"]) == (None, ["u08", "u16"], ["HQ", "NYC"])
    for person in ("u08", "u16"):
        assert installed.invoke("oversight", "assign", one["finding_id"], "--to", person).exit_code == 2


def test_a_name_that_was_somebodys_in_facts_that_are_kept_still_means_them(installed, found_of):
    rename(installed, "u16", "Parker Rivers")
    [one] = found_of("Parker Wells")
    assert one["persons"] == ["u16"]


def test_a_name_that_nobody_bears_is_said_to_be_known_to_nobody(installed, found_of):
    [one] = found_of("Nobody Here")
    assert (one["user_id"], one["persons"], one["cause"]) == (None, [], STRANGER)
    [row] = installed.json("oversight", "reconcile")["rows"]
    assert row["note"].endswith("; known to nobody by this name")


@pytest.mark.parametrize(("name", "kind"), [("", "lookup"), ("***", "lookup"), ("API Integration", "apiLookup")])
def test_a_row_that_names_nobody_or_the_interfaces_account_is_not_said_to_name_a_stranger(found_of, name, kind):
    [one] = found_of(name, kind=kind)
    assert (one["persons"], one["cause"]) == ([], STRANGER.partition(";")[0])


def test_who_copied_the_decision_id_of_anothers_search_is_concerned_beside_them(installed, tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.app.oversight.now", lambda: datetime.now(UTC) + timedelta(minutes=5))
    [ours] = searched(installed, Ask(person="u01"))
    copied = portal_row(ours.at, name="Parker Wells", reason=row_of(ours)[6])
    exported(installed, tmp_path, [row_of(ours), copied])
    await_past(ours.at)
    installed.json("oversight", "reconcile")
    installed.run("oversight", "run")
    assert [one["persons"] for one in of_detector(installed, "D20")] == [["u01", "u16"]]


def test_a_search_of_somebody_of_the_facts_is_not_taken_for_a_search_of_another(installed, tmp_path):
    [ours] = searched(installed, Ask(person="u01"))
    blank = {"kind": "", "plate": "***", "reason": "***", "starts": "", "ends": ""}
    rows = [portal_row(ours.at, name=name, **blank) for name in ("Parker Wells", "Avery S")]
    exported(installed, tmp_path, rows)
    found = installed.json("oversight", "reconcile")["rows"]
    assert [row["may_be"] for row in found] == [[], [ours.decision_id]]


def test_who_is_named_in_the_vendors_event_log_alone_is_concerned_by_what_they_did_there(installed, tmp_path):
    [ours] = searched(installed, Ask(person="u01"))
    rename(installed, "u08", "Casey Nguyen")
    header = "Timestamp,User,Event Type,Entity Type,Entity Details,Event Id".split(",")
    names = ("Parker Wells", "Casey Nguyen", "Nobody Here")
    rows = [[stamp(ours.at), name, "create", "Custom Hotlist Entry", "License: QQX7712", ""] for name in names]
    path = tmp_path / "events.csv"
    path.write_bytes(csv_text(rows, header=header))
    installed.run("oversight", "import", path, "--kind", "events")
    await_past(ours.at)
    installed.run("oversight", "run")
    found = {(one["user_id"], *one["persons"]): one["cause"] for one in of_detector(installed, "D19")}
    assert found == {
        ("u16", "u16"): "A new entry",
        (None, "u03", "u08"): "A new entry",
        (None,): "A new entry; known to nobody by this name",
    }


def test_facts_that_are_there_and_cannot_be_read_end_a_reconciliation_before_anybody_goes_unnamed(installed, tmp_path):
    [ours] = searched(installed, Ask(person="u01"))
    exported(installed, tmp_path, [row_of(ours), portal_row(ours.at, name="Parker Wells")])
    pointer = next(path for path in installed.settings.paths.state.rglob("facts.db"))
    pointer.chmod(0o600)
    pointer.write_bytes(b"no database")
    told = installed.invoke("oversight", "reconcile")
    assert (told.exit_code, "facts" in told.output) == (2, True)


AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        (("u16", ("u16",)), (None, ()), True),
        ((None, ("u08", "u16")), ("u16", ("u16",)), True),
        ((None, ()), ("u16", ("u16",)), False),
        (("u16", ("u16",)), (None, ("u08", "u16")), False),
    ],
)
def test_what_is_on_record_is_found_again_only_where_it_concerns_more_people(before, now, same):
    told = {"detector_id": "D20", "severity": "alert", "at": AT, "decision_ids": ("organization-1:4",)}

    def name(user_id):
        return name_finding("D20", user_id, "alert", AT, ("organization-1:4",), "organization-1:4")

    one = FoundBefore(**told, finding_id=name(before[0]), user_id=before[0], persons=before[1], digest="d")
    found = Detection(
        **told, finding_id=name(now[0]), user_id=now[0], persons=now[1], about="organization-1:4", until=AT
    )
    assert one.is_same(found) is same
