"""The front door: which part answers a request, whose share of the threads it takes, and that nothing slips past."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

from gateway.clock import now
from gateway.errors import Refusal
from gateway.identity import networks
from gateway.ledger.clock_guard import ClockGuard
from gateway.ops.metrics import Metrics
from gateway.pep.lookback import Lookbacks
from gateway.pep.ports import UntoldFailures
from gateway.reasons import Reason
from gateway.server.dispatch import Dispatch
from gateway.vendors import load_profile


class Records:
    """A recorder that keeps what was refused; or fails, as a full disk does."""

    def __init__(self):
        self.refused_for, self.cases, self.fails = [], [], False

    def record_refusal(self, case, refusal, _told, **_more):
        if self.fails:
            raise Refusal(Reason.AUDIT_UNAVAILABLE)
        self.cases.append(case)
        self.refused_for += [reason.value for reason in refusal.reasons]


def mounted(name, prefix, profile):
    return SimpleNamespace(name=name, prefix=prefix, profile=load_profile(profile), host="vendor.example", vendor=None)


@pytest.fixture
def records():
    return Records()


@pytest.fixture
def dispatch(records):
    flock, rekor = mounted("flock", "/flock", "flock"), mounted("rekor", "/rekor", "rekor")
    hosted = mounted("hosted", "", "flock")
    return Dispatch(
        endpoint=SimpleNamespace(
            ports=SimpleNamespace(
                purposes=dict,
                circumstances=tuple,
                ceilings=dict,
                lookbacks=Lookbacks,
                failures=UntoldFailures(),
                recorder=records,
            ),
            acts=records,
        ),
        health=SimpleNamespace(metrics=Metrics()),
        by_prefix={"/flock": flock, "/rekor": rekor},
        by_host={"flock.lpr.agency": hosted},
        trusted=networks(("127.0.0.0/8",)),
        certificate_header=None,
    )


def head(target, *headers, method="GET"):
    return SimpleNamespace(method=method, target=target, headers=tuple(headers), client_certificate=None)


def ask(dispatch, target, *headers, overdue=False, peer="192.0.2.1"):
    answer = dispatch.answer(head(target, *headers), peer, lambda: b"", overdue)
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize("target", ["/", "/flockx/api", "/FLOCK/api", "/other/api", "/gatewayx"])
def test_what_belongs_to_nobody_is_refused_as_such_and_recorded(dispatch, records, target):
    status, told = ask(dispatch, target)
    assert (status, told["reasons"][0]["code"]) == (404, "mount_unknown")
    assert records.refused_for == ["mount_unknown"]


def test_no_token_is_given_out_by_a_clock_that_is_not_believed(dispatch, records):
    dispatch.endpoint.ports.clock = ClockGuard(seen=now() + timedelta(days=2))
    status, told = ask(dispatch, "/flock/oauth/token")
    assert (status, told["reasons"][0]["code"]) == (503, "clock_untrusted")
    assert records.refused_for == ["clock_untrusted"]


@pytest.mark.parametrize("target", ["//flock/api", "/./flock/api", "/%66lock/api"])
def test_another_writing_of_a_vendors_place_is_not_the_vendors(dispatch, records, target):
    status, told = ask(dispatch, target)
    assert (status, told["reasons"][0]["code"]) in {(400, "request_path_not_canonical"), (404, "mount_unknown")}
    assert records.cases[0].mount is None


@pytest.mark.parametrize("host", ["flock.lpr.agency", "FLOCK.lpr.agency", "flock.lpr.agency:8443"])
def test_a_vendor_with_a_host_name_of_its_own_is_found_by_it(dispatch, host):
    assert dispatch.lane(head("/api/v3", ("host", host)), "192.0.2.1")[0] == "hosted"


@pytest.mark.parametrize("host", ["lpr.agency", "flock.lpr.agency.evil.example", "flock.lpr.agency:http", ""])
def test_another_host_name_is_nobodys(dispatch, host):
    assert dispatch.lane(head("/api/v3", ("host", host)), "192.0.2.1")[0] == ""


def test_a_request_takes_the_share_of_its_vendor_and_of_whoever_shows_the_credential(dispatch):
    key = ("authorization", "Bearer k1.secret")
    assert dispatch.lane(head("/flock/api/v3", key), "192.0.2.1") == ("flock", "Bearer k1.secret")
    assert dispatch.lane(head("/flock/api/v3"), "192.0.2.1") == ("flock", "192.0.2.1")
    assert dispatch.lane(head("/rekor/api?plate=X&api_key=k2.secret&topn=1"), "192.0.2.1") == ("rekor", "k2.secret")
    assert dispatch.lane(head("/nowhere", key), "192.0.2.1") == ("", "Bearer k1.secret")


@pytest.mark.parametrize("name", ["client-cert", "x-ssl-client-cert", "x-forwarded-client-cert"])
def test_each_card_that_a_proxy_passes_on_is_a_sender_of_its_own(dispatch, name):
    cards = [dispatch.lane(head("/flock/api/v3", (name, shown)), "192.0.2.1") for shown in ("one", "other")]
    assert cards == [("flock", "one"), ("flock", "other")]
    key = ("authorization", "Bearer k1.secret")
    assert dispatch.lane(head("/flock/api/v3", (name, ""), key), "192.0.2.1") == ("flock", "Bearer k1.secret")


def test_what_waited_too_long_is_refused_and_told_when_to_come_again(dispatch, records):
    answer = dispatch.answer(head("/flock/api/v3"), "192.0.2.1", lambda: b"", True)
    assert (answer.status, dict(answer.headers)["Retry-After"]) == (503, "5")
    assert records.refused_for == ["gateway_busy"]
    assert json.loads(answer.body)["error"].startswith("The gateway cannot take this request"), (
        "Flock's tools read this member"
    )


def test_an_address_told_by_a_trusted_proxy_is_where_a_request_comes_from(dispatch, records):
    forwarded = ("x-forwarded-for", "198.51.100.7")
    ask(dispatch, "/nowhere", forwarded, peer="127.0.0.1")
    ask(dispatch, "/nowhere", forwarded, peer="192.0.2.1")
    believed, ignored = records.cases
    assert (believed.request.source_ip, "forwarded_for_ignored" in believed.notes) == ("198.51.100.7", False)
    assert (ignored.request.source_ip, "forwarded_for_ignored" in ignored.notes) == ("192.0.2.1", True)


def test_what_nobody_foresaw_is_refused_and_recorded_without_its_text(dispatch, records):
    broken = Dispatch(
        endpoint=dispatch.endpoint,
        health=dispatch.health,
        by_prefix={"/flock": SimpleNamespace(name="flock")},
        by_host={},
        trusted=(),
        certificate_header=None,
    )
    status, told = ask(broken, "/flock/api")
    assert (status, told["reasons"][0]["code"]) == (500, "internal_error")
    assert records.refused_for == ["internal_error"]
    assert "SimpleNamespace" not in json.dumps(told)


def test_a_refusal_that_cannot_be_recorded_is_told_as_that(dispatch, records):
    records.fails = True
    status, told = ask(dispatch, "/nowhere")
    assert (status, told["reasons"][0]["code"]) == (503, "audit_unavailable")


def test_no_two_requests_have_the_same_id(dispatch, records):
    ask(dispatch, "/nowhere")
    ask(dispatch, "/nowhere")
    first, second = records.cases
    assert first.request.request_id != second.request.request_id
    assert first.decision_id != second.decision_id
