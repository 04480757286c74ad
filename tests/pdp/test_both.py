from dataclasses import dataclass

import pytest

from gateway.errors import Refusal
from gateway.model import Decision
from gateway.pdp import BothEngines, EmbeddedEngine, load_policies, write_bundle
from gateway.pdp.opa.engine import OpaEngine
from gateway.pdp.opa.process import running_opa
from gateway.reasons import Reason
from gateway.value import replace
from tests.pdp.policies import ALLOWED, DECISION, DENIED, write_policy


@dataclass
class Changed:
    """A real engine, one part of whose decisions is exchanged."""

    engine: EmbeddedEngine
    changes: dict

    def decide(self, input_text: str) -> Decision:
        return replace(self.engine.decide(input_text), **self.changes)

    def health(self):
        return Refusal(Reason.ENGINE_UNAVAILABLE)


def refusal(engine, text):
    with pytest.raises(Refusal) as refused:
        engine.decide(text)
    return refused.value.reason


def test_what_both_engines_say_alike_is_decided(served):
    both = BothEngines(EmbeddedEngine(served.bundle), OpaEngine(served.url, served.bundle.revision, deadline_s=5))
    allowed = both.decide(ALLOWED)
    assert allowed.allow is True
    assert allowed.engine == "embedded+opa"
    assert allowed.engine_version.endswith(" + OPA 1.21.0")
    assert both.decide(DENIED).reasons == ("person_inactive",)
    assert both.health() is None


def test_engines_that_differ_only_where_a_fact_is_missing_are_found_out(tmp_path, opa_bin):
    negated = DECISION.replace("== true\n", "== true\n\nallow if not input.n > 10\n")
    bundle = load_policies(write_policy(tmp_path / "policies", decision=negated))
    write_bundle(bundle, tmp_path / "bundle.tar.gz")
    with running_opa(tmp_path / "bundle.tar.gz", opa_bin) as url:
        opa = OpaEngine(url, bundle.revision, deadline_s=5)
        with pytest.raises(Exception, match="an input that knows nothing is allowed"):
            EmbeddedEngine(bundle)
        assert opa.decide(DENIED).allow is False


@pytest.mark.parametrize("changes", [{"document": "{}"}, {"allow": False}])
def test_engines_that_say_different_things_allow_nothing(small, changes):
    engine = EmbeddedEngine(small)
    assert refusal(BothEngines(engine, Changed(engine, changes)), ALLOWED) is Reason.ENGINES_DISAGREE


def test_one_engine_alone_decides_nothing(small, tmp_path):
    absent = OpaEngine(f"unix://{tmp_path}/nothing.sock", small.revision, deadline_s=0.25)
    for both in (BothEngines(EmbeddedEngine(small), absent), BothEngines(absent, EmbeddedEngine(small))):
        assert refusal(both, ALLOWED) is Reason.ENGINE_UNAVAILABLE
        assert both.health().reason is Reason.ENGINE_UNAVAILABLE
