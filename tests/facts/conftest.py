import pytest

from gateway.facts import open_facts
from gateway.facts.importer import import_facts
from tests.facts.agency import NOW, write_agency
from tests.facts.terms import import_terms


@pytest.fixture
def load(tmp_path):
    """Imports the test agency with changes to its tables; `options` go to the import."""

    def imported(url, *, options=None, **changes):
        directory = write_agency(tmp_path / "agency", **changes)
        return import_facts(directory, url=url, terms=import_terms(**({"now": NOW} | (options or {}))))

    return imported


@pytest.fixture
def opened():
    """Opens facts that are closed at the test's end."""
    kept = []

    def open_url(url):
        kept.append(open_facts(url, bytes(32)))
        return kept[-1]

    yield open_url
    for facts in kept:
        facts.close()
