"""What people do by command with their own key, at a gateway that runs."""

import contextlib
import json
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.demo.agency import CASE, NOBODYS_PLATE
from tests.http.asking import days_ago
from tests.shipping.certificates import Authority

SUPERVISOR = "u05"


@pytest.fixture
def run(world, tmp_path):
    """Runs a command as this person."""

    def as_person(person, *arguments, code=0):
        key = tmp_path / person.key_id
        key.write_text(person.key)
        given = [*arguments, "--url", f"http://127.0.0.1:{world.port}", "--key-file", str(key)]
        result = CliRunner().invoke(main, [*given, "--config", str(world.config)])
        assert result.exit_code == code, result.output
        return result.output

    return as_person


@pytest.fixture
def asked(run, officer):
    """An approval that the officer asked for; its id."""
    arguments = ("--case", CASE, "--scope", "other_purpose", "--hours", "4", "--why", "a written purpose")
    return json.loads(run(officer, "approvals", "request", *arguments, "--json"))["approval_id"]


def test_an_approval_is_asked_for_given_and_withdrawn(world, officer, run, asked):
    supervisor = world.person(SUPERVISOR)
    assert asked in run(officer, "approvals", "list", "--status", "requested")
    given = run(supervisor, "approvals", "approve", asked, "--hours", "4", "--why", "seen and judged")
    assert "approved" in given
    assert "True" in run(supervisor, "approvals", "list", "--status", "approved")
    assert "revoked" in run(supervisor, "approvals", "revoke", asked, "--why", "no longer needed")


def test_who_approves_is_warned_where_the_search_would_still_be_refused(world, officer, run):
    supervisor, lacking = world.person(SUPERVISOR), {"headers": {"X-LPR-Case": CASE}, "plate": "QQX8*"}
    for search, warned in ((lacking, True), ({}, False)):
        refused = officer.plates(target="/rekor/api/search/platecandidate", **search).document["decision_id"]
        arguments = ("--decision", refused, "--hours", "4", "--why", "a witness", "--json")
        asked = json.loads(run(officer, "approvals", "request", *arguments))["approval_id"]
        given = run(supervisor, "approvals", "approve", asked, "--hours", "4", "--why", "seen and judged")
        assert ("would still be refused" in given, "purpose_missing" in given) == (warned, warned)


def test_who_asks_from_a_refusal_that_wants_several_scopes_is_told_the_others(officer, run):
    refused = officer.plates(target="/rekor/api/search/platecandidate", plate="QQX8*", camera=3).document
    assert len(refused["reasons"]) == 2
    arguments = ("--decision", refused["decision_id"], "--hours", "4", "--why", "a witness")
    for scope, others in ((), "geo_search"), (("--scope", "geo_search"), "partial_plate"):
        told = run(officer, "approvals", "request", *arguments, *scope)
        assert told.endswith(f"note: the refusal lets you ask for more, each by its own --scope: {others}\n")


def test_whether_a_plate_is_named_is_said_in_words_and_that_other_hours_were_given_than_asked_for(world, run, asked):
    supervisor, unnamed = world.person(SUPERVISOR), "any plate of the case's own subjects"
    assert f"covers: {unnamed}" in run(supervisor, "approvals", "show", asked)
    assert unnamed in run(supervisor, "approvals", "list", "--status", "requested")
    given = run(supervisor, "approvals", "approve", asked, "--hours", "8", "--why", "seen and judged")
    assert "note: given for 8 h; 4 h asked for" in given


def test_a_protected_plate_is_not_asked_for_without_its_plate(officer, run):
    arguments = ("--case", CASE, "--scope", "protected_plate", "--hours", "4", "--why", "x")
    assert "Give --plate, the protected plate" in run(officer, "approvals", "request", *arguments, code=2)


def test_an_approval_is_denied_and_the_officer_is_told_why(world, officer, run, asked):
    supervisor = world.person(SUPERVISOR)
    assert "denied" in run(supervisor, "approvals", "deny", asked, "--why", "not for this case")
    for person in (officer, supervisor):
        assert "answer: not for this case" in run(person, "approvals", "show", asked)


def test_a_supervisor_sees_the_reason_before_deciding(world, run, asked):
    told = run(world.person(SUPERVISOR), "approvals", "show", asked)
    assert "reason: a written purpose" in told
    assert "status: requested" in told


@pytest.mark.parametrize(
    ("key", "url", "told"),
    [
        ("k1_secret", "127.0.0.1:8080", "write the gateway's address with https://"),
        ("k1_secret", "http://no-such-host.invalid", "no host has this name"),
        ('{"secret": "k1_secret"}', "http://127.0.0.1:1", "the key alone, on one line"),
        ("k1_s\u00e9cret", "http://127.0.0.1:1", "the key alone, on one line"),
        ("k1_secret".encode("utf-16"), "http://127.0.0.1:1", "save it as UTF-8"),
        (b"\xef\xbb\xbfk1_secret\r\n", "http://127.0.0.1:1", "nothing listens there"),
        (b"\xef\xbb\xbf\r\n", "http://127.0.0.1:1", "is empty"),
    ],
)
def test_a_wrong_address_or_key_file_is_told_in_words(tmp_path, key, url, told):
    (tmp_path / "key").write_bytes(key if isinstance(key, bytes) else key.encode())
    given = ["approvals", "list", "--url", url, "--key-file", str(tmp_path / "key")]
    result = CliRunner().invoke(main, given)
    assert (result.exit_code > 0, told in result.output) == (True, True), result.output


def test_what_the_gateway_refuses_is_told_in_its_words(officer, run, asked):
    told = run(officer, "approvals", "approve", asked, "--hours", "4", "--why", "my own", code=1)
    assert told.startswith("Error: ")


def test_a_refused_command_is_told_of_its_options_and_of_commands_and_not_of_what_a_tool_sends(world, run, asked):
    supervisor = world.person(SUPERVISOR)
    given = ("--hours", "999999", "--why", "seen and judged")
    assert "takes: --hours. " in run(supervisor, "approvals", "approve", asked, *given, code=1)
    for unknown in ("no such one", "a/b"):
        told = run(supervisor, "approvals", "approve", unknown, "--hours", "4", "--why", "seen", code=1)
        assert "/gateway/" not in told
    told = run(supervisor, "approvals", "deny", "unknown", "--why", "seen", code=1)
    assert "`lpr-gateway approvals list`" in told


def test_an_emergency_is_listed_and_its_review_ended_by_another_person(world, officer, run):
    searched = officer.lookup(
        plate=NOBODYS_PLATE,
        state=None,
        caseNumber="CALL-4712",
        reason="exigent_circumstances: kidnapping: child taken, call 4712",
        startDate=days_ago(1),
        endDate=days_ago(0),
    )
    assert searched.status == 200
    [mine] = json.loads(run(officer, "emergencies", "list", "--json"))
    told = run(officer, "emergencies", "list")
    assert mine["decision_id"] in told
    arguments = (mine["decision_id"], "--outcome", "justified", "--why", "the call is on tape")
    supervisor = world.person(SUPERVISOR)
    assert run(supervisor, "emergencies", "review", *arguments) == f"{mine['decision_id']}: justified\n"
    for person in (officer, supervisor):
        assert "the call is on tape" in run(person, "emergencies", "list")


def test_without_a_key_nothing_is_asked(world):
    result = CliRunner(env={"LPR_GATEWAY_KEY": ""}).invoke(main, ["approvals", "list", "--config", str(world.config)])
    assert (result.exit_code, "give your key by --key-file" in result.output) == (2, True)


def test_a_key_file_that_is_empty_is_named(world, tmp_path):
    (tmp_path / "key").write_text("\n")
    asked = ("approvals", "list", "--config", str(world.config), "--key-file", str(tmp_path / "key"))
    result = CliRunner().invoke(main, [*asked])
    assert (result.exit_code, "key is empty: your gateway key belongs there" in " ".join(result.output.split())) == (
        2,
        True,
    )


def test_where_nobody_answers_that_is_said(tmp_path):
    key = tmp_path / "key"
    key.write_text("nobody")
    result = CliRunner().invoke(main, ["approvals", "list", "--url", "http://127.0.0.1:1", "--key-file", str(key)])
    assert (result.exit_code, "does not answer: nothing listens there" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("trusted", "hosts", "told"),
    [
        (
            None,
            (),
            "an authority that is not trusted here: SSL_CERT_FILE must name the file of that authority's certificate",
        ),
        ("nowhere.pem", (), "nowhere.pem, which is not there; it must name the file"),
        ("Other-CA.pem", (), "Other-CA.pem, which holds others; it must name the file"),
        (
            "Test-CA.pem",
            ("elsewhere.example",),
            "for another name: --url must have the name that is in its certificate",
        ),
    ],
)
def test_a_certificate_that_is_not_trusted_is_told_with_what_is_to_be_put_right(
    tmp_path, monkeypatch, trusted, hosts, told
):
    Authority(tmp_path, "Other CA")
    own = Authority(tmp_path).issue("server", server=True, hosts=hosts)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / trusted))
    result = _list_approvals_at(own, "https", tmp_path)
    assert (result.exit_code, told in result.output) == (1, True)


def test_http_typed_for_a_gateway_with_tls_of_its_own_is_told_to_be_https(tmp_path):
    result = _list_approvals_at(Authority(tmp_path).issue("server", server=True), "http", tmp_path)
    assert (result.exit_code, "write https:// in place of http://" in result.output) == (1, True)


def _list_approvals_at(own, scheme, folder):
    """What the command tells of a gateway with TLS of its own that is called by this scheme."""
    (folder / "key").write_text("k1_secret")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as beside:
        beside.submit(_shake_hands, listening, context)
        url = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        return CliRunner().invoke(main, ["approvals", "list", "--url", url, "--key-file", str(folder / "key")])


def _shake_hands(listening, context):
    with contextlib.suppress(OSError), listening.accept()[0] as connection:
        context.wrap_socket(connection, server_side=True).close()


def test_a_refusal_of_a_proxy_in_front_is_told_in_its_words(tmp_path):
    key = tmp_path / "key"
    key.write_text("nobody")
    with HTTPServer(("127.0.0.1", 0), _Away) as proxy:
        thread = threading.Thread(target=proxy.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{proxy.server_port}"
        result = CliRunner().invoke(main, ["approvals", "list", "--url", url, "--key-file", str(key)])
        thread.join()
    assert (result.exit_code, result.output) == (1, "Error: The gateway does not answer. Try again in a minute.\n")


def test_a_gateway_that_ends_tls_itself_is_asked_over_tls_where_no_address_is_given(tmp_path, monkeypatch):
    authority = Authority(tmp_path)
    own, config, key = authority.issue("server", server=True), tmp_path / "gateway.toml", tmp_path / "key"
    key.write_text("nobody")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own.certificate, own.key)
    with HTTPServer(("127.0.0.1", 0), _Away) as gateway:
        bind = f"127.0.0.1:{gateway.server_port}"
        config.write_text(f'[server]\nbind = "{bind}"\ntls_cert_file = "{own.certificate}"\ntls_key_file = "{own.key}"')
        gateway.socket = context.wrap_socket(gateway.socket, server_side=True)
        thread = threading.Thread(target=gateway.handle_request)
        thread.start()
        result = CliRunner().invoke(main, ["approvals", "list", "--config", str(config), "--key-file", str(key)])
        thread.join()
    assert result.output == "Error: The gateway does not answer. Try again in a minute.\n"


class _Away(BaseHTTPRequestHandler):
    """What `docs/deploy/nginx.conf` says where no gateway answers."""

    def do_GET(self):
        body = b'{"error":"The gateway does not answer. Try again in a minute.","status":502}'
        self.send_response(502)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing is logged."""
