"""Reconciliation against a known truth: an export with every kind of dirt, 5 per cent of its searches around the gateway."""

import contextlib
import csv
import random
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.auditing.query_engine import connect
from gateway.auditing.source import LedgerTable, open_source
from gateway.oversight.imports.store import ImportStore
from gateway.oversight.reconciliation import reconcile
from gateway.oversight.reconciliation.reconcile import MEMORY
from tests.auditing.ledgers import START, Ask
from tests.oversight.conftest import NOW, rules
from tests.oversight.scene import F13, Agency, Searched, csv_text, gateway_row, portal_row


def export(searched, dice):
    """Rows and, for each, what it truly is; dirt of every kind among them."""
    rows, truth = [], []
    for one in searched:
        rows.append(gateway_row(one))
        truth.append("matched")
    for _ in range(len(searched) // 19):
        one = dice.choice(searched)
        at = min(one.at + timedelta(seconds=dice.randrange(200, 4000)), searched[-1].at)
        kind = dice.choice(["lookup", "search", "lookup - Mobile", "apiLookup"])
        reason = dice.choice(
            ["inv", ".", "Stolen", "26-00417", "", gateway_row(one)[6] if kind != "apiLookup" else "inv"]
        )
        rows.append(portal_row(at, plate=dice.choice(["ZZZ999", one.ask.plate]), kind=kind, reason=reason))
        truth.append("around_credential" if kind == "apiLookup" else "around_portal")
    for index in dice.sample(range(len(searched)), len(searched) // 200):
        rows[index][5], truth[index] = "OTHER99", "altered"
    return dirty(rows, truth, dice)


def dirty(rows, truth, dice):
    order = list(range(len(rows)))
    dice.shuffle(order)
    out, known = [], []
    for number, index in enumerate(order):
        row = rows[index]
        kind = dice.random()
        if kind < 0.02 and truth[index] != "altered":
            row = [*row[:5], "***", *row[6:]]
        elif kind < 0.04:
            row = [*row[:4], "", *row[4:]]
        elif kind < 0.06:
            row = [*row[:4], "812", *row[4:]]
        elif kind < 0.07:
            row = [row[0], row[1].upper(), f"{row[2]} (inactive)", f"{row[3]}.0", *row[4:]]
        elif kind < 0.08 and truth[index] == "matched":
            row = [*row[:6], "***", "***", *row[8:]]
        out.append(row)
        known.append(truth[index])
        if dice.random() < 0.03:
            out.append(row)
            known.append("duplicate")
        if number % 500 == 499:
            out.append([f" {label}" for label in F13])
            known.append(None)
        if dice.random() < 0.005:
            out.append(["REDACTED"] * len(row))
            known.append("withheld")
    return out, known


def judge(count):
    """The table of what was found against the truth, with a real ledger of so many searches."""
    dice = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        agency = Agency(Path(folder))
        asks = [Ask(plate=f"P{dice.randrange(9999):04d}", person=f"u{dice.randrange(40)}") for _ in range(count)]
        searched = agency.search(*asks, step_s=120)
        rows, truth = export(searched, dice)
        store = ImportStore(folder=Path(folder) / "oversight" / "imports", zone=ZoneInfo("America/New_York"))
        path = Path(folder) / "export.csv"
        path.write_bytes(csv_text(rows, header=[f" {label}" for label in F13], encoding="utf-8-sig"))
        report = store.add(path, rules(agency), now=NOW)
        with open_source(agency.directory, beside=[store.folder]) as source:
            found = reconcile(source, store, writes_id=["flock"])
    classes = {row["row"]: row["class"] for row in found.rows if row["row"]}
    pairs = [(kind, classes.get(number, "matched")) for number, kind in enumerate(truth, start=2) if kind]
    told(report, pairs)


def told(report, pairs):
    around = ("around_portal", "around_credential", "around_after_denial")
    really = [got for kind, got in pairs if kind in around]
    called = [kind for kind, got in pairs if got in around]
    judged = [got for kind, got in pairs if kind not in ("withheld", "duplicate")]
    print(
        f"rows {report['rows']:,}, read {report['read']:,}, rejected {report['rejected']:,}, shifted {report['shifted']:,}"
    )
    print(f"around: {len(really)}; recall {sum(got in around for got in really) / len(really):.4f}; "
          f"precision {sum(kind in around for kind in called) / len(called):.4f}")  # fmt: skip
    altered = [got for kind, got in pairs if kind == "altered"]
    print(
        f"altered: {len(altered)}; recall {altered.count('altered') / len(altered):.4f}; the rest {sorted(set(altered))}"
    )
    print(f"indeterminate: {judged.count('indeterminate') / len(judged):.4f}")


def million(count):
    """How long a million rows take: import, then reconciliation with as many searches."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        agency = Agency(base)
        agency.search(Ask())
        store = ImportStore(folder=base / "oversight" / "imports", zone=ZoneInfo("America/New_York"))
        (base / "oversight").mkdir()
        records, path = base / "oversight" / "records.csv", base / "export.csv"
        write_searches(count, path, records)
        with timed(f"import of {count:,} rows", count):
            store.add(path, rules(agency), now=NOW)
        with connect([base], memory=MEMORY) as connection:
            connection.execute(
                "CREATE TABLE records AS SELECT 'w0' AS chain_id, row_number() OVER () AS seq, 'decision' AS event_type, i AS decision_id, "
                "t AS ts, 'allow' AS decision, NULL::BOOLEAN AS explain, NULL::VARCHAR AS opening_decision_id, 'u1' AS user_id, 'A' AS "
                "user_name, NULL::VARCHAR AS plate_hmac, NULL::VARCHAR AS plate_hmac_epoch, NULL::VARCHAR AS plate_trace, "
                "NULL::VARCHAR AS plate_trace_epoch, 'flock' AS vendor_profile, w AS window_start, t AS window_end, NULL::VARCHAR AS outcome, "
                "'criminal_investigation' AS purpose_code, NULL::VARCHAR AS offense_code "
                f"FROM read_csv('{records}', header = false, columns = {{'i': 'VARCHAR', 't': 'TIMESTAMP', 'w': 'TIMESTAMP'}})"
            )
            with timed("reconciliation with as many searches", count):
                found = reconcile(LedgerTable(agency.directory, connection), store, writes_id=["flock"])
        print(f"matched {found.counts['matched']:,}")


def write_searches(count, path, records):
    """The export of so many searches of 50,000 plates, and what the record has of them."""
    with path.open("w", newline="", encoding="utf-8") as file, records.open("w", encoding="utf-8") as kept:
        out = csv.writer(file)
        out.writerow(F13)
        for number in range(count):
            decision_id, at = str(uuid.uuid4()), START + timedelta(seconds=30 * number)
            one = Searched(decision_id=decision_id, at=at, ask=Ask(plate=f"P{number % 50000:05d}"))
            out.writerow(gateway_row(one))
            kept.write(f"{decision_id},{at:%Y-%m-%d %H:%M:%S},{at - timedelta(days=30):%Y-%m-%d %H:%M:%S}\n")


@contextlib.contextmanager
def timed(what, count):
    began, computed = time.perf_counter(), time.process_time()
    yield
    passed, computed = time.perf_counter() - began, time.process_time() - computed
    print(f"{what}: {passed:.1f} s; computing {1e6 * computed / count:.1f} us a row", flush=True)


if __name__ == "__main__":
    million(int(sys.argv[2])) if sys.argv[1:2] == ["million"] else judge(int(sys.argv[1]) if sys.argv[1:] else 3000)
