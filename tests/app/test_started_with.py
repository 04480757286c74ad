"""Settings and auditors' keys that were changed while a gateway runs count only from its next start, and doctor says so."""

import pytest

from gateway.app.started_with import changes_since, digest_start
from gateway.settings import Settings

BEFORE = {"audit": {"recipients": ["age1before"]}, "paths": {"policies": "policies"}}


@pytest.fixture
def told():
    """What a gateway that was started with `BEFORE` tells."""
    return digest_start(Settings.model_validate(BEFORE))


def changes(told, **changed):
    return changes_since(Settings.model_validate(BEFORE | changed), told)


def test_a_gateway_that_runs_with_these_settings_or_does_not_say_with_which_is_no_change(told):
    assert changes(told) == []
    assert changes({}) == []


def test_recipients_that_were_changed_since_the_start_are_told_as_those_to_whom_nothing_is_sealed_yet(told):
    sealed, tables = changes(told, audit={"recipients": ["age1other"]})
    assert sealed.startswith("what it records is still sealed to the auditors' keys of its start")
    assert tables.startswith("it runs with other settings in [audit] than these")


def test_each_table_that_was_changed_since_the_start_is_named(told):
    [sentence] = changes(told, server={"threads": 8}, facts={"max_age_hours": 1})
    assert sentence.startswith("it runs with other settings in [server], [facts] than these: restart it")


def test_where_a_start_reads_the_policy_that_it_keeps_is_no_change(told):
    assert (
        changes(told, paths={"policies": "state/revisions/3ef4"}, oversight={"directory": "policies/oversight"}) == []
    )
