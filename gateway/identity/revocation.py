"""Revocation lists of those who issue cards: what they say of one, and until when they say anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from gateway.clock import format_instant
from gateway.errors import Refusal
from gateway.reasons import Reason

_SOON = timedelta(hours=12)
_NOT_THE_CARD = "It is not the card: the gateway's list of revoked cards is out of date. Call the gateway's operator."


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFault:
    """A list that has ended, so that every card of its issuer is refused; or, `is_coming`, one that soon will have."""

    sentence: str
    is_coming: bool


def read_lists(content: bytes) -> tuple[x509.CertificateRevocationList, ...]:
    """The revocation lists of a PEM file."""
    end = b"-----END X509 CRL-----"
    parts = [part + end for part in content.split(end) if b"-----BEGIN X509 CRL-----" in part]
    if not parts:
        raise ValueError("holds no revocation list")
    return tuple(x509.load_pem_x509_crl(part) for part in parts)


def check_revocation(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    lists: tuple[x509.CertificateRevocationList, ...],
    now: datetime,
) -> None:
    """The issuer's list is in force and does not name the certificate; a list that has run out says nothing good."""
    key = issuer.public_key()
    valid = [
        found
        for found in lists
        if found.issuer == issuer.subject and found.is_signature_valid(key)  # type: ignore[arg-type]
    ]
    if any(found.get_revoked_certificate_by_serial_number(certificate.serial_number) for found in valid):
        raise Refusal(Reason.CERTIFICATE_REVOKED)
    if not any(found.next_update_utc is not None and now < found.next_update_utc for found in valid):
        raise Refusal(Reason.CERTIFICATE_INVALID, note="no revocation list in force", hint=_NOT_THE_CARD)


def find_list_faults(lists: Iterable[x509.CertificateRevocationList], now: datetime) -> list[ListFault]:
    """What is wrong, or soon will be, with the newest list of each issuer."""
    newest: Mapping[x509.Name, datetime] = {
        found.issuer: max(one.next_update_utc for one in lists if one.issuer == found.issuer and one.next_update_utc)
        for found in lists
        if found.next_update_utc
    }
    return [fault for issuer, ends in newest.items() if (fault := _judge_end(issuer, ends, now)) is not None]


def _judge_end(issuer: x509.Name, ends: datetime, now: datetime) -> ListFault | None:
    of = f"the revocation list of {issuer.rfc4514_string()}"
    if ends <= now:
        told = f"{of} ended at {format_instant(ends)}: every card of that issuer is refused; bring the newest list"
        return ListFault(sentence=told, is_coming=False)
    if ends - now <= _SOON:
        told = (
            f"{of} ends at {format_instant(ends)}: bring the newest list before, or every card is refused from then on"
        )
        return ListFault(sentence=told, is_coming=True)
    return None
