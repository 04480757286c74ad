"""The embedded engine and a real OPA judge alike: every case, and thousands of inputs no gateway would write."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.canonical import canonical
from gateway.errors import Refusal
from gateway.pdp import Bundle, EmbeddedEngine, Engine, write_bundle
from gateway.pdp.opa.engine import OpaEngine
from gateway.pdp.opa.process import running_opa
from tests.cases import all_cases
from tests.pdp.generated import WHOLE, generated

GENERATED = 3000


@pytest.fixture(scope="module")
def opa(shipped: Bundle, opa_bin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("parity") / "bundle.tar.gz"
    write_bundle(shipped, path)
    with running_opa(path, opa_bin) as url:
        yield OpaEngine(url, shipped.revision, deadline_s=10)


@pytest.fixture(scope="module")
def embedded(shipped: Bundle) -> Engine:
    return EmbeddedEngine(shipped)


def judged(engine: Engine, text: str) -> str:
    """The document an engine decides by, or that it refuses (why may differ: each fails in its own way)."""
    try:
        return engine.decide(text).document
    except Refusal:
        return "refused"


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_both_engines_decide_a_case_as_it_says_and_alike(case, embedded, opa):
    decision = opa.decide(case.input_text)
    assert embedded.decide(case.input_text).document == decision.document
    assert case.disagreements(json.loads(decision.document)) == []
    assert canonical(json.loads(decision.document)) == decision.document


@pytest.mark.parametrize("seed", range(3))
def test_both_engines_judge_damaged_inputs_alike(seed, embedded, opa):
    verdicts = Counter()
    for text in generated([case.input_text for case in all_cases()], GENERATED // 3, seed=seed):
        document = judged(embedded, text)
        assert document == judged(opa, text), text
        verdicts[document[:14]] += 1
    assert verdicts['{"allow":true,'] > 25
    assert verdicts['{"allow":false'] > 250


@pytest.mark.parametrize("text", WHOLE)
def test_an_input_of_another_shape_altogether_is_denied_by_both(text, embedded, opa):
    document = judged(embedded, text)
    assert document == judged(opa, text)
    assert json.loads(document)["allow"] is False
