import contextlib

import pytest

from gateway.audit.reading.access import Access
from gateway.audit.reading.source import open_source
from tests.audit_reading.ledgers import Book, Diary


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path)


@pytest.fixture
def diary():
    return Diary()


@pytest.fixture
def access(diary):
    return Access(reader="alex", why="inquiry 12", journal=diary)


@pytest.fixture
def reading(book):
    """Opens the book's ledger; closed at the end of the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(open_source(book.directory, **options))
