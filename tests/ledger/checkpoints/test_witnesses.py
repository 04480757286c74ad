import shutil
from pathlib import Path

import pytest

from gateway.durable import RealDisk
from gateway.errors import ConfigurationError
from gateway.ledger.alarms import Alarm, Quiet
from gateway.ledger.checkpoints.checkpoint import Checkpoint, Witnessed, latest
from gateway.ledger.checkpoints.checkpointer import Cadence
from gateway.ledger.checkpoints.http_witnesses import FORKED, LOST
from gateway.ledger.checkpoints.kept_notes import read_kept
from gateway.ledger.checkpoints.publisher import Publisher
from gateway.ledger.checkpoints.witnesses import WitnessAddress, witness
from gateway.ledger.records.event import admin_record
from gateway.ledger.verification.report import BreakReason, FindingKind
from gateway.ledger.verification.verify import verify
from tests.ledger.ledgers import ledger_runtime, watching
from tests.ledger.places import endpoint, syslog_receiver


def work(folder, auditor, *witnesses, rounds=3):
    audit = ledger_runtime(folder, auditor, witnesses=witnesses)
    for number in range(rounds):
        audit.ledger.record(admin_record("key.issued", n=number))
        audit.checkpointer.write()
    audit.close()
    return folder / "audit"


def reasons(report):
    return [found.reason for found in report.breaks]


def test_a_ledger_rolled_back_with_its_checkpoints_is_found_by_a_witness_only(tmp_path, auditor):
    kept = tmp_path / "elsewhere.notes"
    directory = work(tmp_path, auditor, ("file", str(kept)))
    earlier = Path(shutil.copytree(tmp_path / "audit", tmp_path / "earlier"))
    secrets = Path(shutil.copytree(tmp_path / "secrets", tmp_path / "earlier-secrets"))
    work(tmp_path, auditor, ("file", str(kept)), rounds=2)
    assert verify(directory, against=[str(kept)]).ok
    shutil.rmtree(directory)
    shutil.copytree(earlier, directory)
    assert verify(directory).ok
    report = verify(directory, against=[str(kept)])
    assert reasons(report) == [BreakReason.ROLLED_BACK]
    assert "witness holds checkpoint 5, the ledger's last is 3" in report.breaks[0].sentence
    assert secrets.exists()


def test_a_file_that_holds_no_checkpoint_of_anybody_is_told_as_such(tmp_path, auditor):
    directory, letter = work(tmp_path, auditor, ("file", str(tmp_path / "kept"))), tmp_path / "letter.txt"
    letter.write_text("Dear Sir or Madam\n")
    [broken] = verify(directory, against=[str(letter)]).breaks
    assert broken.reason is BreakReason.NOT_WITNESSED
    assert "no checkpoint is in it at all, of no ledger: is it what the witness keeps?" in broken.sentence


def test_a_ledger_that_went_another_way_after_a_roll_back_is_found(tmp_path, auditor):
    kept = tmp_path / "elsewhere.notes"
    directory = work(tmp_path, auditor, ("file", str(kept)), rounds=1)
    earlier = Path(shutil.copytree(directory, tmp_path / "earlier"))
    work(tmp_path, auditor, ("file", str(kept)), rounds=1)
    shutil.rmtree(directory)
    shutil.copytree(earlier, directory)
    work(tmp_path, auditor, rounds=3)
    assert verify(directory).ok
    assert reasons(verify(directory, against=[str(kept)])) == [BreakReason.WITNESS_DIFFERS]


def test_an_http_witness_takes_each_checkpoint_and_gives_them_back(tmp_path, auditor):
    with endpoint() as (place, url):
        directory = work(tmp_path, auditor, ("http", url))
        assert [body.decode() for body in place.bodies] == read_kept(url).notes
        report = verify(directory, against=[url])
        assert report.ok
        assert report.unwitnessed_since is None


def test_a_witness_that_fails_is_told_and_gets_everything_in_order_when_it_is_back(tmp_path, auditor):
    with endpoint() as (place, url):
        place.status = 503
        audit = ledger_runtime(tmp_path, auditor, witnesses=(("http", url),), cadence=Cadence(records=1000, seconds=0))
        audit.checkpointer.write()
        audit.ledger.record(admin_record("key.issued"))
        audit.checkpointer.write()
        assert watching(audit).kinds == {Alarm.WITNESS_FAILING}
        assert [" has not taken checkpoint 2: " in detail for _, detail in watching(audit).alarms][-1]
        place.status = 200
        assert not audit.checkpointer.write_if_due(), "nothing new, but what the witness lacks is sent again"
        assert verify(tmp_path / "audit", against=[url]).unwitnessed_since is None
        assert {alarm for alarm, _ in watching(audit).ended} >= {Alarm.WITNESS_FAILING}, "which is over then"
        audit.close()
        assert [body.split(b"\n")[1] for body in place.bodies] == [b"checkpoint 1", b"checkpoint 2"]


def test_a_new_process_goes_on_with_a_witness_where_the_last_checkpoint_says_it_is(tmp_path, auditor):
    with endpoint() as (place, url):
        work(tmp_path, auditor, ("http", url))
        work(tmp_path, auditor, ("http", url), rounds=1)
        numbers = [body.split(b"\n")[1] for body in place.bodies]
        assert sorted(set(numbers)) == [b"checkpoint %d" % number for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("scheme", ["tcp", "udp"])
def test_a_syslog_witness_sends_the_note_in_one_message_that_is_found_again_in_the_receivers_file(
    tmp_path, auditor, scheme
):
    with syslog_receiver(scheme) as (got, port):
        directory = work(tmp_path, auditor, ("syslog", f"{scheme}://127.0.0.1:{port}"), rounds=1)
    (message,) = got
    if scheme == "tcp":
        length, _, message = message.partition(b" ")
        assert int(length) == len(message)
    assert message.startswith(b"<109>1 - - lpr-gateway - checkpoint - lpr-checkpoint ")
    (tmp_path / "messages").write_bytes(b"Nov 22 host other\n" + message + b"\n")
    report = verify(directory, against=[str(tmp_path / "messages")])
    assert report.ok
    assert report.unwitnessed_since is None


def test_without_a_witness_the_ledger_is_unwitnessed_since_its_first_record(tmp_path, auditor):
    directory = work(tmp_path, auditor)
    report = verify(directory)
    (found,) = [finding for finding in report.findings if finding.kind is FindingKind.UNWITNESSED]
    assert found.sentence == f"unwitnessed since {report.unwitnessed_since}"


def test_a_witness_on_this_host_counts_only_where_it_is_asked(tmp_path, auditor):
    kept = tmp_path / "notes"
    directory = work(tmp_path, auditor, ("file", str(kept)))
    assert verify(directory).unwitnessed_since is not None
    assert verify(directory, against=[str(kept)]).unwitnessed_since is None
    assert [item.off_host for item in latest(directory)[0].witnessed] == [False]


def test_on_another_file_system_a_file_is_off_host(tmp_path):
    elsewhere = next(each for each in (Path("/dev/shm"), Path.cwd()) if each.stat().st_dev != tmp_path.stat().st_dev)
    assert witness(WitnessAddress("file", str(elsewhere / "lpr-notes")), ledger=tmp_path, disk=RealDisk()).off_host
    assert not witness(WitnessAddress("file", str(tmp_path / "notes")), ledger=tmp_path, disk=RealDisk()).off_host


def test_notes_of_others_at_a_witness_are_counted_and_break_nothing(tmp_path, auditor):
    kept = tmp_path / "shared"
    directory = work(tmp_path / "ours", auditor, ("file", str(kept)))
    work(tmp_path / "theirs", auditor, ("file", str(kept)))
    report = verify(directory, against=[str(kept)])
    assert report.ok
    assert [finding.count for finding in report.findings if finding.kind is FindingKind.FOREIGN_NOTES] == [3]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("file", "relative"),
        ("http", "http://example.org/notes"),
        ("syslog", "tcp://example.org"),
        ("syslog", "tls://example.org:6514"),
        ("pigeon", "/x"),
    ],
)
def test_a_target_that_does_not_fit_its_kind_is_refused(tmp_path, kind, target):
    with pytest.raises(ConfigurationError):
        witness(WitnessAddress(kind, target), ledger=tmp_path, disk=RealDisk())


@pytest.mark.parametrize("kind", ["http", "syslog"])
@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "localhost"])
def test_a_witness_at_an_address_of_this_machine_is_not_off_host_however_it_is_written(tmp_path, kind, host):
    target = f"https://{host}:9" if kind == "http" else f"tcp://{host}:9"
    assert not witness(WitnessAddress(kind, target), ledger=tmp_path, disk=RealDisk()).off_host


@pytest.mark.parametrize("kind", ["http", "syslog"])
def test_a_witness_at_another_machines_address_is_off_host(tmp_path, kind):
    target = "https://192.0.2.1/notes" if kind == "http" else "tcp://192.0.2.1:601"
    assert witness(WitnessAddress(kind, target), ledger=tmp_path, disk=RealDisk()).off_host


def test_plain_http_is_accepted_to_any_loopback_address_and_to_nowhere_else(tmp_path):
    assert witness(WitnessAddress("http", "http://127.0.0.2:9/notes"), ledger=tmp_path, disk=RealDisk())
    with pytest.raises(ConfigurationError):
        witness(WitnessAddress("http", "http://192.0.2.1/notes"), ledger=tmp_path, disk=RealDisk())


def test_while_a_witness_name_cannot_be_looked_up_what_was_last_said_of_it_holds(tmp_path):
    lost = witness(WitnessAddress("http", "https://witness.invalid/notes"), ledger=tmp_path, disk=RealDisk())
    publisher = Publisher(tmp_path, [lost], again_s=0, observer=Quiet())
    said = Witnessed(lost.name, 7, off_host=True)
    before = Checkpoint(origin="", number=9, time="", previous="", heads={}, witnessed=(said,))
    assert publisher.list_witnessed(before) == (said,)
    assert publisher.list_witnessed(None) == (Witnessed(lost.name, 7, off_host=False),)


def test_a_device_in_the_place_of_a_file_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="is a pipe or a device; name a plain file"):
        witness(WitnessAddress("file", "/dev/null"), ledger=tmp_path, disk=RealDisk())


def test_a_folder_in_the_place_of_a_file_is_refused_with_what_to_name(tmp_path):
    with pytest.raises(ConfigurationError, match="is a folder; name a file in it"):
        witness(WitnessAddress("file", str(tmp_path)), ledger=tmp_path, disk=RealDisk())


def restore(folder, copy):
    """Put a copy of the ledger in its place, as `restore.sh` does."""
    shutil.rmtree(folder / "audit")
    shutil.copytree(copy, folder / "audit")


def restored(folder, auditor, *place):
    """A ledger that was restored from a copy of its first checkpoint, after a witness took five."""
    work(folder, auditor, place, rounds=1)
    copy = shutil.copytree(folder / "audit", folder / "copy")
    work(folder, auditor, place, rounds=4)
    restore(folder, copy)
    return folder / "audit"


def another_history(audit):
    return [said for kind, said in watching(audit).alarms if kind is Alarm.WITNESS_FAILING and FORKED in said]


def test_to_a_file_that_holds_another_history_of_a_restored_ledger_nothing_is_added_and_the_alarm_says_so(
    tmp_path, auditor
):
    kept = tmp_path / "elsewhere.notes"
    directory = restored(tmp_path, auditor, "file", str(kept))
    held = kept.read_bytes()
    audit = ledger_runtime(tmp_path, auditor, witnesses=(("file", str(kept)),))
    for number in range(6):
        audit.ledger.record(admin_record("key.issued", n=number))
        audit.checkpointer.write()
    assert len(another_history(audit)) == 6
    audit.close()
    assert kept.read_bytes() == held
    [broken] = verify(directory, against=[str(kept)]).breaks
    assert "the witness holds another checkpoint 2 (its last is 5, the ledger's 7)" in broken.sentence
    assert "It holds another history of this ledger, which was restored from a copy or has forked" in broken.sentence


def test_a_restored_ledger_goes_on_with_a_new_file_which_gets_every_checkpoint_from_the_first_on(tmp_path, auditor):
    directory = restored(tmp_path, auditor, "file", str(tmp_path / "old.notes"))
    fresh = tmp_path / "new.notes"
    audit = ledger_runtime(tmp_path, auditor, witnesses=(("file", str(fresh)),))
    audit.ledger.record(admin_record("key.issued"))
    audit.checkpointer.write()
    assert Alarm.WITNESS_FAILING not in watching(audit).kinds
    audit.close()
    report = verify(directory, against=[str(fresh)])
    assert (report.ok, report.unwitnessed_since) == (True, None)
    assert numbers(fresh) == [*range(1, report.checkpoints + 1)]


def test_an_endpoint_that_tells_another_history_of_a_restored_ledger_is_given_nothing_and_the_alarm_says_so(
    tmp_path, auditor
):
    with endpoint() as (place, url):
        directory = restored(tmp_path, auditor, "http", url)
        held = len(place.bodies)
        audit = ledger_runtime(tmp_path, auditor, witnesses=(("http", url),))
        audit.ledger.record(admin_record("key.issued"))
        audit.checkpointer.write()
        assert another_history(audit)
        audit.close()
        assert len(place.bodies) == held
        assert reasons(verify(directory, against=[url])) == [BreakReason.WITNESS_DIFFERS]


def test_of_a_file_that_holds_two_histories_it_is_said_that_one_is_another_and_not_that_a_key_is_missing(
    tmp_path, auditor
):
    first, second = tmp_path / "first.notes", tmp_path / "second.notes"
    directory = restored(tmp_path, auditor, "file", str(first))
    work(tmp_path, auditor, ("file", str(second)), rounds=2)
    first.write_bytes(first.read_bytes() + second.read_bytes())
    report = verify(directory, against=[str(first)])
    assert ["holds another checkpoint 2 (its last is 5, the ledger's 3)" in one.sentence for one in report.breaks] == [
        True
    ]
    assert not [found for found in report.findings if found.kind is FindingKind.FOREIGN_NOTES]


def numbers(kept):
    return [int(whole.split("\n")[1].removeprefix("checkpoint ")) for whole in read_kept(str(kept)).notes]


def test_a_file_gets_each_checkpoint_once_from_whichever_worker_and_however_often_they_start(tmp_path, auditor):
    kept, cadence = tmp_path / "notes", Cadence(records=1000, seconds=0)
    for _ in range(3):
        workers = [ledger_runtime(tmp_path, auditor, witnesses=(("file", str(kept)),), cadence=cadence) for _ in "ab"]
        for writing in (*workers, *workers):
            writing.ledger.record(admin_record("key.issued"))
            for one in workers:
                one.checkpointer.write_if_due()
        for one in workers:
            one.close()
    assert numbers(kept) == [*range(1, latest(tmp_path / "audit")[0].number + 1)]


@pytest.mark.parametrize("part", ["begin", "text", "line", "signature", "end"])
def test_a_note_that_a_crash_tore_in_a_file_is_written_once_more_and_takes_no_other_with_it(tmp_path, auditor, part):
    kept = tmp_path / "notes"
    directory = work(tmp_path, auditor, ("file", str(kept)))
    whole = kept.read_bytes()
    last = whole.rindex(b"lpr-gateway-", 0, whole.rindex(b"\n\n", 0, -2))
    signed = whole.index(b"\n\n", last) + 2
    cut = {"begin": last + 20, "text": last + 60, "line": signed, "signature": len(whole) - 20, "end": len(whole) - 1}
    kept.write_bytes(whole[: cut[part]])
    work(tmp_path, auditor, ("file", str(kept)), rounds=2)
    report = verify(directory, against=[str(kept)])
    assert (report.ok, report.unwitnessed_since, report.findings) == (True, None, ())


def test_a_file_that_lost_what_it_took_is_given_nothing_and_the_alarm_says_so(tmp_path, auditor):
    kept = tmp_path / "notes"
    work(tmp_path, auditor, ("file", str(kept)))
    kept.rename(tmp_path / "moved-away")
    audit = ledger_runtime(tmp_path, auditor, witnesses=(("file", str(kept)),))
    audit.ledger.record(admin_record("key.issued"))
    audit.checkpointer.write()
    assert [LOST in said for kind, said in watching(audit).alarms if kind is Alarm.WITNESS_FAILING] == [True]
    audit.close()
    assert not kept.exists()
