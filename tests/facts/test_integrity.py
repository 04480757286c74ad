"""A revision that is not what was imported is not opened, whoever altered it and whatever else they wrote with it."""

import hashlib
import sqlite3

import pytest

from gateway.errors import Refusal
from gateway.facts import open_facts
from gateway.facts.queries import revisions
from gateway.reasons import Reason
from tests.facts.test_lookup import asked


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def alter_file(path):
    """Give a subject's plate to a stranger, as whoever owns the file can."""
    path.chmod(0o600)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE subject_plates SET plate = 'XYZ999', normal = 'XYZ999', fold = 'XYZ999'")
    connection.close()


def rewrite_catalog(pointer, path):
    """Make the catalog agree with the altered file."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with sqlite3.connect(pointer) as connection:
        connection.execute("UPDATE revisions SET sha256 = ?", (digest,))
    connection.close()


def refusal_of(act):
    with pytest.raises(Refusal) as caught:
        act()
    assert caught.value.reason is Reason.FACTS_UNAVAILABLE
    return caught.value.note


def test_an_altered_file_is_refused_at_every_question_and_alarmed(sqlite_url, load, state):
    report, alarms, ended = load(sqlite_url), [], []
    alter_file(state / f"facts.db.{report.revision}")
    facts = open_facts(sqlite_url, bytes(32), alarms.append, lambda: ended.append(True))
    told = f"facts revision {report.revision}: was altered after the import"
    assert refusal_of(lambda: facts.look_up(asked())) == told
    assert refusal_of(facts.check) == told
    assert alarms == [told, told]
    assert not ended
    load(sqlite_url)
    facts.look_up(asked())
    assert ended, "it is over with the next import"
    facts.close()


def test_a_catalog_rewritten_to_agree_with_the_altered_file_is_not_believed(sqlite_url, load, opened, state):
    report = load(sqlite_url)
    alter_file(state / f"facts.db.{report.revision}")
    rewrite_catalog(state / "facts.db", state / f"facts.db.{report.revision}")
    assert "entry in the catalog was altered" in refusal_of(lambda: opened(sqlite_url).look_up(asked()))


def test_an_older_age_cannot_be_written_into_the_catalog(sqlite_url, load, opened, state):
    load(sqlite_url)
    with sqlite3.connect(state / "facts.db") as connection:
        connection.execute("UPDATE revisions SET as_of = '2099-01-01T00:00:00.000Z'")
    connection.close()
    assert "entry in the catalog was altered" in refusal_of(lambda: opened(sqlite_url).look_up(asked()))


def test_a_file_altered_while_the_gateway_runs_is_found_by_the_next_check(sqlite_url, load, opened, state):
    report = load(sqlite_url)
    facts = opened(sqlite_url)
    assert facts.check().revision == report.revision
    alter_file(state / f"facts.db.{report.revision}")
    assert refusal_of(facts.check).endswith("was altered after the import")


def test_nothing_of_a_file_altered_while_the_gateway_runs_is_believed_by_whoever_read_it_before(
    sqlite_url, load, opened, state
):
    report = load(sqlite_url)
    facts, path = opened(sqlite_url), state / f"facts.db.{report.revision}"
    assert facts.look_up(asked(user_id="u1")).subject.active
    assert facts.person("u1").active
    whole = path.read_bytes()
    alter_file(path)
    for question in ("u1", "u2"):  # one who was asked about before, and one who was not
        assert refusal_of(lambda who=question: facts.look_up(asked(user_id=who))).endswith(
            "was altered after the import"
        )
        assert refusal_of(lambda who=question: facts.person(who)).endswith("was altered after the import")
        assert refusal_of(lambda who=question: facts.open_cases(who)).endswith("was altered after the import")
    path.write_bytes(whole)
    assert facts.look_up(asked(user_id="u2")).subject is not None, "the file is again what was imported"


def test_what_was_altered_and_put_back_while_it_was_read_is_read_again(sqlite_url, load, opened, state):
    report = load(sqlite_url)
    facts, path = opened(sqlite_url), state / f"facts.db.{report.revision}"
    facts.look_up(asked(user_id="u1"))
    whole, reads = path.read_bytes(), []

    def read_while_altered(reader):
        reads.append(reader)
        if len(reads) == 1:
            alter_file(path)
            path.write_bytes(whole)
        return len(reads)

    assert facts._ask(read_while_altered) == 2
    assert reads[0] is not reads[1]


def test_an_entry_of_the_catalog_altered_while_the_gateway_runs_is_not_believed(sqlite_url, load, opened, state):
    load(sqlite_url)
    facts = opened(sqlite_url)
    facts.look_up(asked())
    with sqlite3.connect(state / "facts.db") as connection:
        connection.execute("UPDATE revisions SET as_of = '2099-01-01T00:00:00.000Z'")
    connection.close()
    assert "entry in the catalog was altered" in refusal_of(lambda: facts.look_up(asked()))


def test_another_installations_revision_is_not_opened(sqlite_url, load):
    load(sqlite_url)
    stranger = open_facts(sqlite_url, b"x" * 32)
    assert "another installation's" in refusal_of(lambda: stranger.look_up(asked()))
    stranger.close()


def test_a_revision_is_read_whole_once_and_not_for_each_question(sqlite_url, load, opened, monkeypatch):
    load(sqlite_url)
    facts = opened(sqlite_url)
    read = []
    digest = facts._revision_store.digest
    monkeypatch.setattr(facts._revision_store, "digest", lambda revision: read.append(1) or digest(revision))
    for _ in range(50):
        facts.look_up(asked())
        facts.check()
    assert read == [1]


def test_every_revision_keeps_the_digest_of_its_content(url, load):
    report = load(url)
    assert revisions(url)[0].sha256 == report.sha256
    assert len(report.sha256) == 64
