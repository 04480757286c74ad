"""What `doctor` says of the witnesses that are configured: who can be asked, and why none vouches for the newest records."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.app.audit import witness_addresses
from gateway.call_faults import explain_call
from gateway.durable import REAL_DISK
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpoint import latest
from gateway.ledger.checkpoints.cosignatures import read_cosignatures
from gateway.ledger.checkpoints.kept_notes import read_kept
from gateway.ledger.checkpoints.witnesses import WitnessAddress, witness
from gateway.ledger.verification.checkpoints import time_of
from gateway.ledger.verification.report import BreakReason, VerifyReport
from gateway.settings import Settings

_READABLE = ("file", "http", "witness")
_OTHER_HISTORY = frozenset({BreakReason.WITNESS_DIFFERS, BreakReason.ROLLED_BACK})


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

    Of a witness that nobody can ask, only the next checkpoint says that it has taken the last one.
    """
    witnesses = settings.audit.witnesses
    if not witnesses:
        return True, f"unwitnessed since {report.unwitnessed_since}: add an off-host [[audit.witnesses]]"
    directory = settings.audit.directory
    number = _find_last_taken(directory, report.checkpoints)
    since = report.unwitnessed_since
    known = (
        f"witnessed up to checkpoint {number} ({time_of(directory, number)})"
        if number
        else f"unwitnessed since {since}"
    )
    nobody_answers = all(one.kind not in _READABLE for one in witnesses)
    if number and number >= report.checkpoints - 1 and nobody_answers:
        return False, f"{known}; whether the last one was taken shows with the next"
    return True, "; ".join([known, *_tell_each(settings, report, asked, number)])


def _tell_each(settings: Settings, report: VerifyReport, asked: Mapping[str, str | None], number: int) -> Iterator[str]:
    following = time_of(settings.audit.directory, number + 1) if number < report.checkpoints else None
    lacking = f" takes none since checkpoint {number + 1} ({following})" if following else ""
    for one in settings.audit.witnesses:
        since, silence = lacking, asked.get(one.target)
        wrong = {broken.reason for broken in report.breaks if one.target in f"{broken.file} {broken.sentence}"}
        if wrong & _OTHER_HISTORY:
            since = (
                since if one.kind == "witness" else " takes none"
            )  # what it shows alike, the break before this tells
            why = "it holds another history of this ledger (operators.md, A restored ledger and its witness)"
        elif BreakReason.NOT_WITNESSED in wrong and not report.checkpoints:
            why = "no checkpoint is here that it could vouch for; what it holds of this ledger, the break before this tells"
        elif BreakReason.NOT_WITNESSED in wrong:
            why = "it holds nothing of this ledger: where it is new, restart the gateway, and it is given everything"
        elif silence:
            why = f"{silence}; put that right, and it is given what it lacks"
        else:
            why = "it is given what it lacks while the gateway runs; `/readyz` and the log say why where it takes none"
        yield f"{one.target}{since}: {why}"


def _find_last_taken(directory: Path, count: int) -> int:
    """The last checkpoint with a cosignature beside it, or that the last one says another host had taken."""
    last = latest(directory)
    said = [item.number for item in last[0].witnessed if item.off_host] if last else []
    return max((number for number in [*read_cosignatures(directory), *said] if number <= count), default=0)


def _find_silence(address: WitnessAddress) -> str | None:
    try:
        read_kept(address.target, address.ca_file)
    except OSError as error:
        return error.strerror or explain_call(error)
    return None
