"""One engine takes the place of another while requests are served."""

import threading
from concurrent.futures import ThreadPoolExecutor

from gateway.pdp import EmbeddedEngine, load_policies
from gateway.pdp.switching import SwitchingEngine
from tests.pdp.policies import ALLOWED, DECISION, write_policy


def engines(tmp_path, count: int) -> list[EmbeddedEngine]:
    return [
        EmbeddedEngine(load_policies(write_policy(tmp_path / str(number), decision=f"{DECISION}# {number}\n")))
        for number in range(count)
    ]


def test_the_engine_in_force_decides_until_another_is_put_in_its_place(tmp_path):
    first, second = engines(tmp_path, 2)
    switching = SwitchingEngine(first)
    before = switching.decide(ALLOWED).policy_revision
    switching.switch(second)
    assert before == first.decide(ALLOWED).policy_revision
    assert switching.decide(ALLOWED).policy_revision == second.decide(ALLOWED).policy_revision != before


def test_while_engines_are_switched_every_thread_decides_by_one_of_them(tmp_path):
    made = engines(tmp_path, 3)
    switching, ended = SwitchingEngine(made[0]), threading.Event()
    revisions = {engine.decide(ALLOWED).policy_revision for engine in made}

    def decide_until_ended() -> set[str]:
        seen = set()
        while not ended.is_set():
            switching.warm()
            decision = switching.decide(ALLOWED)
            assert decision.allow is True
            seen.add(decision.policy_revision)
        return seen

    with ThreadPoolExecutor(4) as threads:
        told = [threads.submit(decide_until_ended) for _ in range(4)]
        for turn in range(60):
            switching.switch(made[turn % 3])
            assert switching.health() is None
        ended.set()
        assert set().union(*(one.result() for one in told)) <= revisions
