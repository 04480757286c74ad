"""Who asks: made-up, altered and misplaced credentials, and names that somebody else's headers bring in."""

from collections.abc import Iterator

from tests.attacks.attempt import Aim, Attempt, unless
from tests.http.asking import Answer

_NAMES = ("X-Forwarded-User", "X-Remote-User", "Remote-User", "X-Auth-Request-Email", "X-User", "X-LPR-User")


def persons(_aim: Aim) -> Iterator[Attempt]:
    """Attempts at being somebody else, or anybody."""
    for title, change in _KEYS.items():
        yield Attempt(
            kind="identity",
            title=title,
            must="401, one reason, no read",
            make=lambda aim, change=change: _unless_401(aim.search(key=change(aim.key))),
        )
    yield Attempt(
        kind="identity",
        title="a person's key that names another person to act for",
        must="403 on_behalf_of_not_allowed alone, whoever is named",
        make=_act_for,
    )
    for name in _NAMES:
        yield Attempt(
            kind="identity",
            title=f"another person in {name}",
            must="the key's own person stays who asks",
            make=lambda aim, name=name: _stays_oneself(aim, name),
        )


_KEYS = {
    "no key": lambda _key: None,
    "an empty key": lambda _key: "",
    "a made-up key": lambda key: key[:12] + "x" * (len(key) - 12),
    "the key less its last character": lambda key: key[:-1],
    "the key with its last character changed": lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
    "the key in capitals": lambda key: key.upper(),
    "the key twice": lambda key: f"{key},{key}",
    "an unsigned token": lambda _key: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1MDEifQ.",
    "a token of 7,000 characters": lambda _key: "e" * 7000,
}


def _unless_401(answer: Answer) -> str | None:
    return None if answer.status == 401 and len(answer.codes) == 1 else f"{answer.status} {answer.codes}"


def _act_for(aim: Aim) -> str | None:
    told = [aim.search(headers={"X-LPR-On-Behalf-Of": name}) for name in ("u01", "u02", "nobody-at-all")]
    wrong = [unless(answer, 403, "on_behalf_of_not_allowed") for answer in told]
    return next((what for what in wrong if what), None)


def _stays_oneself(aim: Aim, name: str) -> str | None:
    bearer = {"Authorization": f"Bearer {aim.key}"}
    plain, named = (aim.ask("GET", "/gateway/whoami", headers=bearer | more) for more in ({}, {name: "u02"}))
    if named.status >= 400:
        return None
    return None if named.document["user_id"] == plain.document["user_id"] else "it made one somebody else"
