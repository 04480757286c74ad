import pytest

from gateway.store import open_store
from tests.facts.postgres import fresh_database, running


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    with running(tmp_path_factory.mktemp("pg")) as address:
        yield address


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path}/state/gateway.db"


@pytest.fixture
def postgres_url(postgres):
    return fresh_database(postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def opened():
    """Opens stores that are closed at the test's end."""
    kept = []

    def open_url(url):
        kept.append(open_store(url))
        return kept[-1]

    yield open_url
    for store in kept:
        store.close()


@pytest.fixture
def store(url, opened):
    return opened(url)
