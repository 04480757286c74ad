"""An installation's policy office in a folder of its own, with three registered signers and one who is not."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.ledger.checkpoints.note import SigningKey
from gateway.lifecycle.acts import PolicyOffice, activate
from gateway.lifecycle.impact_evidence import IMPACT_NUMBERS, read_impact, seal_report
from gateway.lifecycle.statement import ACTIVATE, Statement, sign_statement
from gateway.pdp import Bundle, keep_revision, load_policies
from gateway.value import replace
from tests.pdp.policies import TABLE, write_policy

IMPACT_KEY = b"i" * 32
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
ADA, BOB, CID, EVE = (SigningKey(name, Ed25519PrivateKey.generate()) for name in ("ada", "bob", "cid", "eve"))


@dataclass
class OfficeAtWork:
    """The office, what it recorded, and policies to act on."""

    folder: Path
    records: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first = self.policy("first", 365)
        self.second = self.first  # until a test makes another
        self.office = PolicyOffice(
            state=self.folder / "state",
            registered=[ADA.verifier, BOB.verifier, CID.verifier],
            current=self.first,
            operator="operator",
            impact_key=IMPACT_KEY,
            record=lambda event_type, **fields: self.records.append({"event_type": event_type, **fields}),
        )

    def policy(self, name: str, days: int) -> Bundle:
        folder = write_policy(self.folder / name)
        (folder / "tables/training/data.yaml").write_text(TABLE.replace("365", str(days)))
        bundle = load_policies(folder)
        keep_revision(bundle, self.folder / "state")
        return bundle

    def sign(self, bundle: Bundle, *keys: SigningKey, **changes: Any) -> str:
        statement = Statement(
            act=ACTIVATE,
            counter=self.office.next_counter(),
            revision=bundle.revision,
            replaces=self.office.current.revision if self.office.current else "",
            diff_sha256="d" * 64,
            why="The board decided so.",
            evidence=sealed_impact(self.office, bundle.revision),
        )
        note = None
        for key in keys:
            note = sign_statement(replace(statement, **changes), key, note)
        assert note is not None
        return note

    def activate(self, bundle: Bundle, *, at: datetime = NOW, effective: datetime | None = None) -> None:
        activate(self.office, self.sign(bundle, ADA, BOB), now=at, effective=effective)
        if effective is None:
            self.office = replace(self.office, current=bundle)


def sealed_report(office: PolicyOffice, candidate: str, **changes: Any) -> dict[str, Any]:
    """What `policy impact --json` prints in this office of a draft that changes nothing."""
    assert office.impact_key is not None
    told = dict.fromkeys(IMPACT_NUMBERS, 0) | {
        "since": None,
        "until": "2026-11-22",
        "sample": 1.0,
        "engine": "embedded",
    }
    about = {"current": office.compared_with, "candidate": candidate}
    return seal_report(told | about | changes, office.impact_key)


def sealed_impact(office: PolicyOffice, candidate: str) -> dict[str, Any]:
    """The evidence of a statement that rests on such a report."""
    with NamedTemporaryFile(suffix=".json") as file:
        path = Path(file.name)
        path.write_text(json.dumps(sealed_report(office, candidate)))
        return {"impact": read_impact(path, office.impact_key, current=office.compared_with, candidate=candidate)}


def later(**duration: float) -> datetime:
    return NOW + timedelta(**duration)
