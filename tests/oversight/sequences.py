"""Short sequences of searches, as the privacy office writes them beside a detector, and the table `records` of them.

A group of searches: `days` (or `every_days`, `times`, `start`), and what they have in common: `user`, `plate` (`each`: another
every time), `case`, `tied` (allowed under one's own open case), `reasons` of a denial, `subjects` it is known for, `traits` and `same` of the written
reason, `ip`, `purpose`, `role`, `for` (on whose behalf), `kind` (person or service), `lookback` (one for each), `read`
(false: refused before purpose and case were read). Days count from a Monday at noon.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.oversight.detectors.scene import DetectionContext, fill

START = datetime(2026, 6, 1, 16, tzinfo=UTC)
_COLUMNS = {
    "decision_id": "VARCHAR", "ts": "TIMESTAMP", "event_type": "VARCHAR", "explain": "BOOLEAN", "opening_decision_id": "VARCHAR",
    "user_id": "VARCHAR", "user_name": "VARCHAR", "office": "VARCHAR", "roles": "VARCHAR[]", "decision": "VARCHAR",
    "deny_reasons": "VARCHAR[]", "purpose_code": "VARCHAR", "case_number": "VARCHAR", "plate_hmac": "VARCHAR",
    "plate_trace": "VARCHAR", "src_ip": "VARCHAR", "key_id": "VARCHAR", "on_behalf_of": "VARCHAR", "reason_hmac": "VARCHAR",
    "reason_traits": "VARCHAR[]", "lookback_days": "DOUBLE", "window_start": "TIMESTAMP", "subject_id": "VARCHAR[]",
    "finding_id": "VARCHAR", "vendor_profile": "VARCHAR", "actor_kind": "VARCHAR",
    "facts_revision": "VARCHAR",
}  # fmt: skip


def moment(days):
    return (START + timedelta(days=days)).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Sequence:
    """The rows of `records`, oldest first."""

    rows: list

    def fill(self, connection):
        columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
        connection.execute(f"CREATE OR REPLACE TABLE records ({columns})")
        fill(connection, "records", columns, self.rows)

    def number_of(self, decision_id):
        """Which search of the sequence this was, from 1."""
        return [row[0] for row in self.rows].index(decision_id) + 1


def sequence(groups, findings=()):
    rows = sorted((row for group in groups for row in _rows(group)), key=lambda row: row[1])
    return Sequence([(f"{number:08d}", *row[1:]) for number, row in enumerate(rows)] + [*_acts(findings)])


def _acts(findings):
    """Records of findings: when each was opened, assigned, reviewed."""
    names, width = [*_COLUMNS], len(_COLUMNS)
    for number, finding in enumerate(findings):
        for act, day in finding.items():
            row = [None] * width
            row[names.index("ts")], row[names.index("event_type")] = moment(day), f"finding.{act}"
            row[names.index("finding_id")] = f"F{number}"
            yield tuple(row)


def _rows(group):
    days = group.get("days") or [group.get("start", 0) + n * group["every_days"] for n in range(group["times"])]
    for number, day in enumerate(days):
        plate = group.get("plate", "P1")
        plate = f"{group.get('user', 'u1')}-{number}" if plate == "each" else plate
        same = group.get("same", "a reason")
        same = f"{group.get('user')}-{number}" if same == "each" else same
        is_read, case = group.get("read", True), group.get("case", "26-0001")
        purpose = group.get("purpose", "criminal_investigation")
        back = group["lookback"][number] if "lookback" in group else 30
        yield (
            *(
                "",
                moment(day),
                "decision",
                None,
                None,
                group.get("user", "u1"),
                None,
                group.get("office", "BAL"),
                [group.get("role", "officer")],
            ),
            *(
                "allow" if group.get("tied", True) else "deny",
                group.get("reasons", []),
                None if purpose == "none" or not is_read else purpose,
            ),
            *(
                None if case == "none" or not is_read else case,
                *(None if plate == "none" else f"{series}-{plate}" for series in "ht"),
                group.get("ip", "192.0.2.1"),
                "k1",
                group.get("for"),
                same,
            ),
            *(group.get("traits", []), float(back), moment(day - back), group.get("subjects", [])),
            None,
            "flock",
            group.get("kind", "person"),
            "f1" if is_read else None,
        )


def context(case):
    """The tables beside the ledger that a case names."""
    vendor = [
        (row["class"], "organization-x", number + 2, None, row.get("user", "u1"), moment(day), row.get("networks", 1))
        for number, row in enumerate(case.get("vendor", []))
        for day in row["days"]
    ]
    events = [
        (
            *("events-x", number + 2, moment(day), "User One", row.get("plate"), row.get("traits", [])),
            *(row["event"], row["entity"], row["case"], row["expiry"]),
        )
        for number, row in enumerate(case.get("events", []))
        for day in row["days"]
    ]
    reach = [
        ("x", moment(day), row["networks"], row.get("purpose", "criminal_investigation"), row.get("offense"))
        for row in case.get("reach", [])
        for day in row["days"]
    ]
    return DetectionContext(
        vendor_rows=vendor,
        vendor_reach=reach,
        vendor_events=events,
        vendor_imports=[(moment(day),) for day in case.get("imports", [])],
        kept_changed=[(name,) for name in case.get("changed", ())],
        rosters=[(row["user"], moment(row["from"]), moment(row["to"])) for row in case.get("rosters", [])],
        households=[(f"h-{plate}",) for plate in case.get("households", [])],
        holders=[(f"h-{plate}", holder) for plate, holder in case.get("holders", {}).items()],
    )
