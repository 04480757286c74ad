"""Until when revocation lists say anything, and who is told when they no longer do."""

from datetime import timedelta

import pytest

from gateway.identity.revocation import find_list_faults, read_lists
from tests.identity.cards import Authority
from tests.identity.samples import NOW


@pytest.fixture(scope="module")
def authority():
    return Authority(now=NOW)


def faults(authorities, *contents, now=NOW):
    issuers = [one.certificate for one in authorities]
    return find_list_faults(issuers, read_lists(b"".join(contents)), now)


def test_of_a_list_in_force_nothing_is_said(authority):
    assert faults([authority], authority.crl(days=7)) == []


def test_a_list_that_has_ended_is_told_with_its_issuer(authority):
    [fault] = faults([authority], authority.crl(days=-0.5))
    assert (fault.is_coming, fault.is_sure) == (False, True)
    assert fault.sentence.startswith("the revocation list of CN=PIV issuer ended at 20")


@pytest.mark.parametrize(("days", "told"), [(0.4, False), (0.3, True)])
def test_a_list_in_the_last_quarter_of_its_time_is_warned_of(authority, days, told):
    """The list begins a day before."""
    found = faults([authority], authority.crl(days=days))
    assert [fault.is_coming for fault in found] == [True] * told


def test_a_long_list_is_warned_of_twelve_hours_before_its_end(authority):
    assert faults([authority], authority.crl(days=30), now=NOW + timedelta(days=29, hours=11)) == []
    [fault] = faults([authority], authority.crl(days=29), now=NOW + timedelta(days=28, hours=13))
    assert "bring the newest list before" in fault.sentence


def test_an_old_list_beside_a_newer_one_of_the_same_key_is_no_fault(authority):
    assert faults([authority], authority.crl(days=-0.5), authority.crl(days=3)) == []


def test_a_new_list_of_another_key_under_the_same_name_does_not_hide_one_that_ended(authority):
    renewed = Authority(now=NOW)
    [fault] = faults([authority, renewed], authority.crl(days=-0.5), renewed.crl(days=3))
    assert "ended at" in fault.sentence


def test_an_issuer_without_a_list_is_told_and_may_be_one_that_issues_no_cards(authority):
    [fault] = faults([authority, Authority("Root", now=NOW)], authority.crl())
    assert (fault.is_sure, "there is no revocation list of CN=Root" in fault.sentence) == (False, True)


def test_a_list_of_nobody_in_the_file_of_issuers_is_of_no_account(authority):
    assert faults([authority], authority.crl(), Authority("Retired", now=NOW).crl(days=-0.5)) == []


def test_an_issuer_whose_certificate_ended_is_told_but_not_where_a_newer_one_of_that_name_is_there(authority):
    later = NOW + timedelta(days=31)
    [fault] = find_list_faults([authority.certificate], None, later)
    assert "the certificate of CN=PIV issuer ended at" in fault.sentence
    renewed = Authority(now=later)
    assert find_list_faults([authority.certificate, renewed.certificate], None, later) == []
