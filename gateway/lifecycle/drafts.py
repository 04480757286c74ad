"""Drafts that wait for signatures: one signed note a revision, and the evidence that the first signer relied on."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from gateway.durable import REAL_DISK, write_whole
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.note import SigningKey
from gateway.lifecycle.acts import PolicyOffice
from gateway.lifecycle.difference import diff_digest
from gateway.lifecycle.statement import ACTIVATE, Statement, read_statement, sign_statement
from gateway.model import Json
from gateway.pdp import Bundle, keep_revision

IMPACT_NUMBERS = (
    "replayed",
    "not_reproduced",
    "newly_allowed",
    "newly_denied",
    "obligations_changed",
    "reasons_changed",
)


def impact_evidence(path: Path, *, current: str, candidate: str) -> dict[str, Json]:
    """What an impact report says, by its hash and numbers.

    Raises:
        ConfigurationError: it is no impact report, or about other policies than these.
    """
    try:
        content = path.read_bytes()
        report: Any = orjson.loads(content)
        numbers: dict[str, Json] = {name: int(report[name]) for name in IMPACT_NUMBERS}
        about = (report["current"], report["candidate"])
    except (OSError, ValueError, LookupError, TypeError):
        raise ConfigurationError([f"{path} is no impact report: make one with `policy impact --json`"]) from None
    if about != (current, candidate):
        raise ConfigurationError(
            [f"{path} is about another change than this one: make it anew with `policy impact --candidate … --json`"]
        )
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "since": report.get("since"),
        "sample": report["sample"],
        **numbers,
    }


def sign_draft(
    office: PolicyOffice,
    draft: Bundle,
    key: SigningKey,
    *,
    why: str | None,
    evidence: Mapping[str, Json],
    impact: Path | None,
) -> str:
    """The signed note of this draft with this signature added, kept in the state folder with the policy itself.

    The first signature draws the statement, with its evidence; every later one is of the same statement.

    Raises:
        ConfigurationError: something that the first signature needs is missing, or this key has signed already.
    """
    path = office.state / "policy" / "drafts" / f"{draft.revision}.note"
    current = office.in_force
    earlier = path.read_text(encoding="utf-8") if path.exists() else None
    statement = None if earlier is None else read_statement(earlier)
    if statement is None or (statement.counter, statement.replaces) != (office.next_counter(), current):
        statement, earlier = _draw(office, draft, why, evidence, impact, statement), None
    elif why is not None and why.strip() != statement.why.strip():
        told = f"the first signature says why: {statement.why!r}"
        raise ConfigurationError([f"{told}; who signs second signs that, so leave --why out"])
    signed = sign_statement(statement, key, earlier)
    for bundle in (draft, office.compared):  # what is replaced must be there to go back to
        if bundle is not None:
            keep_revision(bundle, office.state)
    REAL_DISK.folder(path.parent)
    write_whole(path, [signed.encode()])
    return signed


def read_draft(state: Path, revision: str) -> str:
    """The signed note of the draft whose revision begins so.

    Raises:
        ConfigurationError: there is none, or more than one.
    """
    found = sorted((state / "policy" / "drafts").glob("*.note"))
    matching = [path for path in found if revision and path.stem.startswith(revision)]
    if len(matching) != 1:
        raise ConfigurationError([f"{'no' if not matching else 'more than one'} signed draft begins with {revision!r}"])
    return matching[0].read_text(encoding="utf-8")


def _tell_other_drafts(state: Path, revision: str) -> list[str]:
    """For whoever means to sign second: nobody signed what lies there now, but another revision of it."""
    notes = sorted((state / "policy" / "drafts").glob("*.note"), key=lambda path: path.stat().st_mtime)
    if not notes or notes[-1].stem == revision:
        return []
    told = f"nobody has signed {revision[:12]} yet, as this folder is now; last signed was {notes[-1].stem[:12]}"
    return [f"{told}: where you mean to sign that one second, the folder was changed since (policy diff)"]


def _tell_outdated(office: PolicyOffice, outdated: Statement) -> str:
    """For whoever means to sign second what somebody signed before another act came in between."""
    made = f"its earlier signatures are for act {outdated.counter}, in place of {outdated.replaces[:12] or 'nothing'}"
    due = f"after what was done since, it would be act {office.next_counter()}, in place of {office.in_force[:12] or 'nothing'}"
    return f"{made}; {due}: so none of them counts any more, and this is the first"


def _draw(
    office: PolicyOffice,
    draft: Bundle,
    why: str | None,
    evidence: Mapping[str, Json],
    impact: Path | None,
    outdated: Statement | None,
) -> Statement:
    missing = []
    if not why or not why.strip():
        missing.append("the first signature needs --why: what changes, and on whose decision")
    if impact is None:
        missing.append("the first signature needs --impact: the report of `policy impact --json`")
    if missing or why is None or impact is None:
        others = (
            _tell_other_drafts(office.state, draft.revision) if outdated is None else [_tell_outdated(office, outdated)]
        )
        raise ConfigurationError([*missing, *others])
    compared = office.compared
    told = impact_evidence(impact, current=compared.revision if compared else "", candidate=draft.revision)
    return Statement(
        act=ACTIVATE,
        counter=office.next_counter(),
        revision=draft.revision,
        replaces=office.in_force,
        diff_sha256=diff_digest(compared, draft) if compared else "",
        why=why,
        evidence={**evidence, "impact": told},
    )
