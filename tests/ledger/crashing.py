"""A program that writes a ledger and is killed (signal 9) at a chosen act of the disk: `crashing FOLDER RECIPIENT FIRST`.

For each act from FIRST on it forks a child that lives through a day of a small ledger in `FOLDER/<act>` and kills itself
at that act, half of what is to be written already there. It prints one JSON line an act: what the child had been told
is durable, and whether it was killed; it ends after the first child that came through.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.ledger.chain import SegmentLimits
from gateway.ledger.compression import compress_closed
from gateway.ledger.encryption import KeyPair
from gateway.ledger.records.event import refusal_record
from gateway.ledger.retention import find_expired, retire
from tests.ledger.ledgers import SENSITIVE, BadDisk, decision, killed, ledger_runtime, outcome

LATER = datetime(2100, 1, 1, tzinfo=UTC)


def a_small_day(folder: Path, recipient: str, disk: BadDisk, told: int) -> None:
    """Open, serve two requests, sign, compress, let go of old segments, turn the epoch, close; twice."""

    def tell(text: str) -> None:
        os.write(told, f"{text}\n".encode())

    for day in range(2):
        now = datetime.now(UTC) + timedelta(days=40 * day)
        audit = ledger_runtime(
            folder,
            KeyPair("", recipient),
            disk=disk,
            clock=lambda now=now: now,
            segment=SegmentLimits(max_bytes=2_500, max_age_s=86_400),
        )
        for number in (10 * day + 1, 10 * day + 2):
            tell(audit.ledger.record(decision(number), SENSITIVE).event_id)
            tell(audit.ledger.record(outcome(number)).event_id)
        audit.edge.note_refusal(
            refusal_record(request_id="r", reasons=["credential_missing"], disclosed=[], status=401, src_ip="192.0.2.1")
        )
        audit.edge.flush()
        audit.checkpointer.write()
        compress_closed(folder / "audit", disk=disk)
        if day == 1:
            items = find_expired(folder / "audit", before=LATER, holds=())[:1]
            retire(items, days=1, record=audit.ledger.record, checkpoint=audit.checkpointer.write, disk=disk)
        audit.close()


def child(folder: Path, recipient: str, act: int, told: int) -> None:
    try:
        a_small_day(folder, recipient, BadDisk(act, killed), told)
    except BaseException as error:  # noqa: BLE001 - a child says what went wrong and never runs the parent's code
        os.write(told, f"error {type(error).__name__} {error}\n".encode())
    os._exit(0)


def run(folder: Path, recipient: str, act: int) -> bool:
    reader, told = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reader)
        child(folder, recipient, act, told)
    os.close(told)
    with os.fdopen(reader) as lines:
        events = lines.read().split("\n")[:-1]
    _, status = os.waitpid(process, 0)
    was_killed = os.WIFSIGNALED(status)
    print(json.dumps({"act": act, "killed": was_killed, "told": events}), flush=True)  # noqa: T201
    return was_killed


if __name__ == "__main__":
    first = int(sys.argv[3])
    while run(Path(sys.argv[1]) / str(first), sys.argv[2], first):
        first += 1
