"""The statement that signers sign: which policy is to be in force, instead of which, on what evidence, and why.

It is a signed note (C2SP): canonical JSON in one line, then a line for each signature, so that any tool for that form
can check it, and a second person signs exactly the bytes that the first one signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import orjson

from gateway.canonical import canonical
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints import note
from gateway.lifecycle.impact_evidence import CONTENT, SEAL
from gateway.model import Json

SCHEMA = "lpr.policy.statement.v1"
ACTIVATE: Literal["activate"] = "activate"
ROLL_BACK: Literal["roll_back"] = "roll_back"
SIGNERS_NEEDED: Mapping[str, int] = {ACTIVATE: 2, ROLL_BACK: 1}
"""How many different registered signers each act needs. To stop everything, nobody needs to sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is signed. `counter` is the number of the act in the history, so that no statement serves twice.

    `evidence` says what was tested and replayed, and with what result; `diff_sha256` is the hash of what changes.
    """

    act: Literal["activate", "roll_back"]
    counter: int
    revision: str
    replaces: str
    diff_sha256: str
    why: str
    evidence: Mapping[str, Json] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The bytes that are signed, as text."""
        return canonical({"schema": SCHEMA, **asdict(self), "evidence": dict(self.evidence)}) + "\n"


def sign_statement(statement: Statement, key: note.SigningKey, earlier: str | None = None) -> str:
    """The signed note, with this signature after those of `earlier`.

    Raises:
        ConfigurationError: `earlier` is a note of another statement, or this key has signed it already.
    """
    if earlier is None:
        return note.sign(statement.text, [key])
    parsed = _parse_note(earlier)
    if parsed.text != statement.text:
        raise ConfigurationError(["the statement that was signed first is about something else"])
    if any(signature.key_id == key.verifier.key_id for signature in parsed.signatures):
        raise ConfigurationError([f"{key.name} has signed this already; another person must be the second"])
    return earlier + note.sign(statement.text, [key]).partition("\n\n")[2]


def read_statement(signed: str) -> Statement:
    """The statement in a signed note; who signed it is `find_signers`' to say.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        content: Any = orjson.loads(_parse_note(signed).text)
        if content.pop("schema") != SCHEMA:
            raise ValueError
        return Statement(**content)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ConfigurationError(["this is not a statement about a policy"]) from None


_WORDS = {"replayed": "compared", "not_reproduced": "not_compared"}


def describe_statement(statement: Statement) -> str:
    """What each signer says with it, to be read before the next one signs as well."""
    lines = [f"in place of {statement.replaces or 'nothing'}", f"because: {statement.why}"]
    evidence: dict[str, Any] = dict(statement.evidence)
    impact = evidence.pop("impact", None)
    if impact:
        impact = {name: value for name, value in impact.items() if name not in (SEAL, CONTENT)}
        impact = {_WORDS.get(name, name): value for name, value in impact.items()}  # as `policy impact` calls them
        impact = {**impact, "since": impact.get("since") or "the beginning of the record"}
    told = {**evidence, **({f"impact.{name}": value for name, value in impact.items()} if impact else {})}
    return "\n".join([*lines, *(f"  {name} {_write_value(value)}" for name, value in told.items())])


def tell_differing(statement: Statement, evidence: Mapping[str, Json]) -> list[str]:
    """What a statement says was tested and whoever signs second does not find so, a sentence each."""
    said = statement.evidence
    return [
        f"the first signature says {name} {_write_value(said.get(name))}; here it is {_write_value(value)}"
        for name, value in evidence.items()
        if said.get(name) != value
    ]


def _write_value(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def find_signers(signed: str, registered: Sequence[note.VerifierKey]) -> list[str]:
    """The registered people whose good signatures a note carries, each once, in their order of registration."""
    parsed = _parse_note(signed)
    return list(dict.fromkeys(key.name for key in registered if note.verify_signature(parsed, key)))


def name_signers(signed: str, registered: Sequence[note.VerifierKey]) -> list[str]:
    """Everybody whose signature a note carries: whose key is not registered with that word, for it is not checked here.

    Whether it was before, or was added since this process read the settings, nobody can tell here.

    A signature that a registered key did not make is told as that.
    """
    verified, false = find_signers(signed, registered), find_false(signed, registered)
    others = dict.fromkeys(item.name for item in _parse_note(signed).signatures if item.name not in verified)
    words = {name: "this signature is false" if name in false else "not registered" for name in others}
    return [*verified, *(f"{name} ({word})" for name, word in words.items())]


def find_false(signed: str, registered: Sequence[note.VerifierKey]) -> list[str]:
    """The registered people in whose name, and of whose key, a note carries a signature that is not theirs."""
    parsed = _parse_note(signed)
    claimed = {(item.name, item.key_id) for item in parsed.signatures}
    return [
        key.name for key in registered if (key.name, key.key_id) in claimed and not note.verify_signature(parsed, key)
    ]


def require_signers(signed: str, registered: Sequence[note.VerifierKey]) -> list[str]:
    """The signers of a statement, who are as many as its act needs.

    Raises:
        ConfigurationError: they are not.
    """
    needed, names = SIGNERS_NEEDED[read_statement(signed).act], find_signers(signed, registered)
    if len(names) < needed:
        others = [name for name in name_signers(signed, registered) if name not in names]
        found = (", ".join(names) or "nobody") + (f"; signed by {', '.join(others)} besides" if others else "")
        must = "one registered signer" if needed == 1 else f"{needed} different registered signers"
        raise ConfigurationError(
            [f"{must} must have signed; of those registered has: {found} (see [policy] signers, read at start)"]
        )
    return names


def parse_signers(published: Sequence[str]) -> list[note.VerifierKey]:
    """The registered signers of the settings.

    Raises:
        ConfigurationError: one is no public key, or two share a name or a key.
    """
    keys, wrong = [], []
    for number, text in enumerate(published, 1):
        try:
            keys.append(note.VerifierKey.parse(text))
        except ValueError:
            wrong.append(f"[policy] signers, number {number} in the list: must be a line as `policy keygen` prints it")
    if wrong:
        raise ConfigurationError(wrong)
    if len({key.name for key in keys}) < len(keys) or len({key.public for key in keys}) < len(keys):
        raise ConfigurationError(
            [
                "[policy] signers: each person has one name and one key of his or her own (of a lost key: policies/README.md, Before you begin)"
            ]
        )
    return keys


def _parse_note(signed: str) -> note.Note:
    try:
        return note.parse(signed)
    except ValueError:
        raise ConfigurationError(["this is not a signed statement"]) from None
