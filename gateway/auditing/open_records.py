"""Opening sealed fields, with a key that the gateway does not have, and not before that is on record."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from gateway.auditing.access import Access
from gateway.auditing.unseal import Opened, Unsealer
from gateway.ledger.segments import Line

_NAMED_AT_ONCE = 500


def open_records(directory: Path, lines: Sequence[Line], private_key: str, access: Access) -> Iterator[Opened]:
    """Each record with its sealed fields opened, in the order given; where that fails, `problem` says why.

    That they are opened is on record, one by one, before this returns: those in which something is sealed that this key
    opens, and no others.

    Raises:
        ConfigurationError: the text is no private key.
        Refusal: the opening cannot be recorded.
    """
    opener = Unsealer(directory, private_key)
    openable = [line for line in _by_place(lines) if opener.openable(line)]
    for start in range(0, len(openable), _NAMED_AT_ONCE):
        named: list[Any] = [orjson.loads(line.raw).get("event_id") for line in openable[start : start + _NAMED_AT_ONCE]]
        access.record("open", {"event_ids": named}, event_type="audit.opened")
    return _in_order(lines, opener)


def _in_order(lines: Sequence[Line], opener: Unsealer) -> Iterator[Opened]:
    """Opened segment by segment, because each has keys of its own; given out as they were asked for."""
    opened = {(line.chain_id, line.seq): opener.open(line) for line in _by_place(lines)}
    return (opened[line.chain_id, line.seq] for line in lines)


def _by_place(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.chain_id, line.seq))
