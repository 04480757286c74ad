import pytest

from gateway.auditing.roles import name_roles
from tests.auditing.test_concerned import EVENTS


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("approval.approved", ["asked: u11"]),
        ("emergency.reviewed", ["searched: u11"]),
        ("finding.opened", ["by: gateway", "searched: u11 u12"]),
        ("finding.reviewed", ["reviewer: u07"]),
        ("policy.activated", ["by: alex", "signed: u11 u07"]),
        ("whoami", []),
    ],
)
def test_everybody_whom_a_record_names_is_told_with_the_role(kind, told):
    assert name_roles(dict(EVENTS)[kind]) == told


def test_what_stands_where_names_should_is_no_reason_to_fail():
    assert name_roles({"oversight": None, "signers": {"a": 1}}) == ["signed: {'a': 1}"]
