"""The privacy office's afternoon, as policies/README.md tells it, on a gateway that was really driven.

    python -m tests.bench.policy_walk [--decisions 50000] [--keep FOLDER]

Drives the gateway with varied traffic, lowers the civil look-back from five years to two, sees who would have been
refused, adds a test, signs twice, activates under load, watches verdicts change, rolls back. Prints each command and
what it printed; ends with 1 if anything is not as it should be.
"""

import argparse
import contextlib
import csv
import http.client
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.demo import agency
from gateway.demo.processes import free_port, running

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "gateway"]
OFFICES, PEOPLE, CASES = ("BAL", "NYC", "ELP", "SEA"), 400, 120
SEARCHES_OF_A_SERVICE = 1500  # of one service in an hour, below the ceiling of the table
_TABLE = "tables/retention/data.yaml"


class Walk:
    """One walk in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "gateway.toml"
        self.port, self.admin = free_port(), free_port()

    def tell(self, sentence: str) -> None:
        print(f"\n# {sentence}", flush=True)

    def run(self, *arguments: str, shown: bool = True, code: int = 0) -> str:
        """One of our commands, from the folder, as a person would type it."""
        if shown:
            print(f"$ lpr-gateway {' '.join(arguments)}", flush=True)
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=self.folder, capture_output=True, text=True, check=False, timeout=500
        )
        if shown:
            print((done.stdout + done.stderr).rstrip(), flush=True)
        if done.returncode != code:
            raise SystemExit(f"{arguments}: exit code {done.returncode}, expected {code}\n{done.stdout}{done.stderr}")
        return done.stdout

    def set_up(self, vendor: int, services: int) -> list[str]:
        """Facts, settings, and services that act for every officer; their keys."""
        write_facts(self.folder / "facts", services)
        shutil.copytree(ROOT / "policies", self.folder / "policies")
        raise_ceilings(self.folder / "policies")
        shutil.copytree(
            ROOT / "tests" / "cases", self.folder / "cases", ignore=shutil.ignore_patterns("*.py", "__pycache__")
        )
        (self.folder / "cases" / "usage.yaml").unlink()  # which holds of the shipped ceilings
        (self.folder / "secret").write_text("demo-vendor-secret")
        (self.folder / "secret").chmod(0o600)
        signers = [self.run("policy", "keygen", "--name", name, "--out", f"{name}.key", shown=False).strip()
                   for name in ("ada.lane", "bob.reed")]  # fmt: skip
        self.config.write_text(
            f'[server]\nbind = "127.0.0.1:{self.port}"\n[admin]\nbind = "127.0.0.1:{self.admin}"\n'
            f"[policy]\nsigners = {json.dumps(signers)}\n"
            f'[[vendors]]\nprofile = "flock"\nmount = "/flock"\nupstream = "http://127.0.0.1:{vendor}"\n'
            '[vendors.auth]\nkind = "oauth2"\nclient_id = "demo-client"\nclient_secret_file = "secret"\n'
        )
        self.run("facts", "import", "facts", shown=False)
        acts_for = [word for office in OFFICES for word in ("--acts-for", f"office:{office}")]
        return [self._issue(f"service{number}", acts_for) for number in range(services)]

    def _issue(self, service: str, acts_for: list[str]) -> str:
        issued = self.run("keys", "issue", "--user", service, "--kind", "service", *acts_for, "--json", shown=False)
        return str(json.loads(issued)["secret"])


def raise_ceilings(policies: Path) -> None:
    """Offices and vendors may be searched for as often as is plausible, for all that is driven here is of one day."""
    table = policies / "tables" / "usage" / "data.yaml"
    named = re.compile(r"((?:office|vendor)_(?:hourly|daily)_ceiling:\n  value: )\d+")
    table.write_text(named.sub(r"\g<1>1000000", table.read_text()))


def write_facts(folder: Path, services: int) -> None:
    """The demonstration's agency, with four hundred officers and a hundred and twenty cases of their own."""
    now = datetime.now(UTC)
    agency.write_agency(folder, now)
    day = lambda days: (now - timedelta(days=days)).date().isoformat()  # noqa: E731 - short and local
    moment, officers = now.strftime("%Y-%m-%dT%H:%M:%SZ"), [f"o{number:03d}" for number in range(PEOPLE + 2)]
    kinds = ["civil" if number % 2 else "criminal" for number in range(CASES)]
    more: dict[str, list[tuple[str, ...]]] = {
        "users": [
            *(
                (user, f"Officer {user}", ("ERO", "HSI")[at % 4 == 0], OFFICES[at % 4], "officer", "true")
                for at, user in enumerate(officers)
            ),
            *((f"service{number}", "Dispatch", "ERO", "BAL", "officer", "true") for number in range(services)),
        ],
        "training": [(user, "lpr", "2026", day(30 if at % 25 else 500)) for at, user in enumerate(officers)],
        "acknowledgements": [(user, "rules_of_behavior", "1", moment) for user in officers],
        "cases": [
            (f"w{n:03d}", kind, "open", day(900), "", "", "" if kind == "civil" else day(3000), OFFICES[n % 4])
            for n, kind in enumerate(kinds)
        ],
        "case_members": [(f"w{n:03d}", user) for at, user in enumerate(officers) for n in range(at % 12, CASES, 12)],
        "subjects": [(f"ws{n:03d}", f"w{n:03d}", "subject", "true") for n in range(CASES)],
        "subject_plates": [(f"ws{n:03d}", f"WLK{n:04d}", "TX", "", "") for n in range(CASES)],
    }
    for table, rows in more.items():
        with (folder / f"{table}.csv").open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)


def make_request(chance: random.Random) -> tuple[str, dict[str, object]]:
    """A search as officers make them: mostly good, some too far back, of others' cases, of strangers' plates."""
    at, now = chance.randrange(PEOPLE), datetime.now(UTC)
    number = chance.choice(range(at % 12, CASES, 12) if chance.random() < 0.93 else range(CASES))
    civil = number % 2 == 1
    back = chance.choice(
        [7, 30, 90, 365, 700, 800, 1200, 1700, 1800, 1900] if civil else [7, 30, 400, 1500, 2900, 3100]
    )
    plate = f"WLK{number:04d}" if chance.random() < 0.92 else f"WLK{chance.randrange(CASES, 999):04d}"
    purpose = (
        "civil_immigration_enforcement" if civil else chance.choice(["criminal_investigation", "fugitive_or_warrant"])
    )
    instant = lambda days: (now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: E731
    body = {"plate": plate, "state": "texas", "reason": f"{purpose}: walk", "caseNumber": f"w{number:03d}",
            "startDate": instant(back), "endDate": instant(0), "limit": 10}  # fmt: skip
    return f"o{at:03d}", body


class Traffic:
    """Threads that search; verdicts are counted by the policy's own words."""

    def __init__(self, port: int, keys: list[str], *, wanted: int, threads: int = 16) -> None:
        self.port, self.keys, self.wanted = port, keys, wanted
        self.statuses: Counter[int] = Counter()
        self.broken: list[str] = []
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._drive, args=(seed,)) for seed in range(threads)]

    @property
    def total(self) -> int:
        return sum(self.statuses.values())

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, *, now: bool = False) -> None:
        if now:
            self._ended.set()
        for thread in self._threads:
            thread.join()

    def _drive(self, seed: int) -> None:
        chance, connection = random.Random(seed), http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self._ended.is_set() and self.total < self.wanted:
            person, body = make_request(chance)
            headers = {
                "Authorization": f"Bearer {chance.choice(self.keys)}",
                "X-LPR-On-Behalf-Of": person,
                "Content-Type": "application/json",
            }
            try:
                connection.request("POST", "/flock/api/v3/reads/lookup", json.dumps(body), headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                with self._lock:
                    self.broken.append(type(error).__name__)
                continue
            with self._lock:
                self.statuses[answer.status] += 1
        connection.close()


def ask_once(walk: Walk, key: str, days: int) -> tuple[int, list[str]]:
    """One civil search this far back, of somebody who takes no part in the traffic: its status, and the reasons told."""
    _, body = make_request(random.Random(1))
    start = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body |= {
        "plate": "WLK0005",
        "caseNumber": "w005",
        "reason": "civil_immigration_enforcement: walk",
        "startDate": start,
    }
    connection = http.client.HTTPConnection("127.0.0.1", walk.port, timeout=30)
    headers = {
        "Authorization": f"Bearer {key}",
        "X-LPR-On-Behalf-Of": f"o{PEOPLE + 1:03d}",
        "Content-Type": "application/json",
    }
    connection.request("POST", "/flock/api/v3/reads/lookup", json.dumps(body), headers)
    answer = connection.getresponse()
    document = json.loads(answer.read())
    connection.close()
    return answer.status, [reason["code"] for reason in document.get("reasons", [])]


def wait_for(walk: Walk, key: str, status: int) -> float:
    """Seconds until a civil search four years back is answered like this on every worker, ten times in a row."""
    began, in_a_row = time.monotonic(), 0
    while in_a_row < 10:
        in_a_row = in_a_row + 1 if ask_once(walk, key, 1460)[0] == status else 0
        if time.monotonic() > began + 60:
            raise SystemExit(f"the verdict did not become {status}")
    return time.monotonic() - began


def edit_draft(walk: Walk) -> None:
    """Lower the number, say where it comes from, and change the decisions in plain sentences with it."""
    table = walk.folder / "draft" / _TABLE
    text = table.read_text().replace("value: 1826", "value: 730", 1)
    table.write_text(text)
    for path in (walk.folder / "cases").glob("*.yaml"):
        text = path.read_text().replace("1826.1", "730.1").replace("1825.9", "729.9").replace("1826", "730")
        path.write_text(text)
    with (walk.folder / "cases" / "retention.yaml").open("a") as file:
        file.write(
            "- name: A civil case is not searched three years back any more.\n"
            "  set: {query.purpose: civil_immigration_enforcement, facts.case.kind: civil, facts.case.lookback_days: null,\n"
            "        query.window.lookback_days: 1095}\n"
            "  expect: {allow: false, reasons: [lookback_too_long]}\n"
        )


def afternoon(walk: Walk, keys: list[str], decisions: int) -> None:
    """From the draft to the roll-back."""
    walk.tell(f"Drive the gateway until {decisions:,} searches are answered")
    key, *others = keys
    traffic, began = Traffic(walk.port, others, wanted=decisions), time.monotonic()
    traffic.start()
    traffic.finish()
    print(
        f"{traffic.total:,} searches in {time.monotonic() - began:.0f} s: {dict(sorted(traffic.statuses.items()))}, broken: {traffic.broken}"
    )
    walk.tell("Begin a draft, lower the civil look-back from five years to two, and change the cases with it")
    walk.run("policy", "draft", "draft")
    edit_draft(walk)
    walk.run("policy", "diff", "draft", code=1)
    walk.run("policy", "check", "draft")
    walk.tell("Who would have been refused?")
    walk.run("policy", "impact", "--candidate", "draft", "--html", "impact.html")
    (walk.folder / "impact.json").write_text(
        walk.run("policy", "impact", "--candidate", "draft", "--json", shown=False)
    )
    report = json.loads((walk.folder / "impact.json").read_text())
    if (
        report["not_reproduced"]
        or report["newly_allowed"]
        or not report["newly_denied"]
        or report["replayed"] < decisions
    ):
        raise SystemExit("the impact is not what a shorter look-back must have")
    walk.tell("Two people sign")
    why = "Board decision 2026-14: two years are enough in civil matters"
    walk.run("policy", "sign", "draft", "--key", "ada.lane.key", "--impact", "impact.json", "--why", why)
    walk.run("policy", "activate", report["candidate"][:12], code=2)
    walk.run("policy", "sign", "draft", "--key", "bob.reed.key")
    walk.tell("Activate under load, and watch a civil search four years back")
    print(f"before: {ask_once(walk, key, 1460)}")
    load = Traffic(walk.port, others, wanted=10**9, threads=8)
    load.start()
    walk.run("policy", "activate", report["candidate"][:12])
    seconds = wait_for(walk, key, 403)
    print(f"after: {ask_once(walk, key, 1460)}, on every worker within {seconds:.1f} s of the command's end")
    walk.tell("Go back")
    walk.run("policy", "rollback", "--key", "ada.lane.key", "--why", "The board takes it up again in January")
    seconds = wait_for(walk, key, 200)
    print(f"after: {ask_once(walk, key, 1460)}, on every worker within {seconds:.1f} s of the command's end")
    load.finish(now=True)
    print(f"load meanwhile: {load.total:,} searches, {dict(sorted(load.statuses.items()))}, broken: {load.broken}")
    if load.broken or traffic.broken or (set(load.statuses) | set(traffic.statuses)) - {200, 403}:
        raise SystemExit("a request was dropped")
    walk.run("policy", "history")
    walk.run("audit", "verify", "state/audit")


@contextlib.contextmanager
def place(keep: Path | None) -> Iterator[Path]:
    """The folder of the walk: kept, or temporary."""
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="policy-walk-") as folder:
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=50_000)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    with place(arguments.keep) as folder, contextlib.ExitStack() as stack:
        walk, vendor = Walk(folder), free_port()
        keys = walk.set_up(vendor, 4 + arguments.decisions // SEARCHES_OF_A_SERVICE)
        emulate = ("emulate", "flock", "--port", str(vendor))
        stack.enter_context(running(emulate, port=vendor, ready="/", log=folder / "vendor.log"))
        serve = ("serve", "--config", walk.config)
        with running(serve, port=walk.port, ready="/readyz", log=folder / "gateway.log"):
            afternoon(walk, keys, arguments.decisions)


if __name__ == "__main__":
    main()
