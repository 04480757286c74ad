"""Two gateways on one PostgreSQL behind nginx: for officers and vendors one gateway, and one goes on where the other dies."""

import contextlib
import json
import re
import shutil
import subprocess
import time
from urllib.parse import urlencode

import pytest

from gateway.demo.processes import free_port
from gateway.value import replace
from tests.facts.postgres import fresh_database
from tests.http.asking import LOOKUP, ask, search
from tests.http.loads import by_turns, load
from tests.test_deploy import DEPLOY

_WHOLE = """daemon off;
user root;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{site}
}}
"""


def ask_quietly(port):
    try:
        return ask(port, "GET", "/healthz").status
    except OSError:
        return 0


@contextlib.contextmanager
def balanced(folder, ports):
    """nginx as docs/deploy has it, without TLS, before several gateways; its port."""
    port = free_port()
    site = (DEPLOY / "nginx.conf").read_text().replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    site = "\n".join(line for line in site.splitlines() if not line.strip().startswith("ssl_"))
    servers = "".join(f"server 127.0.0.1:{one};\n" for one in ports)
    site = site.replace("server 127.0.0.1:8080;", servers).replace("/var/log/nginx", str(folder))
    (folder / "whole.conf").write_text(_WHOLE.format(folder=folder, site=site))
    process = subprocess.Popen(["/usr/sbin/nginx", "-p", folder, "-c", folder / "whole.conf"])
    try:
        end = time.monotonic() + 30
        while ask_quietly(port) == 0:
            assert time.monotonic() < end
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def two(postgres, install, tmp_path):
    """Two gateways with everything in common but their state; the second is not started."""
    url, shared = fresh_database(postgres).replace(":@", "@"), tmp_path / "shared"
    settings = f'[store]\nurl = "{url}"\nsecrets_directory = "{shared}"\n[facts]\nurl = "{url}"'
    first = install(settings=settings + "\n[limits]\nrequests_per_minute = 1000000")
    second = install(settings=settings + "\n[limits]\nrequests_per_minute = 1000000")
    return first, second


def answered(person, seconds=60):
    """The first search that the proxy has answered by a gateway that lives."""
    end = time.monotonic() + seconds
    while (reply := person.lookup()).status != 200:
        assert (reply.status, time.monotonic() < end) == (502, True), reply.body
        time.sleep(0.1)
    return reply


def token_of(person):
    form = urlencode({"grant_type": "client_credentials", "client_id": person.key_id, "client_secret": person.key})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return ask(person.port, "POST", "/flock/oauth/token", body=form.encode(), headers=headers).document["access_token"]


def test_two_gateways_are_one_to_officers_and_to_the_vendor_and_one_goes_on_where_the_other_dies(
    two, vendors, tmp_path
):
    first, second = two
    people = [first.officer() for _ in range(6)]
    first.start()
    second.start()
    before = len(vendors["spare-flock"].received())

    token = token_of(people[0])
    page = people[0].lookup(limit=2).document["nextPageId"]
    there = replace(people[0], port=second.port)
    assert there.ask("GET", f"{LOOKUP}/page/{page}").status == 200
    bearer = {"Authorization": f"Bearer {token}"}
    assert ask(second.port, "POST", LOOKUP, body=search(), headers=bearer).status == 200
    sent = [one.document["reason"].split(" | ") for one in vendors["spare-flock"].received()[before:] if one.body]
    assert len(sent) == 2
    assert len({parts[-1] for parts in sent}) == 1, "one officer has one pseudonym"

    with balanced(tmp_path, (first.port, second.port)) as port:
        behind = [replace(person, port=port) for person in people]
        with load(by_turns(behind), threads=3) as running:
            first.ledger.wait(lambda: len(running.replies) >= 30, seconds=60)
            first.kill()
            answered(behind[0])
            so_far = len(running.replies)
            first.ledger.wait(lambda: len(running.replies) >= so_far + 30, seconds=60)
        assert {reply.status for _, reply in running.replies} <= {200, 502}
        assert running.lost == 0
        assert ask(port, "POST", LOOKUP, body=search(), headers=bearer).status in (200, 502)
        with load(by_turns(behind), threads=1) as later:  # for longer than nginx leaves a dead gateway alone
            end = time.monotonic() + 25
            first.ledger.wait(lambda: time.monotonic() > end, seconds=60)
        assert {reply.status for _, reply in later.replies} <= {200, 403}, "or the day's number of searches is used up"
    both = [record["decision_id"] for one in (first, second) for record in one.ledger.where(event_type="decision")]
    asked = [one.decision_id for one in vendors["spare-flock"].received()[before:] if one.body]
    assert len(asked) == len(set(asked)), "nothing was sent twice"
    assert set(asked) <= set(both)
    assert sum(reply.status == 200 for _, reply in running.replies) <= len(asked)
    assert second.ledger.where(event_type="decision")
    first.start()
    assert first.stop() == 0
    assert second.stop() == 0
    for one in two:
        assert one.run_json("audit", "verify")["ok"] is True


def test_before_a_second_gateway_begins_it_is_said_which_secrets_it_lacks_and_none_are_made_up(two):
    first, second = two
    first.person("u01")
    second.config.write_text(second.config.read_text().replace("/shared", "/others"))
    symptoms = json.loads(second.run("doctor", "--json").stdout)["symptoms"]
    [told] = [one["sentence"] for one in symptoms if one["topic"] == "store" and one["state"] == "failure"]
    assert "lacks their secrets: bring tokens, pages, pseudonyms, integrity, approvals from one of them" in told
    for command in (("config", "check"), ("serve",)):
        result = second.run(*command)
        assert (result.exit_code, told in result.stderr) == (2, True), command
    assert not (first.folder.parent / "others").exists()


def test_a_secret_that_was_lost_is_told_and_none_is_made_up_in_its_place(two):
    first, _ = two
    first.person("u01")
    (lost := first.folder.parent / "shared" / "tokens").unlink()
    for command in (
        ("config", "check"),
        ("serve",),
        ("doctor",),
        ("keys", "list"),
        ("facts", "import", str(first.folder / "facts")),
    ):
        result = first.run(*command)
        assert result.exit_code != 0
        assert f"{lost.parent} lacks their secrets: bring tokens from one of them" in result.output
        assert not lost.exists()


def test_where_all_secrets_are_lost_no_command_makes_up_others(two):
    first, _ = two
    first.person("u01")
    shared = first.folder.parent / "shared"
    shutil.move(shared, first.folder.parent / "away")
    for command in (("keys", "list"), ("audit", "tail"), ("serve",)):
        assert "lacks their secrets: bring tokens, pages, pseudonyms" in first.run(*command).stderr
        assert not shared.exists()


def test_a_server_with_fewer_connections_than_the_gateway_may_ask_for_is_warned_of(two):
    first, _ = two
    first.person("u01")
    text = first.config.read_text()
    first.config.write_text(
        re.sub(r"\[server\]\n", "[server]\nworkers = 64\nthreads = 64\n", re.sub("(workers|threads) = .*", "", text))
    )
    told = "and this gateway may ask for 9472: raise max_connections, or lower [server] threads"
    assert told in first.run("config", "check").stderr
    assert told in first.run("doctor").stdout


def test_a_database_that_takes_no_writes_is_found_before_the_start_and_by_doctor(two):
    first, _ = two
    first.person("u01")
    text = first.config.read_text()
    url = re.search(r"postgresql[^\"]+", text)[0]
    only = "options=-c%20default_transaction_read_only%3Don"
    first.config.write_text(text.replace(url, f"{url}{'&' if '?' in url else '?'}{only}"))
    told = "takes no writes: is that server a standby, or the database set to be read only?"
    assert told in first.run("config", "check").stderr
    assert told in first.run("doctor").stdout


def test_what_needs_only_the_record_goes_on_without_the_store_and_so_does_an_emergency_stop(two):
    first, _ = two
    first.person("u01")
    text = first.config.read_text()
    first.config.write_text(re.sub(r"postgresql[^\"]+", "postgresql+psycopg://gateway@127.0.0.1:1/lpr", text))
    assert "nobody answers at 127.0.0.1:1" in first.run("config", "check").stderr
    assert first.run("audit", "search", "--event", "key.issued", "--why", "to see").exit_code == 0
    assert first.run("policy", "deactivate", "--why", "The vendor lost data.").exit_code == 0


def test_a_gateway_with_other_secrets_does_not_start_and_doctor_says_which(two):
    first, second = two
    first.person("u01")
    second.config.write_text(second.config.read_text().replace("/shared", "/others"))
    shutil.copytree(first.folder.parent / "shared", first.folder.parent / "others")
    (first.folder.parent / "others" / "tokens").write_bytes(b"o" * 32)
    told = f"{first.folder.parent}/others/tokens is not that of the other gateways on this store: bring it from one of"
    for command in (
        ("config", "check"),
        ("serve",),
        ("keys", "list"),
        ("facts", "import", str(second.folder / "facts")),
    ):
        result = second.run(*command)
        assert result.exit_code == 2, command
        assert told in result.stderr
    symptoms = json.loads(second.run("doctor", "--json").stdout)["symptoms"]
    assert any(one["state"] == "failure" and told in one["sentence"] for one in symptoms if one["topic"] == "store")
    symptoms = json.loads(first.run("doctor", "--json").stdout)["symptoms"]
    assert any("secrets of every gateway" in one["sentence"] for one in symptoms if one["state"] == "ok")
