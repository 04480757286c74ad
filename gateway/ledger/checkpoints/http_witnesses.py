"""Witnesses over HTTP: an endpoint that takes a POST, and a program that cosigns (`witness serve`)."""

import errno
import time
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from gateway.call_faults import explain_call, find_untrusted
from gateway.forward_proxy import ForwardProxy
from gateway.ledger.checkpoints.held_notes import Held, find_held
from gateway.net import is_this_host, open_session

if TYPE_CHECKING:
    from requests import Response

_TIMEOUT_S = 3.0
_CONFLICT = 409
_END = 1 << 20
_WHOLE_S = 5.0
FORKED = (
    "it holds another history of this ledger, which was restored from a copy or has forked "
    "(operators.md, A restored ledger and its witness)"
)
"""Why a witness takes nothing that does not follow what it holds."""
LOST = "it holds nothing of this ledger, and took checkpoints before: it has lost them, or another is in its place"
"""Why a witness that holds less than it took takes nothing."""
_REFUSALS = {
    403: "it knows no key that signed this checkpoint: its keeper must give it that one too (witness serve --log)",
    404: "it does not know this ledger: its keeper must give it a checkpoint key (witness serve --log)",
    410: "its keeper has ended this ledger's log there (operators.md, A restored ledger and its witness)",
    422: FORKED,
}


class WitnessRefusalError(OSError):
    """A witness answered, and has not taken the checkpoint; the sentence says why and holds nothing that it sent."""


class Receipt(NamedTuple):
    """What a witness answered: what time it is there, and its cosignature (a signature line), where it says so.

    `holds` is the number of a later checkpoint that it holds, and took this one's place there long ago.
    """

    at: datetime | None = None
    cosignature: str | None = None
    holds: int | None = None


@dataclass(frozen=True, slots=True)
class HttpWitness:
    """POSTs to an endpoint, which answers 2xx when it has kept the note; a GET there should give all that it has."""

    url: str
    ca_file: Path | None = None
    proxy: ForwardProxy | None = None

    @property
    def name(self) -> str:
        """Scheme and host."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def off_host(self) -> bool:
        """Whether no address of the host is this machine's."""
        host = str(urlsplit(self.url).hostname)
        try:
            return not is_this_host(host)
        except OSError:
            if self.proxy is not None and self.proxy.serves(host):
                return True  # a name that only the proxy knows
            raise

    def ask_last(self, origin: str, *, again: bool) -> Held | None:
        """The last note of this ledger in what a GET gives; None where it gives none, for not each endpoint does."""
        if again:
            return None
        try:
            held = find_held(_ask_end(self), origin)
        except OSError:  # where nothing can be reached, the POST will say so
            return None
        return held if held.number else None

    def give(self, whole: str) -> Receipt:
        """POST the note as `text/plain`; no redirects, no proxies from the environment."""
        answer = _post(self, self.url, whole)
        if not answer.ok or answer.is_redirect:
            raise WitnessRefusalError(f"it answered {answer.status_code}")
        return Receipt(at=_date_of(answer))


@dataclass(frozen=True, slots=True)
class CosigningWitness:
    """`witness serve`, or another in the form of C2SP tlog-witness: takes what follows what it holds, and cosigns it."""

    url: str
    ca_file: Path | None = None
    proxy: ForwardProxy | None = None

    @property
    def name(self) -> str:
        """Scheme and host."""
        return HttpWitness(self.url).name

    @property
    def off_host(self) -> bool:
        """Whether the host is not this one."""
        return HttpWitness(self.url, proxy=self.proxy).off_host

    def ask_last(self, origin: str, *, again: bool) -> None:
        """Nothing: it says with each note what it holds."""

    def give(self, whole: str) -> Receipt:
        """POST the note after `old <number before it>`; the answer is the cosignature."""
        number = int(whole.split("\n", 2)[1].removeprefix("checkpoint "))
        answer = _post(self, f"{self.url.rstrip('/')}/add-checkpoint", f"old {number - 1}\n\n{whole}")
        if answer.status_code == _CONFLICT:
            return Receipt(at=_date_of(answer), holds=_read_later(answer.text, number))
        if not answer.ok or answer.is_redirect or not answer.text.startswith("\u2014 "):
            raise WitnessRefusalError(_REFUSALS.get(answer.status_code, f"it answered {answer.status_code}"))
        return Receipt(at=_date_of(answer), cosignature=answer.text)


def ask_kept(url: str, ca_file: Path | None, proxy: ForwardProxy | None = None) -> bytes:
    """What a witness over HTTP gives of what it holds.

    Raises:
        OSError: it gives nothing; the sentence says why.
    """
    with open_session(ca_file, proxy=proxy) as session:
        try:
            answer = session.get(url, timeout=_TIMEOUT_S, allow_redirects=False)
        except OSError as error:
            why = find_untrusted(error) or f"the witness gives no answer: {explain_call(error)}"
            raise OSError(errno.EHOSTUNREACH, why, url) from None
    if not answer.ok or answer.is_redirect:
        raise OSError(errno.EIO, f"the witness answered {answer.status_code}", url)
    return answer.content


def _ask_end(witness: HttpWitness) -> bytes:
    """The end of what a GET gives: an endpoint that keeps notes for years gives many, and the last one says it all."""
    end, over = b"", time.monotonic() + _WHOLE_S
    with (
        open_session(witness.ca_file, whole_s=_WHOLE_S, proxy=witness.proxy) as session,
        session.get(witness.url, timeout=_TIMEOUT_S, allow_redirects=False, stream=True) as answer,
    ):
        for piece in answer.iter_content(_END) if answer.ok and not answer.is_redirect else ():
            end = (end + piece)[-_END:]
            if time.monotonic() > over:
                raise TimeoutError(errno.ETIMEDOUT, "the witness gives without end", witness.url)
    return end


def _post(witness: "HttpWitness | CosigningWitness", url: str, text: str) -> "Response":
    kind = {"Content-Type": "text/plain; charset=utf-8"}
    with open_session(witness.ca_file, whole_s=_WHOLE_S, proxy=witness.proxy) as session:
        return session.post(url, data=text.encode(), headers=kind, timeout=_TIMEOUT_S, allow_redirects=False)


def _read_later(text: str, number: int) -> int:
    """The number in a conflict, where it is a later one; a witness that holds less has lost what it took."""
    held = int(text) if text.strip().isdecimal() else 0
    if held <= number:
        raise WitnessRefusalError(
            f"it holds checkpoint {held}, and took later ones before: it has lost them, or another answers in its place"
        )
    return held


def _date_of(answer: "Response") -> datetime | None:
    """What time it is at an HTTP server."""
    try:
        at = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
