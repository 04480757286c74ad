"""Until when revocation lists say anything, and who is told when they no longer do."""

import pytest

from gateway.identity.revocation import find_list_faults, read_lists
from tests.identity.cards import Authority
from tests.identity.samples import NOW


@pytest.fixture(scope="module")
def authority():
    return Authority(now=NOW)


def faults(*contents):
    return [(one.is_coming, one.sentence) for one in find_list_faults(read_lists(b"".join(contents)), NOW)]


def test_of_a_list_in_force_nothing_is_said(authority):
    assert faults(authority.crl(days=7)) == []


def test_a_list_that_has_ended_is_told_with_its_issuer(authority):
    [(is_coming, sentence)] = faults(authority.crl(days=-0.5))
    assert is_coming is False
    assert sentence.startswith("the revocation list of CN=PIV issuer ended at 20")


def test_a_list_that_ends_within_twelve_hours_is_warned_of(authority):
    [(is_coming, sentence)] = faults(authority.crl(days=0.4))
    assert is_coming is True
    assert "bring the newest list before" in sentence


def test_an_old_list_beside_a_newer_one_of_the_same_issuer_is_no_fault(authority):
    assert faults(authority.crl(days=-0.5), authority.crl(days=3)) == []
    assert len(faults(authority.crl(days=-0.5), Authority("Another", now=NOW).crl())) == 1
