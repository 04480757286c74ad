"""How long keys are believed, and how seldom an issuer is asked."""

import pytest

from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.value import replace
from tests.identity.issuers import EC, EC_OTHER, ISSUER, Published


def test_keys_are_asked_for_once_and_kept():
    published = Published(a=EC)
    keys = published.signing_keys(ISSUER)
    assert [keys.find("a") is None for _ in range(5)] == [False] * 5
    assert published.asked == 1


def test_an_unknown_key_is_asked_for_at_once_and_then_no_more_than_the_setting_allows():
    published = Published(a=EC)
    keys = published.signing_keys(ISSUER)
    assert keys.find("a")
    published.keys, published.ticks = {"b": EC_OTHER}, ISSUER.refresh_s + 1.0
    assert keys.find("b")
    assert [keys.find(f"x{number}") for number in range(50)] == [None] * 50
    assert published.asked == 2
    published.ticks += ISSUER.refresh_s
    assert keys.find("x") is None
    assert published.asked == 3


def test_old_keys_are_asked_for_anew_and_withdrawn_ones_are_gone():
    published = Published(a=EC)
    keys = published.signing_keys(ISSUER)
    assert keys.find("a")
    published.keys, published.ticks = {"b": EC_OTHER}, float(ISSUER.key_age_s)
    assert keys.find("a") is None
    assert keys.find("b")


def test_while_the_issuer_is_down_known_keys_stay_good_for_a_bounded_time():
    published = Published(a=EC)
    keys = published.signing_keys(ISSUER)
    assert keys.find("a")
    published.up, published.ticks = False, float(ISSUER.keys_good_s)
    assert keys.find("a")
    published.ticks += 1
    with pytest.raises(Refusal) as refused:
        keys.find("a")
    assert refused.value.reason is Reason.ISSUER_UNAVAILABLE
    published.up, published.ticks = True, published.ticks + ISSUER.refresh_s
    assert keys.find("a")


def test_while_the_issuer_is_down_nobody_says_of_an_unknown_key_that_it_is_not_the_issuers():
    published = Published(a=EC)
    keys = published.signing_keys(ISSUER)
    assert keys.find("a")
    published.up, published.keys, published.ticks = False, {"a": EC, "b": EC_OTHER}, float(ISSUER.refresh_s)
    for _ in range(2):  # the second asks nobody: it is too soon
        with pytest.raises(Refusal) as refused:
            keys.find("b")
        assert refused.value.reason is Reason.ISSUER_UNAVAILABLE
    assert keys.find("a")
    published.up, published.ticks = True, published.ticks + ISSUER.refresh_s
    assert keys.find("b")
    assert keys.find("x") is None


def test_an_issuer_that_was_never_heard_of_proves_nothing():
    published = Published(a=EC)
    published.up = False
    with pytest.raises(Refusal) as refused:
        published.signing_keys(ISSUER).find("a")
    assert refused.value.reason is Reason.ISSUER_UNAVAILABLE


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"algorithms": ("RS256", "none")}, "algorithms: none cannot be accepted"),
        ({"algorithms": ("HS256",)}, "algorithms: HS256 cannot be accepted"),
        ({"algorithms": ()}, "algorithms: name at least one"),
        ({"key_age_s": 4000}, "key_age_s must not be above keys_good_s"),
        ({"skew_s": 61}, "skew_s must be from 0 to 60"),
    ],
)
def test_an_issuer_that_cannot_be_so_is_told(change, sentence):
    assert replace(ISSUER, **change).problems() == [sentence]
