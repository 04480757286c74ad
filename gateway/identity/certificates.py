"""Client certificates, as PIV cards hold them: whether one is good now, is not revoked, and whose it is by the table.

Who ended TLS has proved that the caller holds the private key. Here the certificate itself is judged again: its time, its
issuer, the revocation list. The table maps names of certificates to persons, letter by letter; nothing is derived.
"""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID, ObjectIdentifier

from gateway.errors import ConfigurationError, Refusal
from gateway.identity.revocation import ListFault, check_revocation, find_list_faults, read_lists
from gateway.identity.watched_file import WatchedFile
from gateway.near_words import suggest_near
from gateway.reasons import Reason

_UPN = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_KINDS = ("subject", "cn", "email", "upn", "uri", "dns")
_COLUMNS = ["certificate_name", "user_id"]
_LONGEST = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOptions:
    """The table of names, and the authorities that issue cards."""

    table_file: Path
    authorities: tuple["Authorities", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorities:
    """The certificates of those who issue cards, and their revocation lists (PEM, any number)."""

    ca_file: Path
    crl_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCertificate:
    """A good certificate: whose it is, until when, and the SHA-256 of it."""

    user_id: str
    expires_at: datetime
    fingerprint: str


class CertificateRegister:
    """Judges certificates by files, read again when they change; one that cannot be read accepts nothing.

    Raises:
        ConfigurationError: with every mistake in the files.
    """

    def __init__(self, options: CertificateOptions) -> None:
        self._table = WatchedFile(options.table_file, read_table)
        self._authorities = [
            (WatchedFile(one.ca_file, read_issuers), WatchedFile(one.crl_file, read_lists) if one.crl_file else None)
            for one in options.authorities
        ]
        if problems := self._unreadable():
            raise ConfigurationError(problems)

    def find_faults(self, now: datetime) -> list[ListFault]:
        """What keeps every card of an issuer, or all, from being accepted now or soon: no fault of any card."""
        if unreadable := self._unreadable():
            return [ListFault(sentence=f"{one}: no card is accepted") for one in unreadable]
        return [
            fault
            for issuers, lists in self._authorities
            for fault in find_list_faults(issuers.content(), None if lists is None else lists.content(), now)
        ]

    def list_people(self) -> frozenset[str]:
        """The user ids that the table names."""
        return frozenset(self._table.content().values())

    def _unreadable(self) -> list[str]:
        files = [self._table, *(file for pair in self._authorities for file in pair if file is not None)]
        return [problem for file in files for problem in file.problems()]

    def judge(self, der: bytes, now: datetime) -> HeldCertificate:
        """Whose certificate this is.

        Raises:
            Refusal: `certificate_invalid`, `certificate_expired`, `certificate_revoked`, `certificate_unmapped`.
        """
        certificate = _parse(der)
        if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
            raise Refusal(Reason.CERTIFICATE_EXPIRED)
        issued = False
        for issuers, lists in self._authorities:
            issuer = _find_issuer(certificate, issuers.content(), now)
            if issuer is not None and lists is not None:
                check_revocation(certificate, issuer, lists.content(), now)
            issued = issued or issuer is not None
        if not issued:
            raise Refusal(Reason.CERTIFICATE_INVALID, note="issuer")
        return HeldCertificate(
            user_id=_find_person(certificate, self._table.content()),
            expires_at=certificate.not_valid_after_utc,
            fingerprint=hashlib.sha256(der).hexdigest(),
        )


def read_table(content: bytes) -> Mapping[str, str]:
    """The table's rows: names of certificates to user ids.

    Raises:
        ValueError: with a sentence on the first line that cannot be so.
    """
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))  # spreadsheets begin their UTF-8 with a mark
    if not rows or rows[0] != _COLUMNS:
        parted = rows and len(rows[0]) == 1 and any(mark in rows[0][0] for mark in ";\t")
        why = ": its cells are separated by something else than commas" if parted else ""
        raise ValueError(f"the first line must be {','.join(_COLUMNS)}{why}")
    table: dict[str, str] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        kind, colon, name = row[0].partition(":")
        if len(row) != len(_COLUMNS) or not all(row) or not colon:
            raise ValueError(f"line {number} must be <{'|'.join(_KINDS)}>:<name>,<user id>")
        if any(part != part.strip() for part in (kind, name, row[1])):
            raise ValueError(f"line {number} has a blank before or behind the kind, the name or the user id")
        if kind not in _KINDS:
            told = f"line {number} begins with {kind[:20]}: where only {', '.join(_KINDS)} are known"
            raise ValueError(f"{told}{suggest_near(kind, _KINDS)}")
        if row[0] in table:
            raise ValueError(f"line {number} names a certificate a second time")
        table[row[0]] = row[1]
    return table


def read_issuers(content: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of those who issue cards."""
    found = tuple(x509.load_pem_x509_certificates(content))
    for number, certificate in enumerate(found, 1):
        if not _may_issue(certificate):
            name = certificate.subject.rfc4514_string()
            raise ValueError(f"certificate {number} ({name}) is no issuer's but a card's or a server's own")
    return found


def _may_issue(certificate: x509.Certificate) -> bool:
    """One that says nothing about it may: such are old roots."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return True
    except Exception:  # noqa: BLE001 - what the library raises for an extension that is there twice is nothing narrower
        raise ValueError("holds a certificate whose extensions cannot be read") from None


def names(certificate: x509.Certificate) -> Iterator[str]:
    """Every name a table may know this certificate by."""
    yield f"subject:{certificate.subject.rfc4514_string()}"
    for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        yield f"cn:{attribute.value!s}"
    try:
        san = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    for name in san:
        if isinstance(name, x509.RFC822Name):
            yield f"email:{name.value}"
        elif isinstance(name, x509.UniformResourceIdentifier):
            yield f"uri:{name.value}"
        elif isinstance(name, x509.DNSName):
            yield f"dns:{name.value}"
        elif isinstance(name, x509.OtherName) and name.type_id == _UPN:
            yield f"upn:{_utf8_string(name.value)}"


def _utf8_string(der: bytes) -> str:
    """The text of a short DER UTF8String, as a user principal name is."""
    if len(der) < 2 or der[0] != 0x0C or der[1] != len(der) - 2:  # noqa: PLR2004 - tag, length, text
        raise Refusal(Reason.CERTIFICATE_INVALID, note="user principal name")
    return der[2:].decode("utf-8", "replace")


def _parse(der: bytes) -> x509.Certificate:
    try:
        if len(der) > _LONGEST:
            raise ValueError
        return x509.load_der_x509_certificate(der)
    except ValueError:
        raise Refusal(Reason.CERTIFICATE_INVALID, note="form") from None


def _find_issuer(
    certificate: x509.Certificate, issuers: tuple[x509.Certificate, ...], now: datetime
) -> x509.Certificate | None:
    """Who issued the certificate, of those whose own has begun and not ended."""
    for issuer in issuers:
        if not issuer.not_valid_before_utc <= now < issuer.not_valid_after_utc:
            continue
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return issuer
    return None


def _find_person(certificate: x509.Certificate, table: Mapping[str, str]) -> str:
    found = {table[name] for name in names(certificate) if name in table}
    if len(found) != 1:
        raise Refusal(Reason.CERTIFICATE_UNMAPPED, note="several persons" if found else "no person")
    return found.pop()
