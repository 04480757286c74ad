"""A clean agency: 147 persons for two years at the rates measured of a real one. How many user-weeks have an alert?

The rates: per person and day median 1, p90 4, p95 5, p99 8, at most 12; per person in 5.5 months median 16, p90 69; 29.5 per
cent of written reasons generic; 7.9 per cent of searches at night. Every search has a real case; people err as people do.
"""

import random
from collections import Counter
from datetime import timedelta

import duckdb

from gateway.oversight.detectors import read_detectors, run_detectors
from gateway.oversight.detectors.scene import DetectionContext
from tests.oversight.scene import FOLDER
from tests.oversight.sequences import START, Sequence, moment

PERSONS, DAYS = 147, 730
A_DAY = [1] * 60 + [2] * 19 + [3] * 9 + [4] * 6 + [5] * 3 + [6, 7] + [11]
ERRORS = [["target_unknown"]] * 4 + [["case_not_assigned"]] * 2 + [["lookback_too_long"]] + [["training_lapsed"]]


class Person:
    """One who searches: how often, from where, and the plates of the cases in hand."""

    def __init__(self, number, dice):
        self.name, self.office, self.dice = f"u{number:03d}", f"o{number % 7}", dice
        self.share = min(0.85, dice.lognormvariate(-2.72, 1.0))
        self.shift = dice.choice([7, 7, 8, 9, 14, 22])
        self.plates, self.cases = [], 0

    def searches(self, day):
        if day % 7 in (5, 6) and self.dice.random() < 0.6:
            return
        if self.dice.random() >= self.share:
            return
        at = day + (self.shift - 12 + self.dice.random() * 7) / 24
        for _ in range(self.dice.choice(A_DAY)):
            at += self.dice.expovariate(1 / 35) / 1440 + 0.0014
            yield from self._one(at)

    def _one(self, at):
        again = self.plates and self.dice.random() < 0.28
        if not again:
            self.cases += self.dice.random() < 0.6
            self.plates = [
                *self.plates[-4:],
                (f"{self.name}-p{len(self.plates)}-{at:.4f}", f"26-{self.name}-{self.cases}"),
            ]
        plate, case = self.dice.choice(self.plates[-3:])
        if self.dice.random() < 0.05:
            yield self._row(at, plate, case, self.dice.choice(ERRORS))
            at += 0.003
        yield self._row(at, plate, case, [])

    def _row(self, at, plate, case, errors):
        generic = self.dice.random() < 0.295
        reason = "generic" if generic else f"{case}-{self.dice.randrange(4)}"
        source = f"10.0.{len(self.name)}.{1 if self.dice.random() < 0.97 else 2}"
        return (
            *(
                "",
                moment(at),
                "decision",
                None,
                None,
                self.name,
                None,
                self.office,
                ["officer"],
                "deny" if errors else "allow",
            ),
            *(errors, None, "criminal_investigation", case, f"h-{plate}", f"t-{plate}", source, "k", None, reason),
            *(["generic"] if generic else [], 30.0, moment(at - 30), [], None, "flock", "person", "f1"),
        )


def agency(seed=11):
    dice = random.Random(seed)
    persons = [Person(number, dice) for number in range(PERSONS)]
    rows = sorted((row for day in range(DAYS) for one in persons for row in one.searches(day)), key=lambda row: row[1])
    return Sequence([(f"{number:08d}", *row[1:]) for number, row in enumerate(rows)])


def quantiles(values, *shares):
    ordered = sorted(values)
    return [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in shares]


def main():
    made = agency()
    days = Counter((row[5], row[1].date()) for row in made.rows)
    first = Counter(row[5] for row in made.rows if row[1] < moment(165))
    night = sum(1 for row in made.rows if 1 <= (row[1] - timedelta(hours=4)).hour < 5)
    print(
        f"{len(made.rows):,} searches, {100 * night / len(made.rows):.1f} % at night; a user-day p50/p90/p95/p99/max {quantiles(days.values(), 0.5, 0.9, 0.95, 0.99, 1)}; "
        f"per person in 5.5 months p50/p90/max {quantiles(first.values(), 0.5, 0.9, 1)}"
    )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        made.fill(connection)
        found = list(
            run_detectors(
                connection,
                read_detectors(FOLDER),
                DetectionContext(vendor_imports=[(moment(day),) for day in range(0, DAYS, 30)]),
                since=START - timedelta(days=1),
                until=START + timedelta(days=DAYS),
                zone="America/New_York",
            )
        )
    weeks = {(item.user_id, item.at.isocalendar()[:2]) for item in found if item.severity == "alert"}
    total = PERSONS * DAYS / 7
    print(f"user-weeks with an alert: {len(weeks)} of {total:,.0f} ({100 * len(weeks) / total:.2f} %)")
    for severity in ("alert", "warn"):
        told = Counter(item.detector_id for item in found if item.severity == severity)
        print(f"{severity}: {', '.join(f'{name} {number}' for name, number in told.most_common()) or 'none'}")


if __name__ == "__main__":
    main()
