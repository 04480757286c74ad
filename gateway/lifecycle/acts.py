"""What changes which policy is in force: activating, rolling back, stopping everything. Each is on record first."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.durable import REAL_DISK
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.note import SigningKey, VerifierKey
from gateway.ledger.records.event import EventRecorder
from gateway.ledger.slots import FileLock
from gateway.lifecycle.difference import MOST_CHANGES, diff_digest, plain_changes, sum_up
from gateway.lifecycle.history import DEACTIVATE, HistoryEntry, PolicyHistory, list_called_off, list_coming, make_entry
from gateway.lifecycle.impact_evidence import UNSEALED, is_own_impact
from gateway.lifecycle.statement import (
    ROLL_BACK,
    Statement,
    find_signers,
    read_statement,
    require_signers,
    sign_statement,
)
from gateway.model import Json
from gateway.pdp import Bundle, load_revision

_LOCK_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOffice:
    """Where acts are done: the state folder, who may sign, what is in force there now, who acts, and the record.

    `unreadable` is the revision in force where what is kept of it was changed, or who signed it is registered no more: it can
    be stopped, and left for an earlier one. `impact_key` seals impact reports here; an office that only stops or goes back has none.
    `stopped` is what was in force last, while everything is stopped: a draft that ends the stop is held against it.
    """

    state: Path
    registered: Sequence[VerifierKey]
    current: Bundle | None
    operator: str
    record: EventRecorder
    unreadable: str = ""
    stopped: Bundle | None = None
    impact_key: bytes | None = field(default=None, repr=False)

    @property
    def in_force(self) -> str:
        """The revision in force; "" where everything is stopped."""
        return self.current.revision if self.current else self.unreadable

    @property
    def compared(self) -> Bundle | None:
        """What a draft is held against: what is in force, or was stopped."""
        return self.current or self.stopped

    @property
    def compared_with(self) -> str:
        """Its revision; "" where nothing was ever in force."""
        return self.compared.revision if self.compared else ""

    @property
    def history(self) -> PolicyHistory:
        """The history in this state folder."""
        return PolicyHistory(self.state, self.registered)

    def next_counter(self) -> int:
        """The number of the next act."""
        return len(self.history.read()) + 1


def require_registered(office: PolicyOffice, key: SigningKey) -> None:
    """Return where this key is a registered signer's.

    Raises:
        ConfigurationError: it is not.
    """
    if key.verifier not in office.registered:
        remedy = f"have the operator add {key.verifier} to [policy] signers"
        raise ConfigurationError([f"{key.name} is not registered with this key: {remedy}"])


def activate(office: PolicyOffice, signed: str, *, now: datetime, effective: datetime | None) -> HistoryEntry:
    """Put a policy in force that two have signed, now or at an instant ahead.

    Raises:
        ConfigurationError: it was not signed by two, or for another moment of the history, or over an impact that was not
            worked out here, or is not kept here.
    """
    statement, names = read_statement(signed), require_signers(signed, office.registered)
    if effective is not None and effective < now:
        raise ConfigurationError(["--effective must lie ahead: what is past cannot be decided anew"])
    _require_next(office, statement, office.history.read())
    impact = statement.evidence.get("impact")
    if not is_own_impact(impact, office.impact_key, current=office.compared_with, candidate=statement.revision):
        told = f"what was signed rests on an impact that nobody can rely on, for {UNSEALED}"
        raise ConfigurationError(
            [f"{told}: make it anew with `policy impact --candidate … --json`, and have both sign again"]
        )
    fields: dict[str, Json] = {"evidence": dict(statement.evidence), "signers": list(names)}
    return _act(office, signed, now=now, effective=effective or now, event="policy.activated", fields=fields)


def roll_back(office: PolicyOffice, revision: str, key: SigningKey, why: str, *, now: datetime) -> HistoryEntry:
    """Put a policy in force again that was in force before; one registered signer is enough.

    Raises:
        ConfigurationError: it never was, or is already with nothing to call off, or the registered keys do not prove it, or the key is of nobody registered.
    """
    require_registered(office, key)
    office.history.require_was_in_force(revision, now)
    is_current = office.current is not None and revision == office.current.revision
    if is_current and not list_coming(office.history.read(), now):
        told = f"policy {revision[:12]} is in force already, and no act is to come that this could call off"
        raise ConfigurationError([f"{told}: nothing was done, and nothing recorded"])
    target = load_revision(revision, office.state)
    statement = Statement(
        act=ROLL_BACK,
        counter=office.next_counter(),
        revision=revision,
        replaces=office.in_force,
        diff_sha256=diff_digest(office.compared, target) if office.compared else "",
        why=why,
    )
    signed = sign_statement(statement, key)
    names: list[Json] = [*require_signers(signed, office.registered)]
    return _act(office, signed, now=now, effective=now, event="policy.rolled_back", fields={"signers": names})


def deactivate(office: PolicyOffice, why: str, *, now: datetime) -> HistoryEntry:
    """Stop everything: from now on nothing is allowed, for anybody. One person does it, and needs no key."""
    with _only_one(office.state):
        entry = make_entry(
            counter=office.next_counter(),
            act=DEACTIVATE,
            revision="",
            replaces=office.in_force,
            effective=now,
            now=now,
            operator=office.operator,
            why=why,
            signed=None,
        )
        office.record(
            "policy.deactivated",
            operator=office.operator,
            replaces=entry.replaces or None,
            counter=entry.counter,
            effective_at=entry.effective_at,
            what=_sum_up(entry, office.history.read(), (), now),
            why=why,
        )
        office.history.append(entry)
    return entry


def _act(
    office: PolicyOffice, signed: str, *, now: datetime, effective: datetime, event: str, fields: dict[str, Json]
) -> HistoryEntry:
    statement = read_statement(signed)
    with _only_one(office.state):
        entries = office.history.read()
        _require_next(office, statement, entries)
        target = load_revision(statement.revision, office.state)
        changes = plain_changes(office.compared, target) if office.compared else []
        entry = make_entry(
            counter=statement.counter,
            act=statement.act,
            revision=statement.revision,
            replaces=statement.replaces,
            effective=effective,
            now=now,
            operator=office.operator,
            why=statement.why,
            signed=signed,
        )
        office.history.verify(entry, [*entries, entry])
        office.record(
            event,
            operator=office.operator,
            policy_revision=statement.revision,
            replaces=statement.replaces,
            counter=statement.counter,
            effective_at=entry.effective_at,
            diff_sha256=statement.diff_sha256,
            changes=[*changes[:MOST_CHANGES]],
            statement=signed,
            what=_sum_up(entry, entries, find_signers(signed, office.registered), now) + _tell_changes(entry, changes),
            why=statement.why,
            **fields,
        )
        office.history.append(entry)
    return entry


def _require_next(office: PolicyOffice, statement: Statement, entries: Sequence[HistoryEntry]) -> None:
    """Return where a statement is about the next act of the history, in place of what is in force."""
    if statement.counter == len(entries) + 1 and statement.replaces == office.in_force:
        return
    signed_for = f"act {statement.counter}, in place of {statement.replaces[:12] or 'none'}"
    due = f"act {len(entries) + 1}, in place of {office.in_force[:12] or 'none'}"
    raise ConfigurationError([f"signed was {signed_for}; next is {due} (policy history): both sign it again"])


def _sum_up(entry: HistoryEntry, before: Sequence[HistoryEntry], signers: Sequence[str], now: datetime) -> str:
    """An act in a line: which policy, from when on, by whose signatures, and which acts to come it calls off."""
    act = f"act {entry.counter}: " + (f"policy {entry.revision[:12]}" if entry.revision else "everything stopped")
    since = f" from {entry.effective_at}" if entry.effective > now else ""
    signed = f", signed by {' and '.join(signers)}" if signers else ""
    off = [str(one.counter) for one in list_called_off(entry, before, now)]
    return f"{act}{since}{signed}" + (f"; calls off act {' and '.join(off)}" if off else "")


def _tell_changes(entry: HistoryEntry, changes: Sequence[str]) -> str:
    """What an act changes, and what shows all of it; "" where there was nothing to compare with, or nothing differs."""
    if not changes:
        return ""
    return f"; changes: {sum_up(changes)} (all: policy diff {entry.replaces[:12]} {entry.revision[:12]})"


@contextmanager
def _only_one(state: Path) -> Iterator[None]:
    """Hold off a second act in the same state folder."""
    folder = state / "policy"
    REAL_DISK.folder(folder)
    lock = FileLock(folder / "lock")
    try:
        if not lock.take(_LOCK_S):
            raise ConfigurationError(["another command is changing the policy; try again"])
        yield
    finally:
        lock.close()
