import psycopg
import pytest
from sqlalchemy import create_engine, func, select

from gateway.errors import ConfigurationError
from gateway.facts import examine, revisions
from gateway.facts.postgres_revisions import _ONE_IMPORT
from gateway.facts.revisions import KEPT
from tests.facts.test_lookup import asked


def schemas(url):
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'lpr_facts%'").fetchall()
    return sorted(name for (name,) in found)


def test_each_revision_has_a_schema_and_only_the_newest_are_kept(postgres_url, load):
    made = [load(postgres_url).revision.replace("-", "_") for _ in range(KEPT + 2)]
    assert schemas(postgres_url) == sorted(["lpr_facts", *(f"lpr_facts_{name}" for name in made[2:])])


def test_a_failed_import_leaves_no_schema_behind(postgres_url, load):
    with pytest.raises(ConfigurationError):
        load(postgres_url, users=["x"])
    assert schemas(postgres_url) == []


def test_a_second_import_at_the_same_time_is_refused(postgres_url, load):
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(_ONE_IMPORT)))
        with pytest.raises(ConfigurationError, match="another import of facts is running"):
            load(postgres_url)
    engine.dispose()
    assert revisions(postgres_url) == []


def test_readers_cannot_write(postgres_url, load, opened):
    load(postgres_url)
    reader = opened(postgres_url)._borrow()
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader._connection.execute("UPDATE users SET active = true")
    reader.close()


def test_a_revision_whose_schema_was_dropped_is_found_again_after_the_next_import(postgres_url, load, opened):
    load(postgres_url)
    facts = opened(postgres_url)
    facts.look_up(asked())
    for _ in range(KEPT):
        load(postgres_url)
    assert facts.look_up(asked()).subject is not None


def test_nothing_is_known_of_a_schemas_integrity(postgres_url, load):
    load(postgres_url)
    assert examine(postgres_url) == []
