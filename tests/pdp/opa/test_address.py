import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.errors import Refusal
from gateway.net import Deadline
from gateway.pdp.opa.address import connect, parse_address
from gateway.pdp.opa.engine import OpaEngine
from gateway.reasons import Reason
from tests.pdp.policies import DENIED
from tests.pdp.servers import always, answer, drip, listening


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "opa")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    path = tmp_path_factory.mktemp("tls") / "opa.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def reason(engine):
    with pytest.raises(Refusal) as refused:
        engine.decide(DENIED)
    return refused.value.reason


def test_an_engine_over_tls_is_asked_and_asked_again(tls, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with listening(always(answer("r1")), tls) as (url, received):
        engine = OpaEngine(url, "r1", deadline_s=5)
        assert [engine.decide(DENIED).allow for _ in range(2)] == [False, False]
        assert engine.health() is None
        assert len(received) == 4


def test_an_engine_whose_certificate_nobody_vouches_for_is_not_asked(tls):
    with listening(always(answer("r1")), tls) as (url, received):
        assert reason(OpaEngine(url, "r1", deadline_s=5)) is Reason.ENGINE_UNAVAILABLE
        assert received == []


def test_tls_does_not_outlast_the_deadline_either(tls, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with listening(drip(answer("r1"), every_s=0.02), tls) as (url, _):
        started = time.monotonic()
        assert reason(OpaEngine(url, "r1", deadline_s=0.4)) is Reason.ENGINE_LATE
        assert time.monotonic() - started < 1.5


def test_a_server_that_never_shakes_hands_does_not_outlast_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as server:
        engine = OpaEngine(f"https://127.0.0.1:{server.getsockname()[1]}", "r1", deadline_s=0.2)
        started = time.monotonic()
        assert reason(engine) is Reason.ENGINE_LATE
        assert time.monotonic() - started < 1.5


def test_what_is_too_much_to_send_in_time_is_broken_off():
    with listening(lambda *_: True) as (url, _), connect(parse_address(url), Deadline(0.2)) as connection:
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            connection.sendall(b"Content-Length: 1" * (1 << 22))
        assert time.monotonic() - started < 1.5


def test_a_deadline_that_has_passed_is_no_time_at_all():
    with listening(always(answer("r1"))) as (url, _), pytest.raises(TimeoutError):
        connect(parse_address(url), Deadline(-1))
