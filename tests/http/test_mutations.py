"""Whatever is done to an allowed request, a vendor receives only what a decision on record allows."""

import json
from collections import Counter
from urllib.parse import urlencode

import pytest
from hypothesis import given, note, settings

from tests.http.allowed import allowed, differences
from tests.http.asking import CLAIMS, LOOKUP, PLATES, answers, parameters, say, search
from tests.http.mutations import CHANGES, Sound, damaged
from tests.properties import SHARING_FIXTURES, examples

_SOME = settings(max_examples=examples(400), suppress_health_check=SHARING_FIXTURES)


def of_flock(person):
    headers = {"Host": "gateway", **person.bearer, "Content-Type": "application/json"}
    return Sound(method="POST", target=LOOKUP, headers=tuple(headers.items()), body=json.dumps(search()).encode())


def of_rekor(person):
    target = f"{PLATES}?{urlencode(parameters() | {'api_key': person.key})}"
    return Sound(method="GET", target=target, headers=(("Host", "gateway"), *CLAIMS.items()), body=b"")


class Asking:
    """Sends damaged requests, as one person after the other, and compares the vendor's record with the ledger."""

    def __init__(self, world, vendor, sound):
        self._world, self._vendor, self._sound = world, vendor, sound
        self._received = len(vendor.received())
        self._people = [world.officer() for _ in range(8)]
        self.statuses = Counter()
        world.ledger.look()

    def __call__(self, changes):
        person = self._people[self.statuses.total() % len(self._people)]
        request = damaged(self._sound(person), changes)
        note(repr(request))
        told = answers(say(self._world.port, request))
        self.statuses.update([one.status for one in told] or [0])
        assert all(one.status < 500 for one in told)
        received = self._vendor.received()
        new, self._received = received[self._received :], len(received)
        permitted = allowed(self._world, self._vendor.name, self._world.ledger.look())
        assert differences(new, permitted) == []
        assert len(new) == len(permitted)
        assert all(person.key not in one.target + repr(one.headers) for one in new)


@pytest.mark.parametrize("sound", [of_flock, of_rekor])
def test_a_vendor_receives_exactly_the_effective_queries_on_record_whatever_was_sent(world, flock, rekor, sound):
    ask = Asking(world, flock if sound is of_flock else rekor, sound)

    @_SOME
    @given(changes=CHANGES)
    def every(changes):
        ask(changes)

    every()
    assert ask.statuses[200] > 20
    assert ask.statuses[400] > 20
