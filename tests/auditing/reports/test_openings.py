from gateway.auditing.reports.openings import Openings
from gateway.auditing.unseal import Opened
from gateway.ledger.segments import Line

LINE = Line("w0", 1, "w0/0000000000000001.jsonl", 1, b"{}")
UNSEALED, OPENED = Opened(LINE, {}, {}, None), Opened(LINE, {}, {"plate": "ABC123"}, None)
CLOSED = Opened(LINE, {}, {}, "this key does not open it: it is sealed to age1x")


def describe(*items):
    openings = Openings(asked=True)
    assert list(openings.count(items)) == [*items]
    return openings.describe("audit report access"), openings.problems


def test_what_was_opened_is_told_with_its_number_where_a_key_does_not_open_all():
    told, problems = describe(OPENED, UNSEALED, CLOSED, CLOSED)
    assert told.startswith("Of 1 records plates and written reasons were opened")
    assert "those of 2 more are sealed" in told
    assert problems == ["of 2 records nothing sealed was opened: this key does not open it: it is sealed to age1x"]


def test_a_key_that_opens_all_or_none_is_told_so():
    assert describe(OPENED, UNSEALED)[0].endswith("were opened with an auditor's key for this report.")
    assert describe(CLOSED, UNSEALED)[0].endswith("the auditor's key that was given opens none of them.")


def test_without_a_key_the_page_says_which_command_opens():
    assert Openings(asked=False).describe("audit report person").endswith("opens them (audit report person --key).")
