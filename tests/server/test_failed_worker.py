import errno

import pytest

from gateway.errors import ConfigurationError, NoRoomError, Refusal
from gateway.reasons import Reason
from gateway.server.failed_worker import explain_failure, is_for_want_of_room


@pytest.mark.parametrize(
    ("error", "told", "wanted"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device", True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "Disk quota exceeded", True),
        (Refusal(Reason.AUDIT_UNAVAILABLE, note="the ledger cannot be written"), "the ledger cannot be written", True),
        (OSError(errno.EROFS, "Read-only file system"), "Read-only file system", False),
        (Refusal(Reason.FACTS_UNAVAILABLE), "facts_unavailable", False),
        (NoRoomError(["[store] url: there is no room"]), "[store] url: there is no room", True),
        (ConfigurationError(["one", "two"]), "one; two", False),
        (ValueError("content"), "ValueError", False),
    ],
)
def test_of_a_failed_worker_it_is_told_why_and_whether_it_only_wanted_room(error, told, wanted):
    assert (explain_failure(error), is_for_want_of_room(error)) == (told, wanted)
