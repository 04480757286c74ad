import fcntl
import stat
import subprocess
import sys

import pytest

from gateway.errors import ConfigurationError
from gateway.facts.queries import examine, revisions
from gateway.facts.revisions import KEPT
from tests.facts.agency import NOW, with_lines, write_agency
from tests.facts.test_lookup import asked


def files(tmp_path):
    return sorted(path.name for path in (tmp_path / "state").iterdir())


def test_revisions_lie_beside_the_pointer_readable_by_nobody_else_and_unwritable(sqlite_url, load, tmp_path):
    report = load(sqlite_url)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes.pop("facts.db.lock") & 0o022 == 0
    assert modes == {"facts.db": 0o600, f"facts.db.{report.revision}": 0o400}


def test_only_the_newest_files_are_kept(sqlite_url, load, tmp_path):
    made = [load(sqlite_url).revision for _ in range(KEPT + 2)]
    assert files(tmp_path) == sorted(["facts.db", "facts.db.lock", *(f"facts.db.{name}" for name in made[2:])])


def test_files_of_others_and_leftovers_of_a_killed_import_are_told_apart(sqlite_url, load, tmp_path):
    load(sqlite_url)
    state = tmp_path / "state"
    for name in ("facts.db.building", "facts.db.new", "facts.db.20200101-0001-0123456789ab", "facts.db.backup"):
        (state / name).write_text("left over")
    load(sqlite_url)
    left = [name for name in files(tmp_path) if name in {"facts.db.backup", "facts.db.building", "facts.db.new"}]
    assert left == ["facts.db.backup"]
    assert "facts.db.20200101-0001-0123456789ab" not in files(tmp_path)


def test_a_second_import_at_the_same_time_is_refused(sqlite_url, load, tmp_path):
    load(sqlite_url)
    with (tmp_path / "state" / "facts.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ConfigurationError, match="another import or check of facts is running"):
            load(sqlite_url)
    assert len(revisions(sqlite_url)) == 1


def test_an_altered_revision_is_found(sqlite_url, load, tmp_path):
    report = load(sqlite_url)
    assert examine(sqlite_url, bytes(32)) == []
    path = tmp_path / "state" / f"facts.db.{report.revision}"
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert examine(sqlite_url, bytes(32)) == [f"facts revision {report.revision}: was altered after the import"]
    path.unlink()
    assert examine(sqlite_url, bytes(32)) == [f"facts revision {report.revision}: cannot be read"]


def test_a_path_with_characters_that_urls_use_is_just_a_path(load, tmp_path, opened):
    url = f"sqlite:///{tmp_path}/a b #1/facts[1].db"
    for _ in range(KEPT + 1):
        load(url)
    assert opened(url).look_up(asked()).subject is not None
    assert len(list((tmp_path / "a b #1").iterdir())) == KEPT + 2


def test_a_full_disk_is_a_mistake_and_the_revision_in_force_stays(sqlite_url, load, tmp_path):
    load(sqlite_url)
    write_agency(tmp_path / "large", users=with_lines("users", (f"more{n},{'y' * 250},,,," for n in range(1000))))
    script = (
        "import resource, sys; from datetime import datetime; from pathlib import Path;"
        "from gateway.errors import ConfigurationError; from gateway.facts.importer import import_facts; from tests.facts.terms import import_terms;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))\n"
        "try: import_facts(Path(sys.argv[1]), url=sys.argv[2], terms=import_terms(now=datetime.fromisoformat(sys.argv[3])))\n"
        "except ConfigurationError as error: print(error)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "large"), sqlite_url, NOW.isoformat()]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert told.startswith("[facts] url: /")
    assert "cannot be written (" in told
    assert len(revisions(sqlite_url)) == 1
    assert examine(sqlite_url, bytes(32)) == []
