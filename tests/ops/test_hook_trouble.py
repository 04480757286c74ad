"""What is told of a notify hook that takes nothing: in the log as it changes, in numbers always, a warning while it lasts."""

from structlog.testing import capture_logs

from gateway.ops.hook_trouble import HookTrouble, NotifyFault


def count_nothing(_fault, _times):
    pass


def test_each_failure_counts_and_only_another_reason_is_another_line():
    counted = []
    trouble = HookTrouble(lambda fault, times: counted.append((fault, times)))
    with capture_logs() as lines:
        for why in ("it answers 500", "it answers 500", "it answers 404"):
            trouble.note_try(why)
    assert [line["why"] for line in lines] == ["it answers 500", "it answers 404"]
    assert counted == [(NotifyFault.NOT_TAKEN, 1)] * 3


def test_a_hook_that_takes_alarms_is_no_line_and_no_warning():
    trouble = HookTrouble(count_nothing)
    with capture_logs() as lines:
        trouble.note_try(None)
    assert (lines, trouble.warnings()) == ([], [])


def test_what_is_lost_again_and_again_for_one_reason_is_one_line():
    trouble = HookTrouble(count_nothing)
    with capture_logs() as lines:
        for _ in range(3):
            trouble.note_lost("more wait than are kept")
        trouble.note_lost("the gateway ended", 7)
    assert [(line["why"], line["alarms"]) for line in lines] == [
        ("more wait than are kept", 1),
        ("the gateway ended", 7),
    ]
