import pytest

from gateway.store import open_store

INTEGRITY = b"i" * 32


@pytest.fixture
def opened():
    """Opens stores that are closed at the test's end."""
    kept = []

    def open_url(url):
        kept.append(open_store(url, INTEGRITY))
        return kept[-1]

    yield open_url
    for store in kept:
        store.close()


@pytest.fixture
def store(url, opened):
    return opened(url)
