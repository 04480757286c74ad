"""What `doctor` finds: each thing that is wrong, alone, in an installation that is otherwise sound."""

import json
import os
import shutil
import socket
import sqlite3
import ssl
import threading
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from click.testing import CliRunner

from gateway import clock
from gateway.app.doctor import examine
from gateway.app.doctor_data import look_at_sealing
from gateway.app.reach import connect, explain_unreachable
from gateway.app.symptom import FAILURE, OK, WARNING, Symptom
from gateway.cli import main
from gateway.durable import REAL_DISK
from gateway.ledger.encryption import keygen
from gateway.ledger.slots import hold_directory
from gateway.pdp.bundle import keep_revision, load_policies
from gateway.settings import load_settings
from tests.http.agency import write_agency
from tests.http.installation import POLICIES, VENDOR_SECRET, Installation, Place
from tests.http.vendors import Emulated, emulate
from tests.identity import cards
from tests.ledger.places import endpoint
from tests.shipping.certificates import Authority
from tests.shipping.collector import Collector
from tests.shipping.rsyslog import Rsyslog


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def installed(tmp_path, port):
    place = Place(profile="rekor", at="/flock", upstream=f"http://127.0.0.1:{port}")
    for part in ("agency", "exports", "laws", "reasons", "d01_repeat_plate"):  # to try each detector is most of a look
        shutil.copytree(POLICIES / "oversight" / part, tmp_path / "oversight" / part)
    made = Installation(tmp_path, [place], '[oversight]\ndirectory = "oversight"')
    made.import_facts()
    return made


@pytest.fixture(scope="module")
def flock(tmp_path_factory):
    with emulate(tmp_path_factory.mktemp("vendor"), [Emulated(name="flock", profile="flock")]) as running:
        yield running["flock"].url


def found(installed, topic, state):
    """The sentences about one topic in one state."""
    symptoms = examine(load_settings(installed.config, {}))
    return [one.sentence for one in symptoms if (one.topic, one.state) == (topic, state)]


@contextmanager
def answering_ready(installed):
    """Somebody's gateway at the operators' address."""
    host, _, port = load_settings(installed.config, {}).admin.bind.rpartition(":")
    with ThreadingHTTPServer((host, int(port)), _Ready) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Ready(BaseHTTPRequestHandler):
    workers: ClassVar[dict[str, str]] = {"w0": "ready", "w1": "ready"}

    def do_GET(self):
        told = {"checks": {"store": "ok"}, "workers": self.workers, "warnings": [], "policy": {"counter": 0}}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing is logged."""


@contextmanager
def holding_ledger(installed):
    """The ledger held as a gateway that runs holds it."""
    lock = hold_directory(load_settings(installed.config, {}).audit.directory, disk=REAL_DISK)
    try:
        yield
    finally:
        lock.close()


def change(installed, old, new):
    text = installed.config.read_text()
    assert old in text
    installed.config.write_text(text.replace(old, new))


def test_a_sound_installation_fails_only_in_having_no_witness_elsewhere(installed):
    failures = [one for one in examine(load_settings(installed.config, {})) if one.state == FAILURE]
    assert [one.topic for one in failures] in ([], ["ledger"])
    assert all("unwitnessed" in one.sentence for one in failures)


def test_a_new_installation_says_what_is_not_there_yet(tmp_path, port):
    new = Installation(tmp_path, [Place(profile="rekor", at="/flock", upstream=f"http://127.0.0.1:{port}")])
    assert any("does not exist yet" in sentence for sentence in found(new, "state", WARNING))
    assert any("facts import" in sentence or "cannot be" in sentence for sentence in found(new, "facts", FAILURE))
    assert found(new, "ledger", WARNING) == ["nothing was recorded yet"]


def test_mistakes_in_the_configuration_are_all_told(installed):
    (installed.folder / "secrets" / "vendor").unlink()
    assert any("vendor does not exist" in sentence for sentence in found(installed, "configuration", FAILURE))
    assert found(installed, "configuration", OK) == []


def test_a_secret_that_others_can_read_is_a_warning(installed):
    (installed.folder / "secrets" / "vendor").chmod(0o640)
    assert any("chmod 600" in sentence for sentence in found(installed, "configuration", WARNING))


@pytest.mark.parametrize("kind", ["opa", "both"])
def test_an_opa_that_does_not_run_is_told_with_its_address(installed, kind):
    installed.config.write_text(
        f'[engine]\nkind = "{kind}"\nopa_url = "http://127.0.0.1:1"\n' + installed.config.read_text()
    )
    [sentence] = found(installed, "policy engine", FAILURE)
    assert f"{kind}: OPA at http://127.0.0.1:1 cannot be reached" in sentence


def test_listening_to_everybody_without_tls_is_a_warning(installed):
    change(installed, f'"127.0.0.1:{installed.port}"', f'"0.0.0.0:{installed.port}"')
    change(installed, f'"127.0.0.1:{installed.admin_port}"', f'"0.0.0.0:{installed.admin_port}"')
    assert any("TLS proxy" in sentence for sentence in found(installed, "server", WARNING))
    assert any("only operators" in sentence for sentence in found(installed, "admin", WARNING))


def test_a_state_folder_that_others_can_read_fails(installed):
    installed.state.chmod(0o755)
    assert any("chmod 700" in sentence for sentence in found(installed, "state", FAILURE))


def test_a_policy_that_cannot_be_used_fails(installed, tmp_path):
    shutil.copytree(load_settings(installed.config, {}).paths.policies, tmp_path / "broken")
    rule = next(path for path in (tmp_path / "broken" / "lpr").rglob("*.rego") if not path.stem.endswith("_test"))
    rule.write_text("package broken\n\nallow if {\n")
    lines = installed.config.read_text().splitlines()
    changed = [f'policies = "{tmp_path}/broken"' if line.startswith("policies") else line for line in lines]
    installed.config.write_text("\n".join(changed))
    assert found(installed, "policy engine", FAILURE)
    assert found(installed, "policy engine", OK) == []


@pytest.mark.parametrize(
    ("days", "state", "told"),
    [
        (340, WARNING, "must be reviewed: the last review was 340 days ago"),
        (370, FAILURE, "the policy expired: nobody"),
    ],
)
def test_a_policy_that_nobody_reviewed_is_told_before_it_expires_and_after(installed, days, state, told):
    kept = keep_revision(load_policies(POLICIES), installed.state)
    before = (clock.now() - timedelta(days=days, minutes=1)).timestamp()
    os.utime(kept, (before, before))
    assert any(told in sentence for sentence in found(installed, "policy", state))


def test_an_opa_that_does_not_answer_fails(installed):
    change(installed, "[paths]", '[engine]\nkind = "opa"\nopa_url = "http://127.0.0.1:1"\n[paths]')
    assert found(installed, "policy engine", FAILURE)


def test_facts_that_are_too_old_fail(installed, tmp_path):
    old = tmp_path / "old"
    write_agency(old, clock.now() - timedelta(hours=30))
    change(installed, "[paths]", "[facts]\nmax_age_hours = 1\n[paths]")
    assert any("of 1 hours old" in sentence for sentence in found(installed, "facts", OK))
    assert any("manifest" in sentence for sentence in found(installed, "facts", WARNING))


def test_facts_count_for_no_longer_than_the_policy_says_whatever_the_settings_allow(installed):
    change(installed, "[paths]", "[facts]\nmax_age_hours = 72\n[paths]")
    assert any("of 26 hours old" in sentence for sentence in found(installed, "facts", OK))


def test_a_vendor_that_cannot_be_reached_fails_and_its_neighbour_does_not(installed, port):
    change(installed, f"http://127.0.0.1:{port}", "http://127.0.0.1:1")
    assert found(installed, "vendor flock", FAILURE) == ["127.0.0.1 cannot be reached: nobody listens at that port"]


@contextmanager
def tls_server(pair):
    """Shakes hands with whoever comes; the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)

    def shake(listening):
        with suppress(OSError), listening.accept()[0] as connection:
            context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        thread = threading.Thread(target=shake, args=(listening,))
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(("trusted", "state"), [(True, OK), (False, FAILURE)])
def test_a_vendors_certificate_is_checked_against_the_authority_that_is_configured(
    installed, port, tmp_path, trusted, state
):
    authority, other = Authority(tmp_path), Authority(tmp_path, "Another CA")
    with tls_server(authority.issue("vendor", server=True)) as tls_port:
        file = authority.file if trusted else other.file
        change(installed, f'"http://127.0.0.1:{port}"', f'"https://127.0.0.1:{tls_port}"\nca_file = "{file}"')
        [sentence] = found(installed, "vendor flock", state)
    assert trusted or "answers, but its certificate is not trusted: " in sentence


def log_in_at(installed, port, flock, tmp_path, secret):
    change(installed, f"http://127.0.0.1:{port}", flock)
    change(installed, 'profile = "rekor"', 'profile = "flock"')
    (tmp_path / "secrets" / "vendor").write_text(secret)
    old = 'kind = "api_key_query"\napi_key_file = "secrets/vendor"'
    change(installed, old, 'kind = "oauth2"\nclient_id = "demo-client"\nclient_secret_file = "secrets/vendor"')


def test_a_vendor_that_takes_the_log_in_is_well(installed, port, flock, tmp_path):
    log_in_at(installed, port, flock, tmp_path, VENDOR_SECRET)
    assert found(installed, "vendor flock", OK) == ["127.0.0.1 can be reached, and accepts the log-in"]


def test_a_vendor_that_refuses_the_log_in_fails_with_what_to_compare(installed, port, flock, tmp_path):
    log_in_at(installed, port, flock, tmp_path, "another-secret")
    [sentence] = found(installed, "vendor flock", FAILURE)
    assert "the log-in fails (vendor_credential_refused)" in sentence
    assert f"{tmp_path}/secrets/vendor" in sentence


def test_where_its_secret_cannot_be_read_the_vendor_is_not_said_to_have_refused_it(installed, port, flock, tmp_path):
    log_in_at(installed, port, flock, tmp_path, VENDOR_SECRET)
    secret = tmp_path / "secrets" / "vendor"
    secret.unlink()
    secret.mkdir()  # nobody can read that, root neither
    [sentence] = found(installed, "vendor flock", FAILURE)
    assert sentence.startswith("127.0.0.1 can be reached; no log-in was tried, for want of its secret: ")
    assert f"{secret}: the secret file cannot be read" in sentence


def test_where_no_log_in_is_answered_its_place_is_named_and_no_secret_is_to_be_compared(
    installed, port, flock, tmp_path
):
    log_in_at(installed, port, flock, tmp_path, VENDOR_SECRET)
    change(installed, 'kind = "oauth2"', 'kind = "oauth2"\ntoken_url = "http://127.0.0.1:1/token"')
    [sentence] = found(installed, "vendor flock", FAILURE)
    assert (
        "can be reached, but no log-in is answered at 127.0.0.1:1 (vendor_unreachable): is [vendors.auth] token_url"
        in sentence
    )
    assert "secrets/vendor" not in sentence


@pytest.mark.parametrize("scheme", ["tls", "https"])
def test_where_an_authority_is_gone_the_other_side_is_not_said_to_be_out_of_reach(port, tmp_path, scheme):
    with pytest.raises(FileNotFoundError) as missing:
        connect(f"{scheme}://127.0.0.1:{port}", tmp_path / "ca.pem")
    assert (
        explain_unreachable("127.0.0.1", missing.value) == f"127.0.0.1 was not tried: there is no {tmp_path / 'ca.pem'}"
    )


def test_a_sink_that_cannot_be_reached_fails_and_one_that_can_is_well(installed, port):
    there, away = (f'[[audit.sinks]]\nname = "{name}"\nkind = "syslog"\ntarget = "tcp://127.0.0.1:{at}"\n'
                   for name, at in (("there", port), ("away", 1)))  # fmt: skip
    installed.config.write_text(f"{installed.config.read_text()}\n{there}{away}")
    assert found(installed, "sink there", OK) == ["can be reached; records that it does not take raise an alarm"]
    assert found(installed, "sink away", FAILURE) == ["127.0.0.1 cannot be reached: nobody listens at that port"]


_GOES_ON = "records that it does not take raise an alarm"


@pytest.mark.parametrize(
    ("kind", "mood", "state", "told"),
    [
        ("splunk_hec", None, OK, f"can be reached, and accepts the token; {_GOES_ON}"),
        ("splunk_hec", (403, {"text": "Invalid token", "code": 4}), FAILURE, "does not accept the token in "),
        ("splunk_hec", (503, b"<html>later</html>"), FAILURE, "answers 503, as no collector that takes records does"),
        ("elasticsearch", (302, b""), FAILURE, "answers 302, as no collector that takes records does"),
        ("splunk_hec", (403, b"<html>no</html>"), OK, "its token was not tried: the collector does not say"),
        ("elasticsearch", None, OK, f"can be reached, and accepts the token; {_GOES_ON}"),
        ("elasticsearch", (401, {"error": "x"}), FAILURE, "does not accept the token in "),
        ("elasticsearch", (404, {"error": "x"}), OK, "its token was not tried: the collector does not say"),
    ],
)
def test_the_token_of_a_collector_is_tried_without_giving_it_a_record(installed, kind, mood, state, told):
    (installed.folder / "token").write_text("t-1\n")
    with Collector() as collector:
        collector.moods.extend([] if mood is None else [lambda handler: handler.answer(*mood)])
        target = collector.url + ("/lpr-audit" if kind == "elasticsearch" else "")
        sink = f'[[audit.sinks]]\nname = "siem"\nkind = "{kind}"\ntarget = "{target}"\ntoken_file = "token"\n'
        installed.config.write_text(f"{installed.config.read_text()}\n{sink}")
        [sentence] = found(installed, "sink siem", state)
        assert told in sentence
        assert (collector.stored, collector.events) == ({}, [])


@pytest.mark.parametrize(("days", "warned"), [(10, True), (30, False)])
def test_a_certificate_of_the_gateways_own_that_ends_soon_is_warned_of(installed, tmp_path, days, warned):
    certificate, key = cards.Authority().card("gateway", days=(-1, days))
    (tmp_path / "own.pem").write_bytes(cards.pem(certificate))
    (tmp_path / "own.key").write_bytes(cards.key_pem(key))
    change(installed, "[server]\n", '[server]\ntls_cert_file = "own.pem"\ntls_key_file = "own.key"\n')
    told = [
        sentence for sentence in found(installed, "server", WARNING) if sentence.startswith("tls_cert_file ends at ")
    ]
    assert bool(told) == warned


@pytest.mark.parametrize(("shows", "state"), [(True, OK), (False, FAILURE)])
def test_a_receiver_that_asks_for_our_certificate_is_well_only_where_it_accepts_it(installed, tmp_path, shows, state):
    authority = Authority(tmp_path)
    receiver, ours = Rsyslog(tmp_path, authority), authority.issue("lpr-gateway", server=False)
    pair = f'certificate_file = "{ours.certificate}"\nkey_file = "{ours.key}"\n' if shows else ""
    sink = f'[[audit.sinks]]\nname = "siem"\nkind = "syslog"\ntarget = "tls://127.0.0.1:{receiver.port}"\n'
    installed.config.write_text(f'{installed.config.read_text()}\n{sink}ca_file = "{authority.file}"\n{pair}')
    receiver.start()
    try:
        [sentence] = found(installed, "sink siem", state)
    finally:
        receiver.end()
    assert shows or sentence.endswith("ends the connection at once: does it ask for a certificate (certificate_file)?")


def test_what_a_sink_would_not_take_is_counted(installed):
    sink = '[[audit.sinks]]\nname = "file"\nkind = "jsonl"\ntarget = "events.jsonl"\n'
    installed.config.write_text(f"{installed.config.read_text()}\n{sink}")
    put_aside = installed.state / "shipping" / "file.dead.jsonl"
    put_aside.parent.mkdir(mode=0o700)
    put_aside.write_text("{}\n{}\n")
    [told] = found(installed, "sink file", WARNING)
    assert told == f"2 records that it would not take lie in {put_aside}: see siem.md, dead letters"


def test_a_file_sink_without_its_folder_fails(installed):
    sink = '[[audit.sinks]]\nname = "file"\nkind = "jsonl"\ntarget = "away/events.jsonl"\n'
    installed.config.write_text(f"{installed.config.read_text()}\n{sink}")
    assert found(installed, "sink file", FAILURE) == [f"there is no folder {installed.folder}/away"]


OTHERS = {
    "[audit]": ('notify_url = "https://localhost:1/alarm"', "[audit] notify_url"),
    "[notices]": ('webhook_url = "https://localhost:1/hook"', "[notices] webhook_url"),
    "[notices] ": ('smtp_host = "localhost"\nsmtp_port = 1', "[notices] smtp_host"),
    "[telemetry]": ('endpoint = "https://localhost:1/v1/traces"', "[telemetry] endpoint"),
    "[[audit.witnesses]]": ('kind = "witness"\ntarget = "https://localhost:1"', "witness https://localhost:1"),
    "[[oidc]]": ('issuer = "https://localhost:1"\naudience = "x"', "identity provider https://localhost:1"),
}


@pytest.mark.parametrize("heading", OTHERS)
def test_whatever_else_the_settings_name_and_that_cannot_be_reached_fails(installed, heading):
    written, topic = OTHERS[heading]
    installed.config.write_text(f"{installed.config.read_text()}\n{heading}\n{written}\n")
    [sentence] = found(installed, topic, FAILURE)
    assert "cannot be reached" in sentence


@pytest.mark.parametrize(
    ("status", "allowed", "state", "told"),
    [
        (204, None, OK, "answers 204 to OPTIONS"),
        (405, "POST", OK, "says that it takes a POST"),
        (200, "GET, HEAD", WARNING, "answers 200 to OPTIONS"),
        (405, None, WARNING, "answers 405 to OPTIONS"),
        (404, None, WARNING, "answers 404 to OPTIONS"),
        (500, None, WARNING, "answers 500 to OPTIONS"),
    ],
)
@pytest.mark.parametrize("setting", ["[audit] notify_url", "[notices] webhook_url"])
def test_a_hook_that_is_there_is_called_well_only_where_its_answer_does_not_speak_against_it(
    installed, setting, status, allowed, state, told
):
    heading, name = setting.split()
    with endpoint() as (place, url):
        place.status, place.allowed = status, allowed
        installed.config.write_text(f'{installed.config.read_text()}\n{heading}\n{name} = "{url}"\n')
        [sentence] = found(installed, setting, state)
    assert told in sentence
    assert place.bodies == []


def test_a_file_witness_without_its_folder_fails_and_one_with_it_is_well(installed, tmp_path):
    text = installed.config.read_text()
    for target, state in ((tmp_path / "away" / "witness", FAILURE), (tmp_path / "witness", OK)):
        installed.config.write_text(f'{text}\n[[audit.witnesses]]\nkind = "file"\ntarget = "{target}"\n')
        assert len(found(installed, f"witness {target}", state)) == 1


def test_a_clock_that_stands_before_the_record_fails(installed):
    kept = {"believed": clock.format_instant(clock.now() + timedelta(days=2))}
    (installed.state / "secrets" / "clock.json").write_text(json.dumps(kept))
    assert found(installed, "clock", OK) == []
    assert any("stands before the last record" in sentence for sentence in found(installed, "clock", FAILURE))


def test_what_was_changed_in_the_ledger_fails_with_file_and_line(installed):
    [file] = (installed.state / "audit").glob("cli/*.jsonl")
    file.write_bytes(file.read_bytes().replace(b'"facts.imported"', b'"facts.imposted"'))
    assert any(file.name in sentence for sentence in found(installed, "ledger", FAILURE))
    assert not any("records verify" in sentence for sentence in found(installed, "ledger", OK))


def test_a_disk_without_room_for_the_ledger_fails(installed):
    change(installed, "[paths]", "[audit]\nwarn_free_mb = 900000000\nstop_free_mb = 800000000\n[paths]")
    assert any("MiB free" in sentence for sentence in found(installed, "ledger", FAILURE))


def test_a_disk_that_fills_up_is_a_warning(installed):
    change(installed, "[paths]", "[audit]\nwarn_free_mb = 900000000\nstop_free_mb = 1\n[paths]")
    assert any("MiB free" in sentence for sentence in found(installed, "ledger", WARNING))


def test_a_key_to_the_sealed_fields_on_this_host_is_a_warning(installed):
    assert any("lies on this host" in sentence for sentence in found(installed, "ledger", WARNING))


def test_a_key_there_to_which_nothing_is_sealed_is_told_as_such(tmp_path):
    assert CliRunner().invoke(main, ["init", str(tmp_path / "made")]).exit_code == 0
    settings, key = load_settings(tmp_path / "made" / "gateway.toml", {}), tmp_path / "made" / "auditor" / "auditor.key"
    key.write_text(f"{keygen().private}\n")
    (symptom,) = look_at_sealing(settings)
    assert symptom.sentence.startswith(
        f"an auditor's private key lies on this host, {key}: nothing is sealed to it now"
    )


def test_what_init_made_for_an_auditor_is_a_warning_until_it_is_moved_away(tmp_path):
    assert CliRunner().invoke(main, ["init", str(tmp_path / "made")]).exit_code == 0
    settings, key = load_settings(tmp_path / "made" / "gateway.toml", {}), tmp_path / "made" / "auditor" / "auditor.key"
    sentence = f"the key that opens sealed fields lies on this host, {key}: move it to an auditor's machine"
    assert list(look_at_sealing(settings)) == [Symptom("ledger", WARNING, sentence)]
    of_a_container = load_settings(tmp_path / "made" / "gateway.toml", {"LPR_GATEWAY__PATHS__POLICIES": str(POLICIES)})
    assert list(look_at_sealing(of_a_container)) == [Symptom("ledger", WARNING, sentence)]
    key.unlink()
    assert list(look_at_sealing(settings)) == []


def test_where_no_auditor_is_named_it_warns_before_the_start_that_makes_a_key_on_this_host(tmp_path):
    assert CliRunner().invoke(main, ["init", str(tmp_path / "made")]).exit_code == 0
    nobody = load_settings(tmp_path / "made" / "gateway.toml", {"LPR_GATEWAY__AUDIT__RECIPIENTS": "[]"})
    (symptom,) = look_at_sealing(nobody)
    assert symptom.state == WARNING
    assert "the next start makes a pair on this host" in symptom.sentence


def test_a_gateway_that_does_not_run_is_a_warning(installed):
    [sentence] = found(installed, "running", WARNING)
    assert "does not run" in sentence


def test_the_gateway_of_another_installation_at_this_ones_address_fails(installed):
    with answering_ready(installed):
        [sentence] = found(installed, "running", FAILURE)
        assert "is the gateway of another installation" in sentence
        with holding_ledger(installed):
            assert found(installed, "running", OK) == ["ready"]


def test_a_gateway_of_which_another_worker_than_the_one_that_answers_is_not_ready_fails(installed, monkeypatch):
    monkeypatch.setattr(_Ready, "workers", {"w0": "ready", "w1": "not ready"})
    with holding_ledger(installed), answering_ready(installed):
        [sentence] = found(installed, "running", FAILURE)
        assert sentence.startswith("not ready: worker w1")
        assert found(installed, "running", OK) == []


def test_a_gateway_that_runs_on_this_record_and_answers_elsewhere_fails(installed):
    with holding_ledger(installed):
        [sentence] = found(installed, "running", FAILURE)
    assert "started with other settings" in sentence


def test_a_store_that_was_left_for_another_is_a_warning(installed, tmp_path):
    installed.person("u01")
    assert found(installed, "store", WARNING) == []
    change(installed, "[paths]", f'[store]\nurl = "sqlite:///{tmp_path}/other.db"\n[paths]')
    left, begun = found(installed, "store", WARNING)
    assert f"another than {installed.state / 'gateway.db'} is used" in left
    assert "holds no tables yet" in begun


def test_a_ledger_that_was_left_for_another_is_a_warning(installed, tmp_path):
    installed.person("u01")
    assert not [told for told in found(installed, "ledger", WARNING) if "another is used" in told]
    change(installed, "[paths]", f'[audit]\ndirectory = "{tmp_path}/other"\n[paths]')
    assert any(
        f"{installed.state / 'audit'} holds a ledger, and another is used" in told
        for told in found(installed, "ledger", WARNING)
    )


@pytest.mark.parametrize("kept", [0.6, 0], ids=["cut off", "garbage"])
def test_a_store_that_is_damaged_is_told_as_that_by_doctor_and_config_check_which_leave_nothing_behind(installed, kept):
    installed.person("u01")
    store = installed.state / "gateway.db"
    content = store.read_bytes()
    store.write_bytes(content[: int(len(content) * kept)] or b"no database" * 999)
    before = {path.name for path in store.parent.iterdir()}
    told = f"[store] url: {store} is damaged: put that of a back-up in its place"
    assert told in found(installed, "store", FAILURE)
    assert found(installed, "store", WARNING) == []
    checked = installed.run("config", "check")
    assert (checked.exit_code, told in checked.output) == (2, True)
    assert {path.name for path in store.parent.iterdir()} == before


def test_a_store_of_a_newer_version_is_a_mistake_before_the_start(installed):
    installed.person("u01")
    with sqlite3.connect(installed.state / "gateway.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    checked = installed.run("config", "check")
    assert (checked.exit_code, "written by a newer version of the gateway" in checked.output) == (2, True)


def test_what_cannot_be_looked_at_fails_and_the_rest_is_looked_at(installed):
    change(installed, "[paths]", '[facts]\nurl = "postgresql+psycopg://127.0.0.1:1/none"\n[paths]')
    assert any("cannot be" in sentence for sentence in found(installed, "facts", FAILURE))
    assert found(installed, "ledger", OK)


def test_for_production_two_engines_are_recommended_and_with_them_nothing_is_said(installed):
    assert any('kind = "both"' in sentence for sentence in found(installed, "policy engine", WARNING))
    installed.config.write_text(installed.config.read_text() + '\n[engine]\nkind = "both"\n')
    assert not any('kind = "both"' in sentence for sentence in found(installed, "policy engine", WARNING))


def test_a_trust_file_that_the_ledger_does_not_meet_is_a_failure(installed):
    (installed.folder / "trust.toml").write_text(
        'origin = "lpr-gateway-0123456789abcdef"\nkeys = ["lpr-gateway-0123456789abcdef+4b4b4b4b+AQ=="]\n'
    )
    installed.config.write_text(installed.config.read_text() + '\n[audit]\ntrust_file = "trust.toml"\n')
    assert any("keys: number 1 is not written as" in sentence for sentence in found(installed, "ledger", FAILURE))
