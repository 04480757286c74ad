"""Measures search on a synthetic ledger: `python -m tests.auditing.measure FOLDER [RECORDS]` (default 1,000,000).

Writes two chains of decisions and outcomes of the size that the gateway writes (about 2.8 kB on average), in segments of
64 MiB, closed ones compressed; then searches as `audit search` does. A folder that is there already is searched as it is.
"""

import hashlib
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zstandard

from gateway.auditing.access import Access
from gateway.auditing.reports import Period, weekly
from gateway.auditing.search import Criteria, search
from gateway.auditing.source import open_source
from gateway.clock import format_instant
from gateway.ledger.records.form import GENESIS, SCHEMA, chain_halves, halves
from tests.shipping.samples import DECISION, OUTCOME

_SEGMENT = 64 << 20
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_REASONS = ("case_closed", "training_lapsed", "target_unknown")


def bodies(count: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """A year of searches by 2,000 persons in 20,000 cases; some persons search far more than others."""
    plates = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(60_000)]
    sealed, text = chance.randbytes(3000).hex(), '{"schema":"lpr.input.v1","filler":"' + "x" * 1500 + '"}'
    step = timedelta(days=365) / count
    for number in range(0, count, 2):
        case = int(20_000 * chance.random())
        common = {
            "schema": SCHEMA,
            "user_id": f"u{int(2000 * chance.random() ** 2):04d}",
            "case_number": f"25-{case:06d}",
            "decision_id": f"{chance.getrandbits(128):032x}",
        }
        start = chance.randrange(3000)
        decision = {
            **DECISION,
            "input": text,
            "decision_document": text[:500],
            "query_sealed": sealed[start : start + 500],
        }
        decision |= {"plate_hmac": plates[case * 3 + chance.randrange(3)], **common}
        if chance.random() < 0.15:
            decision |= {"decision": "deny", "deny_reasons": [chance.choice(_REASONS)], "status": 403}
        for offset, body in enumerate((decision, {**OUTCOME, **common})):
            ids = {
                "event_id": f"{chance.getrandbits(128):032x}",
                "ts": format_instant(_BEGIN + step * (number + offset)),
            }
            yield body | ids


def write_chain(folder: Path, count: int) -> None:
    """One chain in segments."""
    folder.mkdir(parents=True)
    lines, size, first, prev, seq = [], 0, 1, GENESIS, 0
    for seq, body in enumerate(bodies(count, random.Random(folder.name)), start=1):
        line, link = chain_halves(halves(body), folder.name, seq, prev)
        prev, size = link.hash, size + len(line) + 1
        lines.append(line + b"\n")
        if size >= _SEGMENT:
            packed = zstandard.ZstdCompressor(6).compress(b"".join(lines))
            (folder / f"{first:016d}.jsonl.zst").write_bytes(packed)
            lines, size, first = [], 0, seq + 1
    (folder / f"{first:016d}.jsonl").write_bytes(b"".join(lines))


def timed(what: str, work: Callable[[], Any]) -> None:
    began = time.monotonic()
    found = work()
    print(f"{what:<52} {time.monotonic() - began:8.2f} s  {found}", flush=True)  # noqa: T201 - it is what it is for


def main(folder: Path, count: int) -> None:
    """Write, index, search."""
    ledger, index = folder / "audit", folder / "index"
    if not ledger.exists():
        timed("write", lambda: [write_chain(ledger / chain, count // 2) for chain in ("w0", "w1")] and count)
    access = Access(
        reader="measure", why="measuring", recorder=lambda _event, **_fields: None, is_known=lambda _id: True
    )
    if not index.exists():
        timed("index, once", lambda: _opened(ledger, index))
    timed("open, the index being there", lambda: _opened(ledger, index))
    with open_source(ledger, index) as source:
        plate = hashlib.sha256(b"777").hexdigest()
        for what, criteria in {
            "one person": Criteria(person="u0900"),
            "one case": Criteria(case="25-000777"),
            "one plate": Criteria(plates=(plate,)),
            "one plate among denials of a month": Criteria(
                plates=(plate,), verdict="deny", since=_BEGIN, until=_BEGIN + timedelta(days=31)
            ),
            "all errors": Criteria(verdict="error"),
        }.items():
            timed(
                f"search, newest 100: {what}",
                lambda criteria=criteria: len(list(search(source, criteria, access, 100))),
            )
        timed("search, all: one person", lambda: len(list(search(source, Criteria(person="u0900"), access))))
        week = Period(since=_BEGIN + timedelta(days=300), until=_BEGIN + timedelta(days=307))
        timed("weekly report", lambda: weekly(source, access, period=week, made_at=week.until).figures[0].value)


def _opened(ledger: Path, index: Path) -> int:
    with open_source(ledger, index) as source:
        return int(source.ask("SELECT count(*) FROM records")[0][0])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
