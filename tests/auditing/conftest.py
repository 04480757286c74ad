import contextlib

import pytest

from gateway.auditing.access import Access
from gateway.auditing.source import open_source
from tests.auditing.ledgers import Book, Diary


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
