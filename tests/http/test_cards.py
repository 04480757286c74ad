"""Cards with real certificates: shown to the gateway itself, and to nginx before it; good, revoked, ended, a stranger's."""

import contextlib
import http.client
import ipaddress
import json
import re
import ssl
import subprocess
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509

from gateway.cli import main
from gateway.demo.agency import OFFICER
from gateway.demo.processes import free_port
from tests.http.asking import LOOKUP, Answer, new_address, search
from tests.http.installation import Installation, Place
from tests.identity.cards import Authority, escaped, key_pem, pem, upn

PROXY = "127.0.0.2"
_FILES = ("server.pem", "ca.pem", "crl.pem", "cards.csv")
_SETTINGS = """
tls_cert_file = "server.pem"
tls_key_file = "server.key"
client_ca_file = "ca.pem"
client_crl_file = "crl.pem"
trusted_proxies = ["{proxy}"]
[certificates]
table_file = "cards.csv"
header = "nginx"
"""
_NGINX = """daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{site}
}}
"""
_TO_GATEWAY = (
    "proxy_bind {proxy}; proxy_ssl_verify on; proxy_ssl_trusted_certificate {folder}/ca.pem; proxy_ssl_name gateway;"
)
_DOCS = Path(__file__).parents[2] / "docs"


def write_site(folder, port, gateway):
    """deploy/nginx.conf with the lines of docs/sign-on.md where that says; here the gateway ends TLS as well."""
    site = (_DOCS / "deploy" / "nginx.conf").read_text()
    [lines] = re.findall(r"```nginx\n(.*?)```", (_DOCS / "sign-on.md").read_text(), re.DOTALL)
    emptied = re.findall(r'    proxy_set_header X-SSL-Client-\w+ "";\n', site)
    assert len(emptied) == 2
    site = site.replace(emptied[0], lines + _TO_GATEWAY.format(proxy=PROXY, folder=folder) + "\n").replace(
        emptied[1], ""
    )
    for there, here in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/nginx/tls/gateway": f"{folder}/server",
        "/var/log/nginx/lpr-gateway.log": f"{folder}/access.log",
        "server 127.0.0.1:8080": f"server 127.0.0.1:{gateway}",
        "http://lpr_gateway": "https://lpr_gateway",
        "/etc/ssl/piv-issuers.pem": f"{folder}/ca.pem",
        "/etc/ssl/piv.crl.pem": f"{folder}/crl.pem",
    }.items():
        assert there in site
        site = site.replace(there, here)
    return _NGINX.format(folder=folder, site=site)


class SecuredInstallation(Installation):
    """One that is asked over TLS; `shown` are the certificates it is shown."""

    shown: dict[str, x509.Certificate]
    authority: Authority

    def context(self, card=None):
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the authority of the tests is a short one
        if card is not None:
            context.load_cert_chain(self.folder / f"{card}.pem")
        return context

    def get(self, target):
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = self.say("GET", target)
            return answer.status, answer.body
        return 0, b""

    def say(self, method, target, *, card=None, body=None, headers=None, port=None, source="127.0.0.1"):
        """One request, showing this card."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", port or self.port, context=self.context(card), timeout=20, source_address=(source, 0)
        )
        with contextlib.closing(connection):
            sent = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, target, body and json.dumps(body), sent | (headers or {}))
            response = connection.getresponse()
            return Answer(status=response.status, headers=dict(response.getheaders()), body=response.read())

    def lookup(self, card=None, **more):
        return self.say("POST", LOOKUP, card=card, body=search(), **more)


@pytest.fixture(scope="module")
def secured(tmp_path_factory, vendors):
    """A gateway that ends TLS itself, and believes one proxy; officers with a card each, and their authority."""
    folder, authority = tmp_path_factory.mktemp("cards"), Authority()
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    shown = {
        "server": authority.card("gateway", loopback, x509.DNSName("gateway")),
        "good": authority.card("Avery", upn("avery@agency.example")),
        "revoked": authority.card("Avery", upn("avery@agency.example")),
        "expired": authority.card("Avery", upn("avery@agency.example"), days=(-9, -2)),
        "unmapped": authority.card("Nobody", upn("nobody@agency.example")),
        "stranger": Authority("Another issuer").card("Avery", upn("avery@agency.example")),
    }
    for name, (certificate, key) in shown.items():
        (folder / f"{name}.pem").write_bytes(pem(certificate) + key_pem(key))
    authority.revoked.append(shown["revoked"][0])
    (folder / "server.key").write_bytes(key_pem(shown["server"][1]))
    (folder / "server.key").chmod(0o600)
    (folder / "ca.pem").write_bytes(pem(authority.certificate))
    (folder / "crl.pem").write_bytes(authority.crl())
    (folder / "cards.csv").write_text(f"certificate_name,user_id\nupn:avery@agency.example,{OFFICER}\n")
    place = Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url)
    one = SecuredInstallation(folder, [place])
    one.config.write_text(one.config.read_text().replace("[paths]", _SETTINGS.format(proxy=PROXY) + "[paths]", 1))
    one.authority = authority
    one.shown = {name: certificate for name, (certificate, _) in shown.items()}
    one.import_facts()
    one.start()
    yield one
    one.end()


@pytest.fixture(scope="module")
def nginx(secured):
    """nginx as docs/sign-on.md has it, before that gateway; its port."""
    folder, port = secured.folder, free_port()
    (folder / "nginx.conf").write_text(write_site(folder, port, secured.port))
    process = subprocess.Popen(["/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf"])
    end = time.monotonic() + 30
    try:
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if secured.say("GET", "/healthz", port=port).status == 200:
                    break
            assert time.monotonic() < end, (folder / "nginx.log").read_text()
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def test_a_card_shown_to_the_gateway_itself_searches_and_is_recorded(secured):
    assert secured.lookup("good").status == 200
    record = secured.ledger.where(event_type="decision", user_id=OFFICER)[-1]
    assert (record["actor_method"], record["decision"]) == ("certificate", "allow")


@pytest.mark.parametrize("card", ["revoked", "expired", "unmapped"])
def test_each_card_that_does_not_count_is_refused_in_words(secured, card):
    answer = secured.lookup(card)
    assert (answer.status, answer.codes) == (401, [f"certificate_{card}"])


def test_without_a_card_a_credential_is_missing_and_a_key_still_serves(secured):
    without = secured.lookup()
    assert without.codes == ["credential_missing"]
    assert without.document["reasons"][0]["fix"].endswith("Or show your card: none came with the request.")
    key = secured.run_json("keys", "issue", "--user", OFFICER)["secret"]
    assert secured.lookup(headers={"Authorization": f"Bearer {key}"}).status == 200
    both = secured.lookup("good", headers={"Authorization": f"Bearer {key}"})
    assert both.codes == ["credential_ambiguous"]
    assert "Your card was shown, and a key or token beside it" in both.document["reasons"][0]["fix"]


def test_a_card_of_another_authority_does_not_get_through_the_handshake(secured):
    with pytest.raises(OSError):  # noqa: PT011 - an alert, or the connection's end before it is read
        secured.lookup("stranger", source=new_address())  # the first from there, which is recorded singly
    secured.ledger.wait(lambda: secured.ledger.where(deny_note="tls_handshake"))


@pytest.mark.parametrize("card", [None, "good"])
def test_a_certificate_in_a_header_from_an_untrusted_address_is_refused(secured, card):
    told = {"X-SSL-Client-Verify": "SUCCESS", "X-SSL-Client-Cert": escaped(secured.shown["good"])}
    assert secured.lookup(card, headers=told).codes == ["certificate_untrusted"]
    assert secured.lookup(card, headers={"Client-Cert": ":AAAA:"}).codes == ["certificate_untrusted"]


ASKING = (("POST", LOOKUP), ("GET", "/gateway/whoami"))
"""By a location of nginx's each."""


def ask(secured, nginx, way, card=None, **more):
    method, target = way
    return secured.say(method, target, card=card, body=search() if method == "POST" else None, port=nginx, **more)


@pytest.mark.parametrize("way", ASKING)
def test_a_card_shown_to_nginx_counts(secured, nginx, way):
    assert ask(secured, nginx, way, "good").status == 200


@pytest.mark.parametrize("way", ASKING)
def test_nginx_without_a_card_is_nobody(secured, nginx, way):
    assert ask(secured, nginx, way).codes == ["credential_missing"]


@pytest.mark.parametrize("way", ASKING)
@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("revoked", "certificate_revoked"),
        ("expired", "certificate_expired"),
        ("stranger", "certificate_invalid"),
    ],
)
def test_a_card_that_nginx_does_not_accept_is_refused_by_the_gateway_in_words(secured, nginx, way, card, code):
    answer = ask(secured, nginx, way, card)
    assert (answer.status, answer.codes) == (401, [code])


@pytest.mark.parametrize("way", ASKING)
@pytest.mark.parametrize("card", [None, "expired"])
def test_a_client_cannot_write_the_headers_that_nginx_writes(secured, nginx, way, card):
    told = {"X-SSL-Client-Verify": "SUCCESS", "X-SSL-Client-Cert": escaped(secured.shown["good"])}
    others = {"Client-Cert": ":AAAA:", "X-Forwarded-Client-Cert": 'Cert="x"'}
    answer = ask(secured, nginx, way, card, headers=told | others)
    assert answer.codes == ["certificate_expired" if card else "credential_missing"]


def test_a_list_that_has_ended_is_told_to_the_officer_to_doctor_and_to_monitoring(secured):
    """And a newer one counts as soon as it lies there."""
    path = secured.folder / "crl.pem"
    good = path.read_bytes()
    path.write_bytes(secured.authority.crl(days=-0.5))
    try:
        answer = secured.lookup("good", source=new_address())  # the first from there, recorded singly
        assert (answer.status, answer.codes) == (401, ["certificate_invalid"])
        assert "It is not the card" in answer.document["detail"]
        secured.ledger.wait(lambda: secured.ledger.where(deny_note="no revocation list in force"))
        assert "failure  cards: the revocation list of CN=PIV issuer ended at" in secured.run("doctor").stdout
        wait_for_warning(secured, "the revocation list of CN=PIV issuer ended at")
    finally:
        path.write_bytes(good)
    assert secured.lookup("good").status == 200


def test_of_a_table_of_cards_doctor_names_whom_the_facts_do_not_know(secured):
    path = secured.folder / "cards.csv"
    good = path.read_text()
    path.write_text(good + "upn:other@agency.example,u99\n")
    told = secured.run("doctor").stdout
    path.write_text(good)
    assert "warning  cards: the table of cards names 1 whom the facts do not know: u99" in told


def wait_for_warning(secured, words):
    end = time.monotonic() + 20
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", secured.admin_port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/readyz")
            warnings = json.loads(connection.getresponse().read())["warnings"]
        if any(words in warning for warning in warnings):
            return
        assert time.monotonic() < end, warnings
        time.sleep(0.05)


def test_config_check_names_every_file_of_tls_that_is_bad(tmp_path):
    text = _SETTINGS.format(proxy=PROXY) + '[[vendors]]\nprofile = "flock"\nmount = "/flock"\n'
    text += 'upstream = "http://127.0.0.1:9"\n[vendors.auth]\nkind = "bearer"\ntoken_file = "token"\n'
    (tmp_path / "token").write_text("x")
    config = tmp_path / "gateway.toml"
    config.write_text("[server]\n" + text)
    told = CliRunner().invoke(main, ["config", "check", "--config", str(config)])
    assert told.exit_code == 2
    assert {name for name in (*_FILES, "server.key") if name in told.output} == {*_FILES, "server.key"}
