"""A question is asked whole or not at all: no option is dropped for another of its name."""

import pytest


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (("audit", "search", "--reason", "case_closed", "--reason", "training_lapsed"), "--reason"),
        (("audit", "search", "--person", "u02", "--event", "decision", "--person", "u03"), "--person"),
        (("audit", "report", "person", "--person", "u02", "--person=u03", "--out", "two"), "--person"),
        (("audit", "evidence", "--case", "24-000871", "--case", "26-000410", "--out", "two"), "--case"),
        (("audit", "export", "two", "--since", "7d", "--since", "8d"), "--since"),
    ],
)
def test_an_option_of_which_the_last_alone_would_count_is_refused_when_given_twice(gateway, command, option):
    result = gateway.run(*command, "--why", "two of them")
    assert result.exit_code == 2
    assert f"{option} is given more than once, and the last alone would count: ask once for each" in result.stderr


def test_what_may_be_given_as_often_as_needed_still_is(gateway):
    result = gateway.run("audit", "search", "--person", "u02", "--key", "one", "--key", "two", "--why", "both")
    assert "given more than once" not in result.stderr
