"""What `doctor` says of the witnesses that are configured: who can be asked, and why none vouches for the newest records."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.app.audit import witness_addresses
from gateway.app.running import ask_running
from gateway.call_faults import explain_call
from gateway.durable import REAL_DISK
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpoint import latest, note_at, parse_checkpoint
from gateway.ledger.checkpoints.cosignatures import read_cosignatures
from gateway.ledger.checkpoints.kept_notes import read_kept
from gateway.ledger.checkpoints.note import parse
from gateway.ledger.checkpoints.witnesses import WitnessAddress, witness
from gateway.ledger.slots import is_directory_held
from gateway.ledger.verification.checkpoints import time_of
from gateway.ledger.verification.report import BreakReason, VerifyReport
from gateway.settings import Settings

_READABLE = ("file", "http", "witness")
_OTHER_HISTORY = frozenset({BreakReason.WITNESS_DIFFERS, BreakReason.ROLLED_BACK})
_MEANWHILE = "it is given what it lacks while the gateway runs; `/readyz` and the log say why where it takes none"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Progress:
    """How far a witness has come, and by whose word.

    `taken` is the last checkpoint that it is known to have, None where nothing says so, as of one that was only just named.
    `is_exact`: by what it holds or cosigned itself. Else the last checkpoint says what its writer knew, which is at least that: what another
    worker handed over it may not know. `earlier` is the last that it took by the word of what lies here, the last checkpoint or a
    cosignature of its own, whatever it holds by now. `refused` is why it takes none, as the gateway that runs tells it.
    """

    target: str
    kind: str
    taken: int | None
    earlier: int
    is_exact: bool
    silence: str | None
    refused: str | None

    def lacks(self, count: int) -> bool:
        """Whether it is known to lack one of so many checkpoints."""
        return bool(self.refused) or (self.is_exact and (self.taken or 0) < count)


def ask_witnesses(settings: Settings) -> dict[str, str | None]:
    """Each witness that can tell what it holds, by its target, with what keeps it from telling; None where nothing does."""
    readable = [one for one in witness_addresses(settings) if one.kind in _READABLE]
    return {one.target: _find_silence(one) for one in readable if one.kind != "file" or Path(one.target).exists()}


def are_all_here(settings: Settings) -> bool:
    """Whether each witness that is configured lies within this host's reach, as far as anybody can tell just now."""
    try:
        built = [witness(one, ledger=settings.audit.directory, disk=REAL_DISK) for one in witness_addresses(settings)]
        return bool(built) and not any(one.off_host for one in built)
    except (ConfigurationError, OSError):
        return False


def explain_unwitnessed(settings: Settings, report: VerifyReport, asked: Mapping[str, str | None]) -> tuple[bool, str]:
    """Whether something is wrong, and a sentence: up to when a witness vouches, who takes none since, why, what to do.

    Of a witness that nobody can ask, only later checkpoints say that it has taken the last ones: the gateway that runs knows better.
    """
    if not settings.audit.witnesses:
        return True, f"unwitnessed since {report.unwitnessed_since}: add an off-host [[audit.witnesses]]"
    directory, count = settings.audit.directory, report.checkpoints
    running = _ask_warnings(settings)
    found = _find_progress(settings, asked, running or ())
    number = min(count, max([_find_last_said(directory), *(one.taken or 0 for one in found)]))
    known = (
        f"witnessed up to checkpoint {number} ({time_of(directory, number)})"
        if number
        else f"unwitnessed since {report.unwitnessed_since}"
    )
    accused = {one.target: why for one in found if (why := _explain_lack(directory, report, one))}
    is_begun = all(one.taken or (one.kind != "file" and one.taken is not None) or number for one in found)
    if is_begun and not accused and number >= count - 1:
        return False, f"{known}; whether the last one was taken shows with the next"
    if is_begun and not accused and (running is not None or number >= count - _most_untold(settings)):
        return (
            False,
            f"{known}; whether later ones were taken shows with the next, and no alarm says that they were not",
        )
    others = [f"{one.target}: {_tell_unasked(one)}" for one in found if one.target not in accused]
    return True, "; ".join([known, *(f"{target}{why}" for target, why in accused.items()), *others])


def _explain_lack(directory: Path, report: VerifyReport, one: _Progress) -> str | None:
    """Since when it takes none, and why; None where nothing says that it lacks anything."""
    wrong = {broken.reason for broken in report.breaks if one.target in f"{broken.file} {broken.sentence}"}
    taken = one.taken or 0
    if wrong & _OTHER_HISTORY:  # what it shows alike, the break before this tells
        taken = max(taken, one.earlier)  # of which it may hold nothing any more
        since = _tell_since(directory, report, one, taken) if taken and one.kind == "witness" else " takes none"
        return f"{since}: it holds another history of this ledger (operators.md, A restored ledger and its witness)"
    since = _tell_since(directory, report, one, taken)
    if BreakReason.NOT_WITNESSED in wrong and not report.checkpoints:
        return (
            ": no checkpoint is here that it could vouch for; what it holds of this ledger, the break before this tells"
        )
    if BreakReason.NOT_WITNESSED in wrong:
        new = "it holds nothing of this ledger: where it is new, restart the gateway, and it is given everything"
        return f"{since}: {one.refused or new}"
    if one.kind == "file" and not Path(one.target).exists():
        return f"{since}: there is no such file, and it took checkpoints before: put it back" if taken else None
    right = f"{one.silence}; put that right, and it is given what it lacks" if one.silence else _MEANWHILE
    return f"{since}: {one.refused or right}" if one.lacks(report.checkpoints) else None


def _tell_since(directory: Path, report: VerifyReport, one: _Progress, taken: int) -> str:
    if taken >= report.checkpoints:
        return " takes none"
    none = " takes none since" if one.is_exact or one.kind == "witness" else " is not known to have taken any since"
    return f"{none} checkpoint {taken + 1} ({time_of(directory, taken + 1)})"


def _tell_unasked(one: _Progress) -> str:
    """What is known of a witness of which nothing says that it lacks anything."""
    if not one.taken:
        return f"nothing is known to have been given to it yet; {_MEANWHILE}"
    why = f" ({one.silence})" if one.silence else ""
    return f"cannot be asked{why}; it was given all up to checkpoint {one.taken} at least, and `/readyz` says so where it takes none"


def _most_untold(settings: Settings) -> int:
    """By how many the last checkpoint may lag, where all was handed over: each worker knows of its own, and so does a start."""
    return settings.server.workers + 1


def _find_progress(settings: Settings, asked: Mapping[str, str | None], warnings: tuple[str, ...]) -> list[_Progress]:
    directory, addresses = settings.audit.directory, witness_addresses(settings)
    last = latest(directory)
    said = {item.name: item.number for item in last[0].witnessed} if last else {}
    cosigned = max(read_cosignatures(directory), default=0)
    is_only = sum(one.kind == "witness" for one in addresses) == 1  # whose a cosignature is, the settings do not say
    found = []
    for address in addresses:
        name, silence = _find_name(settings, address), asked.get(address.target)
        held = _find_held(directory, address) if address.target in asked and silence is None else None
        taken, is_exact = (held, True) if held is not None else (said.get(name), False)
        earlier = said.get(name, 0)
        if address.kind == "witness" and is_only:
            earlier = max(cosigned, earlier)
            taken, is_exact = earlier if held is None else held, True
        begins = f"the witness {name} has not taken checkpoint "
        refused = next(
            (one.removeprefix(begins).partition(": ")[2] for one in warnings if one.startswith(begins)), None
        )
        found.append(
            _Progress(
                target=address.target,
                kind=address.kind,
                taken=taken,
                earlier=earlier,
                is_exact=is_exact,
                silence=silence,
                refused=refused,
            )
        )
    return found


def _ask_warnings(settings: Settings) -> tuple[str, ...] | None:
    """What the gateway that runs on this very record warns of; None where none does."""
    found = ask_running(settings) if is_directory_held(settings.audit.directory) else None
    return found.warnings if found else None


def _find_name(settings: Settings, address: WitnessAddress) -> str:
    """What checkpoints and alarms call it."""
    try:
        return witness(address, ledger=settings.audit.directory, disk=REAL_DISK).name
    except ConfigurationError:
        return address.target


def _find_held(directory: Path, address: WitnessAddress) -> int | None:
    """The last checkpoint that the witness and the ledger hold alike, 0 where there is none; None where it cannot be read."""
    try:
        notes = read_kept(address.target, address.ca_file, address.proxy).notes
    except OSError:
        return None
    return next(filter(None, (_find_alike(directory, whole) for whole in reversed(notes))), 0)


def _find_alike(directory: Path, whole: str) -> int:
    try:
        text = parse(whole).text
        number = parse_checkpoint(text).number
    except ValueError:
        return 0
    return number if (note_at(directory, number) or "").startswith(f"{text}\n") else 0


def _find_last_said(directory: Path) -> int:
    """The last checkpoint with a cosignature beside it, or that the last one says another host had taken."""
    last = latest(directory)
    said = [item.number for item in last[0].witnessed if item.off_host] if last else []
    return max([*read_cosignatures(directory), *said], default=0)


def _find_silence(address: WitnessAddress) -> str | None:
    try:
        read_kept(address.target, address.ca_file, address.proxy)
    except OSError as error:
        return error.strerror or explain_call(error)
    return None
