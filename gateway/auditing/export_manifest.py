"""What an export's own manifest says is in it, held against what is there: an end that was cut off leaves no gap."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from gateway.ledger.verification.report import Break, BreakReason, ChainSummary

NAME = "manifest.json"


def find_shortfalls(folder: Path, chains: Mapping[str, ChainSummary]) -> Iterator[Break]:
    """Where the folder of an export holds less or other than its manifest says; nothing where it has none."""
    path = folder / NAME
    if not path.is_file():
        return
    try:
        told: Any = orjson.loads(path.read_bytes())
        listed = {chain: (int(ends["first_seq"]), int(ends["last_seq"])) for chain, ends in told["chains"].items()}
        files = {str(name): str(file["sha256"]) for name, file in told["files"].items()}
    except (ValueError, LookupError, TypeError, AttributeError):
        yield _break(BreakReason.NOT_A_RECORD, "this is no manifest of an export")
        return
    yield from _find_other_files(folder, files)
    for chain, (first, last) in sorted(listed.items()):
        found = chains.get(chain)
        here = f"{found.first_seq} to {found.last_seq} are" if found else "none is"
        if found is None or (found.first_seq, found.last_seq) != (first, last):
            sentence = f"it lists records {first} to {last} of chain {chain}, of which {here} there"
            yield _break(BreakReason.SEGMENT_MISSING, sentence)
    for chain in sorted(chains.keys() - listed.keys()):
        yield _break(BreakReason.WRONG_SEQUENCE, f"it lists nothing of chain {chain}, of which records are there")


def _find_other_files(folder: Path, listed: Mapping[str, str]) -> Iterator[Break]:
    for name, digest in sorted(listed.items()):
        if not (folder / name).is_file():
            yield _break(BreakReason.SEGMENT_MISSING, f"it lists {name}, which is not there")
        elif digest_of(folder / name) != digest:
            yield _break(
                BreakReason.WRONG_HASH, f"it gives another digest of {name}: that file is not the one that was exported"
            )
    there = {str(path.relative_to(folder)) for path in folder.rglob("*.parquet")}
    for name in sorted(there - listed.keys()):
        yield _break(BreakReason.SEGMENT_MISPLACED, f"it lists no {name}, which is there")


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _break(reason: BreakReason, sentence: str) -> Break:
    return Break(file=NAME, line=None, reason=reason, sentence=sentence)
