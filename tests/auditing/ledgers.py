"""Ledgers written as the gateway writes them: an invented agency's searches, on a clock that the test sets."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from gateway.durable import RealDisk
from gateway.ledger.alarms import Quiet
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.checkpoints.checkpointer import Cadence, Checkpointer
from gateway.ledger.checkpoints.keys import CheckpointKeys
from gateway.ledger.checkpoints.publisher import Publisher
from gateway.ledger.encryption import Sealer, keygen
from gateway.ledger.epochs import Epochs
from gateway.ledger.ledger import LedgerOptions, open_ledger
from gateway.ledger.records.decision import Verdict, decision_record
from gateway.ledger.records.event import admin_record
from gateway.ledger.records.outcome import outcome_record
from gateway.ledger.retention import find_expired, retire
from gateway.ledger.sealing import Protection
from gateway.ledger.segments import chains
from gateway.ledger.space import Watermarks
from gateway.model import (
    CaseFile,
    Claims,
    Decision,
    Declared,
    Dossier,
    EffectiveQuery,
    Identity,
    Key,
    Known,
    Outcome,
    PlateTerm,
    Query,
    RawRequest,
    Subject,
    Training,
    Window,
)
from gateway.value import replace
from tests.clocks import Clock

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
NAMES = {"u01": "Avery Stone", "u02": "Blake Rivera", "u03": "Casey Nguyen", "u04": "Drew Patel <b>&"}
LATER = datetime(2100, 1, 1, tzinfo=UTC)
AUDITOR, STRANGER = keygen(), keygen()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, in the words that tests vary."""

    person: str = "u01"
    case: str | None = "25-001234"
    plate: str = "FNA579"
    purpose: str | None = "criminal_investigation"
    denied: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    text: str | None = "seen near the warehouse"
    trained: date | None = date(2026, 7, 25)
    reads: int = 3
    answered: bool = True
    vendor: str = "flock"
    explain: bool = False
    typed_case: str | None = None


@dataclass(slots=True)
class LedgerInMaking:
    """A ledger under construction, its clock, and where its parts lie."""

    folder: Path
    clock: Clock = field(default_factory=lambda: Clock(START))
    recipients: tuple[str, ...] = (AUDITOR.public,)
    days: int = 30
    max_bytes: int = 64 << 20
    count: int = 0
    policy: str = "a1b2c3d4"

    @property
    def directory(self) -> Path:
        return self.folder / "audit"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    @contextlib.contextmanager
    def open(self, slot="w0"):
        kept = partial(Epochs, self.directory, self.secrets, self.recipients, days=self.days, disk=RealDisk())
        epochs = kept()
        ledger = open_ledger(
            self.directory,
            slots=(slot,),
            protection=Protection(sealer=Sealer(self.recipients), epochs=epochs, traces=kept(beside=epochs)),
            options=LedgerOptions(
                segment=SegmentLimits(max_bytes=self.max_bytes, max_age_s=86_400),
                watermarks=Watermarks(warn_bytes=1, refuse_bytes=1),
            ),
            clock=self.clock,
        )
        try:
            yield ledger
        finally:
            ledger.close()

    def write(self, asks, slot="w0", step_s=60.0):
        """Decision and outcome of each; the decision ids."""
        with self.open(slot) as ledger:
            return [self.one(ledger, ask, step_s) for ask in asks]

    def one(self, ledger, ask, step_s=60.0):
        self.count += 1
        self.clock.on(seconds=step_s)
        case = dossier(ask, self.count, self.clock.now, self.policy)
        verdict = Verdict(
            decision="deny" if ask.denied else "allow",
            reasons=ask.denied,
            disclosed=ask.told or ask.denied,
            about=ask.about,
        )
        if ask.denied:
            verdict = replace(verdict, status=403)
        ledger.record(*decision_record(case, verdict))
        if not ask.denied and ask.answered:
            ledger.record(outcome_record(case, outcome(ask)))
        return case.decision_id

    def sign(self, deleted=()):
        """Write a checkpoint, which says that these records are lawfully deleted."""
        return sign(self.directory, self.secrets, deleted, self.clock)

    def rotate_key(self):
        """Begin to sign with a new checkpoint key, the one before it with it no longer than now; the new one."""
        checkpointer = _checkpointer(self.directory, self.secrets, self.clock)
        with self.open("cli") as ledger:
            return checkpointer.rotate_key(timedelta(0), ledger.record)

    def retire(self, before, *, holds=()):
        """Let go of the ended segments from before then, but for held ones; how many went."""
        return delete_by_age(self.directory, self.secrets, before, holds=holds)

    def retire_on_record(self, before, *, holds=(), slot="w0"):
        """Let go of the ended segments from before then as the gateway does, which says so in this chain; what went."""
        items = find_expired(self.directory, before=before, holds=holds)
        with self.open(slot) as ledger:
            retire(items, days=365, record=ledger.record, checkpoint=self.sign, disk=RealDisk())
        return items

    def events(self, *bodies, slot="cli"):
        """Records of other things than requests."""
        with self.open(slot) as ledger:
            for event_type, fields in bodies:
                self.clock.on(seconds=1)
                ledger.record(admin_record(event_type, **fields))


def sign(directory, secrets, deleted=(), clock=lambda: datetime.now(UTC)):
    """Write a checkpoint of a ledger."""
    return _checkpointer(directory, secrets, clock).write(deleted)


def _checkpointer(directory, secrets, clock):
    publisher = Publisher(directory, [], again_s=60, observer=Quiet())
    keys, cadence = CheckpointKeys(directory, secrets, disk=RealDisk()), Cadence(records=1000, seconds=60)
    return Checkpointer(directory, keys, publisher, cadence=cadence, disk=RealDisk(), clock=clock)


def delete_by_age(directory, secrets, before=LATER, *, holds=()):
    """Let go of all ended segments from before then, but for held ones, as retention does: signed first; how many went."""
    expired = find_expired(directory, before=before, holds=holds)
    sign(directory, secrets, [item.run for item in expired])
    for item in expired:
        item.segment.path.unlink()
    return len(expired)


def begin_segments(directory, clock=lambda: datetime.now(UTC)):
    """End the segment of each chain and begin the next."""
    for chain in chains(directory):
        marks, limits = Watermarks(warn_bytes=1, refuse_bytes=1), SegmentLimits(max_bytes=64 << 20, max_age_s=0.0)
        options = LedgerOptions(segment=limits, watermarks=marks)
        open_ledger(directory, slots=(chain,), protection=None, options=options, clock=clock).close()


def outcome(ask):
    return Outcome(
        forwarded=True,
        reason=None,
        status=200,
        vendor_status=200,
        result_count=ask.reads,
        duration_ms=80,
        bytes_out=900,
    )


def dossier(ask, number, now, policy="a1b2c3d4"):
    key = Key(
        key_id="k1", user_id=ask.person, kind="person", secret_hash=b"", issued_at=START, expires_at=START,
        revoked_at=None, acts_for=(), mounts=(), cidrs=(),
    )  # fmt: skip
    identity = Identity(user_id=ask.person, key=key, method="key", on_behalf_of=None, direct=True)
    request = RawRequest(
        request_id=f"r-{number:06d}", time=now, method="POST", target="/", headers=(), body=b"{}", source_ip="192.0.2.7"
    )
    claims = Claims(purpose=ask.purpose, case_number=ask.case, reason_text=ask.text)
    window = Window(start=now - timedelta(days=30), end=now)
    term = PlateTerm(text=ask.plate, match="exact", fixed_characters=len(ask.plate), state="AR")
    query = Query(
        vendor="flock", operation="plate.search", plate=term, window=window, limit=10, geo=None, claims=claims
    )
    declared = Declared(
        purpose=ask.purpose, purpose_source="header", case_number=ask.case, case_source="header", reason_text=ask.text,
        context=None,
    )  # fmt: skip
    return Dossier(
        decision_id=f"d-{number:06d}", request=request, mount=ask.vendor, vendor_profile=ask.vendor,
        vendor_host="api.vendor.test", operation="plate.search", identity=identity, query=query, declared=declared,
        known=known(ask, now), input_text='{"schema":"lpr.input.v1"}', decision=decision(ask, policy),
        effective=None if ask.denied else effective(ask, window), explain=ask.explain, withheld_case=ask.typed_case,
    )  # fmt: skip


def known(ask, now):
    case = CaseFile(
        case_number=ask.case, kind="criminal", status="open", opened_on=None, closed_on=None, offense_code=None,
        lookback_from=None, office="BAL", assigned=True,
    ) if ask.case else None  # fmt: skip
    subject = Subject(
        user_id=ask.person, name=NAMES.get(ask.person), component="HSI", office="BAL", roles=("officer",), active=True
    )
    return Known(
        revision="20261122-1-abcdefabcdef", as_of=now, subject=subject,
        training=(Training(course="lpr", version="2026", completed_on=ask.trained),) if ask.trained else (),
        acknowledgements=(), case=case, matches=(), protected=False, approvals=(),
    )  # fmt: skip


def decision(ask, policy):
    return Decision(
        allow=not ask.denied, reasons=ask.denied, obligations=(), policy_revision=policy, document="{}",
        engine="embedded", engine_version="0.13.0", duration_us=200,
    )  # fmt: skip


def effective(ask, window):
    return EffectiveQuery(
        vendor="flock", operation="plate.search", plate=ask.plate, plate_state="AR", window=window, limit=10, rest={},
        purpose=ask.purpose or "", case_number=ask.case or "", rules=(),
    )  # fmt: skip


@dataclass(slots=True)
class RememberedReads:
    """A recorder of reads that only remembers."""

    entries: list = field(default_factory=list)

    def __call__(self, event_type, **fields):
        self.entries.append((event_type, fields))
