"""Published misuse cases as sequences of searches: by which search did which detector fire? Names and plates invented."""

import sys

import duckdb

from gateway.oversight.detectors import read_detectors, run_detectors
from tests.oversight.scene import FOLDER
from tests.oversight.sequences import START, context, moment, sequence

DENIED = {"tied": False, "reasons": ["target_unknown"]}
CASES = {
    "Milwaukee WI: 179 of 2 plates in 61 days, all 'investigation'": {
        "searches": [
            {"every_days": 1.1, "times": 55, "same": "inv", "traits": ["generic"], **DENIED},
            {"every_days": 0.49, "times": 124, "plate": "P2", "same": "inv", "traits": ["generic"], **DENIED},
        ]
    },
    "Sedgwick KS: 164 + 64 in 4 months": {
        "searches": [
            {"every_days": 0.75, "times": 164, **DENIED},
            {"every_days": 1.9, "times": 64, "plate": "P2", **DENIED},
        ]
    },
    "Orange City FL: 69 + 24 + 15 of three plates in 7 months": {
        "searches": [
            {"every_days": 3, "times": 69, **DENIED},
            {"every_days": 9, "times": 24, "start": 0.003, "plate": "P2", **DENIED},
            {"every_days": 15, "times": 15, "start": 0.005, "plate": "P3", **DENIED},
        ]
    },
    "Jackson County IN: 2,055 of one plate in 8 months": {"searches": [{"every_days": 0.117, "times": 2055, **DENIED}]},
    "Haines City FL: one a day for 22 months": {"searches": [{"every_days": 0.95, "times": 700, **DENIED}]},
    "Lufkin TX: 10,000 of many plates (400 here)": {
        "searches": [{"every_days": 0.03, "times": 400, "plate": "each", **DENIED}]
    },
    "Kingsville TX: 5,300 (1,000 here), Katy TX, Richmond GA: thousands of few plates in a year": {
        "searches": [{"every_days": 0.8, "times": 333, "start": n * 0.2, "plate": f"P{n}", **DENIED} for n in range(3)]
    },
    "Albany County NY: over 4,000, of them 3,000 of one car (1,500 here)": {
        "searches": [
            {"every_days": 0.2, "times": 1500, **DENIED},
            {"every_days": 0.6, "times": 500, "plate": "each", **DENIED},
        ]
    },
    "Colleton SC: 2,700 of himself, deputies, acquaintances (90 here)": {
        "households": ["P1", "P2"],
        "searches": [{"every_days": 2, "times": 30, "start": n * 0.3, "plate": f"P{n}", **DENIED} for n in range(3)],
    },
    "Colleton SC: 62 more, of one acquaintance": {"searches": [{"every_days": 3, "times": 62, **DENIED}]},
    "Mauldin SC, Deer Park TX: 165 of one plate in months": {"searches": [{"every_days": 0.9, "times": 165, **DENIED}]},
    "Shelby County TN: over 100 of one plate, under a case": {"searches": [{"every_days": 1.5, "times": 100}]},
    "Shively KY: a party to a protection order": {"households": ["P1"], "searches": [{"days": [0]}]},
    "Amarillo TX: 76 of a rival, under a case": {"searches": [{"every_days": 2.4, "times": 76}]},
    "Gwinnett GA: 6 of one plate": {"searches": [{"every_days": 4, "times": 6, **DENIED}]},
    "Gwinnett GA: 1 of a household's car": {"households": ["P1"], "searches": [{"days": [0], **DENIED}]},
    "Savannah GA: 2, of the ex-partner under a closed case": {
        "searches": [{"days": [0]}, {"days": [30], "tied": False, "reasons": ["case_closed"]}]
    },
    "Hall County GA: 10 for a co-worker without access": {
        "searches": [{"every_days": 2, "times": 10, "plate": "each", "traits": ["for_another"]}]
    },
    "Hall County GA: 4 and 2, off duty": {
        "rosters": [{"user": user, "from": day, "to": day + 0.4} for user in ("u1", "u2") for day in range(14)],
        "searches": [
            {"days": [0.6, 2.6, 5.6, 9.6], "plate": "each", **DENIED},
            {"days": [1.7, 3.7], "user": "u2", "plate": "each", **DENIED},
        ],
    },
    "Tift GA, Palos Park IL, Fayetteville GA, Springville AL: own and family vehicles": {
        "households": ["P1"],
        "searches": [{"days": [0]}],
    },
    "Columbus OH: the other driver in the officer's own crash": {
        "households": ["P1"],
        "searches": [{"days": [0], **DENIED}],
    },
    "Charlotte NC: an undercover car": {"searches": [{"days": [0], "tied": False, "reasons": ["target_protected"]}]},
    "Waukesha WI: 100 of a complainant's car by several": {
        "searches": [{"user": f"u{n}", "every_days": 2, "start": n * 0.3, "times": 25, **DENIED} for n in range(4)]
    },
    "Akron OH: reason 'activist recording'": {"searches": [{"days": [0], "traits": ["protest"]}]},
    "Lenexa KS: a columnist": {"searches": [{"days": [0], "traits": ["press"]}]},
    "EFF, 19 agencies: dozens for one protest": {
        "searches": [{"every_days": 0.02, "times": 36, "plate": "each", "traits": ["protest"]}]
    },
    "Johnson County TX: 2, an abortion, the second of 6,809 networks": {
        "searches": [{"days": [0, 0.05], "traits": ["clinic"], **DENIED}],
        "vendor": [{"days": [0.06], "class": "around_portal", "networks": 6809}],
    },
    "Palos Heights IL: 24 under another's password in two days": {
        "searches": [
            {"every_days": 0.08, "times": 12, "plate": "each", "traits": ["immigration"]},
            {
                "every_days": 0.08,
                "start": 0.01,
                "times": 12,
                "plate": "each",
                "ip": "198.51.100.9",
                "traits": ["immigration"],
            },
        ]
    },
    "Louisville KY: a login shared with an agent of another service": {
        "searches": [
            {"every_days": 0.25, "times": 30, "plate": "each"},
            {"every_days": 0.25, "start": 0.1, "times": 30, "plate": "each", "user": "u1", "ip": "198.51.100.9"},
        ]
    },
    "Kettering OH: 184 in a month for immigration": {
        "searches": [{"every_days": 0.16, "times": 184, "plate": "each", "traits": ["immigration"], **DENIED}]
    },
    "Secretaries, dispatchers, a 911 director, an IT worker": {
        "searches": [
            {"days": [0, 4], "plate": "each", "tied": False, "reasons": ["role_may_not_query"], "role": "clerk"}
        ]
    },
    "Richmond VA: an account for an analyst of another service": {
        "searches": [{"every_days": 3, "times": 4, "plate": "each", "tied": False, "reasons": ["role_may_not_query"]}]
    },
    "A bulletin's advice: write 'Investigation'": {
        "searches": [{"every_days": 0.7, "times": 30, "plate": "each", "same": "investigation", "traits": ["generic"]}]
    },
    "Danville IL: immigration under other purposes": {
        "searches": [{"every_days": 0.4, "times": 40, "plate": "each", "traits": ["immigration"]}]
    },
    "The Colony TX: 749 of 1,131 reasons are a full stop": {
        "searches": [{"every_days": 0.5, "times": 200, "plate": "each", "same": ".", "traits": ["vague", "short"]}]
    },
    "Alexandria VA: 56 without a case number": {
        "searches": [
            {"every_days": 3, "times": 56, "plate": "each", "case": "none", "tied": False, "reasons": ["case_missing"]}
        ]
    },
    "Henrico VA: an account whose role may not search": {
        "searches": [{"every_days": 5, "times": 8, "plate": "each", "tied": False, "reasons": ["role_may_not_query"]}]
    },
    "Sparks NV: a hot list without case or end": {
        "events": [{"days": [0], "event": "create", "entity": "customHotlist", "case": False, "expiry": False}]
    },
    "Sparks NV, Blue Island IL: the immigration list switched on": {
        "events": [
            {"days": [0], "event": "update", "entity": "hotlistSettings", "case": False, "expiry": False}
            | {"traits": ["immigration"]}
        ]
    },
    "Kechi KS: searches at the vendor's own pages": {"vendor": [{"days": [0, 1, 2], "class": "around_portal"}]},
    "Dunwoody GA: denied, then a colleague": {
        "searches": [{"days": [0], **DENIED}, {"days": [0.1], "user": "u2", "case": "26-0002"}]
    },
}


def fired(case):
    """For each detector that fired: its severity, and the number of the search that completed it."""
    made, found = sequence(case.get("searches", [])), {}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        made.fill(connection)
        known = run_detectors(
            connection,
            read_detectors(FOLDER),
            context({"imports": range(0, 800, 30)} | case),
            since=START.replace(hour=0),
            until=moment(800).replace(tzinfo=START.tzinfo),
            zone="America/New_York",
        )
        for item in known:
            last = item.decision_ids[-1] if item.decision_ids else ""
            number = made.number_of(last) if last.isdigit() else 1
            held = found.get((item.detector_id, item.severity), number)
            found[item.detector_id, item.severity] = min(held, number)
    return found


def main():
    silent = []
    print("| case | alerts: detector at which search | warnings |\n| --- | --- | --- |")
    for name, case in CASES.items():
        found = fired(case)
        silent += [] if found else [name]
        told = {
            severity: ", ".join(
                f"{detector} at {number}"
                for (detector, kind), number in sorted(found.items(), key=lambda item: (item[1], item[0]))
                if kind == severity
            )
            for severity in ("alert", "warn")
        }
        print(f"| {name} | {told['alert'] or 'none'} | {told['warn'] or 'none'} |")
    if silent:
        sys.exit(f"nothing fired: {'; '.join(silent)}")


if __name__ == "__main__":
    main()
