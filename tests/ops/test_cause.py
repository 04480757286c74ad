"""Two alarms are of one cause where only numbers differ between their sentences."""

import pytest

from gateway.ops.cause import find_cause


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("siem: the receiver is away (10 s)", "siem: the receiver is away (900 s)"),
        ("12 MiB left for the audit ledger", "8 MiB left for the audit ledger"),
        (
            "the witness w has not taken checkpoint 17: no answer",
            "the witness w has not taken checkpoint 18: no answer",
        ),
    ],
)
def test_numbers_make_no_other_cause(one, other):
    assert find_cause(one) == find_cause(other)


def test_another_sentence_is_another_cause():
    assert find_cause("siem: the receiver is away (10 s)") != find_cause("siem: the token is not accepted (10 s)")
