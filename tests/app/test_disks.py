"""Where state, store or facts lie on another disk than the ledger, that one's getting full is told, too."""

from functools import partial

import pytest

from gateway.app.disks import find_other_disks, watch_disks
from gateway.app.doctor import examine
from gateway.ledger.alarms import Alarm
from gateway.ops.metrics import Metrics
from gateway.ops.watcher import Watcher
from gateway.settings import Settings

_MEBIBYTE = 1 << 20


@pytest.fixture
def disks(tmp_path, monkeypatch):
    """Folders that stand for disks: each is a device of its own, with the MiB free that it is given here."""
    free = {tmp_path / name: 5000 for name in ("ledger", "state", "store", "facts")}
    for folder in free:
        folder.mkdir(mode=0o700)

    def disk_of(path):
        return next(folder for folder in free if path.is_relative_to(folder))

    monkeypatch.setattr("gateway.app.disks._find_device", lambda path: [*free].index(disk_of(path)))
    monkeypatch.setattr("gateway.app.disks.free_bytes", lambda path: free[disk_of(path)] * _MEBIBYTE)
    return free


def make_settings(folder, *, ledger="ledger/audit", state="state/var", store="state/var", facts="state/var"):
    return Settings.model_validate(
        {
            "paths": {"state": folder / state, "policies": folder},
            "audit": {"directory": folder / ledger, "warn_free_mb": 1000},
            "store": {"url": f"sqlite:///{folder / store}/gateway.db"},
            "facts": {"url": f"sqlite:///{folder / facts}/facts.db"},
        }
    )


def name_all(settings):
    return [disk.name for disk in find_other_disks(settings)]


@pytest.mark.usefixtures("disks")
def test_where_all_lies_on_one_disk_there_is_no_other(tmp_path):
    assert name_all(make_settings(tmp_path, ledger="state/var/audit")) == []


@pytest.mark.usefixtures("disks")
def test_each_other_disk_is_told_once_with_every_setting_that_puts_something_there(tmp_path):
    assert name_all(make_settings(tmp_path)) == [
        f"the disk of {tmp_path}/state/var ([paths] state, [store] url, [facts] url)"
    ]
    assert name_all(make_settings(tmp_path, state="ledger", store="store", facts="facts/a")) == [
        f"the disk of {tmp_path}/store ([store] url)",
        f"the disk of {tmp_path}/facts/a ([facts] url)",
    ]


@pytest.mark.usefixtures("disks")
def test_a_database_lies_where_a_link_to_its_file_leads(tmp_path):
    (tmp_path / "ledger" / "gateway.db").symlink_to(tmp_path / "store" / "kept.db")
    settings = make_settings(tmp_path, state="ledger", store="ledger", facts="ledger")
    assert name_all(settings) == [f"the disk of {tmp_path}/store ([store] url)"]


@pytest.mark.usefixtures("disks")
def test_a_database_on_a_server_is_on_no_disk_of_this_host(tmp_path):
    settings = make_settings(tmp_path, state="ledger", facts="ledger")
    store = settings.store.model_copy(update={"url": "postgresql+psycopg://db.agency.example/lpr"})
    assert name_all(settings.model_copy(update={"store": store})) == []


@pytest.mark.usefixtures("disks")
def test_a_folder_that_cannot_be_made_is_left_to_whoever_says_so(tmp_path):
    (tmp_path / "state" / "var").write_text("")
    assert name_all(make_settings(tmp_path)) == []


def test_an_alarm_names_the_disk_that_gets_full_until_there_is_room(disks, tmp_path):
    metrics = Metrics()
    watcher = Watcher(metrics)
    look = watch_disks(
        make_settings(tmp_path, store="store"),
        partial(watcher.alarm, Alarm.DISK_LOW),
        partial(watcher.end_alarm, Alarm.DISK_LOW),
    )
    look()
    assert watcher.warnings() == []
    disks[tmp_path / "state"], disks[tmp_path / "store"] = 17, 999
    look()
    in_state, in_store = watcher.warnings()
    assert in_state.startswith(f"17 MiB left on the disk of {tmp_path}/state/var ([paths] state, [facts] url)")
    assert in_store.startswith(f"999 MiB left on the disk of {tmp_path}/store ([store] url)")
    assert b'lpr_audit_alarms_total{alarm="disk_low"} 2.0' in metrics.exposition()
    disks[tmp_path / "state"] = 1000
    look()
    assert watcher.warnings() == [in_store]


@pytest.mark.usefixtures("disks")
def test_room_on_another_disk_does_not_end_what_the_ledger_tells_of_its_own(tmp_path):
    watcher = Watcher(Metrics())
    watcher.alarm(Alarm.DISK_LOW, "12 MiB left for the audit ledger")
    watch_disks(
        make_settings(tmp_path),
        partial(watcher.alarm, Alarm.DISK_LOW),
        partial(watcher.end_alarm, Alarm.DISK_LOW),
    )()
    assert len(watcher.warnings()) == 1


@pytest.mark.usefixtures("disks")
def test_a_disk_that_cannot_be_looked_at_ends_no_other_look(tmp_path, monkeypatch):
    def fail(_path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("gateway.app.disks.free_bytes", fail)
    told = []
    watch_disks(make_settings(tmp_path), lambda *one: told.append(one), told.append)()
    assert told == []


@pytest.mark.parametrize(
    ("free", "state", "more"),
    [(5000, "ok", ""), (12, "warning", ": below 1000 (warn_free_mb) alarms are raised; make room")],
)
def test_doctor_says_how_much_is_free_there(disks, tmp_path, free, state, more):
    disks[tmp_path / "state"] = free
    name = f"the disk of {tmp_path}/state/var ([paths] state, [store] url, [facts] url)"
    found = [(one.topic, one.state, one.sentence) for one in examine(make_settings(tmp_path))]
    assert ("state", state, f"{free} MiB free on {name}{more}") in found
