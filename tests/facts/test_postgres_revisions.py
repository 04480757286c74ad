import psycopg
import pytest
from sqlalchemy import create_engine, func, select

from gateway.errors import ConfigurationError, Refusal
from gateway.facts.postgres_revisions import _ONE_IMPORT
from gateway.facts.queries import examine, revisions
from gateway.facts.revisions import KEPT
from gateway.reasons import Reason
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


def test_after_a_restore_the_same_delivery_is_taken_again_and_what_the_catalog_does_not_know_is_gone(
    postgres_url, load, opened
):
    kept = load(postgres_url).revision
    for _ in range(2):
        load(postgres_url)
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:  # as `pg_restore --clean` leaves it
        connection.execute("DELETE FROM lpr_facts.revisions WHERE revision <> %s", [kept])
        connection.execute("CREATE SCHEMA lpr_facts_reports")
    again = load(postgres_url).revision
    expected = [f"lpr_facts_{name.replace('-', '_')}" for name in (kept, again)]
    assert schemas(postgres_url) == sorted(["lpr_facts", "lpr_facts_reports", *expected])
    assert opened(postgres_url).look_up(asked()).subject is not None


def test_a_second_import_at_the_same_time_is_refused(postgres_url, load):
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(_ONE_IMPORT)))
        with pytest.raises(ConfigurationError, match="another import or check of facts is running"):
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


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {schema}.subject_plates SET plate = 'XYZ999', normal = 'XYZ999', fold = 'XYZ999'",
        "DELETE FROM {schema}.protected_plates",
        "INSERT INTO {schema}.case_members SELECT 900, case_number, 'u9' FROM {schema}.cases LIMIT 1",
    ],
)
def test_a_row_altered_in_the_database_is_found_and_the_revision_not_opened(postgres_url, load, opened, change):
    report = load(postgres_url)
    assert examine(postgres_url, bytes(32)) == []
    schema = f"lpr_facts_{report.revision.replace('-', '_')}"
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        assert connection.execute(change.format(schema=schema)).rowcount >= 1
    told = f"facts revision {report.revision}: was altered after the import"
    assert examine(postgres_url, bytes(32)) == [told]
    with pytest.raises(Refusal) as caught:
        opened(postgres_url).look_up(asked())
    assert (caught.value.reason, caught.value.note) == (Reason.FACTS_UNAVAILABLE, told)


def test_a_revision_that_an_older_version_imported_is_asked_for_anew(postgres_url, load, opened):
    load(postgres_url)
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("ALTER TABLE lpr_facts.revisions DROP COLUMN seal")
    assert len(revisions(postgres_url)) == 1
    with pytest.raises(Refusal) as caught:
        opened(postgres_url).look_up(asked())
    assert caught.value.note.endswith("import the facts again")
    load(postgres_url)
    assert opened(postgres_url).look_up(asked()).subject is not None
