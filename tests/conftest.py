"""What several parts' tests share: one real PostgreSQL for the whole run, and both databases by turns."""

import pytest

from tests.facts.postgres import fresh_database, running


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    with running(tmp_path_factory.mktemp("pg")) as address:
        yield address


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path}/state/facts.db"


@pytest.fixture
def postgres_url(postgres):
    return fresh_database(postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return request.getfixturevalue(f"{request.param}_url")
