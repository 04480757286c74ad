"""A written address names a host and a port that can be called, or it is said what keeps it from that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.written_hosts import find_url_fault, is_host


@pytest.mark.parametrize(
    "url",
    [
        "https://alerts.agency.example/hook",
        "http://127.0.0.1:8080",
        "https://[2001:db8::7]:8443/",
        "tls://siem:6514",
        "https://10.1.0.7",
        "http://127.1",
        "https://a_b.example./x?y#z",
    ],
)
def test_a_name_or_an_address_with_or_without_a_port_can_be_called(url):
    assert find_url_fault(url) is None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://", "must name a host"),
        ("alerts.agency.example", "must name a host"),
        ("https://a..b", "'a..b' is none"),
        ("https://*", "'*' is none"),
        ("https://-a", "'-a' is none"),
        ("https://256.1.1.1", "'256.1.1.1' is none"),
        ("https://[::1", "'[::1' is none"),
        ("https://a:99999", "a port from 1 to 65535"),
        ("https://a:x", "a port from 1 to 65535"),
        ("https://a:0", "a port from 1 to 65535"),
        ("https://a:/x", "a port from 1 to 65535"),
        ("https://a b", "must be without character 10 (SPACE, U+0020)"),
        (" https://a", "must be without character 1 (SPACE, U+0020)"),
        ("https://a\n.example", "character 10 (LINE FEED, U+000A)"),
        ("https://a.example/\u200b", "character 19 (ZERO WIDTH SPACE, U+200B)"),
        ("https://ü.example", "character 9 (LATIN SMALL LETTER U WITH DIAERESIS, U+00FC)"),
    ],
)
def test_what_names_no_place_is_told_by_what_is_wrong(url, told):
    assert told in str(find_url_fault(url))


def test_what_may_be_secret_in_an_address_is_not_told():
    assert "s3cret" not in str(find_url_fault("https://u:s3cret@a..b/s3cret"))
    assert "s3cret" not in str(find_url_fault("https://a..b?key=s3cret"))


@given(st.text())
def test_any_text_is_judged(text: str):
    fault = find_url_fault(text)
    assert fault is None or fault.startswith("must ")
    assert is_host(text) in (True, False)
