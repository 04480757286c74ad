"""What cannot be understood in one way only: refused with its own reason, recorded, repeated nowhere, sent to nobody."""

import pytest

from tests.http.agency import MARKED_PLATE
from tests.http.asking import CLAIMS, LOOKUP, PLATES, answers, days_ago, new_address, say, search
from tests.http.bad_requests import ALL, WORD, flock_with
from tests.server.hostile import REQUESTS

_HOSTILE = list(REQUESTS)[::3]  # the worker's own tests send all; here the edge would count more than it tells singly
_OFFICER_HABITS = [
    {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAoAAA"},
    {"Via": "1.1 proxy"},
    {"X-Forwarded-For": "10.9.8.7"},
    {"Forwarded": "for=10.9.8.7"},
    {"Content-Type": "Application/JSON"},
    {"Content-Type": "application/json; charset=utf-8"},
    {"Content-Type": 'application/JSON;charset="UTF-8"'},
]


@pytest.fixture(scope="module")
def somebody(world):
    return world.officer()


@pytest.fixture
def unasked(flock, rekor):
    """Fails the test if a vendor was asked anything meanwhile."""
    before = [len(one.received()) for one in (flock, rekor)]
    yield
    assert [len(one.received()) for one in (flock, rekor)] == before


def tells_nothing(reply, *secrets):
    text = (reply.body + repr(reply.headers).encode()).lower()
    return not any(secret.lower().encode() in text for secret in (WORD, MARKED_PLATE, *secrets))


@pytest.mark.usefixtures("unasked")
@pytest.mark.parametrize("bad", ALL, ids=lambda bad: bad.title.replace(" ", "_"))
def test_a_request_with_one_fault_is_refused_by_its_own_name_and_nothing_of_it_repeated(world, somebody, bad):
    heard = say(world.port, bad.wire(somebody.key), source=new_address())
    (reply,) = answers(heard)
    assert (reply.status, reply.codes) == (bad.status, [bad.code])
    assert reply.document["reasons"][0].get("field") == bad.field
    assert reply.headers["content-type"] == "application/problem+json"
    assert tells_nothing(reply, somebody.key)
    record = world.ledger.one(request_id=reply.request_id)
    assert record["decision_id"] == reply.document["decision_id"]
    assert record["deny_reasons"] == record["disclosed_reasons"] == [bad.code]
    assert record["decision"] == "deny"
    assert record.get("deny_field") == bad.field
    assert record["event_type"] == ("decision" if "key_id" in record else "refusal")
    assert WORD not in str(record)


def test_the_same_request_without_a_fault_is_allowed(world, somebody):
    (reply,) = answers(say(world.port, flock_with("sound", "").wire(somebody.key)))
    assert reply.status == 200


@pytest.mark.parametrize("habit", _OFFICER_HABITS, ids=lambda habit: next(iter(habit.values())))
def test_a_clients_habit_is_no_fault_and_changes_nothing(world, officer, habit):
    assert officer.lookup(headers=habit).status == 200
    record = world.ledger.one(event_type="decision", user_id=officer.user_id)
    assert record["src_ip"] == "127.0.0.1"
    assert bool(record.get("notes")) == ("Content-Type" not in habit)


def test_expecting_to_be_told_to_continue_is_no_fault(world, somebody):
    head, _, body = (
        flock_with("sound", "", more=(("Expect", "100-continue"),)).wire(somebody.key).partition(b"\r\n\r\n")
    )
    (reply,) = answers(say(world.port, head + b"\r\n\r\n" + body))
    assert reply.status == 200


@pytest.mark.parametrize("form", ["2026-10-01T00:00:00Z", "2026-10-01T00%3A00%3A00Z", "2026-10-01T00:00:00%2B00:00"])
def test_a_time_in_a_query_may_be_escaped_or_not(somebody, form):
    target = f"{PLATES}?plate=FNA579&start={form}&end={days_ago(1)}&api_key={somebody.key}"
    assert say_get(somebody.port, target).status == 200


def say_get(port, target):
    claims = "".join(f"{name}: {value}\r\n" for name, value in CLAIMS.items())
    (reply,) = answers(say(port, f"GET {target} HTTP/1.1\r\nHost: gateway\r\n{claims}\r\n".encode()))
    return reply


def test_an_unescaped_plus_is_named_in_the_remedy(somebody):
    target = f"{PLATES}?plate=FNA579&start=2026-10-01T00:00:00+00:00&end={days_ago(1)}&api_key={somebody.key}"
    assert "write a plus sign as %2B" in say_get(somebody.port, target).document["reasons"][0]["fix"]


@pytest.fixture(scope="module")
def hostile(world):
    """Hostile requests, each from an address of its own: name → (what came back, address)."""
    sent = {}
    for name in _HOSTILE:
        address = new_address()
        sent[name] = (say(world.port, REQUESTS[name][0], source=address), address)
    return sent


@pytest.mark.usefixtures("unasked")
@pytest.mark.parametrize("name", _HOSTILE)
def test_what_is_no_proper_http_is_told_and_recorded_once_without_a_byte_of_it(world, hostile, name):
    heard, address = hostile[name]
    (reply,) = answers(heard)
    assert (reply.status, reply.codes) == (400, ["request_framing"])
    assert tells_nothing(reply)
    record = world.ledger.one(event_type="refusal", src_ip=address)
    assert record["deny_reasons"] == ["request_framing"]
    assert record["deny_note"] == REQUESTS[name][1]


@pytest.mark.usefixtures("unasked")
@pytest.mark.parametrize(
    "cut",
    [
        lambda wire: wire[:-10],
        lambda wire: wire.replace(b"Content-Length: ", b"Content-Length: 9"),
        lambda wire: chunked(wire, b"zz\r\n"),
        lambda wire: chunked(wire, b"ffffff\r\n"),
        lambda wire: chunked(wire, b"-1\r\n"),
    ],
    ids=["cut off", "announced longer", "a chunk size that is none", "a chunk too short", "a negative chunk"],
)
def test_a_body_that_is_not_whole_is_refused_as_such(world, somebody, cut):
    (reply,) = answers(say(world.port, cut(flock_with("sound", "").wire(somebody.key))))
    assert (reply.status, reply.codes) == (400, ["request_framing"])
    assert world.ledger.one(request_id=reply.request_id)["user_id"] == somebody.user_id


def chunked(wire, chunks):
    head, _, body = wire.partition(b"\r\n\r\n")
    return head.replace(b"Content-Length: %d" % len(body), b"Transfer-Encoding: chunked") + b"\r\n\r\n" + chunks


def test_a_second_request_behind_the_first_is_judged_by_itself(world, flock, somebody):
    before = len(flock.received())
    sound = say_twice(world.port, somebody, b"POST " + LOOKUP.encode() + b" HTTP/1.1\r\nHost: gateway\r\n\r\n")
    assert [(reply.status, reply.codes) for reply in sound] == [(200, []), (401, ["credential_missing"])]
    assert len(flock.received()) == before + 1


def say_twice(port, person, second):
    return answers(say(port, flock_with("sound", "").wire(person.key) + second))


def test_a_head_request_is_answered_without_a_body(world, somebody):
    heard = say(
        world.port, f"HEAD {LOOKUP} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {somebody.key}\r\n\r\n".encode()
    )
    assert heard.startswith(b"HTTP/1.1 403 ")
    assert heard.endswith(b"\r\n\r\n")


def test_a_refusal_names_who_what_and_how_to_put_it_right(somebody):
    reply = somebody.ask("POST", LOOKUP, body=search(limit=99))
    told = reply.document
    assert set(told) == {"type", "title", "status", "detail", "instance", "decision_id", "reasons", "error"}
    assert told["status"] == reply.status == 400
    assert told["type"] == "urn:lpr-gateway:reason:request_out_of_range"
    assert set(told["reasons"][0]) == {"code", "message", "fix", "field"}
