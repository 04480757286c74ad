"""A credential that asks without end is told to wait, and fills no disk."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.pep.budget import Budget, BudgetLimits
from gateway.reasons import Reason

KEY, PERSON = "key:k1", "user:u1"


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self):
        return self.now


def opened(requests=60, record_bytes=86_400):
    clock = Clock()
    return Budget(BudgetLimits(requests_per_minute=requests, record_bytes_per_day=record_bytes), clock), clock


def waits(budget, *names):
    with pytest.raises(Refusal) as caught:
        budget.admit(names or (KEY,))
    assert caught.value.reason is Reason.TOO_MANY_REQUESTS
    return caught.value.retry_after_s


def test_requests_beyond_the_budget_wait_as_long_as_they_are_told():
    budget, clock = opened()
    for _ in range(60):
        budget.admit((KEY,))
    wait = waits(budget)
    clock.now += wait
    budget.admit((KEY,))


def test_what_is_written_into_the_record_is_budgeted_too():
    budget, clock = opened()
    budget.admit((KEY,))
    budget.spend((KEY,), 86_400 + 100)
    assert waits(budget) == 101
    clock.now += 101
    budget.admit((KEY,))


def test_two_keys_of_one_person_share_the_persons_budget():
    budget, _ = opened()
    for number in range(60):
        budget.admit((f"key:k{number % 2}", PERSON))
    assert waits(budget, "key:k3", PERSON)
    budget.admit(("key:k3", "user:u2"))


def test_a_refused_request_takes_nothing():
    budget, _ = opened(requests=1)
    budget.admit((KEY,))
    waits(budget, KEY, PERSON)
    budget.admit((PERSON,))


@given(st.lists(st.tuples(st.floats(0, 90), st.integers(0, 5000)), max_size=80))
def test_no_more_is_ever_admitted_or_written_than_the_budget_and_what_it_fills_up_with(steps):
    budget, clock = opened(requests=10, record_bytes=10_000)
    began, admitted, written = clock.now, 0, 0
    for pause, size in steps:
        clock.now += pause
        try:
            budget.admit((KEY,))
        except Refusal:
            continue
        admitted, written = admitted + 1, written + size
        budget.spend((KEY,), size)
    passed = clock.now - began
    assert admitted <= 10 + 10 * passed / 60 + 1
    assert written <= 10_000 + 10_000 * passed / 86_400 + 5000


def test_accounts_that_are_full_again_are_forgotten():
    budget, clock = opened()
    for number in range(20_000):
        budget.admit((f"key:{number}",))
    clock.now += 60
    budget.admit((KEY,))
    assert len(budget._accounts) == 1
