"""A store whose file is moved or replaced while it is open is told, and one in a place of its own is not."""

import pytest

from gateway.errors import Refusal
from gateway.store import open_store


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/gateway.db", b"i" * 32)
    yield opened
    opened.close()


def test_a_file_that_was_moved_away_is_told_and_no_more_once_it_is_back(store, tmp_path):
    file, away = tmp_path / "gateway.db", tmp_path / "away.db"
    store.place.require()
    file.rename(away)
    with pytest.raises(Refusal) as refused:
        store.place.require()
    assert refused.value.note.startswith(f"{file} is not there any more: what is kept goes into the one that was moved")
    away.rename(file)
    assert store.place.require() is None


def test_another_file_in_its_place_is_told(store, tmp_path):
    file = tmp_path / "gateway.db"
    file.rename(tmp_path / "away.db")
    file.write_bytes((tmp_path / "away.db").read_bytes())
    with pytest.raises(Refusal) as refused:
        store.place.require()
    assert f"{file} is another file than the one that this gateway opened" in refused.value.note


def test_a_database_that_is_no_file_is_never_away(postgres_url):
    opened = open_store(postgres_url, b"i" * 32)
    assert opened.place.require() is None
    opened.close()
