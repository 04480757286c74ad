"""An agency's ledger with decision ids as they really are, and the vendor's export of the same searches."""

import contextlib
import csv
import io
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.durable import RealDisk
from gateway.ledger.chain import SegmentLimits
from gateway.ledger.encryption import Sealer
from gateway.ledger.epochs import Epochs
from gateway.ledger.ledger import LedgerOptions, open_ledger
from gateway.ledger.records.decision import Verdict, decision_record
from gateway.ledger.records.outcome import outcome_record
from gateway.ledger.sealing import Protection
from gateway.ledger.space import Watermarks
from gateway.oversight.reasons import read_reason_traits
from gateway.oversight.tables import OversightFolder
from gateway.pdp.backward_rule import answer_by_rule
from gateway.pdp.tables import parse_table
from gateway.value import replace
from tests.auditing.ledgers import AUDITOR, START, Ask, dossier, outcome
from tests.clocks import Clock

FOLDER = OversightFolder(
    path=Path(__file__).resolve().parents[2] / "policies" / "oversight", parse=parse_table, ask_rule=answer_by_rule
)
F13 = "ID, Name, Org Name, Total Networks Searched, Time Frame, License Plate, Reason, Case #, Filters, Search Time, Search Type, Text Prompt, Moderation".split(
    ","
)
TRAITS = read_reason_traits(FOLDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """One search of ours, as the ledger has it."""

    decision_id: str
    at: datetime
    ask: Ask

    @property
    def window(self):
        return self.at - timedelta(days=30), self.at


@dataclass(slots=True)
class Agency:
    """A ledger under construction in `folder`, with both series of epochs."""

    folder: Path
    clock: Clock = field(default_factory=lambda: Clock(START))
    days: int = 30
    searches: list = field(default_factory=list)
    max_bytes: int = 64 << 20

    @property
    def directory(self):
        return self.folder / "audit"

    @property
    def secrets(self):
        return self.folder / "secrets"

    @contextlib.contextmanager
    def open(self):
        common = (self.directory, self.secrets, [AUDITOR.public])
        epochs = Epochs(*common, days=self.days, disk=RealDisk())
        traces = Epochs(*common, days=self.days, disk=RealDisk(), beside=epochs)
        options = LedgerOptions(
            segment=SegmentLimits(max_bytes=self.max_bytes, max_age_s=86_400),
            watermarks=Watermarks(warn_bytes=1, refuse_bytes=1),
        )
        protection = Protection(Sealer([AUDITOR.public]), epochs, traces, TRAITS.of)
        ledger = open_ledger(self.directory, slots=("w0",), protection=protection, options=options, clock=self.clock)
        try:
            yield ledger
        finally:
            ledger.close()

    def search(self, *asks, step_s=600.0):
        """Decisions and outcomes, one after another; what was searched."""
        found = []
        with self.open() as ledger:
            for ask in asks:
                self.clock.on(seconds=step_s)
                ledger.tend()
                found.append(self._one(ledger, ask))
        self.searches += found
        return found

    def _one(self, ledger, ask):
        number = len(self.searches) + 1
        case = replace(dossier(ask, number, self.clock.now), decision_id=str(uuid.uuid4()))
        verdict = Verdict(decision="deny" if ask.denied else "allow", reasons=ask.denied, disclosed=ask.denied)
        ledger.record(*decision_record(case, verdict))
        if not ask.denied and ask.answered:
            ledger.record(outcome_record(case, outcome(ask)))
        return Searched(decision_id=case.decision_id, at=self.clock.now, ask=ask)


def stamp(moment):
    """A time as Flock's exports write it."""
    return moment.astimezone(UTC).strftime("%m/%d/%Y, %I:%M:%S %p UTC")


def gateway_row(searched, **changes):
    """The row of a search that went through the gateway."""
    starts, ends = searched.window
    ask = searched.ask
    values = {
        "id": str(uuid.uuid4()),
        "name": "API Integration",
        "org": "Example City EX PD",
        "networks": "1",
        "starts": stamp(starts),
        "ends": stamp(ends),
        "plate": ask.plate,
        "reason": f"{ask.purpose} | case {ask.case} | {searched.decision_id} | abcdefghijklmnop",
        "case": ask.case or "",
        "at": stamp(searched.at + timedelta(seconds=1)),
        "kind": "apiLookup",
    } | changes
    frame = f"{values['starts']}\n{values['ends']}" if values["starts"] else ""
    return [
        *(values["id"], values["name"], values["org"], values["networks"], frame, values["plate"], values["reason"]),
        *(values["case"], "", values["at"], values["kind"], "", ""),
    ]


def portal_row(at, **changes):
    """The row of a search that somebody made at the vendor's own pages."""
    values = {
        "name": "Avery Stone",
        "plate": "ZZZ999",
        "reason": "inv",
        "kind": "lookup - Mobile",
        "case": "",
    } | changes
    fake = Searched(decision_id="", at=at, ask=Ask(plate=values["plate"]))
    return gateway_row(fake, **values)


def csv_text(rows, header=F13, encoding="utf-8", newline="\r\n"):
    """A CSV file's bytes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=newline)
    writer.writerows([header, *rows] if header else rows)
    return out.getvalue().encode(encoding)
