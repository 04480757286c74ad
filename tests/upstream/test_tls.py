"""TLS to the vendor: verified, by the authorities configured, for the name asked for."""

import datetime as dt
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.reasons import Reason
from tests.upstream.conftest import REQUEST, Vendor
from tests.upstream.test_client import failure_of


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for `localhost`, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test vendor")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "vendor.pem"
    encoding = serialization.Encoding.PEM
    path.write_bytes(
        made.public_bytes(encoding)
        + key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
def tls_vendor(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    running = Vendor(wrap=lambda plain: context.wrap_socket(plain, server_side=True))
    yield running
    running.close()


def test_a_verified_vendor_is_called_over_one_kept_connection(tls_vendor, client_to, certificate):
    client = client_to(f"https://localhost:{tls_vendor.port}", ca_file=certificate)
    for _ in range(3):
        assert client.call(REQUEST).status == 200
    assert tls_vendor.connections == 1


def test_a_vendor_whose_authority_is_not_trusted_is_sent_nothing(tls_vendor, client_to):
    failed = failure_of(client_to(f"https://localhost:{tls_vendor.port}"))
    assert (failed.reason, failed.sent, failed.note) == (Reason.VENDOR_UNREACHABLE, False, "tls_not_verified")
    assert tls_vendor.requests == []


def test_a_certificate_for_another_name_is_refused(tls_vendor, client_to, certificate):
    failed = failure_of(client_to(f"https://127.0.0.1:{tls_vendor.port}", ca_file=certificate))
    assert (failed.sent, failed.note, tls_vendor.requests) == (False, "tls_not_verified", [])


def test_a_vendor_that_speaks_no_tls_is_refused(vendor, client_to, certificate):
    vendor.reply = lambda _connection, _request: False
    failed = failure_of(client_to(f"https://localhost:{vendor.port}", ca_file=certificate, timeout_s=0.5))
    assert failed.sent is False


def test_session_keys_are_written_nowhere(tls_vendor, client_to, certificate, tmp_path, monkeypatch):
    log = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    client_to(f"https://localhost:{tls_vendor.port}", ca_file=certificate).call(REQUEST)
    assert not log.exists()
