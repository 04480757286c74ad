"""The small parts of a courier: cursor, settling, patience, reports, dead letters, options."""

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import clock
from gateway.errors import ConfigurationError
from gateway.shipping import ShippedMark, ShippingFinding, SinkOptions, Timing, open_sink, shipped_up_to
from gateway.shipping.acknowledgement_window import AcknowledgementWindow
from gateway.shipping.courtesy import pace
from gateway.shipping.dead_letters import DeadLetters
from gateway.shipping.formats import Record
from gateway.shipping.pacing import Backoff
from gateway.shipping.progress import Cursor
from gateway.shipping.reporting import Reports
from gateway.shipping.watch import Found
from tests.shipping.samples import DECISION, OUTCOME, lines


class TestCursor:
    def test_what_was_stored_is_loaded(self, tmp_path):
        marks = {"w0": ShippedMark(7, "ab" * 32), "cli": ShippedMark(1, "cd" * 32)}
        Cursor(tmp_path, "siem").store(marks)
        assert Cursor(tmp_path, "siem").load() == marks

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"schema":"other","chains":{}}', '{"schema":"lpr.cursor.v1"}'])
    def test_a_file_that_is_no_cursor_is_as_good_as_none(self, tmp_path, text):
        (tmp_path / "siem.json").write_text(text)
        assert Cursor(tmp_path, "siem").load() is None

    def test_only_what_every_sink_has_counts_as_shipped(self, tmp_path):
        Cursor(tmp_path, "a").store({"w0": ShippedMark(7, ""), "cli": ShippedMark(3, ""), "w1": ShippedMark(1, "")})
        Cursor(tmp_path, "b").store({"w0": ShippedMark(5, ""), "cli": ShippedMark(9, "")})
        assert shipped_up_to(tmp_path, ["a", "b"]) == {"cli": 3, "w0": 5}
        assert shipped_up_to(tmp_path, ["a", "b", "not-yet-shipped"]) == {}
        assert shipped_up_to(tmp_path, []) is None


class TestSettling:
    def test_without_a_time_everything_settles_at_once(self):
        settling = AcknowledgementWindow(0)
        settling.sent({"w0": ShippedMark(1, "")}, 10.0)
        assert settling.settled(10.0) == {"w0": ShippedMark(1, "")}
        assert settling.settled(10.0) is None

    @given(st.lists(st.floats(0, 3), min_size=1, max_size=60))
    def test_nothing_settles_early_and_everything_settles_in_the_end(self, pauses):
        settling, now, sent_at, found = AcknowledgementWindow(8.0), 100.0, {}, []
        for seq, pause in enumerate([*pauses, *[1] * 20], start=1):
            now += pause
            if seq <= len(pauses):
                settling.sent({"w0": ShippedMark(seq, "")}, now)
                sent_at[seq] = now
            if settled := settling.settled(now):
                found.append(settled["w0"].seq)
                assert now - sent_at[found[-1]] >= 8.0
        assert found == sorted(set(found))
        assert found[-1] == len(pauses)

    @given(st.integers(1, 2000))
    def test_memory_is_bounded_however_much_is_sent(self, count):
        settling = AcknowledgementWindow(8.0)
        for step in range(count):
            settling.sent({"w0": ShippedMark(step, "")}, step / 100)
            settling.settled(step / 100)
        assert len(settling._waiting) <= 10

    def test_what_may_be_lost_never_settles(self):
        settling = AcknowledgementWindow(1.0)
        settling.sent({"w0": ShippedMark(1, "")}, 0.0)
        settling.forget()
        assert settling.settled(100.0) is None


class TestPatience:
    def test_it_doubles_up_to_a_limit_and_begins_anew_after_success(self):
        patience = Backoff(Timing(backoff_s=1, longest_backoff_s=8))
        rests = [patience.refused(None) for _ in range(6)]
        for rest, expected in zip(rests, [1, 2, 4, 8, 8, 8], strict=True):
            assert 0.75 * expected <= rest <= 1.25 * expected
        patience.rewarded()
        assert patience.refused(None) <= 1.25

    def test_what_the_receiver_asks_for_counts_within_reason(self):
        patience = Backoff(Timing(longest_asked_s=300))
        assert [patience.refused(asked) for asked in (7, 0, -5, 1e9)] == [7, 0, 0, 300]


def test_work_on_a_batch_lets_others_run_in_between():
    pauses, left = [], time.perf_counter()
    for _ in pace(range(200)):
        pauses.append(time.perf_counter() - left)
        busy_until = time.perf_counter() + 0.0001
        while (left := time.perf_counter()) < busy_until:
            pass
    assert sum(pause >= 0.0005 for pause in pauses) >= 20


class TestReports:
    @pytest.fixture
    def reports(self, watching):
        return Reports(sink="siem", watch=watching, alert_after_s=0, every_s=0)

    def test_a_finding_is_told_once(self, reports, watching):
        for _ in range(3):
            reports.finding(ShippingFinding(what=Found.GAP, chain="w0", first=1, last=2))
        reports.finding(ShippingFinding(what=Found.GAP, chain="w1", first=1, last=2))
        assert len(watching.findings) == 2

    def test_trouble_is_told_once_when_it_lasts_and_once_when_it_ends(self, reports, watching):
        for _ in range(3):
            reports.failing("the receiver is away")
        reports.working()
        reports.working()
        assert [trouble and trouble.why for trouble in watching.troubles] == ["the receiver is away", None]

    def test_short_trouble_is_not_told(self, watching):
        reports = Reports(sink="siem", watch=watching, alert_after_s=900, every_s=0)
        reports.failing("the receiver is away")
        reports.working()
        assert watching.troubles == []

    def test_a_sink_that_takes_records_too_slowly_is_trouble_too(self, watching):
        reports = Reports(sink="siem", watch=watching, alert_after_s=900, every_s=0)
        reports.lag(5, clock.now() - timedelta(seconds=1000))
        reports.working()
        assert [trouble and trouble.why for trouble in watching.troubles] == ["records are waiting for too long"]
        reports.lag(0, None)
        reports.working()
        assert watching.troubles[-1] is None

    def test_a_clock_that_was_set_back_gives_no_negative_age(self, reports, watching):
        reports.lag(1, clock.now() + timedelta(hours=1))
        assert watching.lags[-1].seconds == 0


def test_dead_letters_are_ledger_lines_and_are_added_to(tmp_path):
    first, second = (Record.read(line) for line in lines([DECISION, OUTCOME]))
    DeadLetters(tmp_path / "dead").add([first])
    DeadLetters(tmp_path / "dead").add([second])
    assert (tmp_path / "dead").read_bytes() == first.raw + b"\n" + second.raw + b"\n"
    assert (tmp_path / "dead").stat().st_mode & 0o077 == 0


class TestOptions:
    @pytest.mark.parametrize(
        ("kind", "target"),
        [
            ("jsonl", "/var/log/siem.jsonl"),
            ("syslog", "tls://siem.test:6514"),
            ("elasticsearch", "https://es.test:9200/lpr-audit"),
        ],
    )
    def test_a_good_sink_has_no_problems(self, kind, target):
        assert SinkOptions(name="siem", kind=kind, target=target).problems() == []

    def test_a_collector_with_its_token_has_no_problems(self, tmp_path):
        (tmp_path / "token").write_text("t")
        options = SinkOptions(
            name="siem", kind="splunk_hec", target="https://splunk.test:8088", token_file=tmp_path / "token"
        )
        assert options.problems() == []

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"name": "../etc"}, "the name must be"),
            ({"kind": "carrier-pigeon"}, "the kind must be one of"),
            ({"format": "xml"}, "the format must be one of"),
            ({"ca_file": "nowhere.pem"}, "does not exist"),
            ({"kind": "splunk_hec", "target": "https://s.test"}, "needs token_file"),
            ({"kind": "jsonl", "target": ""}, "needs the path"),
            ({"max_bytes": 480}, "max_bytes must be"),
            ({"settle_s": -1}, "settle_s"),
            ({"timeout_s": 0}, "timeout_s"),
            ({"refusals": 0}, "refusals"),
            ({"alert_after_s": 3600}, "within the hour"),
            ({"alert_after_s": 60}, "longer than settle_s"),
            ({"target": "siem.test:6514"}, "must begin with tls://"),
            ({"target": "tls://:6514"}, "must begin with tls://"),
            ({"target": "tcp://siem.test:514"}, "only to loopback"),
            ({"target": "tls://siem.test"}, "must name a port"),
            ({"target": "tls://siem.test:99999"}, "is no address"),
            ({"kind": "elasticsearch", "target": "http://es.test/lpr"}, "only to loopback"),
            ({"kind": "elasticsearch", "target": "https://es.test:9200/"}, "must name an index"),
            ({"kind": "elasticsearch", "target": "https://u:p@es.test/lpr"}, "must hold no user name"),
        ],
    )
    def test_each_mistake_is_told_in_a_sentence(self, tmp_path, changes, sentence):
        if "ca_file" in changes:
            changes = {"ca_file": tmp_path / changes["ca_file"]}
        options = SinkOptions(**({"name": "siem", "kind": "syslog", "target": "tls://siem.test:6514"} | changes))
        assert any(sentence in problem for problem in options.problems())
        with pytest.raises(ConfigurationError):
            open_sink(options)

    def test_a_certificate_without_its_key_is_a_mistake(self, tmp_path):
        (tmp_path / "cert").write_text("c")
        options = SinkOptions(
            name="siem", kind="syslog", target="tls://s.test:1", certificate_file=tmp_path / "cert"
        ).problems()
        assert options == ['sink "siem": a client certificate needs its key file']

    def test_all_mistakes_are_told_at_once(self):
        assert len(SinkOptions(name="A", kind="syslog", target="tcp://a.test", refusals=0).problems()) == 4

    def test_settling_sooner_than_a_dead_receiver_is_noticed_is_warned_of(self):
        options = SinkOptions(name="siem", kind="syslog", target="tls://s.test:1", settle_s=5)
        assert options.problems() == []
        assert len(options.warnings()) == 1
        assert SinkOptions(name="siem", kind="syslog", target="tls://s.test:1").warnings() == []

    def test_a_target_is_in_no_repr(self):
        assert "s.test" not in repr(SinkOptions(name="siem", kind="syslog", target="tls://s.test:1"))
