"""What records of an export say of other chains: whoever opens a chain cites the heads of all others at that time.

So a chain that is not in an export at all, or whose end is not, is seen by what the rest of it says.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.ledger.verification.report import Break, BreakReason, Finding, FindingKind

Cited = dict[tuple[str, str], dict[int, tuple[str, int]]]
"""By installation and chain: of each cited record the hash, and the line in the export that cites it."""


def note_cited(cited: Cited, installation: str, record: Mapping[str, Any], line: int) -> None:
    """Keep what a record says of other chains' heads, where it says something."""
    heads = record.get("heads") if record.get("event_type") == "chain.resumed" else None
    for chain, head in heads.items() if isinstance(heads, dict) else ():
        if isinstance(head, dict) and isinstance(head.get("seq"), int) and isinstance(head.get("hash"), str):
            cited.setdefault((installation, chain), {}).setdefault(head["seq"], (head["hash"], line))


def find_beyond(of: tuple[str, str], name: str, cited: Cited, last_seq: int) -> Iterator[Finding]:
    """What a chain is cited up to beyond its last record here; `last_seq` 0 where none of it is here."""
    heads = cited.get(of, {})
    latest = max(heads, default=0)
    if latest > last_seq:
        what = f"chain {name} is cited up to record {latest}, and "
        what += f"ends here with {last_seq}" if last_seq else "no record of it is in the export"
        sentence = f"{what}: where the export is to hold that time too, records are missing"
        yield Finding(
            kind=FindingKind.CITED_BEYOND,
            count=latest - last_seq,
            sentence=sentence,
            file="export",
            line=heads[latest][1],
        )


def find_other(of: tuple[str, str], name: str, cited: Cited, hashes: Mapping[int, bytes]) -> Iterator[Break]:
    """Where another record stands than the one that was cited."""
    for seq, (digest, line) in sorted(cited.get(of, {}).items()):
        if seq in hashes and hashes[seq].hex() != digest:
            sentence = f"record {seq} of chain {name} is another than the one that this line cites"
            yield Break(file="export", line=line, reason=BreakReason.WRONG_HASH, sentence=sentence)
