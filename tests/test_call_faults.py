"""Why a call failed, of what real sockets and the HTTP library raise on loopback."""

import contextlib
import socket
import ssl
import threading

import pytest

from gateway.call_faults import explain_call
from gateway.net import name_authorities, open_session
from gateway.shipping.sinks.open import open_sink
from tests.shipping.certificates import Authority
from tests.shipping.samples import DENIAL, record
from tests.shipping.usual import sink_options


@pytest.fixture
def silent():
    """A port at which connections are taken and nothing is said."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def shown(tmp_path):
    """A TLS server whose certificate an authority of our own issued; its port, and the authority's file."""
    authority = Authority(tmp_path)
    with serving(authority, wants_ours=False) as port:
        yield port, authority.file


@contextlib.contextmanager
def serving(authority, *, wants_ours, version=ssl.TLSVersion.TLSv1_3):
    """A TLS server for one connection; its port. It may ask for a certificate of the caller's."""
    pair = authority.issue("server", server=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    context.maximum_version = version
    if wants_ours:
        context.load_verify_locations(authority.file)
        context.verify_mode = ssl.CERT_REQUIRED

    def shake(listening):
        try:
            with listening.accept()[0] as connection, context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(4096)
                secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except OSError:
            return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        thread = threading.Thread(target=shake, args=(listening,))
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def failure(url):
    with open_session() as session, pytest.raises(OSError) as raised:  # noqa: PT011 - whatever the library raises
        session.get(url, timeout=0.5)
    return explain_call(raised.value)


def test_nobody_there_no_such_name_and_no_answer_are_told_apart(silent):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        free = closed.getsockname()[1]
    assert failure(f"http://127.0.0.1:{free}") == "nobody listens at that port"
    assert failure("http://nowhere.invalid/") == "its name is not known here"
    assert failure(f"http://127.0.0.1:{silent}") == "no answer in time"


def test_where_one_speaks_tls_and_the_other_does_not_that_is_asked(silent, tmp_path):
    assert failure(f"https://127.0.0.1:{silent}") == "no answer in time to our TLS: does it speak TLS at that port?"
    with serving(Authority(tmp_path), wants_ours=False) as port:
        told = failure(f"http://127.0.0.1:{port}")
    assert told == "it ends the connection without an answer: does it speak TLS, where we do not?"


def test_a_certificate_that_is_not_trusted_is_named_with_its_fault(shown):
    assert failure(f"https://127.0.0.1:{shown[0]}") == (
        "its certificate is not trusted: unable to get local issuer certificate"
    )


def test_the_authorities_given_are_trusted(shown):
    port, file = shown
    with open_session(file) as session:
        assert session.get(f"https://127.0.0.1:{port}", timeout=10).ok


def test_without_authorities_given_an_http_session_trusts_the_systems_as_every_other_connection_does(
    monkeypatch, shown
):
    port, file = shown
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    assert name_authorities(None) == str(file)
    assert ssl.create_default_context().get_ca_certs() != []
    with open_session() as session:
        assert session.get(f"https://127.0.0.1:{port}", timeout=10).ok


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_that_a_certificate_of_ours_is_asked_for_is_not_told_as_a_fault_of_the_other_sides(tmp_path, version):
    authority = Authority(tmp_path)
    with serving(authority, wants_ours=True, version=version) as port:
        options = sink_options(
            name="siem", kind="elasticsearch", target=f"https://127.0.0.1:{port}/lpr", ca_file=authority.file
        )
        with contextlib.closing(open_sink(options)) as sink:
            told = sink.send((record(DENIAL),)).why
    assert told == (
        "the collector cannot be reached: it ends the connection at once: does it accept our certificate, or ask for one?"
    )


def test_a_refused_certificate_of_ours_is_one_sentence_whether_the_alert_or_the_end_of_the_connection_is_seen():
    alert, end = ssl.SSLError(1, "alert"), ssl.SSLEOFError(8, "eof")
    alert.reason = "SSLV3_ALERT_BAD_CERTIFICATE"
    assert explain_call(alert) == explain_call(end)
