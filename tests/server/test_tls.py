"""TLS ended by the gateway's own worker: real certificates, real handshakes, clients that stall in them."""

import contextlib
import http.client
import ipaddress
import json
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.server.client import Client, ConnectionDeadlines
from gateway.server.tls import TlsFiles, find_problems
from tests.identity.cards import Authority, key_pem, pem
from tests.server.conftest import Server

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


class Cards:
    """A folder with the server's certificate, its authority and those of clients."""

    def __init__(self, folder):
        self.folder, self.authority, self.stranger = folder, Authority(), Authority("Another issuer")
        certificate, key = Authority.card(self.authority, "gateway", LOOPBACK)
        (folder / "server.pem").write_bytes(pem(certificate))
        (folder / "server.key").write_bytes(key_pem(key))
        (folder / "ca.pem").write_bytes(pem(self.authority.certificate))
        self.shown = {
            "good": self.authority.card("u01"),
            "expired": self.authority.card("u02", days=(-9, -2)),
            "stranger": self.stranger.card("u01"),
        }
        for name, (certificate, key) in self.shown.items():
            (folder / f"{name}.pem").write_bytes(pem(certificate) + key_pem(key))

    def context(self, name=None, **versions):
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the authority of the tests is a short one
        for version, value in versions.items():
            setattr(context, version, value)
        if name is not None:
            context.load_cert_chain(self.folder / f"{name}.pem")
        return context


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    return Cards(tmp_path_factory.mktemp("cards"))


@pytest.fixture(scope="module")
def secured(tmp_path_factory, cards):
    running = Server(tmp_path_factory.mktemp("tls"), "--tls", str(cards.folder), "--limit-s", "3")
    yield running
    running.stop()


def ask(server, context, target="/held", **more):
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=15)
    with contextlib.closing(connection):
        connection.request("POST" if more else "GET", target, **more)
        return connection.getresponse().read()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_certificate_that_a_client_holds_reaches_the_application(secured, cards, version):
    held = ask(secured, cards.context("good", minimum_version=version, maximum_version=version))
    assert held == cards.shown["good"][0].fingerprint(cards.shown["good"][0].signature_hash_algorithm).hex().encode()


def test_whoever_shows_a_certificate_is_a_sender_of_their_own_behind_whatever_address():
    here, there = socket.socketpair()
    with here, there:
        senders = [Client(here, "192.0.2.1", 1024, ConnectionDeadlines()) for _ in range(4)]
        for sender, shown in zip(senders, (b"one", b"one", b"other", None), strict=True):
            sender.show(shown)
    assert senders[0].sender == senders[1].sender
    assert len({one.sender for one in senders}) == 3
    assert senders[3].sender == "192.0.2.1"


def test_a_client_without_a_certificate_is_served(secured, cards):
    assert ask(secured, cards.context()) == b"none"


def test_an_expired_certificate_passes_the_handshake_to_be_refused_in_words(secured, cards):
    assert ask(secured, cards.context("expired")) not in (b"", b"none")


def test_a_certificate_of_another_authority_fails_the_handshake_and_is_recorded(secured, cards):
    with pytest.raises(OSError):  # noqa: PT011 - an alert, or the connection's end before it is read
        ask(secured, cards.context("stranger"))
    secured.wait_for(lambda: [row for row in secured.lines("refused") if row[2] == "tls_handshake"])


def test_tls_1_1_is_refused(secured, cards):
    old = cards.context()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):  # noqa: PT011
        ask(secured, old)


def test_plain_http_is_not_served_where_tls_is(secured):
    assert b"200 OK" not in secured.say(b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n")


def test_clients_that_stall_in_their_handshake_hold_nobody_up_and_are_ended(secured, cards):
    with contextlib.ExitStack() as stack:
        stalled = [stack.enter_context(secured.connect()) for _ in range(20)]
        for one in stalled[10:]:
            one.sendall(bytes.fromhex("160301020001"))  # the beginning of a hello
        assert ask(secured, cards.context()) == b"none"  # one after another, they would take a minute
        assert [one.recv(1) for one in stalled] == [b""] * 20


def test_large_bodies_and_answers_pass_whole(secured, cards):
    with ThreadPoolExecutor(3) as pool:
        bodies = ["x" * size for size in (16_383, 16_385, 99_999)]
        told = list(pool.map(lambda body: ask(secured, cards.context(), "/echo", body=body), bodies))
    assert [json.loads(answer)[3] for answer in told] == bodies
    assert len(ask(secured, cards.context(), "/large")) == 50_000_000


def test_a_connection_is_kept_and_a_record_in_pieces_is_awaited(secured, cards):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = cards.context().wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with secured.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def until(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    connection.sendall(outgoing.read())
                    incoming.write(connection.recv(65536))

        until(client.do_handshake)
        for _ in range(3):
            client.write(b"GET /held HTTP/1.1\r\nHost: gateway\r\n\r\n")
            record = outgoing.read()
            connection.sendall(record[:9])
            connection.sendall(record[9:])
            assert until(lambda: client.read(65536)).endswith(b"none")


def files(folder, **changes):
    paths = {"cert_file": folder / "server.pem", "key_file": folder / "server.key", "client_ca_file": folder / "ca.pem"}
    return TlsFiles(**paths | changes)


def test_every_file_that_cannot_be_used_is_named(cards, tmp_path):
    assert find_problems(files(cards.folder)) == []
    (tmp_path / "text").write_text("no certificate")
    bad = {"cert_file": tmp_path / "text", "key_file": tmp_path / "gone", "client_ca_file": cards.folder / "gone.pem"}
    problems = find_problems(files(cards.folder, **bad))
    assert [problem.split(":")[0] for problem in problems] == [
        "[server] tls_cert_file",
        "[server] client_ca_file",
        "[server] tls_key_file",
    ]


def test_a_key_of_another_certificate_and_a_certificate_that_ended_are_named(cards, tmp_path):
    (tmp_path / "other.key").write_bytes(key_pem(cards.shown["good"][1]))
    assert "is not the key" in find_problems(files(cards.folder, key_file=tmp_path / "other.key"))[0]
    (tmp_path / "other.key").write_bytes(key_pem(Ed25519PrivateKey.generate()))
    assert "is not the key" in find_problems(files(cards.folder, key_file=tmp_path / "other.key"))[0]
    assert "ended at" in find_problems(files(cards.folder, cert_file=cards.folder / "expired.pem"))[0]
