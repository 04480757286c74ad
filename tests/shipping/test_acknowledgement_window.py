"""What was sent counts as received when the window has passed without an error."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.heads import Head
from gateway.shipping.acknowledgement_window import AcknowledgementWindow, Unsettled


def test_without_a_time_everything_settles_at_once():
    settling = AcknowledgementWindow(0)
    settling.note_sent({"w0": Head(1, "")}, 10.0)
    assert settling.take_settled(10.0) == {"w0": Head(1, "")}
    assert settling.take_settled(10.0) is None


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_nothing_settles_early_and_everything_settles_in_the_end(pauses):
    settling, now, sent_at, found = AcknowledgementWindow(8.0), 100.0, {}, []
    for seq, pause in enumerate([*pauses, *[1] * 20], start=1):
        now += pause
        if seq <= len(pauses):
            settling.note_sent({"w0": Head(seq, "")}, now)
            sent_at[seq] = now
        if settled := settling.take_settled(now):
            found.append(settled["w0"].seq)
            assert now - sent_at[found[-1]] >= 8.0
    assert found == sorted(set(found))
    assert found[-1] == len(pauses)


@given(st.lists(st.floats(0, 12), min_size=1, max_size=40))
def test_each_settles_when_its_time_and_a_step_have_passed_whatever_is_sent_afterwards(pauses):
    settling, now, sent_at, settled = AcknowledgementWindow(8.0), 100.0, {}, 0
    for seq, pause in enumerate(pauses, start=1):
        end = now + pause
        while now < end:
            now = min(now + 0.5, end)
            marks = settling.take_settled(now)
            settled = marks["w0"].seq if marks else settled
            assert all(one <= settled for one, at in sent_at.items() if now - at > 8.0 + 1.0 + 0.5)
        settling.note_sent({"w0": Head(seq, "")}, now)
        sent_at[seq] = now


@given(st.integers(1, 2000))
def test_memory_is_bounded_however_much_is_sent(count):
    settling = AcknowledgementWindow(8.0)
    for step in range(count):
        settling.note_sent({"w0": Head(step, "")}, step / 100)
        settling.take_settled(step / 100)
    assert len(settling._waiting) <= 10


def test_what_may_be_lost_never_settles():
    settling = AcknowledgementWindow(1.0)
    settling.note_sent({"w0": Head(1, "")}, 0.0)
    settling.forget()
    assert settling.take_settled(100.0) is None


def test_what_was_sent_counts_as_lacking_until_it_has_settled():
    window = AcknowledgementWindow(8.0)
    first, second = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    for at, made, records in ((0.0, second, 3), (2.0, first, 4), (5.0, second, 5)):
        window.note_sent({"w0": Head(1, "")}, at, Unsettled(records, made))
        window.take_settled(at)
    assert window.unsettled == Unsettled(12, first)
    window.take_settled(10.5)
    assert window.unsettled == Unsettled(5, second)
    window.take_settled(13.0)
    window.take_settled(14.0)
    assert window.unsettled == Unsettled()
