"""Drafts that wait for signatures: one signed note a revision, and the evidence that the first signer relied on."""

from collections.abc import Mapping
from pathlib import Path

from gateway.durable import REAL_DISK, write_whole
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.note import SigningKey
from gateway.lifecycle.acts import PolicyOffice
from gateway.lifecycle.difference import diff_digest
from gateway.lifecycle.impact_evidence import UNSEALED, is_own_impact, read_impact
from gateway.lifecycle.statement import ACTIVATE, Statement, read_statement, sign_statement
from gateway.model import Json
from gateway.pdp import Bundle, keep_revision


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
    earlier = path.read_text(encoding="utf-8") if path.exists() else None
    statement = None if earlier is None else read_statement(earlier)
    void = None if statement is None else _tell_void(office, statement, draft)
    if statement is None or void:
        statement, earlier = _draw(office, draft, why, evidence, impact, void), None
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
    matching = [path for path in found if revision and path.stem.startswith(revision.lower())]
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


def _tell_void(office: PolicyOffice, first: Statement, draft: Bundle) -> str | None:
    """For whoever means to sign second: why what somebody signed first does not count; None where it does."""
    due, now = office.next_counter(), office.in_force
    if (first.counter, first.replaces) != (due, now):
        made = f"its earlier signatures are for act {first.counter}, in place of {first.replaces[:12] or 'nothing'}"
        told = f"after what was done since, it would be act {due}, in place of {now[:12] or 'nothing'}"
        return f"{made}; {told}: so none of them counts any more, and this is the first"
    nothing = "so none of its earlier signatures counts, and this is the first"
    if (first.act, first.revision, first.diff_sha256) != (ACTIVATE, draft.revision, _digest_change(office, draft)):
        return f"what was signed first under the name of {draft.revision[:12]} is another change than this draft: {nothing}"
    impact = first.evidence.get("impact")
    if not is_own_impact(impact, office.impact_key, current=office.compared_with, candidate=draft.revision):
        return f"what was signed first rests on an impact that nobody can rely on, for {UNSEALED}: {nothing}"
    return None


def _digest_change(office: PolicyOffice, draft: Bundle) -> str:
    return diff_digest(office.compared, draft) if office.compared else ""


def _draw(
    office: PolicyOffice,
    draft: Bundle,
    why: str | None,
    evidence: Mapping[str, Json],
    impact: Path | None,
    void: str | None,
) -> Statement:
    missing = []
    if not why or not why.strip():
        missing.append("the first signature needs --why: what changes, and on whose decision")
    if impact is None:
        missing.append("the first signature needs --impact: the report of `policy impact --json`")
    if missing or why is None or impact is None:
        others = [void] if void else _tell_other_drafts(office.state, draft.revision)
        raise ConfigurationError([*missing, *others])
    told = read_impact(impact, office.impact_key, current=office.compared_with, candidate=draft.revision)
    return Statement(
        act=ACTIVATE,
        counter=office.next_counter(),
        revision=draft.revision,
        replaces=office.in_force,
        diff_sha256=_digest_change(office, draft),
        why=why,
        evidence={**evidence, "impact": told},
    )
