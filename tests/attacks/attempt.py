"""One thing that somebody tries against a running gateway, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.http.asking import Answer, answers, ask, new_address, say, search

_READS = "/api/v3/reads/lookup"


@dataclass(frozen=True, kw_only=True)
class Aim:
    """Where to, with whose key, about what: `plate` may be searched for in `case`, none of `others` may."""

    port: int
    key: str = field(repr=False)
    flock: str
    rekor: str | None
    case: str
    plate: str
    state: str
    others: tuple[str, ...]

    def search(self, **changes: Any) -> Answer:
        """A search that is allowed but for the changes; `key` and `headers` are no part of the search itself."""
        key, headers = changes.pop("key", self.key), changes.pop("headers", {})
        bearer = {} if key is None else {"Authorization": f"Bearer {key}"}
        fields = search(**{"plate": self.plate, "state": self.state, "caseNumber": self.case} | changes)
        return self.ask("POST", self.flock + _READS, body=fields, headers=bearer | headers)

    def page(self, token: str) -> Answer:
        """The page that this token stands for."""
        return self.ask("GET", f"{self.flock}{_READS}/page/{token}", headers={"Authorization": f"Bearer {self.key}"})

    def ask(self, method: str, target: str, *, body: Any = None, headers: Any = None) -> Answer:
        """One request, from an address of its own, so that no attempt is counted among another's."""
        return ask(self.port, method, target, body=body, headers=headers, source=new_address())

    def say(self, data: bytes) -> list[Answer]:
        """The answers to these bytes."""
        return answers(say(self.port, data, source=new_address()))


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """`must` says what has to happen; `make` tries it and says what happened instead, or None where that held."""

    kind: str
    title: str
    must: str
    make: Callable[[Aim], str | None] = field(repr=False)


def unless(answer: Answer, status: int, *codes: str) -> str | None:
    """What was answered, unless it is this status with these reasons and no others."""
    if (answer.status, answer.codes if status >= 400 else []) == (status, list(codes)):
        return None
    return f"{answer.status} {' '.join(answer.codes)}".strip()
