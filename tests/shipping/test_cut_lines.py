import pytest

from gateway.ledger.verification.report import Break, BreakReason
from gateway.shipping.cut_lines import CutLines


def broken(number):
    return Break(file="export", line=number, reason=BreakReason.NOT_A_RECORD, sentence="no record")


def whole(number, length):
    return b'{"seq":%08d,' % number + b"x" * length + b"}"


def test_thousands_of_lines_that_a_receiver_cut_are_each_found_by_their_whole_line():
    held = CutLines()
    for number in range(5000):
        assert held.hold(number, whole(number, 2000)[:1500], broken(number))
    assert [held.release(whole(number, 2000)) for number in range(5000)] == [[number] for number in range(5000)]
    assert (held.list_breaks(), held.size) == ([], 0)


@pytest.mark.parametrize("cut", [3, 1023, 1024, 1025, 2000])
def test_a_line_cut_anywhere_is_found_and_one_that_is_no_beginning_stays_a_break(cut):
    held = CutLines()
    held.hold(1, whole(7, 2000)[:cut], broken(1))
    held.hold(2, whole(8, 2000), broken(2))
    assert held.release(whole(7, 2000)) == [1]
    assert held.list_breaks() == [broken(2)]


def test_a_whole_line_is_not_the_beginning_of_itself():
    held = CutLines()
    held.hold(1, whole(7, 2000), broken(1))
    assert held.release(whole(7, 2000)) == []


def test_of_short_ones_and_of_all_together_no_more_are_held_than_there_is_room_for():
    held = CutLines()
    assert [held.hold(number, b"%d" % number, broken(number)) for number in range(101)] == [True] * 100 + [False]
    assert not CutLines().hold(1, b"x" * (64 << 20) + b"y", broken(1))
