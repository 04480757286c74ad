"""Until it is proved that a service may act for a person, the person's name is nothing but a claim."""

from types import SimpleNamespace

import pytest

from gateway.errors import Refusal
from gateway.pep.subject import ProvenSubject, prove_subject
from gateway.reasons import Reason
from gateway.value import replace
from tests.pdp.samples import DOSSIER, IDENTITY, KNOWN, SUBJECT, service


class Facts:
    """Knows one person, and remembers every question."""

    def __init__(self):
        self.asked = []

    def look_up(self, question, approvals=()):
        self.asked.append((question, approvals))
        return replace(KNOWN, subject=SUBJECT if question.user_id == "u17" else None)


def prove(identity):
    facts = Facts()
    case = replace(DOSSIER, identity=identity, known=None)
    return case, facts, lambda: prove_subject(SimpleNamespace(facts=facts), case)


def refused(act):
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.reasons


def test_a_persons_own_credential_proves_the_person_and_asks_nobody():
    _, facts, act = prove(IDENTITY)
    assert act() == ProvenSubject(user_id="u17", service=None)
    assert facts.asked == []


def test_a_persons_credential_may_not_name_anybody():
    case, facts, act = prove(replace(IDENTITY, on_behalf_of="u18"))
    assert refused(act) == (Reason.ON_BEHALF_OF_NOT_ALLOWED,)
    assert (case.identity.user_id, facts.asked) == ("u17", [])


@pytest.mark.parametrize("entry", ["user:u17", "office:BAL"])
def test_a_service_may_act_for_who_is_in_its_list(entry):
    _, _, act = prove(service(entry))
    assert act() == ProvenSubject(user_id="u17", service="svc1")


@pytest.mark.parametrize(
    ("acts_for", "named"), [((), "u17"), (("user:u18",), "u17"), (("office:NYC",), "u17"), (("office:None",), "nobody")]
)
def test_for_anybody_else_it_is_told_that_alone_and_the_case_stands_under_the_service(acts_for, named):
    case, facts, act = prove(service(*acts_for, on_behalf_of=named))
    assert refused(act) == (Reason.ON_BEHALF_OF_NOT_ALLOWED,)
    assert (case.identity.user_id, case.identity.on_behalf_of) == ("svc1", named)
    assert case.known is None
    assert len(facts.asked) == (1 if any(entry.startswith("office:") for entry in acts_for) else 0)


def test_a_service_that_names_nobody_is_asked_to():
    case, facts, act = prove(service("office:BAL", on_behalf_of=None))
    assert refused(act) == (Reason.SERVICE_NEEDS_PERSON,)
    assert (case.identity.user_id, facts.asked) == ("svc1", [])
