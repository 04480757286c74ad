import pytest

from gateway.approvals import Addressees, ApprovalParts, Notices, PlateProtection
from gateway.store import open_store
from tests.approvals.staff import STAFF, Records


@pytest.fixture
def parts(url):
    store, notices = open_store(url, b"i" * 32), Notices(None, None)
    protection = PlateProtection(b"p" * 32)
    yield ApprovalParts(store=store, protection=protection, people=STAFF, notices=notices, addressees=Addressees())
    notices.close()
    store.close()


@pytest.fixture
def records():
    return Records()
