from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from gateway.store import open_store, upgrade
from gateway.store.database import open_database
from gateway.store.runtime_rows import REQUESTS, find, keep


def test_the_newest_version_is_where_the_migrations_lead():
    config = Config()
    config.set_main_option("script_location", str(upgrade._MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [upgrade.NEWEST]


def test_tables_of_this_version_are_left_as_they_are(url):
    open_database(url, bytes(32)).dispose()
    engine = open_database(url, bytes(32))
    with engine.connect() as connection:
        assert upgrade._read_version(connection) == upgrade.NEWEST
    engine.dispose()


def test_an_approval_of_the_version_before_is_believed_by_its_digest_and_names_no_giver(url):
    store = open_store(url, bytes(32))
    row = {"approval_id": "a1", "user_id": "u1", "case_number": "25-1", "scope": "geo_search", "hours": 4}
    row |= {"reason_sealed": "x", "status": "approved", "requested_at": "2026-11-22T14:00:00.000Z", "decided_by": "u2"}
    keep(store, REQUESTS, row)
    with store.writing() as connection:
        for column in ("given_by", "given_at"):
            connection.execute(text(f"ALTER TABLE approval_requests DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    store.close()
    store = open_store(url, bytes(32))
    [found] = find(store, REQUESTS, REQUESTS.c.approval_id == "a1", newest_by="requested_at")
    assert (found["decided_by"], found["given_by"]) == ("u2", None)
    store.close()
