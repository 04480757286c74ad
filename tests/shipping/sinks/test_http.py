"""Shipping to HTTP collectors that fail, stall, ask for patience and take only parts: everything arrives, once."""

import base64
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson
import pytest

from gateway.shipping.formats import FORMATS, Record, extract
from gateway.shipping.sinks.batches import BatchSink
from gateway.shipping.sinks.http import CollectorAnswer
from gateway.shipping.sinks.open import open_sink
from gateway.shipping.sinks.sink import Attempt
from gateway.shipping.watch import Found
from gateway.value import replace
from tests.forward_proxies import LittleProxy
from tests.shipping.certificates import Authority
from tests.shipping.collector import (
    Collector,
    accept,
    drip,
    garble,
    let_through,
    partly,
    refuse,
    stall,
    stand_between,
    take_and_hang_up,
)
from tests.shipping.conftest import BRISK, lines_of, until
from tests.shipping.samples import DECISION, KINDS, OUTCOME, lines, record
from tests.shipping.usual import sink_options

TOKEN = "7b1f0c52-token"


@pytest.fixture
def collector():
    with Collector() as running:
        yield running


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


@pytest.fixture
def elastic(collector, token_file):
    return {
        "name": "siem",
        "kind": "elasticsearch",
        "target": f"{collector.url}/lpr-audit",
        "format": "ecs",
        "token_file": token_file,
        "timeout_s": 0.5,
    }


@pytest.fixture
def splunk(collector, token_file):
    return {
        "name": "siem",
        "kind": "splunk_hec",
        "target": collector.url,
        "token_file": token_file,
        "timeout_s": 0.5,
    }


def natives(texts):
    return [item.native for item in extract(text.encode() for text in texts)]


@pytest.mark.parametrize("form", FORMATS)
def test_elasticsearch_stores_every_kind_of_record_once(ledger, ship, collector, elastic, form):
    for body in KINDS.values():
        ledger.write(1, body)
    ship(sink_options(**elastic | {"format": form}))
    until(lambda: len(collector.stored) == len(KINDS))
    assert natives(collector.stored.values()) == ledger.written
    assert list(collector.stored) == [Record.read(line).chain.hash for line in ledger.written]
    documents = [orjson.loads(document) for document in collector.stored.values()]
    assert all("@timestamp" in document for document in documents)
    assert not any("chain" in document for document in documents)  # by this a ledger line sent by hand is found


@pytest.mark.parametrize("form", FORMATS)
def test_splunk_gets_every_kind_of_record_as_raw_text(ledger, ship, collector, splunk, form):
    for body in KINDS.values():
        ledger.write(1, body)
    ship(sink_options(**splunk, format=form))
    until(lambda: len(collector.events) == len(KINDS))
    assert natives(collector.events) == ledger.written


def test_requests_are_compressed_and_carry_the_token_and_nothing_of_the_environment(
    ledger, ship, collector, elastic, splunk, monkeypatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    ledger.write(3)
    ship(sink_options(**elastic), sink_options(**splunk | {"name": "other"}))
    until(lambda: len(collector.stored) == len(collector.events) == 3)
    found = {path.partition("?")[0]: headers for path, headers in collector.requests}
    assert found["/lpr-audit/_bulk"]["authorization"] == f"ApiKey {TOKEN}"
    assert found["/lpr-audit/_bulk"]["content-type"] == "application/x-ndjson"
    assert found["/services/collector/event"]["authorization"] == f"Splunk {TOKEN}"
    assert all(headers["content-encoding"] == "gzip" for headers in found.values())


@pytest.mark.parametrize(
    "moods",
    [
        [refuse(503), refuse(500), refuse(502)],
        [refuse(429, Retry_After="0"), refuse(503, Retry_After="0")],
        [garble, garble],
        [stall],
        [take_and_hang_up, take_and_hang_up],
        [refuse(401), refuse(403)],
        [refuse(307, Location="/elsewhere/_bulk"), refuse(404)],
        [partly(429, 503), partly(500, 429), partly(503)],
        [partly(400, 429), refuse(413), partly(429)],
        [refuse(429), stall, partly(429, 500), take_and_hang_up, garble, refuse(413), partly(503)],
    ],
)
def test_elasticsearch_holds_everything_once_whatever_the_collector_did(ledger, ship, collector, elastic, moods):
    collector.moods.extend(moods)
    ledger.write(500)
    shipper = ship(sink_options(**elastic))
    until(lambda: shipper.find_shipped() == {"w0": 500})
    assert sorted(natives(collector.stored.values())) == sorted(ledger.written)
    assert not collector.moods
    assert not any(path.startswith("/elsewhere") for path, _ in collector.requests)


@pytest.mark.parametrize(
    "moods",
    [
        [refuse(503), stall, garble],
        [refuse(429, Retry_After="0"), refuse(500)],
        [take_and_hang_up],
        [refuse(413), refuse(400)],
    ],
)
def test_splunk_holds_everything_and_once_after_de_duplication(ledger, ship, collector, splunk, moods):
    collector.moods.extend(moods)
    ledger.write(300)
    shipper = ship(sink_options(**splunk))
    until(lambda: shipper.find_shipped() == {"w0": 300})
    assert list(dict.fromkeys(natives(collector.events))) == ledger.written


@pytest.mark.parametrize("kind", ["elastic", "splunk"])
def test_a_record_that_is_always_refused_is_put_aside_and_all_others_arrive(
    request, tmp_path, ledger, ship, collector, watching, kind
):
    options = sink_options(**request.getfixturevalue(kind), refusals=2)
    collector.poison = b"poisonous"
    ledger.write(40)
    [poison] = ledger.write(1, {**OUTCOME, "case_number": "poisonous"})
    ledger.write(60)
    shipper = ship(options)
    until(lambda: shipper.find_shipped() == {"w0": 101})
    arrived = natives([*collector.stored.values(), *collector.events])
    assert sorted(arrived) == sorted(line for line in ledger.written if line != poison)
    assert lines_of(tmp_path / "shipping" / "siem.dead.jsonl") == [poison]
    assert ("refused", "w0", 41, 41) in watching.found()


def test_a_record_is_not_put_aside_for_the_collectors_own_failures(tmp_path, ledger, ship, collector, elastic):
    collector.usual = refuse(503)
    ledger.write(5)
    ship(sink_options(**elastic, refusals=1))
    until(lambda: len(collector.requests) >= 5)
    assert not (tmp_path / "shipping" / "siem.dead.jsonl").exists()
    collector.usual = partly(422)
    until((tmp_path / "shipping" / "siem.dead.jsonl").exists)


def refuse_by_code(code):
    """Splunk's refusal of a whole request, by its own code."""
    return lambda handler: handler.answer(400, {"text": "x", "code": code})


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        ("elastic", (partly(401), "does not accept the token")),
        ("elastic", (partly(403), "may not write to this index")),
        ("elastic", (partly(404), "nothing takes records")),
        ("splunk", (refuse_by_code(7), "has not the index of this token")),
        ("splunk", (refuse_by_code(10), "wants a channel")),
    ],
)
def test_what_a_collector_refuses_for_its_own_settings_waits_and_is_told_and_no_record_is_put_aside(
    request, tmp_path, ledger, ship, collector, watching, kind, refusal
):
    collector.usual, told = refusal
    ledger.write(5)
    shipper = ship(sink_options(**request.getfixturevalue(kind), refusals=1, alert_after_s=0.05))
    until(lambda: any(trouble and told in trouble.why for trouble in watching.troubles))
    collector.usual = accept
    until(lambda: shipper.find_shipped() == {"w0": 5})
    assert not (tmp_path / "shipping" / "siem.dead.jsonl").exists()
    assert sorted(natives([*collector.stored.values(), *collector.events])) == sorted(ledger.written)
    assert natives(collector.events) == (ledger.written if kind == "splunk" else [])


def test_the_collector_is_given_the_time_it_asks_for(ledger, ship, collector, elastic):
    collector.moods.append(refuse(429, Retry_After="1"))
    ledger.write(1)
    started = datetime.now(UTC)
    ship(sink_options(**elastic))
    until(lambda: collector.stored)
    assert datetime.now(UTC) - started >= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("17", 17, 17),
        (timedelta(minutes=5), 200, 300),
        (timedelta(minutes=-5), 0, 0),
        ("soon", None, None),
        ("-3", None, None),
        ("", None, None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(collector, elastic, value, low, high):
    if isinstance(value, timedelta):
        value = format_datetime(datetime.now(UTC) + value, usegmt=True)
    collector.moods.append(refuse(503, Retry_After=value))
    sink = open_sink(sink_options(**elastic))
    asked = sink.send([record(OUTCOME)]).retry_after_s
    sink.close()
    assert asked is None if low is None else low <= asked <= high


@pytest.mark.parametrize("slowness", [stall, drip])
def test_a_collector_that_takes_too_long_is_told_as_one_that_does(collector, elastic, slowness):
    collector.moods.append(slowness)
    sink = open_sink(sink_options(**elastic))
    why = sink.send([record(OUTCOME)]).why
    sink.close()
    assert why == "the collector did not answer in time"


def test_a_token_that_was_renewed_counts_at_once(ledger, ship, collector, elastic, token_file):
    ship(sink_options(**elastic))
    ledger.write(1)
    until(lambda: len(collector.stored) == 1)
    token_file.write_text("renewed")
    ledger.write(1)
    until(lambda: len(collector.stored) == 2)
    assert collector.requests[-1][1]["authorization"] == "ApiKey renewed"


def test_nothing_is_sent_without_the_token(ledger, ship, collector, elastic, token_file, watching):
    options = sink_options(**elastic, alert_after_s=0.05)
    ledger.write(1)
    shipper = ship(options)
    until(lambda: len(collector.stored) == 1)
    token_file.unlink()
    ledger.write(1)
    until(lambda: watching.troubles and "token" in watching.troubles[-1].why)
    assert len(collector.requests) == 1
    token_file.write_text(TOKEN)
    until(lambda: shipper.find_shipped() == {"w0": 2})


def test_no_trouble_names_the_address_or_the_token(ledger, ship, collector, elastic, watching):
    collector.usual = refuse(401)
    ledger.write(1)
    ship(sink_options(**elastic, alert_after_s=0.05))
    until(lambda: watching.troubles)
    told = {trouble.why for trouble in watching.troubles if trouble}
    # Whichever lasts too long first: the collector's refusals, or the record's waiting.
    assert told <= {
        "the collector does not accept the token",
        "the oldest record that is not known to be received is older than allowed",
    }


def test_without_embedding_the_events_are_smaller_and_still_prove_completeness(ledger, ship, collector, elastic):
    ledger.write(3, DECISION)
    ship(sink_options(**elastic, embed=False))
    until(lambda: len(collector.stored) == 3)
    found = list(extract(text.encode() for text in collector.stored.values()))
    assert [item.chain.seq for item in found] == [1, 2, 3]
    assert [item.native for item in found] == [None] * 3


class Scripted:
    """Posts to nobody: gives the answers it was given, and remembers the batches."""

    def __init__(self, judge):
        self.judge, self.posted = judge, []

    def post(self, batch):
        self.posted.append(batch)
        return self.judge(batch)

    def close(self):
        pass


def some_records(count):
    return tuple(Record.read(line) for line in lines([OUTCOME] * count))


@pytest.mark.parametrize("bad", [{0}, {6}, {3, 4}, set(range(7)), set()])
def test_halving_finds_exactly_the_refused_records_and_keeps_the_order(bad):
    records = some_records(7)
    unwanted = {records[place].chain.hash for place in bad}
    taken = []

    def judge(batch):
        if any(item.chain.hash in unwanted for item in batch):
            return CollectorAnswer(left=batch, too_much=True)
        taken.extend(batch)
        return CollectorAnswer()

    attempt = BatchSink(Scripted(judge), refusals=1).send(records)
    assert [item.chain.seq - 1 for item in attempt.refused] == sorted(bad)
    assert attempt.left == ()
    assert taken == [item for item in records if item.chain.hash not in unwanted]


def test_a_failure_in_the_middle_leaves_the_rest_in_order():
    records = some_records(8)

    def judge(batch):
        if len(batch) > 2:
            return CollectorAnswer(left=batch, too_much=True)
        if batch[0].chain.seq >= 5:
            return CollectorAnswer(left=batch, why="away", retry_after_s=3)
        return CollectorAnswer()

    attempt = BatchSink(Scripted(judge), refusals=3).send(records)
    assert attempt == Attempt(left=records[4:], why="away", retry_after_s=3)


def test_only_refusals_in_a_row_of_the_same_record_count():
    [only] = some_records(1)
    answers = iter(
        [CollectorAnswer(left=(only,), too_much=True), CollectorAnswer(), CollectorAnswer(left=(only,), too_much=True)]
    )
    sink = BatchSink(Scripted(lambda _batch: next(answers)), refusals=2)
    assert sink.send([only]).left == (only,)
    assert sink.send([only]) == Attempt()
    assert sink.send([only]).refused == ()


def test_a_target_that_takes_no_records_is_told_within_a_minute(ledger, ship, collector, elastic, watching):
    collector.moods.extend([refuse(404)] * 200)
    ledger.write(3)
    ship(sink_options(**elastic))
    until(lambda: watching.troubles, 60)
    assert watching.troubles[0].why == "the collector answered 404: nothing takes records at this target"


_MENDED_BY_NOBODY_ELSE = [*map(refuse, (204, 307, 402, 406, 409, 415, 431, 501)), garble]
_PASSING = [*map(refuse, (408, 425, 429, 500, 502, 503, 504))]


@pytest.mark.parametrize(
    ("kind", "mood", "is_hopeless"),
    [
        *((kind, mood, True) for kind in ("splunk", "elastic") for mood in _MENDED_BY_NOBODY_ELSE),
        *((kind, mood, False) for kind in ("splunk", "elastic") for mood in _PASSING),
        ("elastic", partly(415), True),
        ("elastic", partly(429, 503), False),
    ],
)
def test_what_waiting_does_not_mend_is_known_by_the_answer(request, collector, kind, mood, is_hopeless):
    collector.moods.append(mood)
    sink = open_sink(sink_options(**request.getfixturevalue(kind)))
    attempt = sink.send(some_records(3))
    sink.close()
    assert attempt.left
    assert attempt.hopeless is is_hopeless


def refuse_items(status, error):
    """A `_bulk` answer that says of each item what is wrong."""
    return lambda handler: handler.answer(
        200,
        {"errors": True, "items": [{"create": {"status": status, "error": error}}] * (handler.body.count(b"\n") // 2)},
    )


@pytest.mark.parametrize(
    ("kind", "mood", "word"),
    [
        ("elastic", refuse_items(400, {"type": "mapper_parsing_exception", "reason": "of ABC1234"}), "mapper_parsing"),
        ("elastic", refuse_items(429, {"type": "es_rejected_execution_exception"}), "es_rejected_execution_exception"),
        ("elastic", lambda h: h.answer(400, {"error": {"type": "illegal_argument_exception"}}), "illegal_argument"),
        ("splunk", refuse(400), "code 6"),
    ],
)
def test_the_collectors_own_word_for_its_refusal_is_told(request, collector, kind, mood, word):
    collector.usual = mood
    sink = open_sink(sink_options(**request.getfixturevalue(kind)))
    why = sink.send(some_records(2)).why
    sink.close()
    assert word in why
    assert "ABC1234" not in why


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (
            "[1:97] failed to parse field [lpr.due_at] of type [date] in document with id 'x'. Preview of field's value: 'ABC1234'",
            "document_parsing_exception, field lpr.due_at",
        ),
        (
            "object mapping for [lpr.rows] tried to parse field [rows] as object, but found a concrete value",
            "document_parsing_exception, field lpr.rows",
        ),
        ("failed to parse field [ABC1234] of type [date]", "document_parsing_exception"),
        ("the value [abc] failed to parse field [abc1234] of type [date]", "document_parsing_exception"),
    ],
)
def test_of_a_refusal_that_lies_in_a_mapping_the_field_is_told_and_nothing_that_may_be_a_value(
    collector, elastic, reason, told
):
    collector.usual = refuse_items(400, {"type": "document_parsing_exception", "reason": reason})
    sink = open_sink(sink_options(**elastic))
    assert sink.send(some_records(2)).why == f"the collector refused records ({told})"
    sink.close()


def test_where_a_collector_ends_the_connection_it_is_told_that_our_certificate_has_ended(tmp_path, elastic):
    ended = Authority(tmp_path).issue("lpr-gateway", server=False, days=-0.5)
    pair = {"certificate_file": ended.certificate, "key_file": ended.key}
    sink = open_sink(sink_options(**elastic | pair | {"target": "https://127.0.0.1:1/lpr-audit"}))
    assert sink.send(some_records(1)).why.endswith("; our certificate has ended (certificate_file)")
    sink.close()


def test_of_a_collector_that_refuses_everything_its_word_stands_in_the_alarm_and_in_the_finding(
    ledger, ship, collector, elastic, watching
):
    collector.usual = refuse_items(400, {"type": "strict_dynamic_mapping_exception", "reason": "of ABC1234"})
    ledger.write(2)
    ship(sink_options(**elastic, refusals=1, alert_after_s=0.2))
    until(lambda: any("(strict_dynamic_mapping_exception)" in trouble.why for trouble in watching.troubles if trouble))
    assert {one.fault for one in watching.findings if one.what is Found.REFUSED} == {"strict_dynamic_mapping_exception"}


def test_what_is_no_word_of_a_collectors_list_is_not_told(collector, elastic):
    collector.usual = refuse_items(400, {"type": "no value [ABC1234] here", "reason": "of ABC1234"})
    sink = open_sink(sink_options(**elastic))
    assert sink.send(some_records(2)).why == "the collector refused records"
    sink.close()


@pytest.mark.parametrize("kind", ["splunk", "elastic"])
def test_a_collector_that_refuses_everything_is_trouble_and_the_record_of_it_is_not_found_in_turn(
    request, ledger, ship, collector, watching, kind
):
    collector.usual = refuse(400)
    ledger.write(2)
    ship(sink_options(**request.getfixturevalue(kind), alert_after_s=0.2))
    until(lambda: refused(watching) == [(1, 2, True)])
    ledger.write(1, OUTCOME | {"event_type": "export.gap"})
    until(lambda: refused(watching) == [(1, 2, True), (3, 3, False)])
    until(lambda: any(trouble and "refuses every record" in trouble.why for trouble in watching.troubles))
    collector.usual = accept
    ledger.write(1)
    until(lambda: watching.troubles[-1] is None)


@pytest.mark.parametrize("kind", ["splunk", "elastic"])
def test_what_a_collector_refuses_that_refuses_everything_is_told_now_and_then_and_all_once_it_takes_some(
    request, ledger, ship, collector, watching, tmp_path, kind
):
    collector.usual = refuse(400)
    ledger.write(2)
    shipper = ship(sink_options(**request.getfixturevalue(kind), refusals=1), timing=replace(BRISK, refused_s=3600))
    for number in range(3, 7):
        until(lambda number=number: shipper.find_shipped() == {"w0": number - 1})
        ledger.write(1)
    until(lambda: shipper.find_shipped() == {"w0": 6})
    assert refused(watching) == [(1, 2, True)]
    collector.usual = accept
    ledger.write(1)
    until(lambda: refused(watching) == [(1, 2, True), (3, 6, True)])
    assert len(lines_of(tmp_path / "shipping" / "siem.dead.jsonl")) == 6


@pytest.mark.parametrize("kind", ["splunk", "elastic"])
@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_something_in_front_of_a_collector_refuses_waits_and_is_told_and_no_record_is_put_aside(
    request, tmp_path, ledger, ship, collector, watching, kind, status
):
    collector.usual = stand_between(status)
    ledger.write(5)
    shipper = ship(sink_options(**request.getfixturevalue(kind), refusals=1, alert_after_s=0.05))
    until(lambda: any(trouble and "in front of the collector" in trouble.why for trouble in watching.troubles))
    collector.usual = accept
    until(lambda: shipper.find_shipped() == {"w0": 5})
    assert sorted(natives([*collector.stored.values(), *collector.events])) == sorted(ledger.written)
    assert not (tmp_path / "shipping" / "siem.dead.jsonl").exists()


@pytest.mark.parametrize("kind", ["splunk", "elastic"])
def test_a_batch_that_is_too_large_for_a_proxy_goes_in_smaller_ones(request, ledger, ship, collector, watching, kind):
    collector.usual = let_through(30_000)
    ledger.write(40)
    shipper = ship(sink_options(**request.getfixturevalue(kind), refusals=1))
    until(lambda: shipper.find_shipped() == {"w0": 40})
    assert sorted(natives([*collector.stored.values(), *collector.events])) == sorted(ledger.written)
    assert refused(watching) == []


def test_while_a_collector_asks_to_wait_it_is_told_how_far_behind_it_falls(ledger, ship, collector, elastic, watching):
    collector.usual = refuse(503, Retry_After="120")
    ledger.write(1)
    ship(sink_options(**elastic), timing=replace(BRISK, longest_asked_s=120))
    until(lambda: collector.requests)
    ledger.write(3)
    until(lambda: watching.lags[-1].records == 4)
    assert len(collector.requests) == 1


@pytest.mark.parametrize("kind", ["splunk", "elastic"])
def test_a_collector_that_refuses_one_record_of_each_batch_is_not_said_to_take_none(
    request, ledger, ship, collector, watching, kind
):
    collector.poison = b"poisonous"
    shipper = ship(sink_options(**request.getfixturevalue(kind), alert_after_s=0.2))
    for count in range(1, 4):
        ledger.write(4)
        ledger.write(1, OUTCOME | {"case_number": "poisonous"})
        until(lambda count=count: shipper.find_shipped() == {"w0": 5 * count})
    assert refused(watching) == [(seq, seq, True) for seq in (5, 10, 15)]
    assert not any(trouble and "every record" in trouble.why for trouble in watching.troubles)
    until(lambda: not watching.troubles or watching.troubles[-1] is None)


def refused(watching):
    """The places of each run of refused records, and whether that they were refused is to be recorded."""
    return [(one.first, one.last, one.is_to_record) for one in watching.findings if one.what is Found.REFUSED]


@pytest.mark.parametrize("asked", [{"Retry_After": "999999"}, {}], ids=["asks for time", "does not"])
def test_a_sink_that_fails_is_told_after_its_time_however_late_the_next_try_is(
    ledger, ship, collector, elastic, watching, asked
):
    collector.usual = refuse(503, **asked)
    ledger.write(1, OUTCOME | {"ts": "2020-01-01T00:00:00.000Z"})
    far = replace(BRISK, longest_asked_s=300, backoff_s=0.02 if asked else 300, longest_backoff_s=300)
    ship(sink_options(**elastic, alert_after_s=0.3), timing=far)
    until(lambda: watching.troubles)
    assert [trouble.why for trouble in watching.troubles] == ["the collector answered 503"]
    assert len(collector.requests) == 1


def test_a_token_file_may_hold_a_whole_authorization_and_one_that_holds_no_token_sends_nothing(
    ledger, ship, collector, elastic, token_file, watching
):
    pair = base64.b64encode(b"lpr:a-password").decode()
    token_file.write_text(f"Basic {pair} \n")
    ledger.write(1)
    ship(sink_options(**elastic, alert_after_s=0.05))
    until(lambda: len(collector.stored) == 1)
    assert collector.requests[-1][1]["authorization"] == f"Basic {pair}"
    token_file.write_text("Basic lpr:a-password")
    ledger.write(1)
    until(lambda: watching.troubles and "holds no token" in watching.troubles[-1].why)
    assert len(collector.requests) == 1
    token_file.write_text("Bearer renewed")
    until(lambda: len(collector.stored) == 2)
    assert collector.requests[-1][1]["authorization"] == "Bearer renewed"


def test_where_the_proxy_gives_no_way_to_a_collector_the_proxy_is_named(elastic):
    with LittleProxy({}) as proxy:
        sink = open_sink(sink_options(**elastic | {"target": "https://siem.example/lpr-audit"}, proxy=proxy.way()))
        attempt = sink.send([record(DECISION)])
        sink.close()
    told = f"the collector cannot be reached: the proxy 127.0.0.1:{proxy.port} cannot reach it either (it answered 503)"
    assert (attempt.why, proxy.hosts()) == (told, ["siem.example:443"])
