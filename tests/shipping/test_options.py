"""Every mistake in a sink's options is told before anything is opened."""

import pytest

from gateway.errors import ConfigurationError
from gateway.shipping.options import tell_unused
from gateway.shipping.sinks.open import open_sink
from tests.shipping.certificates import Authority
from tests.shipping.usual import sink_options


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("jsonl", "/var/log/siem.jsonl"),
        ("syslog", "tls://siem.test:6514"),
        ("elasticsearch", "https://es.test:9200/lpr-audit"),
    ],
)
def test_a_good_sink_has_no_problems(kind, target):
    assert sink_options(name="siem", kind=kind, target=target).problems() == []


def test_a_collector_with_its_token_has_no_problems(tmp_path):
    (tmp_path / "token").write_text("t")
    options = sink_options(
        name="siem", kind="splunk_hec", target="https://splunk.test:8088", token_file=tmp_path / "token"
    )
    assert options.problems() == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "../etc"}, "the name must be"),
        ({"kind": "carrier-pigeon"}, "the kind must be one of"),
        ({"format": "xml"}, "the format must be one of"),
        ({"ca_file": "nowhere.pem"}, "ca_file: there is no file"),
        ({"kind": "splunk_hec", "target": "https://s.test"}, "needs token_file"),
        ({"kind": "splunk_hec", "target": "https://s.test/services/collector/event"}, "without /services/collector"),
        (
            {"kind": "splunk_hec", "target": "https://s.test:8088/proxy/services/collector"},
            "without /services/collector",
        ),
        ({"kind": "jsonl", "target": ""}, "needs the path"),
        ({"max_bytes": 480}, "max_bytes must be"),
        ({"settle_s": -1}, "settle_s"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"refusals": 0}, "refusals"),
        ({"alert_after_s": 3600}, "within the hour"),
        ({"alert_after_s": 60}, "longer than settle_s"),
        ({"target": "siem.test:6514"}, "must begin with tls://"),
        ({"target": "udp://127.0.0.1:514"}, "must begin with tls://, or to loopback tcp://, and name a host"),
        ({"target": "tls://:6514"}, "must name a host"),
        ({"target": "tcp://siem.test:514"}, "only to loopback"),
        ({"target": "tls://siem.test"}, "must name a port"),
        ({"target": "tls://siem.test:6514/x"}, "must end with the port"),
        ({"target": "tls://siem.test:99999"}, "a port from 1 to 65535"),
        ({"kind": "elasticsearch", "target": "http://es.test/lpr"}, "only to loopback"),
        ({"kind": "elasticsearch", "target": "https://es.test:9200/"}, "must end with the name of an index"),
        ({"kind": "elasticsearch", "target": "https://es.test:9200/LPR-Audit"}, "must end with the name of an index"),
        ({"kind": "elasticsearch", "target": "https://es.test:9200/lpr-audit/_bulk"}, "_bulk is added"),
        ({"kind": "elasticsearch", "target": "https://es.test:9200/a,b"}, "must end with the name of an index"),
        ({"kind": "jsonl", "target": "/tmp"}, "the target is a folder: name a file in it"),
        ({"kind": "jsonl", "target": "/dev/null"}, "the target is a pipe or a device: name a plain file"),
        ({"kind": "elasticsearch", "target": "https://u:p@es.test/lpr"}, "must hold no user name"),
    ],
)
def test_each_mistake_is_told_in_a_sentence(tmp_path, changes, sentence):
    if "ca_file" in changes:
        changes = {"ca_file": tmp_path / changes["ca_file"]}
    options = sink_options(**({"name": "siem", "kind": "syslog", "target": "tls://siem.test:6514"} | changes))
    assert any(sentence in problem for problem in [*options.problems(), *options.absent_files()])
    if options.problems():
        with pytest.raises(ConfigurationError):
            open_sink(options)


def test_a_certificate_without_its_key_is_a_mistake(tmp_path):
    (tmp_path / "cert").write_text("c")
    options = sink_options(
        name="siem", kind="syslog", target="tls://s.test:1", certificate_file=tmp_path / "cert"
    ).problems()
    assert options == [
        'sink "siem": certificate_file and key_file go together: the certificate and its key, or neither'
    ]


def test_all_mistakes_are_told_at_once():
    assert len(sink_options(name="A", kind="syslog", target="tcp://a.test", refusals=0).problems()) == 4


def test_settling_sooner_than_a_dead_receiver_is_noticed_is_warned_of():
    for settle_s in (5, 30):
        options = sink_options(name="siem", kind="syslog", target="tls://s.test:1", settle_s=settle_s)
        assert options.problems() == []
        assert len(options.warnings()) == 1
    assert sink_options(name="siem", kind="syslog", target="tls://s.test:1").warnings() == []


def test_an_alarm_that_the_time_to_settle_raises_by_itself_is_warned_of():
    given = {"name": "siem", "kind": "syslog", "target": "tls://s.test:1", "settle_s": 60}
    [sentence] = sink_options(**given, alert_after_s=61).warnings()
    assert sentence.endswith("alert_after_s should be 90 or more")
    assert sink_options(**given, alert_after_s=90).warnings() == []


def test_an_alarm_that_is_due_before_an_answer_is_given_up_on_is_warned_of():
    given = {"name": "siem", "kind": "elasticsearch", "target": "https://es.test/lpr", "timeout_s": 60}
    [sentence] = sink_options(**given, alert_after_s=30).warnings()
    assert "alert_after_s is shorter than timeout_s" in sentence
    assert sink_options(**given).warnings() == []


@pytest.mark.parametrize("form", ["ocsf", "ecs"])
def test_messages_too_small_for_the_ledgers_line_of_most_decisions_are_warned_of(form):
    given = {"name": "siem", "kind": "syslog", "target": "tls://s.test:1", "format": form}
    [sentence] = sink_options(**given).warnings()
    assert "go without the ledger's line" in sentence
    assert sink_options(**given, max_bytes=16_384).warnings() == []
    assert sink_options(**given, embed=False).warnings() == []


@pytest.mark.parametrize(
    ("form", "embed", "too_small", "enough"),
    [
        ("native", True, 5000, 8192),
        ("native", False, 5000, 8192),
        ("cef", True, 3000, 8192),
        ("cef", False, 3000, 4096),
        ("ocsf", True, 4000, 16_384),
        ("ocsf", False, 4000, 6144),
        ("ecs", False, 3000, 6144),
    ],
)
def test_messages_too_small_for_the_fields_of_most_decisions_are_warned_of(form, embed, too_small, enough):
    given = {"name": "siem", "kind": "syslog", "target": "tls://s.test:1", "format": form, "embed": embed}
    [sentence] = sink_options(**given, max_bytes=too_small).warnings()
    assert f"go as summaries, without the reasons and what was asked: set {enough} or more" in sentence
    assert sink_options(**given, max_bytes=enough).warnings() == []


@pytest.mark.parametrize("form", ["native", "cef"])
def test_the_default_holds_a_decision_as_native_and_cef(form):
    assert sink_options(name="siem", kind="syslog", target="tls://s.test:1", format=form).warnings() == []


def test_a_target_is_in_no_repr():
    assert "s.test" not in repr(sink_options(name="siem", kind="syslog", target="tls://s.test:1"))


def test_a_client_certificate_and_a_key_that_are_no_pair_are_told(tmp_path):
    authority = Authority(tmp_path)
    mine, other = authority.issue("a", server=False), authority.issue("b", server=False)
    given = {"name": "siem", "kind": "syslog", "target": "tls://siem.test:6514", "certificate_file": mine.certificate}
    assert sink_options(**given, key_file=mine.key).pair_mistakes() == []
    [problem] = sink_options(**given, key_file=other.key).pair_mistakes()
    assert problem.endswith("is not the key of certificate_file")
    (tmp_path / "none").write_text("no key")
    [problem] = sink_options(**given, key_file=tmp_path / "none").pair_mistakes()
    assert problem.endswith("hold no certificate and key without a password (PEM)")


@pytest.mark.parametrize(("days", "told"), [(-0.5, "has ended, at "), (10, "ends at "), (30, None)])
def test_a_client_certificate_that_ends_soon_or_has_ended_is_warned_of(tmp_path, days, told):
    mine = Authority(tmp_path).issue("a", server=False, days=days)
    pair = {"certificate_file": mine.certificate, "key_file": mine.key}
    warned = sink_options(name="siem", kind="syslog", target="tls://siem.test:6514", **pair).warnings()
    assert [one.startswith(f"certificate_file {told}") for one in warned] == ([True] if told else [])


@pytest.mark.parametrize(
    ("kind", "given", "unused"),
    [
        ("jsonl", {"name", "embed", "token_file", "ca_file"}, "ca_file, token_file"),
        ("splunk_hec", {"token_file", "max_bytes", "settle_s"}, "max_bytes, settle_s"),
        ("elasticsearch", {"refusals", "timeout_s"}, None),
        ("syslog", {"refusals", "max_bytes"}, "refusals"),
    ],
)
def test_keys_that_a_kind_of_sink_makes_no_use_of_are_told(kind, given, unused):
    told = tell_unused(kind, given)
    assert told == ([f"{unused}: a sink of kind {kind} makes no use of that"] if unused else [])


def test_keys_of_tls_where_nothing_is_encrypted_are_told():
    assert tell_unused("syslog", {"ca_file", "max_bytes"}, "tcp://127.0.0.1:514") == [
        "ca_file: nothing is encrypted to a tcp:// target"
    ]
    assert tell_unused("syslog", {"ca_file", "max_bytes"}, "tls://siem.test:6514") == []
