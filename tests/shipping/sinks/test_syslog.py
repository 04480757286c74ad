"""Syslog over TLS to a real rsyslog that is killed in mid-stream: nothing is lost, and only the trusted talk."""

import re
import shutil
import signal
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.shipping.formats import FORMATS, Record, extract
from gateway.shipping.sinks.syslog_message import frame
from tests.listeners import ThreadedListener
from tests.shipping.certificates import Authority
from tests.shipping.conftest import BRISK, until
from tests.shipping.rsyslog import Rsyslog
from tests.shipping.samples import DECISION, KINDS, OUTCOME, record
from tests.shipping.usual import sink_options

HEADER = re.compile(rb"<(\d+)>1 (\S+) (\S+) lpr-gateway (\S+) (\S+) - (.*)", re.DOTALL)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def rsyslog(tmp_path, authority):
    receiver = Rsyslog(tmp_path, authority)
    yield receiver
    receiver.end()


@pytest.fixture
def options(authority, rsyslog):
    pair = authority.issue("lpr-gateway", server=False)
    return {
        "name": "siem",
        "kind": "syslog",
        "target": f"tls://127.0.0.1:{rsyslog.port}",
        "ca_file": authority.file,
        "certificate_file": pair.certificate,
        "key_file": pair.key,
        "settle_s": 1.0,
        "timeout_s": 2,
        "max_bytes": 32_768,
    }


class EndsAtOnce(ThreadedListener):
    """A receiver that takes no connection."""

    def _serve(self, connection):
        connection.close()


def natives(receiver):
    return [item.native for item in extract(receiver.received()) if item.chain is not None]


@pytest.mark.parametrize("form", FORMATS)
def test_every_kind_of_record_arrives_as_it_is(ledger, ship, rsyslog, options, form):
    rsyslog.start()
    for body in KINDS.values():
        ledger.write(1, body)
    ship(sink_options(**options, format=form))
    until(lambda: len(rsyslog.received()) == len(KINDS))
    assert natives(rsyslog) == ledger.written


def test_nothing_is_lost_when_the_receiver_is_killed_in_mid_stream(ledger, ship, rsyslog, options):
    rsyslog.start()
    shipper = ship(sink_options(**options))
    for body in (OUTCOME, DECISION):
        before = len(rsyslog.received())
        ledger.write(1500, body)
        until(lambda before=before: len(rsyslog.received()) > before)
        rsyslog.end(signal.SIGKILL)
        ledger.write(50)
        rsyslog.start()
    ledger.write(10)
    until(lambda: shipper.find_shipped() == {"w0": len(ledger.written)}, 60)
    places = {(item.chain.seq, item.chain.hash) for item in extract(rsyslog.received()) if item.chain}
    assert places == {(record.chain.seq, record.chain.hash) for record in map(Record.read, ledger.written)}


def test_the_cursor_moves_only_after_the_time_to_settle(ledger, ship, rsyslog, options):
    rsyslog.start()
    shipper = ship(sink_options(**options | {"settle_s": 600}))
    ledger.write(20)
    until(lambda: len(rsyslog.received()) == 20)
    assert shipper.find_shipped() == {}
    rsyslog.end(signal.SIGTERM)
    rsyslog.start()
    until(lambda: len(rsyslog.received()) == 40)
    assert natives(rsyslog) == ledger.written * 2


def test_a_restart_before_anything_has_settled_tells_no_lost_cursor_and_sends_it_all_again(
    ledger, ship, rsyslog, options, watching
):
    rsyslog.start()
    ledger.write(5)
    first = ship(sink_options(**options | {"settle_s": 600}))
    until(lambda: len(rsyslog.received()) == 5)
    first.stop()
    watching.findings.clear()
    ship(sink_options(**options | {"settle_s": 600}))
    until(lambda: len(rsyslog.received()) == 10)
    assert watching.found() == []
    assert natives(rsyslog) == ledger.written * 2


@pytest.mark.parametrize("settled", [0, 4])
def test_a_ledger_rolled_back_behind_what_was_just_sent_is_told_though_nothing_of_that_has_settled(
    ledger, ship, rsyslog, options, watching, settled
):
    rsyslog.start()
    if settled:
        ledger.write(settled)
        before = ship(sink_options(**options))
        until(lambda: before.find_shipped() == {"w0": settled})
        before.stop()
    ledger.write(10 - settled)
    first = ship(sink_options(**options | {"settle_s": 600}))
    until(lambda: len(rsyslog.received()) == 10)
    first.stop()
    watching.findings.clear()
    kept = ledger.written[:6]
    ledger.path.write_bytes(b"".join(line + b"\n" for line in kept))
    ledger.seq, ledger.prev = 6, Record.read(kept[-1]).chain.hash
    fresh = ledger.write(2, KINDS["denial"])
    ship(sink_options(**options | {"settle_s": 600}))
    until(lambda: len(rsyslog.received()) == 18)
    assert natives(rsyslog)[-8:] == kept + fresh
    assert watching.found() == [("rolled_back", "w0", 9, 10)]


def test_the_configuration_in_the_documentation_writes_what_was_sent(tmp_path, ledger, ship, authority, options):
    text = (Path(__file__).parents[3] / "docs" / "siem.md").read_text()
    configuration = re.search(r"```\n(# The authority.*?)```", text, re.DOTALL)[1]
    for there, here in {
        "/etc/rsyslog.d/lpr/ca.pem": "{ca}",
        "/etc/rsyslog.d/lpr/receiver.pem": "{certificate}",
        "/etc/rsyslog.d/lpr/receiver.key": "{key}",
        "/var/spool/rsyslog": "{folder}",
        "/var/log/lpr-audit.jsonl": "{output}",
        "6514": "{port}",
    }.items():
        assert there in configuration
        configuration = configuration.replace(there, here)
    receiver = Rsyslog(tmp_path, authority, configuration)
    receiver.start()
    try:
        ledger.write(3, DECISION)
        ship(sink_options(**options | {"target": f"tls://127.0.0.1:{receiver.port}"}))
        until(lambda: len(receiver.received()) == 3)
        assert receiver.received() == ledger.written
    finally:
        receiver.end()


@pytest.mark.parametrize(
    ("shows", "asked"), [(True, "accept our certificate?"), (False, "ask for a certificate (certificate_file)?")]
)
def test_a_receiver_that_refuses_our_certificate_or_lacks_it_is_told_within_a_minute(
    tmp_path, ledger, ship, rsyslog, options, watching, shows, asked
):
    rsyslog.start()
    ledger.write(3)
    (tmp_path / "other").mkdir()
    strange = Authority(tmp_path / "other").issue("lpr-gateway", server=False)
    pair = {"certificate_file": strange.certificate, "key_file": strange.key}
    ship(sink_options(**options | (pair if shows else dict.fromkeys(pair))))
    until(lambda: watching.troubles, 60)
    assert watching.troubles[0].why == f"the receiver ends the connection at once: does it {asked}"
    assert rsyslog.received() == []


def test_once_a_certificate_that_was_refused_is_put_right_the_alarm_says_that_what_was_taken_settles(
    tmp_path, ledger, ship, rsyslog, options, watching
):
    rsyslog.start()
    ledger.write(3)
    (tmp_path / "other").mkdir()
    strange = Authority(tmp_path / "other").issue("lpr-gateway", server=False)
    used, right = (tmp_path / "used.pem", tmp_path / "used.key"), (options["certificate_file"], options["key_file"])
    _copy((strange.certificate, strange.key), used)
    pair = {"certificate_file": used[0], "key_file": used[1]}
    ship(sink_options(**options | pair | {"settle_s": 600, "alert_after_s": 601}))
    refused = "the receiver ends the connection at once: does it accept our certificate?"
    until(lambda: any(one and one.why == refused for one in watching.troubles), 60)
    _copy(right, used)
    until(lambda: len(rsyslog.received()) >= 3, 60)
    until(
        lambda: "takes records again, and what it took counts when 600 s have passed" in watching.troubles[-1].why, 60
    )


def _copy(pair, into):
    for one, other in zip(pair, into, strict=True):
        shutil.copyfile(one, other)


def test_of_a_receiver_without_tls_that_ends_the_connection_no_certificate_is_spoken_of(ledger, ship, watching):
    receiver = EndsAtOnce()
    receiver.begin()
    ledger.write(3)
    ship(
        sink_options(
            name="siem", kind="syslog", target=f"tcp://127.0.0.1:{receiver.port}", settle_s=0.1, alert_after_s=0.2
        )
    )
    try:
        until(lambda: any(one and "at once" in one.why for one in watching.troubles))
    finally:
        receiver.close()
    assert all("certificate" not in one.why for one in watching.troubles if one)
    assert "the receiver ends the connection at once" in [one.why for one in watching.troubles if one]


def test_a_key_that_is_not_our_certificates_is_told_as_that_and_not_as_the_receivers_fault(
    ledger, ship, rsyslog, options, authority, watching
):
    rsyslog.start()
    given = sink_options(
        **options | {"key_file": authority.file.with_name("mine.key"), "settle_s": 0.1}, alert_after_s=0.2
    )
    given.key_file.write_bytes(authority.issue("another", server=False).key.read_bytes())
    ledger.write(3)
    ship(given)
    until(lambda: watching.troubles)
    assert watching.troubles[0].why == "our certificate and key do not belong together (certificate_file, key_file)"


def test_of_a_receiver_that_refuses_our_certificate_because_it_has_ended_that_is_told(
    ledger, ship, rsyslog, options, authority, watching
):
    rsyslog.start()
    ended = authority.issue("lpr-gateway", server=False, days=-0.5)
    ledger.write(3)
    ship(sink_options(**options | {"certificate_file": ended.certificate, "key_file": ended.key}))
    until(lambda: watching.troubles, 60)
    assert "our certificate has ended (certificate_file)" in watching.troubles[0].why


def test_records_wait_while_the_receiver_is_away(ledger, ship, rsyslog, options, watching):
    ledger.write(30)
    ship(sink_options(**options | {"settle_s": 0.1}, alert_after_s=0.2))
    until(lambda: watching.troubles)
    rsyslog.start()
    until(lambda: len(rsyslog.received()) >= 30)
    assert natives(rsyslog)[:30] == ledger.written


def test_a_receiver_with_another_authoritys_certificate_gets_nothing(
    tmp_path, ledger, ship, rsyslog, options, watching
):
    rsyslog.start()
    other = Authority(tmp_path, "Other CA")
    ledger.write(3)
    ship(sink_options(**options | {"ca_file": other.file, "settle_s": 0.1}, alert_after_s=0.2))
    until(lambda: watching.troubles)
    assert rsyslog.received() == []


def test_a_receiver_with_another_name_gets_nothing(ledger, ship, rsyslog, authority, options, watching):
    authority.issue("server", server=True, hosts=("another.test",))
    rsyslog.start()
    ledger.write(3)
    ship(sink_options(**options | {"settle_s": 0.1}, alert_after_s=0.2))
    until(lambda: watching.troubles)
    assert rsyslog.received() == []


def test_without_a_client_certificate_the_receiver_takes_nothing(ledger, ship, rsyslog, options, watching):
    rsyslog.start()
    ledger.write(3)
    bare = {key: value for key, value in options.items() if key not in ("certificate_file", "key_file")}
    shipper = ship(sink_options(**bare, alert_after_s=1.1))
    until(lambda: watching.troubles)
    assert rsyslog.received() == []
    assert shipper.find_shipped() == {}


def test_a_receiver_that_takes_everything_and_hangs_up_is_trouble_and_is_not_hammered(ledger, ship, watching):
    ledger.write(20)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connections = []

        def hang_up():
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    connections.append(connection.recv(100))
                    connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        target = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        shipper = ship(sink_options(name="siem", kind="syslog", target=target, settle_s=0.4, alert_after_s=1))
        until(lambda: watching.troubles)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert 1 < len(connections) < 50
    assert shipper.find_shipped() == {}


def test_a_connection_that_ends_while_nothing_is_on_it_is_no_trouble_and_the_next_record_opens_another(ledger, ship):
    ledger.write(1)
    with socket.create_server(("127.0.0.1", 0)) as listener, capture_logs() as told:
        listener.settimeout(20)
        target = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        shipper = ship(sink_options(name="siem", kind="syslog", target=target, settle_s=0.2, alert_after_s=5))
        first, _ = listener.accept()
        until(lambda: shipper.find_shipped().get("w0"))
        assert first.recv(1 << 20)
        first.close()
        until(lambda: shipper._couriers[0]._sink._socket is None)
        ledger.write(1)
        second, _ = listener.accept()
        assert second.recv(1 << 20)
        shipped = shipper.find_shipped()["w0"]
        until(lambda: shipper.find_shipped()["w0"] > shipped)
        second.close()
    assert [line["event"] for line in told if line["event"].startswith("shipping_")] == []


def test_a_record_too_large_for_the_receiver_is_a_summary_that_refers_to_it(ledger, ship, rsyslog, options):
    rsyslog.start()
    ledger.write(1, {**DECISION, "input": "x" * 40_000})
    ledger.write(1)
    ship(sink_options(**options | {"max_bytes": 4096}))
    until(lambda: len(rsyslog.received()) == 2)
    large, small = extract(rsyslog.received())
    assert (large.chain, large.native) == (Record.read(ledger.written[0]).chain, None)
    assert small.native == ledger.written[1]


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
@pytest.mark.parametrize("body", [*KINDS.values(), {**DECISION, "input": "é" * 50_000}])
def test_a_frame_counts_its_octets_and_keeps_to_the_limit(form, body):
    framed = frame(record(body), form, 4096)
    length, _, message = framed.partition(b" ")
    assert int(length) == len(message) <= 4096
    header = HEADER.fullmatch(message)
    assert header[4] == b"w0"
    assert header[5] == body["event_type"].encode()
    assert b"\n" not in message


@pytest.mark.parametrize(
    ("kind", "priority"),
    [("decision", b"110"), ("denial", b"109"), ("failure", b"107"), ("started", b"110"), ("interrupted", b"107")],
)
def test_the_priority_is_log_audit_with_the_verdicts_severity(kind, priority):
    framed = frame(record(KINDS[kind]), FORMATS["native"], 32_768)
    assert HEADER.fullmatch(framed.partition(b" ")[2])[1] == priority


def test_the_header_holds_only_printable_words():
    framed = frame(record({"event_type": "odd ty\u00fepe" + "x" * 60}), FORMATS["native"], 8192)
    assert HEADER.fullmatch(framed.partition(b" ")[2])[5] == b"odd_ty_pe" + b"x" * 23


def test_a_connection_that_breaks_while_a_batch_is_written_is_paused_for_once(ledger, ship):
    ledger.write(3000)
    breaks, reset = 6, struct.pack("ii", 1, 0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        target = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        timing = replace(BRISK, backoff_s=0.01, longest_backoff_s=1000, batch=3000, batch_bytes=1 << 24)
        shipper = ship(sink_options(name="siem", kind="syslog", target=target), timing=timing)
        for _ in range(breaks):
            connection, _ = listener.accept()
            connection.recv(100)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            connection.close()
        paused_s = shipper._couriers[0]._backoff._backoff_s
    assert paused_s <= timing.backoff_s * 2**breaks
