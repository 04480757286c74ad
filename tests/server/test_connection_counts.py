"""Which worker takes the next connection: none that another holds fewer than."""

import pytest

from gateway.server.connection_counts import ConnectionCounts


@pytest.mark.parametrize(("held", "fewest"), [([3, 3], [0, 1]), ([4, 3], [1]), ([0, 0, 9], [0, 1])])
def test_those_who_hold_fewest_take_the_next(held, fewest):
    counts = ConnectionCounts(len(held))
    for place, count in enumerate(held):
        counts.take(place)
        counts.post(count)
    assert [place for place in range(len(held)) if is_fewest(counts, place)] == fewest


def test_who_has_not_begun_or_takes_no_more_is_left_nothing():
    counts = ConnectionCounts(3)
    counts.take(1)
    counts.post(700)
    assert counts.is_fewest()
    counts.take(2)
    counts.post(2)
    assert not is_fewest(counts, 1)
    counts.take(2)
    counts.post_none()
    assert is_fewest(counts, 1)


def is_fewest(counts, place):
    counts.take(place)
    return counts.is_fewest()
