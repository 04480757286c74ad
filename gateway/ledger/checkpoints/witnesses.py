"""Witnesses: places that keep checkpoints where whoever rules this host cannot take them back.

One Protocol, four kinds: a file (on another file system), an HTTP endpoint that takes a POST, a syslog receiver, and a
program that cosigns (`witness serve`).
What a witness kept is read back by `kept_by` to compare the ledger with it.
"""

import base64
import errno
import os
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

from gateway.durable import Disk
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpoint import notes_in
from gateway.net import is_loopback, is_this_host, open_session

if TYPE_CHECKING:
    from requests import Response

SYSLOG_MARK = "lpr-checkpoint"
_TIMEOUT_S = 3.0
_CONFLICT = 409
_SYSLOG_PRIORITY = 13 * 8 + 5  # log audit, notice
_IN_SYSLOG = re.compile(rf"{SYSLOG_MARK} (?P<note>[A-Za-z0-9+/=]+)".encode())


class Receipt(NamedTuple):
    """What a witness answered: what time it is there, and its cosignature (a signature line), where it says so."""

    at: datetime | None = None
    cosignature: str | None = None


class Witness(Protocol):
    """A place that keeps checkpoints. `name` has no blanks; `off_host`: it is out of this host's reach."""

    @property
    def name(self) -> str:
        """What checkpoints call it."""

    @property
    def off_host(self) -> bool:
        """Whether it is out of this host's reach. Raises OSError where nobody can tell just now."""

    def give(self, whole: str) -> Receipt:
        """Hand over a signed note. Raises OSError where it was not taken."""


@dataclass(frozen=True, slots=True)
class FileWitness:
    """Appends to a file. Off host only if it lies on another file system than the ledger (a mount from elsewhere)."""

    path: Path
    ledger: Path
    disk: Disk

    @property
    def name(self) -> str:
        """The path, with blanks replaced."""
        return f"file:{self.path}".replace(" ", "_")

    @property
    def off_host(self) -> bool:
        """Whether it is on another file system."""
        return self.path.parent.exists() and self.path.parent.stat().st_dev != self.ledger.stat().st_dev

    def give(self, whole: str) -> Receipt:
        """Append the note, and wait until it is on the disk."""
        descriptor = self.disk.extend(self.path)
        try:
            self.disk.write(descriptor, f"{whole}\n".encode())
            self.disk.sync(descriptor)
        finally:
            os.close(descriptor)
        return Receipt()


@dataclass(frozen=True, slots=True)
class HttpWitness:
    """POSTs to an endpoint, which answers 2xx when it has kept the note; a GET there should give all that it has."""

    url: str

    @property
    def name(self) -> str:
        """Scheme and host."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def off_host(self) -> bool:
        """Whether no address of the host is this machine's."""
        return not is_this_host(str(urlsplit(self.url).hostname))

    def give(self, whole: str) -> Receipt:
        """POST the note as `text/plain`; no redirects, no proxies from the environment."""
        with open_session() as session:
            kind = {"Content-Type": "text/plain; charset=utf-8"}
            answer = session.post(
                self.url, data=whole.encode(), headers=kind, timeout=_TIMEOUT_S, allow_redirects=False
            )
        if not answer.ok or answer.is_redirect:
            raise OSError(f"the witness answered {answer.status_code}")
        return Receipt(at=_date_of(answer))


@dataclass(frozen=True, slots=True)
class CosigningWitness:
    """`witness serve`, or another in the form of C2SP tlog-witness: takes what follows what it holds, and cosigns it."""

    url: str

    @property
    def name(self) -> str:
        """Scheme and host."""
        return HttpWitness(self.url).name

    @property
    def off_host(self) -> bool:
        """Whether the host is not this one."""
        return HttpWitness(self.url).off_host

    def give(self, whole: str) -> Receipt:
        """POST the note after `old <number before it>`; the answer is the cosignature."""
        number = int(whole.split("\n", 2)[1].removeprefix("checkpoint "))
        with open_session() as session:
            answer = session.post(
                f"{self.url.rstrip('/')}/add-checkpoint",
                data=f"old {number - 1}\n\n{whole}".encode(),
                headers={"Content-Type": "text/plain; charset=utf-8"},
                timeout=_TIMEOUT_S,
                allow_redirects=False,
            )
        at = _date_of(answer)
        if answer.status_code == _CONFLICT and _holds_more(answer.text, number):
            return Receipt(at=at)  # given before, and not known here since a crash: the next one is compared again
        if not answer.ok or answer.is_redirect or not answer.text.startswith("\u2014 "):
            raise OSError(f"the witness answered {answer.status_code}")
        return Receipt(at=at, cosignature=answer.text)


def _holds_more(text: str, number: int) -> bool:
    return text.strip().isdecimal() and int(text) > number


@dataclass(frozen=True, slots=True)
class SyslogWitness:
    """Sends RFC 5424 messages, the note as base64 in one line, over TCP (octet counting) or UDP."""

    scheme: str
    host: str
    port: int

    @property
    def name(self) -> str:
        """Scheme and host."""
        return f"syslog-{self.scheme}://{self.host}:{self.port}"

    @property
    def off_host(self) -> bool:
        """Whether no address of the host is this machine's."""
        return not is_this_host(self.host)

    def give(self, whole: str) -> Receipt:
        """Send it. Syslog does not confirm: what is lost is seen when the ledger is compared with the receiver's copy."""
        text = base64.b64encode(whole.encode()).decode()
        message = f"<{_SYSLOG_PRIORITY}>1 - - lpr-gateway - checkpoint - {SYSLOG_MARK} {text}".encode()
        if self.scheme == "udp":
            with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_DGRAM) as out:
                out.sendto(message, (self.host, self.port))
            return Receipt()
        with socket.create_connection((self.host, self.port), timeout=_TIMEOUT_S) as out:
            out.sendall(b"%d %b" % (len(message), message))
        return Receipt()


_TARGETS = {
    "file": "an absolute path",
    "http": "an https URL",
    "witness": "an https URL",
    "syslog": "tcp://host:port or udp://host:port",
}
_OVER_HTTP: dict[str, Callable[[str], Witness]] = {"http": HttpWitness, "witness": CosigningWitness}


def witness(kind: str, target: str, *, ledger: Path, disk: Disk) -> Witness:
    """The witness of this kind (`file`, `http`, `syslog`, `witness`) at this target: a path, a URL, `tcp://host:port` or `udp://…`.

    Raises:
        ConfigurationError: the target does not fit the kind.
    """
    parts = urlsplit(target)
    if kind == "file" and Path(target).is_absolute():
        return FileWitness(Path(target), ledger, disk)
    if kind in _OVER_HTTP and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))):
        return _OVER_HTTP[kind](target)
    if kind == "syslog" and parts.scheme in ("tcp", "udp") and parts.hostname and parts.port:
        return SyslogWitness(parts.scheme, parts.hostname, parts.port)
    raise ConfigurationError([f'[[audit.witnesses]] target: of kind "{kind}" it must be {_TARGETS.get(kind, "none")}'])


def read_kept(target: str) -> list[str]:
    """The notes that a witness kept, in its order: from its file, an https URL, or a syslog receiver's file.

    Raises:
        OSError: it cannot be read.
    """
    if target.startswith(("https://", "http://")):
        with open_session() as session:
            try:
                answer = session.get(target, timeout=_TIMEOUT_S, allow_redirects=False)
            except OSError:
                raise OSError(errno.EHOSTUNREACH, "the witness gives no answer", target) from None
        if not answer.ok or answer.is_redirect:
            raise OSError(errno.EIO, f"the witness answered {answer.status_code}", target)
        content = answer.content
    else:
        content = Path(target).read_bytes()
    in_syslog = [base64.b64decode(match["note"]).decode("utf-8", "replace") for match in _IN_SYSLOG.finditer(content)]
    return in_syslog or [stored.whole for stored in notes_in(content, "") if stored.whole is not None]


def _date_of(answer: "Response") -> datetime | None:
    """What time it is at an HTTP server."""
    try:
        at = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
