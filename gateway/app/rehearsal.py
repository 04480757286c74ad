"""What each thread does before it serves, so that its first search costs no more than those after it."""

import threading
from contextlib import suppress

from gateway import clock
from gateway.errors import Refusal
from gateway.model import PlateTerm, ProvenUser, Question
from gateway.pep.ports import Ports
from gateway.plates import read_sought

_ONE_AT_A_TIME = threading.Lock()
"""So that a start opens one connection to a database and not one a thread, which PostgreSQL may have no room for."""

_NOBODY = ""
_QUESTION = Question(
    user_id=_NOBODY,
    case_number=_NOBODY,
    plate=PlateTerm(text=read_sought("0"), match="exact", fixed_characters=1, state=None),
)


def rehearse(ports: Ports) -> None:
    """Take in the policy, and ask the store and the facts after nobody: their connections are kept for the next.

    Raises:
        Refusal: the policy cannot be taken in; a store or facts that cannot be read are readiness' to tell.
    """
    ports.engine.warm()
    with _ONE_AT_A_TIME, suppress(Refusal):
        ports.store.find(_NOBODY)
        ports.store.own(ProvenUser(_NOBODY), _NOBODY, clock.now())
        ports.facts.look_up(_QUESTION)
