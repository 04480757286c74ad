"""What an export's own manifest says is in it, held against what is there: an end that was cut off leaves no gap."""

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
        files = sorted(told["files"])
    except (ValueError, LookupError, TypeError, AttributeError):
        yield _break(BreakReason.NOT_A_RECORD, "this is no manifest of an export")
        return
    for name in files:
        if not (folder / name).is_file():
            yield _break(BreakReason.SEGMENT_MISSING, f"it lists {name}, which is not there")
    for chain, (first, last) in sorted(listed.items()):
        found = chains.get(chain)
        here = f"{found.first_seq} to {found.last_seq} are" if found else "none is"
        if found is None or (found.first_seq, found.last_seq) != (first, last):
            sentence = f"it lists records {first} to {last} of chain {chain}, of which {here} there"
            yield _break(BreakReason.SEGMENT_MISSING, sentence)
    for chain in sorted(chains.keys() - listed.keys()):
        yield _break(BreakReason.WRONG_SEQUENCE, f"it lists nothing of chain {chain}, of which records are there")


def _break(reason: BreakReason, sentence: str) -> Break:
    return Break(file=NAME, line=None, reason=reason, sentence=sentence)
