"""OCSF's Record Integrity profile: the ledger's chain as an attestation, and back.

The fingerprint is over the record in `raw_data` (its RFC 8785 form without `chain.hash`), not over the OCSF event around
it; `serialization` says so, with the identifier that OCSF keeps for forms it does not list.
"""

from collections.abc import Mapping
from typing import Any

from gateway.ledger.records.form import GENESIS, Link
from gateway.shipping.formats.record import PRODUCT, read_link

_SERIALIZATION = {"serialization_id": 99, "serialization": "RFC 8785 form of raw_data without chain.hash"}


def fingerprint(value: str) -> dict[str, Any]:
    """A SHA-256 in hex, as OCSF writes one."""
    return {"algorithm_id": 3, "algorithm": "SHA-256", "value": value}


def attestation(chain: Link) -> dict[str, Any]:
    """The record's place in its chain; the first of a chain has no `prev_event`."""
    found: dict[str, Any] = {
        "uid": f"{chain.chain_id}/{chain.seq}",
        "authority_uid": PRODUCT,
        "chain_uid": chain.chain_id,
        "fingerprint": {**fingerprint(chain.hash), "encoding_id": 1, "encoding": "Hex", **_SERIALIZATION},
    }
    if chain.prev != GENESIS:
        found["prev_event"] = {"uid": chain.prev, "fingerprint": fingerprint(chain.prev)}
    return found


def chain_in(event: Mapping[str, Any]) -> Link | None:
    """The place that our attestation in an event names; None where there is none, or not a whole one."""
    try:
        ours = next(entry for entry in event["attestation_list"] if entry["authority_uid"] == PRODUCT)
        chain_id, _, seq = ours["uid"].rpartition("/")
        previous = ours["prev_event"]["uid"] if "prev_event" in ours else GENESIS
        place = {"id": chain_id, "seq": int(seq), "prev": previous, "hash": ours["fingerprint"]["value"]}
        return read_link(place)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration):
        return None
