"""Revocation lists of those who issue cards: what they say of one, and until when they say anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from gateway.clock import format_instant
from gateway.errors import Refusal
from gateway.reasons import Reason

_SOON = timedelta(hours=12)
NOT_THE_CARD = "It is not the card: the gateway has no list in force of those that its issuer revoked. Call the gateway's operator."


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFault:
    """What keeps the cards of an issuer, or all, from being accepted; or, `is_coming`, what soon will.

    `is_sure` is False of an issuer without any list: one that issues no cards, as a root, needs none.
    """

    sentence: str
    is_coming: bool = False
    is_sure: bool = True


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
    lists: Sequence[x509.CertificateRevocationList],
    now: datetime,
) -> None:
    """The issuer's list is in force and does not name the certificate; a list that has run out says nothing good."""
    valid = _find_lists(issuer, lists)
    if any(found.get_revoked_certificate_by_serial_number(certificate.serial_number) for found in valid):
        raise Refusal(Reason.CERTIFICATE_REVOKED)
    if not any(found.next_update_utc is not None and now < found.next_update_utc for found in valid):
        raise Refusal(Reason.CERTIFICATE_INVALID, note="no revocation list in force", hint=NOT_THE_CARD)


def find_list_faults(
    issuers: Sequence[x509.Certificate], lists: Sequence[x509.CertificateRevocationList] | None, now: datetime
) -> list[ListFault]:
    """What is wrong, or soon will be, with the certificates of issuers and their newest lists; `lists` None: none are asked."""
    faults = []
    for issuer in issuers:
        name, ends = issuer.subject.rfc4514_string(), issuer.not_valid_after_utc
        if ends <= now:
            if not any(other.subject == issuer.subject and other.not_valid_after_utc > now for other in issuers):
                told = (
                    f"the certificate of {name} ended at {format_instant(ends)}: every card of that issuer is refused"
                )
                faults.append(ListFault(sentence=told))
        elif lists is not None and (fault := _judge_lists(name, _find_lists(issuer, lists), now)) is not None:
            faults.append(fault)
    return faults


def _find_lists(
    issuer: x509.Certificate, lists: Sequence[x509.CertificateRevocationList]
) -> list[x509.CertificateRevocationList]:
    """The lists that this issuer signed."""
    key = issuer.public_key()
    return [
        found
        for found in lists
        if found.issuer == issuer.subject and found.is_signature_valid(key)  # type: ignore[arg-type]
    ]


def _judge_lists(name: str, lists: Sequence[x509.CertificateRevocationList], now: datetime) -> ListFault | None:
    of = f"the revocation list of {name}"
    if not lists:
        told = f"there is no revocation list of {name}: if it issues cards, every one is refused"
        return ListFault(sentence=told, is_sure=False)
    dated = [(one.next_update_utc, one.last_update_utc) for one in lists if one.next_update_utc is not None]
    if not dated:
        return ListFault(sentence=f"{of} does not say until when it counts: every card of that issuer is refused")
    ends, begins = max(dated)
    if ends <= now:
        told = f"{of} ended at {format_instant(ends)}: every card of that issuer is refused; bring the newest list"
        return ListFault(sentence=told)
    if ends - now <= min(_SOON, (ends - begins) / 4):
        told = (
            f"{of} ends at {format_instant(ends)}: bring the newest list before, or every card is refused from then on"
        )
        return ListFault(sentence=told, is_coming=True)
    return None
