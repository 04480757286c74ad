"""Every mistake in an upstream's options is reported before anything is opened."""

from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from tests.upstream.usual import upstream_options


@pytest.mark.parametrize(
    "url",
    [
        "https://api.vendor.example",
        "https://api.vendor.example:8443/sandbox/v2/",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://localhost:8080",
    ],
)
def test_https_anywhere_and_http_on_loopback_are_accepted(url):
    assert upstream_options(base_url=url).problems() == []


@pytest.mark.parametrize(
    "url",
    [
        "http://api.vendor.example",
        "http://192.168.1.5:8080",
        "http://127.0.0.1.vendor.example",
        "ftp://127.0.0.1",
        "https://",
        "https://user:secret@vendor.example",
        "https://vendor.example/a?b=c",
        "https://vendor.example/a#b",
        "https://vendor.example/a/../b",
        "https://vendor.example//b",
        "https://vendor.example:99999",
        "https://vendor.example:0",
        "https://vendör.example",
        "vendor.example",
        "",
    ],
)
def test_any_other_upstream_is_a_mistake(url):
    assert upstream_options(base_url=url).problems() != []


def test_all_mistakes_are_reported_at_once():
    options = upstream_options(base_url="ftp://x", timeout_s=0, max_response_bytes=0, ca_file=Path("nowhere"))
    with pytest.raises(ConfigurationError) as caught:
        options.origin()
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize(
    ("url", "authority", "port", "prefix"),
    [
        ("https://vendor.example", "vendor.example", 443, ""),
        ("https://vendor.example/", "vendor.example", 443, ""),
        ("https://vendor.example:8443/api/", "vendor.example:8443", 8443, "/api"),
        ("http://[::1]:8080", "[::1]:8080", 8080, ""),
    ],
)
def test_an_origin_keeps_host_port_and_path_apart(url, authority, port, prefix):
    origin = upstream_options(base_url=url).origin()
    assert (origin.authority, origin.port, origin.prefix) == (authority, port, prefix)
