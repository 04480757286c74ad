"""A checkpoint: what all chains looked like at one moment, signed, each citing the one before.

It is the text of a signed note, one statement a line:

    lpr-gateway-<installation>              who speaks
    checkpoint <n>                          from 1, without gaps
    time <RFC 3339>
    previous <SHA-256 of checkpoint n-1 as it was written, or zeros>
    chain <id> <seq> <hash>                 one for each chain
    deleted <id> <first> <last> <hash> <before>    records lawfully deleted, the hash of the last, and that before the first
    key <verifier key>                      may sign from the next checkpoint on
    retired <key id>                        may not any more
    witnessed <name> <n> off-host|local     what each witness had taken by then
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gateway.ledger.checkpoints.note import VerifierKey, parse
from gateway.ledger.heads import Head
from gateway.ledger.records.form import GENESIS
from gateway.model import Json

PER_FILE = 1000
_STATEMENT = re.compile("(checkpoint|time|previous|chain|deleted|key|retired|witnessed) ")
_SIGNATURE = "\u2014 "
_ORIGIN = re.compile(r"lpr-gateway-[0-9a-f]{16}")


class Deleted(NamedTuple):
    """A run of records of one chain that is lawfully gone.

    `last_hash` is what the record after it must cite, `before` the hash of the record before it (None: not told).
    """

    chain_id: str
    first_seq: int
    last_seq: int
    last_hash: str
    before: str | None = None


class Witnessed(NamedTuple):
    """The last checkpoint that a witness had taken, and whether it keeps it on another host."""

    name: str
    number: int
    off_host: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The content of one checkpoint; see the module for what each part means."""

    origin: str
    number: int
    time: str
    previous: str
    heads: dict[str, Head]
    deleted: tuple[Deleted, ...] = ()
    new_keys: tuple[VerifierKey, ...] = ()
    retired: tuple[str, ...] = ()
    witnessed: tuple[Witnessed, ...] = ()


def write_checkpoint(checkpoint: Checkpoint) -> str:
    """The text to be signed."""
    lines = [
        checkpoint.origin,
        f"checkpoint {checkpoint.number}",
        f"time {checkpoint.time}",
        f"previous {checkpoint.previous}",
        *(f"chain {chain} {head.seq} {head.hash}" for chain, head in sorted(checkpoint.heads.items())),
        *(" ".join(["deleted", *(str(part) for part in run if part is not None)]) for run in checkpoint.deleted),
        *(f"key {key}" for key in checkpoint.new_keys),
        *(f"retired {key_id}" for key_id in checkpoint.retired),
        *(f"witnessed {w.name} {w.number} {'off-host' if w.off_host else 'local'}" for w in checkpoint.witnessed),
    ]
    return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """The content of a checkpoint's text.

    Raises:
        ValueError: it is none, or not exactly as we write it.
    """
    origin, *lines = text.splitlines()
    found: dict[str, list[list[str]]] = {}
    for line in lines:
        word, *values = line.split(" ")
        found.setdefault(word, []).append(values)
    try:
        checkpoint = _read_note(origin, found)
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("not a checkpoint") from error
    if not _ORIGIN.fullmatch(origin) or write_checkpoint(checkpoint) != text:
        raise ValueError("not a checkpoint")
    return checkpoint


def _read_note(origin: str, found: dict[str, list[list[str]]]) -> Checkpoint:
    return Checkpoint(
        origin=origin,
        number=int(found["checkpoint"][0][0]),
        time=found["time"][0][0],
        previous=found["previous"][0][0],
        heads={chain: Head(int(seq), digest) for chain, seq, digest in found.get("chain", ())},
        deleted=tuple(Deleted(c, int(first), int(last), *h) for c, first, last, *h in found.get("deleted", ())),
        new_keys=tuple(VerifierKey.parse(key) for (key,) in found.get("key", ())),
        retired=tuple(key_id for (key_id,) in found.get("retired", ())),
        witnessed=tuple(Witnessed(w, int(n), where == "off-host") for w, n, where in found.get("witnessed", ())),
    )


def digest(whole: str) -> str:
    """What the next checkpoint cites of this one: SHA-256 (hex) of the note as it was written."""
    return hashlib.sha256(whole.encode()).hexdigest()


class Stored(NamedTuple):
    """One note as it lies there. `whole` is None for bytes at the end of a file that are no complete note."""

    file: str
    line: int
    whole: str | None


def checkpoint_folder(directory: Path) -> Path:
    """Where a ledger keeps its checkpoints."""
    return directory / "checkpoints"


def note_files(directory: Path) -> list[Path]:
    """The files of notes, in order."""
    return sorted(checkpoint_folder(directory).glob("*.notes"))


def read_stored_notes(path: Path) -> Iterator[Stored]:
    """The notes of one file, one after the other, an empty line after each."""
    yield from notes_in(path.read_bytes(), f"{path.parent.name}/{path.name}")


def note_at(directory: Path, number: int) -> str | None:
    """The whole note of the checkpoint of this number, unjudged; None where there is none."""
    files = [path for path in note_files(directory) if int(path.stem) <= number]
    wholes = [stored.whole for stored in read_stored_notes(files[-1]) if stored.whole] if files else []
    place = number - int(files[-1].stem) if files else -1
    return wholes[place] if 0 <= place < len(wholes) else None


def notes_in(content: bytes, file: str) -> Iterator[Stored]:
    """The notes of a file in which an empty line follows each."""
    text = content.decode("utf-8", "surrogateescape")
    line = 1
    pieces = text.split("\n\n")
    whole_ones = len(pieces) // 2 if text.endswith("\n") else (len(pieces) - 1) // 2
    if whole_ones and not pieces[2 * whole_ones - 1]:
        whole_ones -= 1  # torn between the text and its signatures
    for n in range(whole_ones):
        whole = f"{pieces[2 * n]}\n\n{pieces[2 * n + 1].removesuffix(chr(10))}\n"
        yield Stored(file, line, _as_text(whole))
        line += whole.count("\n") + 1
    rest = "\n\n".join(pieces[2 * whole_ones :])
    if rest:
        yield Stored(file, line, None if _is_torn(rest) else _as_text(rest))


def _as_text(part: str) -> str:
    return part.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _is_torn(rest: str) -> bool:
    """Whether bytes after the last whole note can be the beginning of one; else they are a note that was changed."""
    *lines, last = rest.split("\n")
    if "" not in lines:  # within the text
        return all(_STATEMENT.match(line) for line in lines[1:])
    signatures = lines[lines.index("") + 1 :]
    text = lines[1 : lines.index("")]
    begun = last.startswith(_SIGNATURE) or _SIGNATURE.encode().startswith(last.encode("utf-8", "surrogateescape"))
    return begun and all(_STATEMENT.match(line) for line in text) and all(s.startswith(_SIGNATURE) for s in signatures)


def latest(directory: Path) -> tuple[Checkpoint, str] | None:
    """The last checkpoint that is whole, with its digest; unjudged. None where there is none.

    Raises:
        ValueError: it is no checkpoint.
    """
    for path in reversed(note_files(directory)):
        for stored in reversed(list(read_stored_notes(path))):
            if stored.whole is not None:
                return parse_checkpoint(parse(stored.whole).text), digest(stored.whole)
    return None


def cite_checkpoint(directory: Path) -> dict[str, Json] | None:
    """The last checkpoint but one, as a record cites it, so that checkpoints that are gone are missed; None where there is none.

    Not the last: a copy of a ledger in use takes the checkpoints first, and may so lack one that a record already knows.
    """
    try:
        last = latest(directory)
    except ValueError:  # for `verify` to judge
        return None
    return {"number": last[0].number - 1, "digest": last[0].previous} if last and last[0].number > 1 else None


FIRST = GENESIS
"""What the first checkpoint gives as the one before it."""
