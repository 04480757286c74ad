"""Whether a wrapped key is the one that its epoch's plates were hashed under: by the digest on record, or by a sealed plate.

Whoever can write the ledger's folder can put another key there, wrapped to the auditor as well, and each plate would then
hash to something that no record has: its history would vanish without a word.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import islice

import orjson

from gateway.auditing.access import Access
from gateway.auditing.search import find_lines
from gateway.auditing.source import LedgerTable
from gateway.auditing.unseal import Unsealer
from gateway.ledger.epoch_keys import Epoch, WrappedKey, read_wrapped
from gateway.ledger.segments import Line
from gateway.ledger.verification.keys_beside import PUT_BACK
from gateway.plates import TypedPlate, normalize_sought

_MOST_TRIED = 3
_MOST_ASKED = 200
_PUT_BACK = f"{PUT_BACK} (backup, `audit export --copy`); plates of that epoch are not found by it until then"
_ON_HOST = (
    "the gateway's own key of it was used, and is wrapped to the auditors anew by its next use, if not by this command (epoch.rewrapped): "
    "put nothing back, for an earlier wrapping looks the same as an altered one, and find out who wrote the file"
)


def find_altered(
    source: LedgerTable, present: dict[str, Epoch], private_key: str | None, access: Access
) -> dict[str, str]:
    """A sentence for each epoch of `plate_hmac` whose wrapped key is not its own, as far as the record and the key show it.

    Where no record has the digest, a plate of the epoch is opened to compare, which is put on record before.

    Raises:
        ConfigurationError: the private key is none.
        Refusal: an opening cannot be recorded.
    """
    recorded = read_digests(source)
    faults = {}
    for found in read_wrapped(source.directory, private_key):
        if found.name.startswith("e"):
            fault = _find_fault(source, found, recorded.get(found.name, ()), present, private_key, access)
            if fault is not None:
                faults[found.name] = _sentence(found.name, fault, on_host=found.name in present)
    return faults


def read_digests(source: LedgerTable) -> dict[str, set[str]]:
    """The digests of wrapped keys that are on record, by epoch."""
    recorded: defaultdict[str, set[str]] = defaultdict(set)
    for line in find_lines(source, source.places("event_type = 'epoch.rotated'", (), None)):
        record = orjson.loads(line.raw)
        if record.get("wrapped_sha256"):
            recorded[str(record.get("epoch"))].add(str(record["wrapped_sha256"]))
    return dict(recorded)


def _find_fault(
    source: LedgerTable,
    found: WrappedKey,
    recorded: Collection[str],
    present: dict[str, Epoch],
    private_key: str | None,
    access: Access,
) -> str | None:
    own = present.get(found.name)
    if recorded:
        return None if found.digest in recorded else "it is not the one on record (epoch.rotated)"
    if own is not None and own.wrapped_sha256 is not None:
        return None if found.digest == own.wrapped_sha256 else "it is not the one that the gateway made"
    if found.fault is not None or found.epoch is None:
        return found.fault
    if own is not None:
        return None if found.epoch.key == own.key else "it is not the key that the gateway has of it"
    if private_key is not None and not _hashes_its_plates(source, found.epoch, private_key, access):
        return "the plates of that epoch were not hashed under it"
    return None


def _hashes_its_plates(source: LedgerTable, epoch: Epoch, private_key: str, access: Access) -> bool:
    """Whether one of a few plates that open has the hash that is on record; True, too, where none opens."""
    opener, tried = Unsealer(source.directory, private_key), 0
    for line in islice(_list_openable(source, epoch.name, opener), _MOST_TRIED):
        event_id = orjson.loads(line.raw).get("event_id")
        access.record("open", {"event_ids": [event_id]}, event_type="audit.opened")
        opened = opener.open(line)
        plate = opened.content.get("plate")
        if not isinstance(plate, str):
            continue
        if epoch.hash_plate(normalize_sought(TypedPlate(plate))) == opened.record.get("plate_hmac"):
            return True
        tried += 1
    return not tried


def _list_openable(source: LedgerTable, epoch: str, opener: Unsealer) -> Iterator[Line]:
    sealed = "plate_hmac_epoch = ? AND plate_hmac IS NOT NULL AND sealed_key_id IS NOT NULL"
    for line in find_lines(source, source.places(sealed, [epoch], _MOST_ASKED)):
        if opener.openable(line):
            yield line


def _sentence(epoch: str, fault: str, *, on_host: bool) -> str:
    told = _ON_HOST if on_host else _PUT_BACK
    return f"the wrapped key of epoch {epoch} (keys/epochs/{epoch}.age) was altered: {fault}; {told}"
