"""A policy folder that was changed by hand is on record, once."""

import pytest

from gateway import clock
from gateway.app.changed_folder import record_changed_folder
from gateway.app.kept_policy import with_kept_policy
from gateway.app.policy_in_force import PolicyInForce, find_in_force
from gateway.pdp import load_policies
from gateway.settings import load_settings
from tests.lifecycle.offices import NOW
from tests.pdp.policies import TABLE, write_policy


@pytest.fixture
def place(tmp_path):
    write_policy(tmp_path / "policies")
    (tmp_path / "gateway.toml").write_text("[paths]\npolicies = 'policies'\n")
    return load_settings(tmp_path / "gateway.toml", {})


def begin(settings):
    """What two workers of one start record."""
    kept, records = with_kept_policy(settings), []
    for _ in range(2):
        record_changed_folder(kept, find_in_force(kept, clock.now()), records.append)
    return records


def change_table(settings, days):
    (settings.paths.policies / "tables/training/data.yaml").write_text(TABLE.replace("365", days))


def test_the_first_start_and_a_restart_on_the_same_folder_change_nothing(place):
    assert begin(place) + begin(place) == []


def test_a_start_on_a_changed_folder_is_on_record_once_with_what_changed(place):
    begin(place)
    before = load_policies(place.paths.policies).revision
    change_table(place, "400")
    (record,) = begin(place)
    assert record["event_type"] == "policy.changed"
    assert (record["replaces"], record["policy_revision"]) == (before, load_policies(place.paths.policies).revision)
    assert record["changes"] == ["tables/training.max_age_days.value: 365 -> 400"]
    assert record["what"] == record["changes"][0]
    assert len(record["diff_sha256"]) == 64
    assert begin(place) == []


def test_where_only_a_comment_differs_that_is_told(place):
    begin(place)
    table = place.paths.policies / "tables/training/data.yaml"
    table.write_text(f"{table.read_text()}# said by the privacy office\n")
    [record] = begin(place)
    assert record["what"] == "tables/training/data.yaml: only comments differ"
    assert record["changes"] == [record["what"]]


def test_a_change_back_is_a_change(place):
    begin(place)
    change_table(place, "400")
    begin(place)
    change_table(place, "365")
    assert [record["what"] for record in begin(place)] == ["tables/training.max_age_days.value: 400 -> 365"]


def test_a_policy_that_can_no_longer_be_read_is_told(place):
    begin(place)
    kept = place.paths.state / "revisions" / load_policies(place.paths.policies).revision
    (kept / "lpr" / "decision.rego").unlink()
    change_table(place, "400")
    assert [record["what"] for record in begin(place)] == ["what was used before can no longer be read"]


def test_while_everything_is_stopped_no_folder_is_in_use(place):
    records = []
    record_changed_folder(place, PolicyInForce(bundle=None, standing=None, reviewed=NOW), records.append)
    assert records == []
