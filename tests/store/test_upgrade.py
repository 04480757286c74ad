from alembic.config import Config
from alembic.script import ScriptDirectory

from gateway.store import upgrade
from gateway.store.database import open_database


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
