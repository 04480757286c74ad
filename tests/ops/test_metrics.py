"""Numbers of every worker in one scrape, with labels from closed lists only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import clock
from gateway.ledger.alarms import Alarm
from gateway.ops.metrics import Metrics
from gateway.reasons import Reason

ROOT = Path(__file__).resolve().parents[2]
TWO_WORKERS = """
import os, sys
from pathlib import Path
from gateway.ops import metrics

metrics.share(Path(sys.argv[1]))

def worker(times, in_hand):
    mine = metrics.Metrics(["plate.search"])
    for _ in range(times):
        mine.count_answer("plate.search", "deny", "case_closed", 0.004)
    with mine.in_hand():
        if in_hand:
            os._exit(0)
    os._exit(0)

gone = []
for times, in_hand in ((2, True), (3, False)):
    child = os.fork()
    if child == 0:
        worker(times, in_hand)
    os.waitpid(child, 0)
    gone.append(child)
whole = metrics.Metrics(["plate.search"])
print(whole.exposition().decode())
print("----")
for child in gone:
    metrics.forget_worker(child)
print(whole.exposition().decode())
"""

NO_ROOM = """
import os, resource, signal, sys
from pathlib import Path
from gateway.ops import metrics

metrics.share(Path(sys.argv[1]))
child = os.fork()
if child == 0:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        metrics.Metrics()
    except OSError:
        os._exit(3)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(metrics.Metrics().exposition().decode())
"""


def run(script: str, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", script, *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    return subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def metrics():
    return Metrics(["plate.search"])


def sample(metrics: Metrics, name: str) -> float:
    found = [line for line in metrics.exposition().decode().splitlines() if line.startswith(name + " ")]
    return float(found[0].rpartition(" ")[2]) if found else 0.0


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        (("plate.search", "allow", ""), 'operation="plate.search",reason="none",verdict="allow"'),
        (("plate.search", "deny", "case_closed"), 'operation="plate.search",reason="case_closed",verdict="deny"'),
        (("ABC123", "ABC123", "ABC123"), 'operation="other",reason="other",verdict="other"'),
        (("", "error", "audit_unavailable"), 'operation="other",reason="audit_unavailable",verdict="error"'),
    ],
)
def test_a_request_is_counted_under_listed_labels_and_any_other_as_other(metrics, given, labels):
    name = f"lpr_decisions_total{{{labels}}}"
    before = sample(metrics, name)
    metrics.count_answer(*given, 0.002)
    assert sample(metrics, name) == before + 1
    assert b"ABC123" not in metrics.exposition()


def test_commits_and_refusals_at_the_edge_are_counted(metrics):
    metrics.note_commit(0.0003)
    metrics.count_edge_refusal(Reason.REQUEST_FRAMING)
    assert sample(metrics, "lpr_ledger_commit_seconds_count") == 1
    assert sample(metrics, 'lpr_edge_refusals_total{reason="request_framing"}') == 1


def test_requests_in_hand_are_counted_while_they_last_and_no_longer_when_they_fail(metrics):
    def fail_in_hand() -> None:
        with metrics.in_hand():
            assert sample(metrics, "lpr_requests_in_flight") == 1
            raise RuntimeError("it failed")

    with pytest.raises(RuntimeError, match="it failed"):
        fail_in_hand()
    assert sample(metrics, "lpr_requests_in_flight") == 0


@pytest.mark.parametrize("name", ["lpr_vendor_up", "lpr_vendor_seconds_count"])
def test_a_vendor_that_no_setting_names_is_counted_as_other(name):
    numbers = Metrics(vendors=["flock"])
    numbers.count_call("ABC123", 0.2, True)
    assert sample(numbers, name + '{vendor="other"}') == 1


def test_a_vendor_is_up_until_its_answer_cannot_be_used_and_again_with_the_next_that_can():
    numbers = Metrics(vendors=["flock"])
    up = 'lpr_vendor_up{vendor="flock"}'
    numbers.count_call("flock", 0.2, True)
    assert sample(numbers, up) == 1
    numbers.count_failure(Reason.ENGINE_LATE, "flock")
    assert sample(numbers, up) == 1
    numbers.count_failure(Reason.VENDOR_ANSWER_UNUSABLE, "flock")
    assert sample(numbers, up) == 0
    assert sample(numbers, 'lpr_failures_total{reason="vendor_answer_unusable",vendor="flock"}') == 1
    numbers.count_call("flock", 0.2, True)
    assert sample(numbers, up) == 1


def test_what_alerts_ask_the_increase_of_is_there_before_it_first_happens():
    told = Metrics(vendors=["flock"]).exposition().decode()
    for alarm in Alarm:
        assert f'lpr_audit_alarms_total{{alarm="{alarm.value}"}} 0.0' in told
    for vendor in ("flock", "none"):
        assert f'lpr_failures_total{{reason="policy_revision_mismatch",vendor="{vendor}"}} 0.0' in told
    assert 'lpr_failures_total{reason="vendor_late",vendor="flock"} 0.0' in told


def test_when_the_gateway_was_started_is_told_not_when_its_worker_was():
    numbers = Metrics()
    numbers.note_start(ago_s=600)
    assert sample(numbers, "lpr_start_time_seconds") == pytest.approx(clock.now().timestamp() - 600, abs=5)


def test_one_policy_decides_and_those_before_it_do_not():
    numbers = Metrics()
    for revision in ("aaaaaaaaaaaa0", "bbbbbbbbbbbb0", None, "bbbbbbbbbbbb0"):
        numbers.note_policy(revision)
    told = {
        line.split('"')[1]: line[-3:]
        for line in numbers.exposition().decode().splitlines()
        if line.startswith("lpr_policy_in_force{")
    }
    assert told == {"aaaaaaaaaaaa": "0.0", "bbbbbbbbbbbb": "1.0", "none": "0.0"}


def test_what_is_not_known_yet_leaves_the_ages_alone():
    numbers = Metrics()
    numbers.note_ages(facts_s=60.0, policy_s=None)
    numbers.note_ages(facts_s=None, policy_s=120.0)
    assert sample(numbers, "lpr_facts_age_seconds") == 60
    assert sample(numbers, "lpr_policy_age_seconds") == 120


def test_a_scrape_adds_up_what_every_worker_counted_and_forgets_what_the_dead_had_in_hand(tmp_path):
    directory = tmp_path / "metrics"
    directory.mkdir()
    (directory / "counter_1.db").write_bytes(b"left over from another run")
    done = run(TWO_WORKERS, str(directory))
    before, _, after = done.stdout.partition("----")
    counted = 'lpr_decisions_total{operation="plate.search",reason="case_closed",verdict="deny"} 5.0'
    assert counted in before, done.stderr
    assert counted in after
    assert "lpr_requests_in_flight 1.0" in before
    assert "Multiprocess metric" not in before
    assert "# HELP lpr_requests_in_flight Requests being served now." in before
    assert "lpr_requests_in_flight 1.0" not in after


def test_a_worker_that_ends_for_want_of_room_leaves_nothing_that_a_scrape_stumbles_over(tmp_path):
    done = run(NO_ROOM, str(tmp_path))
    assert done.stdout.splitlines()[0] == "3", done.stderr
    assert "# HELP lpr_requests_in_flight" in done.stdout, done.stderr


def test_sharing_after_the_library_was_imported_is_an_error_and_not_a_silent_loss(tmp_path):
    script = "import sys, prometheus_client\nfrom pathlib import Path\nfrom gateway.ops import metrics\n"
    done = run(script + "metrics.share(Path(sys.argv[1]))\nmetrics.Metrics()", str(tmp_path))
    assert "metrics.share must be called before" in done.stderr
