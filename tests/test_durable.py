"""Writing that lasts: whole or not at all, under its name only when it is on the disk, the folder's names included."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.durable import RealDisk, move, write_folder_once, write_once, write_whole


class Watched(RealDisk):
    """Notes each act, and fails at the one it is told to."""

    def __init__(self, fail_at: str | None = None) -> None:
        self.acts: list[str] = []
        self._fail_at = fail_at

    def _act(self, name: str) -> None:
        self.acts.append(name)
        if name == self._fail_at:
            raise OSError(name)

    def write(self, descriptor: int, data: bytes) -> None:
        self._act("write")
        super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self._act("sync")
        super().sync(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        self._act("replace")
        super().replace(source, target)

    def sync_folder(self, path: Path) -> None:
        self._act("sync_folder")
        super().sync_folder(path)


@pytest.fixture
def synced(monkeypatch):
    """The folders whose names were flushed."""
    folders = []
    real = RealDisk.sync_folder
    monkeypatch.setattr(RealDisk, "sync_folder", lambda self, path: (folders.append(path), real(self, path)))
    return folders


def test_a_file_gets_its_name_after_its_content_is_on_the_disk_and_then_the_folder_is_flushed(tmp_path):
    disk = Watched()
    write_whole(tmp_path / "file", [b"one ", b"two"], disk)
    assert disk.acts == ["write", "write", "sync", "replace", "sync_folder"]
    assert (tmp_path / "file").read_bytes() == b"one two"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("act", ["write", "sync", "replace"])
def test_an_interrupted_write_leaves_the_old_file(tmp_path, act):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match=act):
        write_whole(path, [b"new"], Watched(fail_at=act))
    assert path.read_bytes() == b"old"
    write_whole(path, [b"n"])
    assert path.read_bytes() == b"n"


def test_what_is_written_once_stays_whoever_comes_later_and_its_folder_is_flushed(tmp_path, synced):
    write_once(tmp_path / "secret", b"first")
    write_once(tmp_path / "secret", b"second")
    assert (tmp_path / "secret").read_bytes() == b"first"
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert synced.count(tmp_path) == 2


def test_of_many_that_write_at_once_one_wins_and_nothing_else_is_left(tmp_path):
    contents = [bytes([number]) * 4096 for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda content: write_once(tmp_path / "secret", content), contents))
    assert (tmp_path / "secret").read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_folder_is_there_whole_or_not_at_all(tmp_path, monkeypatch, synced):
    files = [("a/one.rego", b"1"), ("a/b/two.rego", b"2")]
    with monkeypatch.context() as broken:
        broken.setattr(Path, "rename", lambda *_: pytest.fail("the machine stops here"))
        with pytest.raises(pytest.fail.Exception):
            write_folder_once(tmp_path / "kept" / "r1", files)
    assert not (tmp_path / "kept" / "r1").exists()
    write_folder_once(tmp_path / "kept" / "r1", files)
    write_folder_once(tmp_path / "kept" / "r1", [("a/one.rego", b"another")])
    assert (tmp_path / "kept" / "r1" / "a" / "one.rego").read_bytes() == b"1"
    assert (tmp_path / "kept" / "r1" / "a" / "b" / "two.rego").read_bytes() == b"2"
    assert synced[-1] == tmp_path / "kept"


def test_a_moved_file_is_on_the_disk_before_it_is_found_under_its_new_name(tmp_path, monkeypatch, synced):
    order = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (order.append((tmp_path / "to").exists()), real(descriptor)))
    (tmp_path / "from").write_bytes(b"content")
    move(tmp_path / "from", tmp_path / "to")
    assert order[0] is False
    assert synced == [tmp_path]
    assert (tmp_path / "to").read_bytes() == b"content"
