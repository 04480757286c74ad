"""Ending a log at a witness: its keeper says that no later checkpoint of a ledger shall be taken, and why.

What is held stays, as evidence, and is answered at `GET /` as before. There is no way back: a witness never holds two
histories of one ledger, so what a restored ledger comes to is for another witness, with a key of its own.
"""

from datetime import datetime
from pathlib import Path

from gateway.clock import format_instant
from gateway.durable import write_once
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpoint import Checkpoint
from gateway.witness.keeper import ending, find_end, read_held


def end_log(folder: Path, origin: str, why: str, at: datetime) -> Checkpoint:
    """End the log of a ledger, also while the witness runs; the last checkpoint, which stays held.

    Raises:
        ConfigurationError: nothing is held of it, it was ended before, or that cannot be written.
    """
    try:
        held, before = read_held(folder, origin), find_end(folder, origin)
        if held is None:
            raise ConfigurationError([f"{folder} holds no checkpoint of {origin}"])
        if before is not None:
            raise ConfigurationError([f"the log of {origin} was ended before: {before}"])
        write_once(ending(folder, origin), f"{format_instant(at)} {' '.join(why.split())}\n".encode())
    except OSError as error:
        raise ConfigurationError([f"{error.filename or folder} cannot be used: {error.strerror}"]) from None
    return held.checkpoint
