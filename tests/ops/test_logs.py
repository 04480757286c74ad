"""The operational log: one JSON object a line, and nothing of a caller's in it."""

import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import ConfigurationError, Refusal
from gateway.ops import logs
from gateway.reasons import Reason
from tests.properties import examples

SECRET = "zq-SECRET-ABC123"
SENSITIVE_NAMES = [
    "authorization",
    "Authorization",
    "proxy_authorization",
    "api_key",
    "X-Api-Key",
    "apikey",
    "plate",
    "plate_state",
    "target",
    "query",
    "queryString",
    "request body",
    "headers",
    "reason_text",
    "client_secret",
    "access_token",
    "Set-Cookie",
    "password",
    "url",
    "path",
]


@pytest.fixture
def lines():
    """Everything logged so far, parsed."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    stream = io.StringIO()
    logs.configure("info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before[0], before[1]
    structlog.configure(**before[2])


def test_a_line_has_time_level_event_and_named_values(lines):
    structlog.get_logger().warning("facts are late", age_hours=27.5, revision="r1")
    [line] = lines()
    assert line.pop("time").endswith("Z")
    assert line == {"level": "warning", "event": "facts are late", "age_hours": 27.5, "revision": "r1"}


def test_lines_within_a_request_carry_its_id_and_lines_after_it_do_not(lines):
    with logs.about("r-17"):
        structlog.get_logger().info("inside")
    structlog.get_logger().info("outside")
    assert [line.get("request_id") for line in lines()] == ["r-17", None]


def test_what_is_below_the_level_is_not_written(lines):
    structlog.get_logger().debug("detail")
    assert lines() == []


@pytest.mark.parametrize("name", SENSITIVE_NAMES)
def test_a_value_under_a_sensitive_name_is_replaced(lines, name):
    structlog.get_logger().info("event", **{name: SECRET})
    [line] = lines()
    assert line[name] == "[redacted]"


def nested(leaf):
    return st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )


@settings(max_examples=examples(150))
@given(
    name=st.sampled_from(SENSITIVE_NAMES),
    value=nested(st.just(SECRET)),
    around=nested(st.none() | st.integers() | st.text(max_size=5)),
)
def test_however_deep_a_sensitive_name_lies_nothing_under_it_is_written(name, value, around):
    event = {"event": "e", "a": {"b": [around, {"c": ({name: value},)}]}, name: value}
    assert SECRET not in json.dumps(logs.redact(None, "info", event))


@settings(max_examples=examples(100))
@given(nested(st.none() | st.booleans() | st.integers() | st.text(max_size=8)))
def test_what_is_under_a_harmless_name_is_written_as_it_is(value):
    told = logs.redact(None, "info", {"event": "e", "count": _harmless(value)})
    assert json.loads(json.dumps(told))["count"] == _harmless(value)


def _harmless(value):
    if isinstance(value, dict):
        return {f"n{number}": _harmless(item) for number, item in enumerate(value.values())}
    return [_harmless(item) for item in value] if isinstance(value, list) else value


def test_objects_and_bytes_are_told_by_their_type_only(lines):
    class Holder:
        def __repr__(self) -> str:
            return SECRET

    structlog.get_logger().info("event", one=Holder(), two=SECRET.encode(), three=[Holder()])
    [line] = lines()
    assert (line["one"], line["two"], line["three"]) == ("[Holder]", "[bytes]", ["[Holder]"])


def test_an_exception_is_told_by_type_and_place_without_its_message(lines):
    def fails() -> None:
        try:
            int(SECRET)
        except ValueError as error:
            raise Refusal(Reason.VENDOR_LATE, note=SECRET) from error

    try:
        fails()
    except Refusal:
        structlog.get_logger().exception("the vendor failed")
    [line] = lines()
    assert [link["type"] for link in line["exception"]] == ["Refusal", "ValueError"]
    assert line["exception"][0]["reason"] == "vendor_late"
    assert line["exception"][1]["at"][-1].endswith(" fails")
    assert "ops/test_logs.py:" in line["exception"][0]["at"][0]
    assert SECRET not in json.dumps(line)


def test_a_configuration_that_cannot_be_used_is_told_with_every_mistake(lines):
    structlog.get_logger().error("not started", exc_info=ConfigurationError(["bind must be address:port"]))
    assert lines()[0]["exception"][0]["problems"] == ["bind must be address:port"]


def test_other_packages_are_heard_from_warnings_on_without_their_arguments(lines):
    other = logging.getLogger("some.library")
    other.info("connected to %s", SECRET)
    other.warning("Exception on %s [%s]", SECRET, "GET")
    try:
        Path(SECRET).read_text()
    except OSError:
        other.exception("cannot open %s", SECRET)
    assert [(line["library"], line["message"]) for line in lines()] == [
        ("some.library", "Exception on … […]"),
        ("some.library", "cannot open …"),
    ]
    assert SECRET not in json.dumps(lines())


def test_gunicorn_is_heard_but_for_its_debug_and_access_messages(lines):
    log = logs.GunicornLog(cfg=None)
    log.info("Listening at: %s (%s)", "http://127.0.0.1:8080", 17)
    log.warning("plain, with a 100% sign")
    log.debug("No more data after: %r", SECRET)
    log.access(SECRET)
    log.log("error", "by name")
    log.log("debug", "not at all")
    assert [(line["level"], line["message"]) for line in lines()] == [
        ("info", "Listening at: http://127.0.0.1:8080 (17)"),
        ("warning", "plain, with a 100% sign"),
        ("error", "by name"),
    ]


UNCAUGHT = """
import threading
from gateway.ops import logs

logs.configure()
logs.take_uncaught()

def fail(*_):
    raise ValueError("zq-SECRET-ABC123")

thread = threading.Thread(target=fail)
thread.start()
thread.join()
Ending = type("Ending", (), {"__del__": fail})
Ending()
fail()
"""


def test_what_nobody_caught_is_a_line_like_any_other_and_quotes_nothing():
    ended = subprocess.run([sys.executable, "-c", UNCAUGHT], capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["event"] for line in told] == ["uncaught"] * 3
    assert {line["exception"][0]["type"] for line in told} == {"ValueError"}
    assert (ended.returncode, SECRET in ended.stderr) == (1, False)
