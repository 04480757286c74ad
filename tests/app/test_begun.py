"""A command that only reads, or takes away, tells that there is nothing yet, and leaves it so."""

import pytest

from gateway.app.begun import open_kept_store
from gateway.errors import ConfigurationError
from gateway.settings import load_settings
from tests.http.installation import Installation, Place

OF_THE_STORE = (("keys", "list"), ("keys", "revoke", "k_000000000000"))
OF_THE_RECORD = (
    ("audit", "tail"),
    ("audit", "search", "--why", "a complaint"),
    ("policy", "explain", "b7317542-6564-4fc1-bc5a-9d2c5e7acacf"),
    ("facts", "rollback", "--why", "a mistake"),
)


@pytest.fixture
def empty(tmp_path):
    return Installation(tmp_path, [Place(profile="rekor", at="/rekor", upstream="http://127.0.0.1:1")])


@pytest.mark.parametrize("command", OF_THE_STORE)
def test_where_no_store_is_a_command_that_would_read_it_says_so_and_makes_none(empty, command):
    result = empty.run(*command)
    assert (result.exit_code, empty.state.exists()) == (2, False)
    assert (
        f"there is no store at {empty.state / 'gateway.db'}, which the settings name: `serve` makes it" in result.stderr
    )


def test_a_store_that_was_lost_stays_noted_whatever_was_read_meanwhile(empty):
    empty.import_facts()
    empty.person("u01")
    for file in empty.state.glob("gateway.db*"):
        file.unlink()
    (empty.state / "audit" / "w0").mkdir()
    assert empty.run("keys", "list").exit_code == 2
    assert f"there is no {empty.state / 'gateway.db'}, though there is a record" in empty.run("config", "check").stderr


def test_a_postgresql_database_without_tables_holds_no_store_and_gets_none(empty, postgres_url):
    settings = load_settings(empty.config, {})
    settings = settings.model_copy(update={"store": settings.store.model_copy(update={"url": postgres_url})})
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="there is no store in the database that the settings name"):
            open_kept_store(settings)
    assert not empty.state.exists()


@pytest.mark.parametrize("command", OF_THE_RECORD)
def test_where_no_record_is_who_would_read_it_begins_none(empty, command):
    result = empty.run(*command)
    assert (result.exit_code, empty.state.exists()) == (2, False)
    assert f"there is no record at {empty.state / 'audit'}: `serve` begins it" in result.stderr


def test_a_record_without_the_secrets_it_was_made_with_gets_none_by_being_read(empty):
    empty.import_facts()
    (empty.state / "secrets").rename(empty.folder / "elsewhere")
    result = empty.run("audit", "tail")
    assert (result.exit_code, (empty.state / "secrets").exists()) == (2, False)
    assert f"{empty.state} lacks its `secrets`" in result.stderr
    assert "of a copy elsewhere only `audit verify` can be asked" in result.stderr
