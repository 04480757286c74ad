import gc
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import regorus

from gateway.canonical import canonical
from gateway.errors import ConfigurationError, Refusal
from gateway.pdp import EmbeddedEngine, embedded, load_policies
from gateway.reasons import Reason
from tests.cases import base
from tests.pdp.policies import ALLOWED, DECISION, DENIED, write_policy

ROOT = Path(__file__).resolve().parents[2]


def engine_of(tmp_path, decision):
    return EmbeddedEngine(load_policies(write_policy(tmp_path / "policies", decision=decision)))


def refusal(engine, text):
    with pytest.raises(Refusal) as refused:
        engine.decide(text)
    return refused.value


def test_it_allows_and_denies_by_the_policy_and_names_its_revision(small):
    engine = EmbeddedEngine(small)
    allowed, denied = engine.decide(ALLOWED), engine.decide(DENIED)
    assert (allowed.allow, denied.allow) == (True, False)
    assert denied.reasons == ("person_inactive",)
    assert allowed.policy_revision == small.revision
    assert allowed.engine == "embedded"
    assert allowed.engine_version.startswith("regorus ")
    assert engine.health() is None


def test_one_input_leaves_nothing_behind_for_the_next(small):
    engine = EmbeddedEngine(small)
    documents = [engine.decide(text).document for text in (ALLOWED, DENIED, "{}", ALLOWED, "{}", DENIED)]
    assert documents[0] == documents[3]
    assert documents[1] == documents[2] == documents[4] == documents[5]


def test_each_thread_has_an_engine_of_its_own(small):
    engine = EmbeddedEngine(small)
    inputs = [ALLOWED, DENIED] * 200
    with ThreadPoolExecutor(8) as threads:
        verdicts = list(threads.map(lambda text: engine.decide(text).allow, inputs))
    assert verdicts == [True, False] * 200


def test_an_engine_touched_by_another_thread_is_a_refusal_and_not_a_panic(small):
    engine = EmbeddedEngine(small)
    ours = engine._engine()  # never the machine itself in a name: what keeps this frame may be collected by any thread

    def elsewhere():
        engine._engine()._machine = ours._machine
        return refusal(engine, ALLOWED).reason, engine.decide(ALLOWED).allow

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(elsewhere).result() == (Reason.ENGINE_UNDEFINED, True)


def test_what_keeps_a_failure_keeps_no_engine_of_a_thread_that_ended(tmp_path, small, monkeypatch):
    engine, broken = EmbeddedEngine(small), engine_of(tmp_path, f"{DECISION}# another\n")
    broken._program = b""
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)

    def fail():
        assert engine.decide(ALLOWED).allow
        return [refusal(broken, ALLOWED), refusal(engine, "{"), engine.decide(ALLOWED)]

    with ThreadPoolExecutor(1) as threads:
        failures = threads.submit(fail).result()
    failures.clear()
    gc.collect()
    assert unraisable == []


@pytest.mark.parametrize("text", ["", "{", "[1", '{"a":NaN}', '{"a":"\\ud800"}', "{}{}", '{"subject":\n'])
def test_an_input_that_is_no_json_is_refused_and_the_next_one_decided(small, text):
    engine = EmbeddedEngine(small)
    assert refusal(engine, text).reason is Reason.ENGINE_UNDEFINED
    assert engine.decide(ALLOWED).allow is True


def test_an_evaluation_without_end_is_broken_off_and_refused(tmp_path):
    loops = "\n".join(f"\tsome x{n} in input.subject.list" for n in range(4))
    slow = DECISION.replace("== true\n", f"== true\n\nallow if {{\n{loops}\n\tx0 + x1 + x2 + x3 > 9000\n}}\n")
    engine = engine_of(tmp_path, slow)
    started = time.monotonic()
    refused = refusal(engine, json.dumps({"subject": {"list": list(range(2000))}}))
    assert time.monotonic() - started < 2
    assert (refused.reason, refused.note) == (Reason.ENGINE_UNDEFINED, "the embedded engine stopped")
    assert engine.decide('{"subject":{"list":[1,2]}}').allow is False


def test_nothing_of_an_input_is_in_what_a_refusal_says(small):
    refused = refusal(EmbeddedEngine(small), '{"subject":QQQSECRET}')
    assert "SECRET" not in f"{refused!r} {refused} {refused.__cause__} {refused.note}"


def test_hundreds_of_matches_are_judged(shipped):
    document = base()
    document["facts"]["target"]["matches"] *= 300
    decision = EmbeddedEngine(shipped).decide(canonical(document))
    assert dict(decision.obligations[2].params) == {"matches": list(range(300))}


def test_a_mistake_in_a_policy_is_told_with_its_place(tmp_path):
    with pytest.raises(ConfigurationError, match=r"the embedded engine stopped at lpr/decision\.rego:5$"):
        engine_of(tmp_path, DECISION.replace("input.subject.active == true", "no_such_function(1)"))


def test_an_undefined_decision_is_refused(tmp_path):
    partly = DECISION[:-1] + " if not is_seven\n\nis_seven if input.subject == 7\n"
    assert refusal(engine_of(tmp_path, partly), '{"subject":7}').reason is Reason.ENGINE_UNDEFINED


def test_engines_of_replaced_policies_are_let_go_by_their_own_thread(tmp_path):
    policies = [load_policies(write_policy(tmp_path / str(n), decision=f"{DECISION}# {n}\n")) for n in range(9)]

    def decide_by_all():
        verdicts = [EmbeddedEngine(policy).decide(ALLOWED).allow for policy in policies]
        return verdicts, len(embedded._engines())

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(decide_by_all).result() == ([True] * 9, 4)


def test_a_process_that_ends_while_a_thread_is_at_work_tells_of_no_error():
    script = """
import threading
from pathlib import Path
from gateway.ops import logs
from gateway.pdp import EmbeddedEngine
from gateway.pdp.bundle import load_policies
logs.take_uncaught()
engine = EmbeddedEngine(load_policies(Path("policies")))
ready, never = threading.Event(), threading.Event()
threading.Thread(target=lambda: (engine.warm(), ready.set(), never.wait()), daemon=True).start()
assert ready.wait(60)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, cwd=ROOT, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_policy_is_compiled_once_for_any_number_of_threads(small, monkeypatch):
    engine = EmbeddedEngine(small)
    monkeypatch.setattr(regorus, "Program", _WithoutCompiler)
    with ThreadPoolExecutor(8) as threads:
        verdicts = list(threads.map(lambda _: engine.decide(ALLOWED).allow, range(64)))
    assert verdicts == [True] * 64


def test_a_thread_that_was_warmed_takes_nothing_in_with_its_first_decision(small, monkeypatch):
    engine = EmbeddedEngine(small)

    def decide_once_warm() -> bool:
        engine.warm()
        monkeypatch.setattr(regorus, "Program", None)
        return engine.decide(ALLOWED).allow

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(decide_once_warm).result() is True


class _WithoutCompiler:
    deserialize_binary = staticmethod(regorus.Program.deserialize_binary)


def test_a_policy_that_contradicts_itself_is_refused(tmp_path):
    twice = DECISION + "\ndecision := 1 if input.subject.twice\n"
    engine = engine_of(tmp_path, twice)
    assert refusal(engine, '{"subject":{"active":true,"twice":true}}').reason is Reason.ENGINE_UNDEFINED
    assert engine.decide(ALLOWED).allow is True


@pytest.mark.parametrize(
    "decision",
    [
        "package lpr\n\nallow if",
        "package other\n\nallow := true\n",
        "package lpr\n\ndecision := 1\n",
        DECISION.replace("default allow := false", "default allow := true").replace("== true", "== false"),
        DECISION.replace("== true\n", "== true\n\nclash if {\n\tsome reasons in [1, 2]\n\treasons > 1\n}\n"),
        DECISION.replace("data.revision", '"another"'),
    ],
    ids=["no Rego", "no entrypoint", "no decision", "allows the unknown", "clashing names", "another revision"],
)
def test_a_policy_that_cannot_be_used_is_found_out_at_the_start(tmp_path, decision):
    with pytest.raises(ConfigurationError, match="the policy cannot be used"):
        engine_of(tmp_path, decision)


def test_the_shipped_policy_denies_whoever_is_not_known(shipped):
    decision = EmbeddedEngine(shipped).decide("{}")
    assert decision.allow is False
    assert json.loads(decision.document)["obligations"] == []
