"""What shipping finds at a start reaches whoever is told of alarms, in words, and counts for Prometheus from its first scrape on."""

import json
import os
import re
import signal
import time

import orjson

from tests.ledger.places import endpoint
from tests.shipping.conftest import until


def number(metrics, name):
    return float(re.search(rf"^{re.escape(name)} (\S+)$", metrics, re.MULTILINE)[1])


def test_a_ledger_that_ends_before_what_was_shipped_is_told_as_that_and_no_record_as_waiting(install, tmp_path):
    with endpoint() as (hook, url):
        sink = f'[[audit.sinks]]\nname = "siem"\nkind = "jsonl"\ntarget = "{tmp_path / "siem.jsonl"}"\n'
        gateway = install(settings=f'[audit]\nnotify_url = "{url}"\n{sink}')
        cursor = gateway.state / "shipping" / "siem.json"
        gateway.start()
        until(lambda: cursor.exists() and "w0" in json.loads(cursor.read_bytes())["chains"])
        gateway.stop()
        kept = json.loads(cursor.read_bytes())
        kept["chains"]["w0"]["seq"] += 1000
        cursor.write_text(json.dumps(kept))
        began = time.time()
        gateway.start()
        hook.wait_for(1)
        ends = "siem: the ledger ends before what was shipped from it"
        told = [orjson.loads(body) for body in hook.bodies]
        assert [item["alarm"] for item in told] == ["ledger_altered"]
        assert told[0]["detail"].startswith(ends)
        until(lambda: any(ends in one for one in json.loads(gateway.ask_admin("/readyz")[1])["warnings"]))
        metrics = gateway.ask_admin("/metrics")[1].decode()
        assert number(metrics, 'lpr_shipping_findings_total{found="rolled_back",sink="siem"}') == 1
        assert began - 1 < number(metrics, "lpr_start_time_seconds") < time.time() + 1


def test_a_worker_that_ends_while_a_token_is_being_replaced_is_followed_by_another_and_nobody_is_shut_out(
    install, tmp_path
):
    token = tmp_path / "token"
    token.write_text("one")
    token.chmod(0o600)
    sink = (
        f'[[audit.sinks]]\nname = "siem"\nkind = "splunk_hec"\ntarget = "http://127.0.0.1:1"\ntoken_file = "{token}"\n'
    )
    gateway = install(settings=sink)
    person = gateway.officer()
    gateway.start()
    token.unlink()
    assert "there is no file" in gateway.run("config", "check").output
    ended = gateway.workers()[0]
    os.kill(ended, signal.SIGKILL)
    until(lambda: ended not in gateway.workers() and len(gateway.workers()) == 2)
    until(lambda: gateway.get("/readyz")[0] == 200 and b"not ready" not in gateway.ask_admin("/readyz")[1])
    assert person.lookup().status == 200
    assert "gateway_ends" not in gateway.log.read_text()
    assert gateway.stop() == 0


def test_a_notify_hook_that_takes_no_alarm_is_a_warning_at_readyz_and_counts_for_prometheus(install, tmp_path):
    with endpoint() as (hook, url):
        hook.status = 404
        sink = (
            f'[[audit.sinks]]\nname = "siem"\nkind = "jsonl"\nalert_after_s = 1\ntarget = "{tmp_path / "away" / "x"}"\n'
        )
        gateway = install(settings=f'[audit]\nnotify_url = "{url}"\n{sink}')
        gateway.start()
        told = "[audit] notify_url takes no alarms: it answers 404 (since "
        until(lambda: any(told in one for one in json.loads(gateway.ask_admin("/readyz")[1])["warnings"]))
        metrics = gateway.ask_admin("/metrics")[1].decode()
    assert number(metrics, 'lpr_notify_failures_total{what="not_taken"}') >= 1
    assert number(metrics, 'lpr_notify_failures_total{what="lost"}') == 0
    assert gateway.log.read_text().count('"notify_fails"') == 1
