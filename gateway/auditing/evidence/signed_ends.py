"""Steps 4 and 5 of the check of an evidence package: which ends of its runs are signed, by whom, and who cosigned them.

Needs Python 3.9 or later and `ed25519.py` beside it.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import Any, Iterator, NamedTuple  # noqa: UP035 - Python 3.9 has it here too

try:
    from gateway.auditing.evidence.ed25519 import is_cosigned, is_signed, key_of, signatures
except ImportError:  # in a package, beside this program
    from ed25519 import is_cosigned, is_signed, key_of, signatures  # type: ignore[import-not-found, no-redef]

Files = dict[str, bytes]
_Key = tuple[str, str, bytes]
_NOT_YET = (
    ": of records that are newer than the last that a witness has taken, make the package once it has taken them; "
    "of a witness that was not at work then, leave the key away, or say how many must with --agree"
)


class Wrong(Exception):
    """Something does not hold."""


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which every name stands once."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise Wrong("a name stands twice in an object")
    return dict(pairs)


@contextmanager
def reading(place: str) -> Iterator[None]:
    """What cannot be made out is told with the file, or the line of it, where that is; its content is not repeated."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Wrong(place + " is not what a package holds there: it cannot be read") from None


class KnownKeys(NamedTuple):
    """What is known from elsewhere: published keys of the agency, of witnesses, and how many of these must agree."""

    keys: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    agree: int = 0
    origin: str | None = None


class SignedEnds(NamedTuple):
    """The ends that a key that counts signed, those that only keys from before it did, who signed them, and who cosigned all.

    `unwitnessed` are ends that fewer witnesses cosigned than must: what is newer than the last that these have taken.
    """

    signed: set[str]
    earlier: set[str]
    signers: set[str]
    agreeing: set[str]
    unwitnessed: set[str]


def check_notes(files: Files, ends: dict[str, str], known: KnownKeys) -> SignedEnds:
    """What the texts in checkpoints/ prove of the ends of the runs (the file of each by the line that must name it).

    A reader who was given only a later key cannot tell whose the texts before its first one are: what these alone name
    is not proved, and nothing is wrong with it. From the first text on that a key that counts signed, all must be.
    """
    keys = [key_of(text, b"\x01") for text in known.keys] or _keys_beside(files)
    witnesses = [key_of(text, b"\x04") for text in known.witnesses]
    found, begun = SignedEnds(set(), set(), set(), {witness[0] for witness in witnesses}, set()), False
    cosigned: dict[str, set[str]] = {end: set() for end in ends}
    for name in sorted((name for name in files if name.startswith("checkpoints/")), key=_number):
        with reading(name):
            above, _, below = files[name].decode().partition("\n\n")
            text, lines = above + "\n", set(above.split("\n"))
            good, covered = _signers(text, below, keys), set(ends) & lines
        if known.origin and not text.startswith(known.origin + "\n"):
            raise Wrong(name + " is of another installation than the keys that count")
        for end in covered:
            cosigned[end].update(item[0] for item in witnesses if is_cosigned(text, below, item))
        if good:
            keys, begun = _follow(keys, lines), True
            found.signed.update(covered)
            found.signers.update(good if covered else ())
        elif begun or not known.keys:
            raise Wrong(name + " has no good signature of a key that counts")
        else:
            found.earlier.update(covered)
    found.agreeing.intersection_update(*cosigned.values())
    found.unwitnessed.update(end for end, names in cosigned.items() if len(names) < known.agree)
    return _judge(found, ends, known, begun)


def _keys_beside(files: Files) -> list[_Key]:
    """The keys that came with the package, which count where none is known from elsewhere."""
    found = []
    for name in sorted(name for name in files if name.startswith("keys/")):
        with reading(name):
            found.append(key_of(files[name].decode(), b"\x01"))
    return found


def _number(name: str) -> int:
    return int(re.sub("[^0-9]", "", name) or 0)


def _signers(text: str, below: str, keys: list[_Key]) -> set[str]:
    return {
        key[0] + "+" + key[1]
        for key in keys
        for blob in signatures(below, key)
        if is_signed(key[2], text.encode(), blob)
    }


def _follow(keys: list[_Key], lines: set[str]) -> list[_Key]:
    """The keys that count after a signed text: with those that it names, without those that it lets go of."""
    named = [key_of(line[4:], b"\x01") for line in sorted(lines) if line.startswith("key ")]
    return [key for key in [*keys, *named] if "retired " + key[1] not in lines]


def _judge(found: SignedEnds, ends: dict[str, str], known: KnownKeys, begun: bool) -> SignedEnds:
    for end in sorted(set(ends) - found.signed - found.earlier):
        raise Wrong("no checkpoint signs the end of " + ends[end])
    if ends and not begun:
        earlier = (
            ": of a package from before the key was changed, give the key that was published then" if known.keys else ""
        )
        raise Wrong("checkpoints/ has no good signature of a key that counts" + earlier)
    if ends and len(found.unwitnessed) == len(ends):
        raise Wrong(f"{len(found.agreeing)} witnesses cosigned it, and {known.agree} must" + _NOT_YET)
    return found._replace(earlier=found.earlier - found.signed, agreeing=found.agreeing if ends else set())


def tell_signatures(notes: SignedEnds, number: int) -> str:
    """Who signed the ends of this number of runs."""
    signers = ", ".join(sorted(notes.signers)) or "a key that was given"
    if not number:
        return "Signatures: none of the records is connected with one, for there are no runs"
    if not notes.earlier:
        return "Signatures: the end of every run is signed by " + signers
    told = f"Signatures: the ends of {len(notes.signed)} of {number} runs are signed by {signers}"
    return told + "; the others are from before it signed first, by a key that was not given"


def tell_witnesses(notes: SignedEnds, number: int, known: KnownKeys) -> str:
    """Which of the witnesses whose keys were given cosigned the ends of this number of runs."""
    if not known.witnesses:
        return "Witnesses: none was asked for, since no key of one was given"
    if not number:
        return "Witnesses: none could be asked for, for there are no runs whose ends one cosigns"
    named = ", ".join(sorted(notes.agreeing)) or f"none of the {len(known.witnesses)} whose keys were given"
    if not notes.unwitnessed:
        return f"Witnesses: {named} cosigned all of it"
    told = (
        f"Witnesses: {number - len(notes.unwitnessed)} of {number} runs are cosigned by as many as must ({known.agree})"
    )
    return told + "; the others are newer than the last that these have taken, or were not shown to them"
