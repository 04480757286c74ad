from types import MappingProxyType

from gateway.disclosure import DisclosureContext, disclose
from gateway.pdp import EmbeddedEngine
from gateway.pdp.check.disclosed_causes import find_disclosed
from gateway.reasons import Reason
from gateway.value import replace


def found(bundle):
    return [finding.sentence for finding in find_disclosed(bundle, EmbeddedEngine(bundle))]


def with_rego(bundle, name, change):
    """The same policy, one of its files changed."""
    files = tuple((path, change(text) if path == name else text) for path, text in bundle.files)
    data = dict(bundle.data) | {"revision": "changed"}
    return replace(bundle, revision="changed", files=files, data=MappingProxyType(data))


def test_no_reason_that_the_shipped_policy_tells_has_one_possible_cause_that_it_hides(shipped):
    assert found(shipped) == []


def test_a_policy_whose_patterns_need_neither_approval_nor_subject_is_refused_for_then_a_denial_means_protected(
    shipped,
):
    def permit(rule):
        return lambda text: text + f'\n{rule} if input.query.plate.match == "partial"\n'

    permitted = with_rego(shipped, "lpr/operation/operation.rego", permit("plate_is_permitted"))
    sentences = found(with_rego(permitted, "lpr/target/pattern.rego", permit("pattern_is_named")))
    assert sentences
    assert all(sentence.endswith("can only mean target_protected") for sentence in sentences)


def test_a_pattern_is_told_to_be_not_approved_whatever_it_fits():
    context = DisclosureContext(assigned=True, target_in_case=True, pattern=True)
    targets = [reason for reason in Reason if reason.value.startswith("target_")]
    assert len(targets) == 5
    for reason in [*targets, Reason.PARTIAL_PLATE_NOT_APPROVED]:
        assert disclose([reason], context).reasons == (Reason.PARTIAL_PLATE_NOT_APPROVED,)
