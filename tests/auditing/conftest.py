import contextlib

import pytest

from gateway.auditing.access import Access
from gateway.auditing.source import open_source
from tests.auditing.ledgers import LedgerInMaking, RememberedReads


@pytest.fixture
def ledger(tmp_path):
    return LedgerInMaking(tmp_path)


@pytest.fixture
def reads():
    return RememberedReads()


@pytest.fixture
def access(reads):
    return Access(reader="alex", why="inquiry 12", recorder=reads, is_known=lambda text: text.startswith("d-"))


@pytest.fixture
def reading(ledger):
    """Opens the ledger; closed at the end of the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(open_source(ledger.directory, **options))
