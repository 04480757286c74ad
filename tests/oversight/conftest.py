from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.auditing.source import open_source
from gateway.ledger.epoch_keys import readable_epochs
from gateway.oversight.imports.columns import read_columns
from gateway.oversight.imports.kept_rows import ImportRules
from gateway.oversight.imports.store import ImportStore
from gateway.oversight.reconciliation import reconcile
from tests.oversight.scene import FOLDER, TRAITS, Agency

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def agency(tmp_path):
    return Agency(tmp_path)


@pytest.fixture
def store(tmp_path):
    return ImportStore(folder=tmp_path / "oversight" / "imports", zone=ZoneInfo("America/New_York"))


@pytest.fixture
def bring_in(tmp_path, store, agency):
    """Imports bytes as a file; the report."""

    def bring(content, *, name="export.csv", kind="organization", vendor="flock", key=None, now=NOW):
        path = tmp_path / name
        path.write_bytes(content)
        return store.add(path, rules(agency, kind=kind, vendor=vendor, key=key), now=now)

    return bring


def rules(agency, *, kind="organization", vendor="flock", key=None):
    return ImportRules(
        columns=read_columns(FOLDER, vendor),
        kind=kind,
        organizations=frozenset({"example city ex pd"}),
        epochs=tuple(readable_epochs(agency.directory, agency.secrets, key)),
        describe=TRAITS.of,
    )


@pytest.fixture
def reconciled(agency, store):
    """Reconciles what was imported with the agency's ledger."""

    def hold_against(*, writes_id=("flock",), **options):
        with open_source(agency.directory, beside=[store.folder]) as source:
            return reconcile(source, store, writes_id=writes_id, **options)

    return hold_against
