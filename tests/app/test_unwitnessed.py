"""What `doctor` says where witnesses are configured and none vouches for the newest records."""

import re
import shutil
import socket
import tempfile
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gateway.app.doctor import examine
from gateway.app.running import RunningState
from gateway.app.symptom import FAILURE, OK, WARNING
from gateway.durable import RealDisk
from gateway.ledger.checkpoints.checkpoint import latest
from gateway.ledger.checkpoints.keys import CheckpointKeys
from gateway.ledger.checkpoints.publisher import Publisher
from gateway.ledger.encryption import keygen
from gateway.ledger.records.event import admin_record
from gateway.ledger.slots import hold_directory
from gateway.settings import Settings
from tests.ledger.ledgers import ledger_runtime
from tests.shipping.certificates import Authority
from tests.witness.programs import running


@pytest.fixture(scope="module")
def auditor():
    return keygen()


def write(folder, auditor, *witnesses, rounds=1):
    audit = ledger_runtime(folder, auditor, witnesses=witnesses)
    for _ in range(rounds):
        audit.ledger.record(admin_record("key.issued"))
        audit.checkpointer.write()
    audit.close()


def make_key(folder):
    return CheckpointKeys(folder / "audit", folder / "secrets", disk=RealDisk()).list_held()[0].key.verifier


def told(folder, state, topic, *witnesses):
    """The sentences about one topic in one state."""
    listed = [dict(zip(("kind", "target", "ca_file"), one, strict=False)) for one in witnesses]
    given = {"paths": {"state": folder}, "audit": {"directory": folder / "audit", "witnesses": listed}}
    settings = Settings.model_validate(given)
    return [one.sentence for one in examine(settings) if (one.topic, one.state) == (topic, state)]


def test_after_a_restore_it_says_up_to_when_it_is_witnessed_and_that_the_witness_holds_another_history(
    tmp_path, auditor
):
    with running(tmp_path / "witness", make_key(tmp_path)) as (url, _):
        write(tmp_path, auditor, ("witness", url), rounds=2)
        shutil.copytree(tmp_path / "audit", tmp_path / "copy")
        write(tmp_path, auditor, ("witness", url), rounds=3)
        shutil.rmtree(tmp_path / "audit")
        shutil.copytree(tmp_path / "copy", tmp_path / "audit")
        write(tmp_path, auditor, ("witness", url), rounds=5)
        sentences = told(tmp_path, FAILURE, "ledger", ("witness", url))
    [broken] = [one for one in sentences if "the witness holds another checkpoint" in one]
    [unwitnessed] = [one for one in sentences if one.startswith("witnessed up to checkpoint ")]
    assert "operators.md, A restored ledger and its witness" in broken
    assert re.fullmatch(
        rf"witnessed up to checkpoint (\d) \(20\S+Z\); {re.escape(url)} takes none since checkpoint \d \(20\S+Z\): "
        r"it holds another history of this ledger \(operators\.md, A restored ledger and its witness\)",
        unwitnessed,
    )
    assert "add an off-host" not in " ".join(sentences)


def test_of_a_ledger_that_forked_it_says_from_where_on_the_witness_takes_none_and_not_from_the_first(tmp_path, auditor):
    with running(tmp_path / "witness", make_key(tmp_path)) as (url, _):
        write(tmp_path, auditor, ("witness", url), rounds=3)
        shutil.copytree(tmp_path / "audit", tmp_path / "copy")
        common = latest(tmp_path / "audit")[0].number
        write(tmp_path, auditor, ("witness", url), rounds=3)
        shutil.rmtree(tmp_path / "audit")
        shutil.copytree(tmp_path / "copy", tmp_path / "audit")
        write(tmp_path, auditor, ("witness", url), rounds=1)
        sentences = told(tmp_path, FAILURE, "ledger", ("witness", url))
    assert f"; {url} takes none since checkpoint {common + 1} (" in sentences[-1]
    assert sentences[-1].startswith(f"witnessed up to checkpoint {common} (")


def test_of_a_file_that_holds_another_history_after_a_restore_it_says_that_and_of_a_new_file_nothing(tmp_path, auditor):
    old, new = ("file", str(tmp_path / "old.notes")), ("file", str(tmp_path / "new.notes"))
    write(tmp_path, auditor, old)
    shutil.copytree(tmp_path / "audit", tmp_path / "copy")
    write(tmp_path, auditor, old, rounds=4)
    shutil.rmtree(tmp_path / "audit")
    shutil.copytree(tmp_path / "copy", tmp_path / "audit")
    [rolled_back] = told(tmp_path, FAILURE, "ledger", old)
    write(tmp_path, auditor, old, rounds=6)
    [broken, after] = told(tmp_path, FAILURE, "ledger", old)
    assert "the witness holds checkpoint 5, the ledger's last is 1. It holds another history" in rolled_back
    assert "the witness holds another checkpoint 2 (its last is 5, the ledger's 7)" in broken
    assert f"{old[1]} takes none: it holds another history of this ledger" in after
    write(tmp_path, auditor, new)
    assert told(tmp_path, FAILURE, "ledger", new) == []


def test_a_witness_is_asked_with_the_trust_of_the_gateway_and_its_certificate_named_where_it_is_the_cause(
    tmp_path, auditor
):
    authority = Authority(tmp_path)
    with running(tmp_path / "witness", make_key(tmp_path), pair=authority.issue("w", server=True)) as (url, _):
        trusting, not_trusting = ("witness", url, authority.file), ("witness", url)
        write(tmp_path, auditor, trusting)
        write(tmp_path, auditor, not_trusting)
        why = "its certificate is not trusted: unable to get local issuer certificate"
        assert told(tmp_path, FAILURE, f"witness {url}", not_trusting) == [f"127.0.0.1 answers, but {why}"]
        [sentence] = told(tmp_path, FAILURE, "ledger", not_trusting)
        assert f"{url} takes none since checkpoint" in sentence
        assert why in sentence
        assert told(tmp_path, OK, f"witness {url}", trusting) == ["can be reached"]
        write(tmp_path, auditor, trusting)
        assert told(tmp_path, FAILURE, "ledger", trusting) == []


def test_of_a_syslog_receiver_that_is_said_to_have_all_but_the_last_checkpoint_nothing_is_wrong(tmp_path, auditor):
    receiver = ("syslog", "udp://192.0.2.1:601")
    elsewhere = next(
        each for each in (Path("/dev/shm"), Path("/var/tmp")) if each.stat().st_dev != tmp_path.stat().st_dev
    )
    with tempfile.TemporaryDirectory(dir=elsewhere) as folder:
        write(tmp_path, auditor, ("file", f"{folder}/kept"), rounds=2)
    count = latest(tmp_path / "audit")[0].number
    assert not [one for one in told(tmp_path, FAILURE, "ledger", receiver) if "witness" in one]
    [sentence] = [one for one in told(tmp_path, OK, "ledger", receiver) if one.startswith("witnessed up to")]
    assert sentence.startswith(f"witnessed up to checkpoint {count - 1} (")
    assert sentence.endswith("whether the last one was taken shows with the next")


def test_without_any_witness_the_remedy_is_to_add_one(tmp_path, auditor):
    write(tmp_path, auditor)
    [sentence] = told(tmp_path, FAILURE, "ledger")
    assert sentence.endswith("add an off-host [[audit.witnesses]]")


def test_a_witness_that_was_only_just_named_holds_nothing_yet_and_no_other_history(tmp_path, auditor):
    write(tmp_path, auditor)
    with running(tmp_path / "witness", make_key(tmp_path)) as (url, _):
        sentences = told(tmp_path, FAILURE, "ledger", ("witness", url))
        assert "another history" not in " ".join(sentences)
        assert sentences[-1].endswith("where it is new, restart the gateway, and it is given everything")
        write(tmp_path, auditor, ("witness", url))
        assert told(tmp_path, FAILURE, "ledger", ("witness", url)) == []


def test_where_the_checkpoints_are_gone_it_says_what_the_witness_holds_and_not_that_it_holds_nothing(tmp_path, auditor):
    kept = ("file", str(tmp_path / "kept"))
    write(tmp_path, auditor, kept, rounds=2)
    last = latest(tmp_path / "audit")[0]
    shutil.rmtree(tmp_path / "audit" / "checkpoints")
    sentences = " ".join(told(tmp_path, FAILURE, "ledger", kept))
    assert f"{kept[1]} holds checkpoint {last.number}, of {last.time}" in sentences
    assert "no checkpoint is here that it could vouch for" in sentences
    assert "holds nothing of this ledger" not in sentences


def test_where_each_witness_is_within_this_hosts_reach_it_warns(tmp_path, auditor):
    beside, elsewhere = ("file", str(tmp_path / "kept")), ("syslog", "udp://192.0.2.1:601")
    write(tmp_path, auditor, beside)
    warnings = told(tmp_path, WARNING, "ledger", beside)
    assert any("every witness is within this host's reach" in one for one in warnings)
    assert not any("reach" in one for one in told(tmp_path, WARNING, "ledger", beside, elsewhere))


@pytest.fixture
def receiver():
    """A syslog receiver on this host that takes whatever comes, as its target."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    while connection.recv(1 << 16):
                        pass

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_where_a_file_is_gone_only_the_file_is_accused_and_no_receiver_that_took_all(tmp_path, auditor, receiver):
    kept = tmp_path / "kept"
    both = ("file", str(kept)), ("syslog", receiver)
    write(tmp_path, auditor, *both, rounds=2)
    taken = latest(tmp_path / "audit")[0].number
    kept.rename(tmp_path / "aside")
    write(tmp_path, auditor, *both, rounds=3)
    count = latest(tmp_path / "audit")[0].number
    [sentence] = [one for one in told(tmp_path, FAILURE, "ledger", *both) if str(kept) in one]
    assert sentence.startswith(f"witnessed up to checkpoint {count - 1} (")
    assert f"; {kept} is not known to have taken any since checkpoint {taken} (" in sentence  # its last process is gone
    assert "there is no such file, and it took checkpoints before: put it back; " in sentence
    assert f"; {receiver}: cannot be asked; it was given all up to checkpoint {count - 1} at least" in sentence
    assert not re.search(rf"{receiver} (takes none|is not known)", sentence)


def test_of_a_receiver_of_which_the_checkpoints_say_nothing_for_long_it_says_that_and_not_that_it_takes_none(
    tmp_path, auditor, receiver, monkeypatch
):
    write(tmp_path, auditor, ("syslog", receiver))
    [fine] = [one for one in told(tmp_path, OK, "ledger", ("syslog", receiver)) if "whether" in one]
    assert fine.endswith("whether the last one was taken shows with the next")
    monkeypatch.setattr(Publisher, "publish", lambda *_: None)
    write(tmp_path, auditor, ("syslog", receiver), rounds=12)
    [sentence] = [one for one in told(tmp_path, FAILURE, "ledger", ("syslog", receiver)) if receiver in one]
    assert f"{receiver}: " in sentence
    assert "takes none since" not in sentence
    state = RunningState(troubles=(), warnings=(), policy_counter=0)
    monkeypatch.setattr("gateway.app.unwitnessed.ask_running", lambda _settings: state)
    with closing(hold_directory(tmp_path / "audit", disk=RealDisk())):
        assert not [one for one in told(tmp_path, FAILURE, "ledger", ("syslog", receiver)) if "witness" in one]


def test_an_endpoint_that_answers_no_get_is_not_said_to_take_none(tmp_path, auditor):
    with posted_to() as url:
        write(tmp_path, auditor, ("http", url), rounds=3)
        count = latest(tmp_path / "audit")[0].number
        assert not [one for one in told(tmp_path, FAILURE, "ledger", ("http", url)) if "witness" in one]
        [sentence] = [one for one in told(tmp_path, OK, "ledger", ("http", url)) if one.startswith("witnessed")]
    assert sentence.startswith(f"witnessed up to checkpoint {count - 1} (")


def test_why_a_receiver_takes_none_is_told_in_the_words_of_the_gateway_that_runs(
    tmp_path, auditor, receiver, monkeypatch
):
    write(tmp_path, auditor, ("syslog", receiver))
    warning = f"the witness syslog-{receiver} has not taken checkpoint 9: no answer (last raised at 10:00 UTC)"
    state = RunningState(troubles=(), warnings=(warning,), policy_counter=0)
    monkeypatch.setattr("gateway.app.unwitnessed.ask_running", lambda _settings: state)
    with closing(hold_directory(tmp_path / "audit", disk=RealDisk())):
        sentences = told(tmp_path, FAILURE, "ledger", ("syslog", receiver))
    assert sentences[-1].endswith(": no answer (last raised at 10:00 UTC)")


def test_of_a_witness_that_does_not_know_this_ledger_it_says_what_its_keeper_must_do_and_not_to_restart(
    tmp_path, auditor, monkeypatch
):
    write(tmp_path / "other", auditor)
    write(tmp_path, auditor)
    with running(tmp_path / "witness", make_key(tmp_path / "other")) as (url, _):
        why = "it does not know this ledger: its keeper must give it a checkpoint key (witness serve --log)"
        warning = f"the witness {url} has not taken checkpoint 1: {why}"
        state = RunningState(troubles=(), warnings=(warning,), policy_counter=0)
        monkeypatch.setattr("gateway.app.unwitnessed.ask_running", lambda _settings: state)
        with closing(hold_directory(tmp_path / "audit", disk=RealDisk())):
            sentences = " ".join(told(tmp_path, FAILURE, "ledger", ("witness", url)))
    assert why in sentences
    assert "restart the gateway" not in sentences


@contextmanager
def posted_to():
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
