"""A budget is one, however many workers a client's connections reach."""

import time

import pytest


@pytest.fixture
def gateway(install):
    running = install(settings="[limits]\nrequests_per_minute = 40\n")
    running.import_facts()
    running.start()
    return running


def test_all_workers_together_grant_no_more_than_the_settings_say_and_count_what_is_beyond(gateway):
    officer, began = gateway.officer(), time.monotonic()
    told = [officer.ask("GET", "/gateway/whoami") for _ in range(150)]
    most = 40 + 40 * (time.monotonic() - began) / 60 + 1
    granted = [answer for answer in told if answer.status == 200]
    refused = [answer for answer in told if answer.status == 429]
    assert 20 <= len(granted) <= most
    assert len(granted) + len(refused) == len(told)
    assert {code for answer in refused for code in answer.codes} == {"too_many_requests"}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
