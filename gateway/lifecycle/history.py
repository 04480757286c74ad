"""The history of what was put in force: one line an act, each numbered, each carrying its signed statement.

What is in force follows from the history and the time alone, and every reader verifies it anew: whoever can write to
the state folder can stop everything, but cannot put a policy in force that two registered signers did not sign.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import orjson

from gateway.canonical import canonical
from gateway.clock import format_instant, parse_instant
from gateway.durable import REAL_DISK, Disk, write_whole
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.note import VerifierKey
from gateway.lifecycle.statement import ACTIVATE, ROLL_BACK, find_false, name_signers, read_statement, require_signers

DEACTIVATE = "deactivate"
FILE_NAME = "history.jsonl"
_NOT_REGISTERED = "(not registered)"
_STOP_FIRST = "stop everything first (`policy deactivate`) and then "
"""Nothing is signed while what is in force is not proved; a stop needs no proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One act. `revision` is "" where everything was stopped; `signed` is the statement with its signatures."""

    counter: int
    act: str
    revision: str
    replaces: str
    effective_at: str
    recorded_at: str
    operator: str
    why: str
    signed: str | None = field(default=None, repr=False)

    @property
    def effective(self) -> datetime:
        """From when on it counts.

        Raises:
            ValueError: its instant cannot be read.
        """
        instant = parse_instant(self.effective_at)
        if instant is None:
            raise ValueError("not an instant")
        return instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is in force at some moment, by the act `entry`."""

    entry: HistoryEntry

    @property
    def stopped(self) -> bool:
        """Whether everything was stopped."""
        return self.entry.act == DEACTIVATE


class PolicyHistory:
    """The file in the state folder."""

    def __init__(self, state: Path, registered: Sequence[VerifierKey], disk: Disk | None = None) -> None:
        self.path = state / "policy" / FILE_NAME
        self._registered, self._disk = tuple(registered), disk or REAL_DISK

    def read(self) -> list[HistoryEntry]:
        """Every act, the first one first.

        Raises:
            ConfigurationError: the file is damaged, or acts are missing from its middle.
        """
        try:
            lines = self.path.read_bytes().splitlines() if self.path.exists() else []
            entries = [HistoryEntry(**orjson.loads(line)) for line in lines]
            _ = [entry.effective for entry in entries]
        except OSError as error:
            told = f"{self.path} cannot be read ({error.strerror})"
            raise ConfigurationError(
                [f"{told}: `config check` says where a file is not the service's user's"]
            ) from None
        except (ValueError, TypeError):
            raise ConfigurationError([f"{self.path} is damaged: restore it from a back-up"]) from None
        if [entry.counter for entry in entries] != list(range(1, len(entries) + 1)):
            raise ConfigurationError([f"{self.path} has lost acts: restore it from a back-up"])
        return entries

    def standing(self, now: datetime) -> Standing | None:
        """What is in force, verified; None where nothing was ever activated.

        Raises:
            ConfigurationError: the history is damaged, or what would be in force was not signed as it must be.
        """
        entries = self.read()
        effective = [entry for entry in entries if entry.effective <= now]
        if not effective:
            return None
        entry = effective[-1]
        try:
            self.verify(entry, entries)
        except ConfigurationError as unproven:
            raise ConfigurationError([*unproven.problems, *self._tell_former(entry)]) from None
        return Standing(entry=entry)

    def _tell_former(self, entry: HistoryEntry) -> Iterator[str]:
        """What to do where the act in force was signed by somebody who is not registered, as far as this process has read."""
        with suppress(ConfigurationError):
            names = name_signers(entry.signed, self._registered) if entry.signed else []
            if any(name.endswith(_NOT_REGISTERED) for name in names):
                told = f"act {entry.counter} was signed by {' and '.join(names)}"
                added = (
                    "a line that is in [policy] signers now is registered from the next start, so restart the gateway"
                )
                until = "and it stays until an act that others signed is in force"
                yield f"{told}: {added}; one that was taken out the operator puts back there and restarts, {until}; or {_STOP_FIRST}have two sign what is to be in force"

    def list_before(self, now: datetime) -> Iterator[Standing]:
        """What was in force before the last act, as if neither it nor any later one had been; the latest first, each verified.

        Raises:
            ConfigurationError: the history is damaged.
        """
        entries = self.read()
        come = list_come(entries, now)
        while come and (entries := entries[: come[-1].counter - 1]):
            come = list_come(entries, now)
            with suppress(ConfigurationError):
                if come:
                    self.verify(come[-1], entries)
                    yield Standing(entry=come[-1])

    def find_activation(self, revision: str, now: datetime) -> HistoryEntry | None:
        """The last act before `now` by which two people put this policy in force, if there was one."""
        acts = [entry for entry in list_come(self.read(), now) if entry.act == ACTIVATE]
        return next((entry for entry in reversed(acts) if entry.revision == revision), None)

    def find_before_stop(self, now: datetime) -> HistoryEntry | None:
        """The last act that put a policy in force, whatever was stopped since, verified; None where none ever did.

        Raises:
            ConfigurationError: the history is damaged, or that act was not signed as it must be.
        """
        entries = self.read()
        last = next((entry for entry in reversed(list_come(entries, now)) if entry.act != DEACTIVATE), None)
        if last is not None:
            self.verify(last, entries)
        return last

    def find_scheduled(self, now: datetime) -> HistoryEntry | None:
        """The act that comes into force next, if one waits."""
        coming = list_coming(self.read(), now)
        return coming[0] if coming else None

    def verify(self, entry: HistoryEntry, entries: Sequence[HistoryEntry]) -> None:
        """Hold an act against its signed statement, and a roll-back against what was in force before.

        Raises:
            ConfigurationError: it does not hold.
        """
        if entry.act == DEACTIVATE:
            return
        require_signers(self._read_signed(entry), self._registered)
        if entry.act == ROLL_BACK:
            self._require_earlier(entry.revision, entries[: entry.counter - 1], first=_STOP_FIRST)

    def require_was_in_force(self, revision: str, now: datetime) -> None:
        """Return where this policy came into force by two signatures before, or another came in its place.

        Raises:
            ConfigurationError: it never did, or the keys that are registered now do not prove it.
        """
        entries = self.read()
        come = list_come(entries, now)
        self._require_earlier(revision, [one for one in entries if one in come or one.replaces == revision])

    def append(self, entry: HistoryEntry) -> None:
        """Write an act down, durably, whole or not at all."""
        lines = [canonical(asdict(known)) for known in [*self.read(), entry]]
        self._disk.folder(self.path.parent)
        write_whole(self.path, [("\n".join(lines) + "\n").encode()], self._disk)

    def _read_signed(self, entry: HistoryEntry) -> str:
        """The note of an act, which is about that very act; who signed it is yet to be judged."""
        if entry.signed is None:
            raise ConfigurationError([f"act {entry.counter} of {self.path} is not signed"])
        statement = read_statement(entry.signed)
        stated = (statement.act, statement.counter, statement.revision, statement.replaces)
        if stated != (entry.act, entry.counter, entry.revision, entry.replaces):
            raise ConfigurationError([f"act {entry.counter} of {self.path} is not what was signed"])
        return entry.signed

    def _require_earlier(self, revision: str, earlier: Sequence[HistoryEntry], first: str = "") -> None:
        """Return where one act proves it to those who are registered now; who signed another may be so no more.

        `first` is what must be done before two may sign it anew.
        """
        vouching = [
            entry for entry in earlier if entry.act == ACTIVATE and revision in (entry.revision, entry.replaces)
        ]
        if not vouching:
            told = f"no signed act put policy {revision[:12]} in force here, so one signer does not go back to it"
            raise ConfigurationError([f"{told}: activate it with two signatures"])
        for entry in reversed(vouching):
            with suppress(ConfigurationError):
                return self.verify(entry, earlier)
        last = max(vouching, key=lambda entry: (entry.revision == revision, entry.counter))
        raise ConfigurationError([self._tell_unproven(revision, last, first)])

    def _tell_unproven(self, revision: str, entry: HistoryEntry, first: str) -> str:
        """That a policy was in force, by which act, and why nothing here proves it, with what to do.

        Raises:
            ConfigurationError: the act is not what was signed, which is all that can be said of it.
        """
        policy, since = revision[:12], "by" if entry.revision == revision else "until"
        signed = self._read_signed(entry)
        if find_false(signed, self._registered):
            raise ConfigurationError([f"act {entry.counter} of {self.path} is not what was signed"])
        signers = " and ".join(name_signers(signed, self._registered))
        told = f"policy {policy} was in force here {since} act {entry.counter}, signed by {signers}"
        unproven = "so the keys that are registered now do not prove it, and one signature does not go back there"
        put_back = "Put that line back into [policy] signers and restart the gateway"
        drafted = f"`policy draft DIR --from {policy}`, `policy impact --candidate DIR --json`"
        return f"{told}, {unproven}. {put_back}, or {first}have two sign it anew: {drafted}, `policy sign DIR`, `policy activate {policy}`"


def list_coming(entries: Sequence[HistoryEntry], now: datetime) -> list[HistoryEntry]:
    """The acts that will come into force, the next one first."""
    return [entry for entry in _list_not_called_off(entries) if entry.effective > now]


def list_come(entries: Sequence[HistoryEntry], now: datetime) -> list[HistoryEntry]:
    """The acts that came into force by now, in their order; one that was called off before its instant never did."""
    return [entry for entry in _list_not_called_off(entries) if entry.effective <= now]


def list_called_off(entry: HistoryEntry, before: Sequence[HistoryEntry], now: datetime) -> list[HistoryEntry]:
    """The acts to come that an act calls off: whatever was made before it to be effective no earlier."""
    return [one for one in list_coming(before, now) if one.effective >= entry.effective]


def _list_not_called_off(entries: Sequence[HistoryEntry]) -> list[HistoryEntry]:
    """In their order; a later act that is effective no later calls one off."""
    left: list[HistoryEntry] = []
    for entry in reversed(entries):
        if not left or entry.effective < left[-1].effective:
            left.append(entry)
    return left[::-1]


def find_before_last(entries: Sequence[HistoryEntry], now: datetime) -> str:
    """The policy that was in force before the last act, whatever was signed to be replaced; "" where none ever was.

    Stops are passed over, and what is in force now with them: after one was ended, the policy before it is meant.
    """
    come = list_come(entries, now)
    was = [entries[0].replaces, *(entry.revision for entry in come)]
    present = was.pop() if come and come[-1] is entries[-1] else None
    return next((revision for revision in reversed(was) if revision not in ("", present)), "")


def make_entry(  # noqa: PLR0913 - one field each
    *,
    counter: int,
    act: str,
    revision: str,
    replaces: str,
    effective: datetime,
    now: datetime,
    operator: str,
    why: str,
    signed: str | None,
) -> HistoryEntry:
    """An act with its instants written as in every record."""
    return HistoryEntry(
        counter=counter,
        act=act,
        revision=revision,
        replaces=replaces,
        effective_at=format_instant(effective),
        recorded_at=format_instant(now),
        operator=operator,
        why=why,
        signed=signed,
    )
