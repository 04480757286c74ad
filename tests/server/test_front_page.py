"""What a browser gets at `/`, and that nobody else gets it."""

import re

import pytest

from gateway.server.front_page import front_page
from gateway.value import replace
from tests.vendors import samples

BROWSER = (("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),)
ASKED = replace(samples.lookup(), method="GET", target="/", headers=BROWSER, body=b"")


def test_a_browser_gets_a_page_that_says_what_this_is_and_whom_to_ask():
    answer = front_page(ASKED)
    text = answer.body.decode()
    assert answer.status == 200
    assert "gateway for license plate searches" in text
    assert "ask your supervisor or the privacy office" in text


def test_the_page_loads_nothing_and_may_load_nothing():
    answer = front_page(ASKED)
    assert not re.search(rb"https?:|src=|href=|<script|url\(", answer.body)
    assert dict(answer.headers)["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "changed",
    [{"target": "/?x=1"}, {"target": "/flock"}, {"method": "POST"}, {"headers": ()}, {"headers": (("accept", "*/*"),)}],
)
def test_everybody_else_is_told_as_everywhere(changed):
    assert front_page(replace(ASKED, **changed)) is None
