"""A small authority that issues cards and revokes them, with real certificates."""

import datetime as dt
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

_DAY = dt.timedelta(days=1)


class Authority:
    """Issues certificates from its own key; `crl` names those revoked."""

    def __init__(self, name="PIV issuer", now=None):
        self.now = (now or dt.datetime.now(dt.UTC)).replace(tzinfo=None)  # the library compares without a zone
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.revoked = []
        self.certificate = self._signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=0))

    def card(self, common_name, *names, days=(-1, 30)):
        """A certificate with these alternative names, and its private key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        extension = x509.SubjectAlternativeName(names) if names else x509.BasicConstraints(ca=False, path_length=None)
        return self._signed(subject, key, extension, days), key

    def crl(self, days=7):
        builder = x509.CertificateRevocationListBuilder(issuer_name=self.name, last_update=self.now - _DAY)
        builder = builder.next_update(self.now + dt.timedelta(days=days))
        for certificate in self.revoked:
            revoked = x509.RevokedCertificateBuilder(certificate.serial_number, self.now - _DAY)
            builder = builder.add_revoked_certificate(revoked.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _signed(self, subject, key, extension, days=(-1, 30)):
        start, end = (self.now + dt.timedelta(days=day) for day in days)
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number(), start, end)
        return builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())


def upn(text):
    """A user principal name, as PIV cards have it."""
    return x509.OtherName(ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), bytes([0x0C, len(text)]) + text.encode())


def pem(certificate):
    return certificate.public_bytes(Encoding.PEM)


def der(certificate):
    return certificate.public_bytes(Encoding.DER)


def key_pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def escaped(certificate):
    """As nginx and Envoy put it into a header."""
    return quote(pem(certificate).decode(), safe="")
