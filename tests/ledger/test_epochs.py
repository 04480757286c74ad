import hashlib
import hmac
import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import orjson
import pytest

from gateway.clock import parse_instant
from gateway.durable import RealDisk
from gateway.errors import ConfigurationError
from gateway.ledger.encryption import keygen
from gateway.ledger.epoch_keys import plate_hashes, readable_epochs, shred
from gateway.ledger.epochs import Epochs
from gateway.ledger.records.event import Sensitive
from gateway.ledger.verification.verify import verify
from tests.clocks import Clock
from tests.ledger.ledgers import decision, ledger_runtime, of_type, together

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock():
    return Clock(START)


@pytest.fixture
def audit(tmp_path, auditor, clock):
    opened = ledger_runtime(tmp_path, auditor, clock=clock)
    yield opened
    opened.close()


def hmacs(folder):
    return [(record["plate_hmac_epoch"], record["plate_hmac"]) for record in of_type(folder / "audit", "decision")]


def test_the_same_plate_has_the_same_hash_within_an_epoch_whatever_look_alikes_were_typed(audit, tmp_path):
    for plate in ("ABO123", "AB0123", "ABO124"):
        audit.ledger.record(decision(), Sensitive(plate=plate))
    first, second, third = hmacs(tmp_path)
    assert first == second != third


def test_the_hash_is_an_hmac_of_the_fold_under_the_epochs_key(audit, tmp_path):
    audit.ledger.record(decision(), Sensitive(plate="ABO123"))
    key = bytes.fromhex(orjson.loads((tmp_path / "secrets" / "epochs" / "e000001.key").read_bytes())["key"])
    assert hmacs(tmp_path) == [("e000001", hmac.new(key, b"AB0123", hashlib.sha256).hexdigest())]


def test_when_an_epoch_is_over_its_key_leaves_the_host_and_only_auditors_can_follow_its_hashes(
    audit, tmp_path, auditor, clock
):
    audit.ledger.record(decision(), Sensitive(plate="ABO123"))
    clock.now += timedelta(days=30)
    audit.tick()
    audit.ledger.record(decision(), Sensitive(plate="ABO123"))
    (old, new) = hmacs(tmp_path)
    assert (old[0], new[0]) == ("e000001", "e000002")
    assert old[1] != new[1]
    assert [path.name for path in (tmp_path / "secrets" / "epochs").glob("e*.key")] == ["e000002.key"]
    where = {"directory": tmp_path / "audit", "secrets_directory": tmp_path / "secrets"}
    assert plate_hashes("ab-o123", **where) == dict([new])
    assert plate_hashes("ab 0123", **where, private_key=auditor.private) == dict([old, new])
    (rotated,) = [one for one in of_type(tmp_path / "audit", "epoch.rotated") if one["epoch"].startswith("e")]
    assert (rotated["epoch"], rotated["next_epoch"], rotated["wrapped"]) == ("e000001", "e000002", True)


def test_the_key_is_overwritten_before_it_is_removed(tmp_path, auditor):
    seen = []

    class Disk(RealDisk):
        def remove(self, path):
            seen.append(path.read_bytes())
            super().remove(path)

    epochs = Epochs(tmp_path / "audit", tmp_path / "secrets", [auditor.public], days=1, disk=Disk())
    epochs.turn(START, lambda _: None)
    key = (tmp_path / "secrets" / "epochs" / "e000001.key").read_bytes()
    epochs.turn(START + timedelta(days=2), lambda _: None)
    (left,) = seen
    assert not left.startswith(key)
    assert len(left) >= len(key)


def test_processes_that_turn_at_once_agree_on_one_epoch(tmp_path, auditor):
    several = [
        Epochs(tmp_path / "audit", tmp_path / "secrets", [auditor.public], days=1, disk=RealDisk()) for _ in range(6)
    ]
    for day in (0, 2, 4):
        told = []
        together(6, lambda n, day=day, told=told: several[n].turn(START + timedelta(days=day), told.append))
        assert len({orjson.dumps(epochs.hash_plate("A1")) for epochs in several}) == 1
        assert len(told) == (1 if day else 0)


def test_a_clock_set_back_turns_nothing(audit, tmp_path, clock):
    clock.now -= timedelta(days=100)
    audit.tick()
    assert [path.name for path in (tmp_path / "secrets" / "epochs").glob("e*.key")] == ["e000001.key"]


def test_a_start_by_a_clock_that_is_not_believed_erases_no_key_and_goes_on_with_the_epoch_there_is(
    tmp_path, auditor, clock
):
    first = ledger_runtime(tmp_path, auditor, clock=clock)
    first.ledger.record(decision(), Sensitive(plate="ABO123"))
    first.close()
    clock.now += timedelta(days=40)
    again = ledger_runtime(tmp_path, auditor, clock=clock)
    again.ledger.record(decision(), Sensitive(plate="ABO123"))
    assert {path.stem for path in (tmp_path / "secrets" / "epochs").glob("*.key")} == {"e000001", "t000001"}
    assert [epoch for epoch, _ in hmacs(tmp_path)] == ["e000001", "e000001"]
    again.clock_guard.confirm()
    again.tick()
    again.close()
    assert [path.stem for path in (tmp_path / "secrets" / "epochs").glob("e*.key")] == ["e000002"]


def test_the_record_of_a_turn_comes_before_the_key_is_erased(tmp_path, auditor):
    epochs = Epochs(tmp_path / "audit", tmp_path / "secrets", [auditor.public], days=1, disk=RealDisk())
    epochs.turn(START, lambda _: None)
    there = []
    epochs.turn(START + timedelta(days=2), lambda _: there.append((tmp_path / "secrets/epochs/e000001.key").exists()))
    assert there == [True]


def test_a_shredded_epoch_cannot_be_followed_by_anybody_and_the_ledger_still_verifies(audit, tmp_path, auditor, clock):
    audit.ledger.record(decision(), Sensitive(plate="ABO123"))
    clock.now += timedelta(days=30)
    audit.tick()
    assert shred(
        tmp_path / "audit",
        tmp_path / "secrets",
        "e000001",
        why="retention",
        record=audit.ledger.record,
        disk=RealDisk(),
    )
    assert not shred(
        tmp_path / "audit", tmp_path / "secrets", "../../x", why="", record=audit.ledger.record, disk=RealDisk()
    )
    assert list(plate_hashes("ABO123", directory=tmp_path / "audit", private_key=auditor.private)) == ["e000002"]
    assert of_type(tmp_path / "audit", "epoch.shredded")[0]["why"] == "retention"
    assert verify(tmp_path / "audit").ok


class Series:
    """Both series of an installation as one start after another opens them, each for the auditors that are named then."""

    def __init__(self, folder):
        self.folder, self.told = folder, []

    def start(self, *auditors, day):
        where = (self.folder / "audit", self.folder / "secrets", [one.public for one in auditors])
        epochs = Epochs(*where, days=30, disk=RealDisk())
        traces = Epochs(*where, days=30, disk=RealDisk(), beside=epochs)
        for one in (epochs, traces):
            one.turn(START + timedelta(days=day), self.told.append)
        return epochs.hash_plate("ABO123") | traces.hash_plate("ABO123")

    def known_to(self, auditor):
        return {one.name for one in readable_epochs(self.folder / "audit", private_key=auditor.private)}

    def heard(self):
        return sorted((body["event_type"], body["epoch"]) for body in self.told)


def test_an_auditor_who_joins_can_follow_the_plates_of_the_present_epochs_and_nothing_turns(tmp_path):
    series, first, second = Series(tmp_path), keygen(), keygen()
    before = series.start(first, day=0)
    assert series.start(first, second, day=3) == series.start(second, first, day=4) == before
    assert series.known_to(first) == series.known_to(second) == {"e000001", "t000001"}
    assert series.heard() == [("epoch.rewrapped", "e000001"), ("epoch.rewrapped", "t000001")]


def test_an_auditor_who_has_left_follows_no_plate_recorded_since_and_who_stays_follows_them_all(tmp_path):
    series, leaving, staying = Series(tmp_path), keygen(), keygen()
    before, after = series.start(leaving, staying, day=0), series.start(staying, day=3)
    assert set(before.values()).isdisjoint(after.values())
    assert series.known_to(leaving) == {"e000001", "t000001"}
    assert series.known_to(staying) == {"e000001", "t000001", "e000002", "t000002"}
    assert [path.stem for path in sorted((tmp_path / "secrets" / "epochs").glob("*.key"))] == ["e000002", "t000002"]
    assert series.heard() == [("epoch.rotated", "e000001"), ("epoch.rotated", "t000001")]


def test_whose_key_takes_the_place_of_another_follows_the_plates_of_the_epoch_that_ends_with_it(tmp_path):
    series, lost, new = Series(tmp_path), keygen(), keygen()
    series.start(lost, day=0)
    series.start(new, day=3)
    assert series.known_to(new) == {"e000001", "t000001", "e000002", "t000002"}
    assert series.known_to(lost) == {"e000001", "t000001"}


def test_in_a_new_ledger_the_present_keys_are_wrapped_again_on_record_so_that_auditors_go_on_following(
    tmp_path, auditor
):
    series = Series(tmp_path)
    before = series.start(auditor, day=0)
    shutil.rmtree(tmp_path / "audit")
    assert series.start(auditor, day=1) == series.start(auditor, day=2) == before
    assert series.known_to(auditor) == {"e000001", "t000001"}
    assert series.heard() == [("epoch.rewrapped", "e000001"), ("epoch.rewrapped", "t000001")]


def test_an_epoch_that_an_earlier_version_began_goes_on(tmp_path, auditor):
    series = Series(tmp_path)
    before = series.start(auditor, day=0)
    for path in (tmp_path / "secrets" / "epochs").glob("*.key"):
        path.write_bytes(
            orjson.dumps({name: said for name, said in orjson.loads(path.read_bytes()).items() if name != "recipients"})
        )
    assert (series.start(auditor, day=1), series.start(auditor, day=2), series.told) == (before, before, [])


def test_a_key_that_opens_no_epoch_is_told(tmp_path, auditor):
    ledger_runtime(tmp_path, auditor).close()
    with pytest.raises(ConfigurationError, match="opens none"):
        plate_hashes("A1", directory=tmp_path / "audit", private_key=keygen().private)
    with pytest.raises(ConfigurationError, match="not an age private key"):
        plate_hashes("A1", directory=tmp_path / "audit", private_key="nonsense")


def hashes(folder):
    return [(record["plate_hmac"], record["plate_trace"]) for record in of_type(folder / "audit", "decision")]


def test_searches_of_a_plate_less_than_half_an_epoch_apart_share_a_hash_across_every_turn(audit, tmp_path, clock):
    for _ in range(20):
        audit.ledger.record(decision(), Sensitive(plate="ABO123"))
        clock.now += timedelta(days=14)
        audit.tick()
    found = hashes(tmp_path)
    assert all(set(one) & set(other) for one, other in pairwise(found))
    assert len({main for main, _ in found}) > 5


def test_the_two_series_turn_in_the_middle_of_each_other_even_after_a_long_standstill(audit, tmp_path, clock):
    for days in (0, 15, 15, 15, 400, 15):
        clock.now += timedelta(days=days)
        audit.tick()
    held = [orjson.loads(path.read_bytes()) for path in (tmp_path / "secrets" / "epochs").glob("*.key")]
    began = {item["epoch"][0]: parse_instant(item["began"]) for item in held}
    assert abs(began["e"] - began["t"]) == timedelta(days=15)


def test_no_key_of_either_series_stays_on_the_host_longer_than_an_epoch(audit, tmp_path, clock):
    for _ in range(12):
        clock.now += timedelta(days=10)
        audit.tick()
        held = [orjson.loads(path.read_bytes()) for path in (tmp_path / "secrets" / "epochs").glob("*.key")]
        assert len(held) == 2
        assert all(clock.now - parse_instant(item["began"]) < timedelta(days=30) for item in held)


def test_a_written_reason_leaves_a_keyed_hash_that_takes_no_notice_of_case_and_blanks(audit, tmp_path):
    for text in ("Seen near  the Warehouse", "seen near the warehouse", "seen elsewhere"):
        audit.ledger.record(decision(), Sensitive(reason_text=text))
    first, second, third = [record["reason_hmac"] for record in of_type(tmp_path / "audit", "decision")]
    assert first == second != third
