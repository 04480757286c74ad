"""Running the detectors beside the gateway, so that a finding is on record within a minute of the search that makes it.

One process of an installation does it at a time. What was found is told from what is on record already by its id, and where
limits were changed by what it is a pattern of, so a restart, a second run or a run over last year never doubles a finding.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import structlog

from gateway.auditing.private import replace_private
from gateway.auditing.source import LedgerTable
from gateway.clock import format_instant, parse_instant
from gateway.errors import GatewayError
from gateway.ledger.heads import heads
from gateway.ledger.records.event import Body, admin_record
from gateway.ledger.slots import FileLock
from gateway.model import Json
from gateway.oversight.detectors.arrivals import Arrivals
from gateway.oversight.detectors.catalog import Detector
from gateway.oversight.detectors.detection import Detection, FoundBefore
from gateway.oversight.detectors.run import run_detectors
from gateway.oversight.detectors.scene import DetectionContext
from gateway.oversight.known_people import UNKNOWN, PeopleOfFacts, find_bearers
from gateway.value import replace

_OVERLAP = timedelta(days=2)
_QUIET = timedelta(hours=1)
_PATIENCE_S = 5.0
_REST = 4
"""A round is followed by at least so many times its own length of rest."""
_log = structlog.get_logger(__name__)


def find_new(
    source: LedgerTable,
    detectors: tuple[Detector, ...],
    context: DetectionContext,
    *,
    since: datetime,
    until: datetime,
    zone: str,
) -> list[Detection]:
    """What is found in a period and not yet on record."""
    before = _read_before(source)
    connection = source.connection.cursor()
    found = {
        item.finding_id: item
        for item in run_detectors(connection, detectors, context, since=since, until=until, zone=zone, before=before)
    }
    known = {one.finding_id for one in before}
    new = [item for name, item in found.items() if name not in known]
    if not new:
        return []
    searched = _searchers(source, {name for item in new for name in item.decision_ids})
    named = {**context.named, **find_bearers(connection, sorted({row for item in new for row in _rows_of(item)}))}
    people = {item.user_id for item in new if item.user_id is not None} | {
        one for some in named.values() for one in some
    }
    offices = _facts_offices(context.people) | _offices(source, people)
    told = [_name_all(item, offices, searched, named) for item in new]
    return [
        item for item in told if not any(one.is_same(item) for one in before if one.decision_ids == item.decision_ids)
    ]


def _facts_offices(people: PeopleOfFacts) -> dict[str | None, str | None]:
    """Each person's office as the newest facts that know the person have it: those come first."""
    return {user_id: office for _, user_id, office in reversed(people)}


def _rows_of(found: Detection) -> tuple[str, ...]:
    """What of a finding may be the row of an import: who it names is concerned where the search that it was joined with is another's."""
    return (*found.decision_ids, found.about)


def _read_before(source: LedgerTable) -> list[FoundBefore]:
    """Every finding on record, as it was found; of what was withdrawn since, the same is new when it is found again."""
    rows = source.ask(
        "SELECT finding_id, ts, user_id, oversight FROM records o WHERE event_type = 'finding.opened' AND NOT EXISTS "
        "(SELECT 1 FROM records w WHERE w.event_type = 'finding.withdrawn' AND w.finding_id = o.finding_id AND w.ts >= o.ts)"
    )
    return [_restore_before(*row) for row in rows]


def _restore_before(finding_id: str, ts: datetime, user_id: str | None, details: str | None) -> FoundBefore:
    told = orjson.loads(details or "{}")
    return FoundBefore(
        finding_id=finding_id,
        detector_id=str(told.get("detector")),
        user_id=user_id,
        severity="alert" if told.get("severity") == "alert" else "warn",
        at=parse_instant(str(told.get("at"))) or ts.replace(tzinfo=UTC),
        decision_ids=tuple(told.get("decision_ids") or ()),
        digest=str(told.get("digest")),
        persons=tuple(told.get("persons") or ()),
    )


def _name_all(
    found: Detection,
    offices: Mapping[str | None, str | None],
    searched: "_Searched",
    named: Mapping[str, Sequence[str]],
) -> Detection:
    """With everybody whose searches make the pattern, or whom a vendor's row of them may name: none of them is to judge it."""
    made = [searched[name] for name in found.decision_ids if name in searched]
    rows = [named[row] for row in _rows_of(found) if row in named]
    bearers = {found.user_id, *(person for row in rows for person in row)}
    persons = {person for person, _ in made} | bearers
    theirs = {office for _, office in made} | {offices.get(person) for person in bearers}
    return replace(
        found,
        office=offices.get(found.user_id),
        persons=tuple(sorted(filter(None, persons))),
        offices=tuple(sorted(filter(None, theirs))),
        stranger=not all(rows),
    )


_Searched = dict[str, tuple[str | None, str | None]]


def _searchers(source: LedgerTable, decision_ids: set[str]) -> _Searched:
    """Person and office of each of these searches."""
    asked = "SELECT decision_id, user_id, office FROM records WHERE event_type = 'decision' AND list_contains(?, decision_id)"
    return {row[0]: (row[1], row[2]) for row in source.ask(asked, [sorted(decision_ids)])} if decision_ids else {}


def _offices(source: LedgerTable, people: set[str]) -> dict[str | None, str | None]:
    """Each person's office as the last decision had it."""
    asked = "SELECT user_id, arg_max(office, ts) FROM records WHERE event_type = 'decision' AND list_contains(?, user_id) GROUP BY 1"
    return dict(source.ask(asked, [sorted(people)])) if people else {}


def write_finding(found: Detection, detector: Detector, due: datetime) -> Body:
    """The record of a finding, and until when it is to be reviewed: another number of days later moves that for none."""
    return admin_record(
        "finding.opened",
        finding_id=found.finding_id,
        user_id=found.user_id,
        office=found.office,
        operator="gateway",
        oversight={
            "detector": detector.detector_id,
            "title": detector.title,
            **_tell_cause(found, detector),
            "digest": detector.digest,
            "severity": found.severity,
            "at": format_instant(found.at),
            "due_at": format_instant(due),
            "another_office": detector.another_office,
            "persons": list(found.persons),
            "offices": list(found.offices),
            "decision_ids": list(found.decision_ids),
        },
    )


def _tell_cause(found: Detection, detector: Detector) -> dict[str, Json]:
    if found.stranger:
        return {"cause": f"{found.cause or detector.title}; {UNKNOWN}"}
    return {} if found.cause is None else {"cause": found.cause}


def open_detectors_lock(state: Path) -> FileLock:
    """The lock of whoever looks, in the folder of oversight's state: two at once would put one finding on record twice."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    return FileLock(state / "detectors.lock")


class DetectorRunner:
    """A thread that looks again when the ledger has grown, and each hour in any case, for reviews fall due in quiet times too.

    `look` runs the detectors from a moment on, and records.

    Up to when it was looked is kept, so that days in which it failed, or was switched off, are looked at afterwards; where
    nothing is kept, `look` is asked for the whole record (None). What came in beside the ledger since is looked at from the
    first day that it tells of.
    """

    def __init__(
        self,
        directory: Path,
        state: Path,
        look: Callable[[datetime | None], object],
        *,
        every_s: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._directory, self._state, self._look = directory, state, look
        self._every_s, self._clock = every_s, clock
        self._arrivals = Arrivals(state)
        self._stop = threading.Event()
        self._trouble: str | None = None
        self._seen: object = None
        self._looked_at: datetime | None = None
        self._thread = threading.Thread(target=self._run, name="oversight", daemon=True)

    def start(self) -> None:
        """Begin."""
        if self._every_s:
            self._thread.start()

    def close(self) -> None:
        """End; what was not looked at is for the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_S)

    def round(self) -> bool:
        """Look once, if the ledger has grown, something came in or an hour has passed, and nobody else looks; whether it was."""
        arrived = self._arrivals.marks()
        present = {chain: head.seq for chain, head in heads(self._directory, durable=False).items()} | arrived
        if present == self._seen and self._looked_at is not None and self._clock() < self._looked_at + _QUIET:
            return False
        lock = open_detectors_lock(self._state)
        try:
            if not lock.try_take():
                return False
            began = self._clock()
            self._look(self._since(began, arrived))
            replace_private(self._state / "detectors.until", format_instant(began).encode())
            replace_private(self._state / "detectors.arrived", orjson.dumps(arrived))
            self._seen, self._looked_at = present, began
            return True
        finally:
            lock.close()

    def warnings(self) -> list[str]:
        """That the last look failed, for `/readyz`; why, where it is the folder of oversight that is not right."""
        return [] if self._trouble is None else [f"the detectors cannot run: {self._trouble}"]

    def _tell_failure(self, error: Exception) -> None:
        told = error.strerror if isinstance(error, OSError) else str(error) if isinstance(error, GatewayError) else None
        self._trouble = told or type(error).__name__
        _log.error("oversight_failed", why=self._trouble)

    def _looked_until(self) -> datetime | None:
        try:
            return parse_instant((self._state / "detectors.until").read_text(encoding="ascii"))
        except (FileNotFoundError, UnicodeDecodeError):
            return None

    def _since(self, began: datetime, arrived: Mapping[str, str]) -> datetime | None:
        """From when on to look: what was not looked at, and what was, where something came in that tells of it."""
        until = self._looked_until()
        if until is None:
            return None
        known = self._known_arrivals()
        told = self._arrivals.earliest(name for name, mark in arrived.items() if known.get(name) != mark)
        return min(filter(None, (min(until, began) - _OVERLAP, told)))

    def _known_arrivals(self) -> Mapping[str, str]:
        try:
            known = orjson.loads((self._state / "detectors.arrived").read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def _run(self) -> None:
        rest = self._every_s
        while not self._stop.wait(rest):
            began = time.monotonic()
            try:
                self._trouble = None if self.round() else self._trouble
            except Exception as error:  # noqa: BLE001 - whatever a question of somebody's raises, the next look comes
                self._tell_failure(error)
            rest = max(self._every_s, _REST * (time.monotonic() - began))
