"""Witnesses: places that keep checkpoints where whoever rules this host cannot take them back.

One Protocol, four kinds: a file (on another file system), an HTTP endpoint that takes a POST, a syslog receiver, and a
program that cosigns (`witness serve`).
What a witness kept is read back by `read_kept` to compare the ledger with it.
"""

import base64
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from gateway.durable import Disk, is_special
from gateway.errors import ConfigurationError
from gateway.forward_proxy import ForwardProxy
from gateway.ledger.checkpoints.held_notes import Held, end_torn, find_held, read_end
from gateway.ledger.checkpoints.http_witnesses import CosigningWitness, HttpWitness, Receipt
from gateway.ledger.checkpoints.kept_notes import SYSLOG_MARK
from gateway.net import is_loopback, is_this_host
from gateway.written_hosts import find_url_fault

_TIMEOUT_S = 3.0
_SYSLOG_PRIORITY = 13 * 8 + 5  # log audit, notice


class Witness(Protocol):
    """A place that keeps checkpoints. `name` has no blanks; `off_host`: it is out of this host's reach."""

    @property
    def name(self) -> str:
        """What checkpoints call it."""

    @property
    def off_host(self) -> bool:
        """Whether it is out of this host's reach. Raises OSError where nobody can tell just now."""

    def ask_last(self, origin: str, *, again: bool) -> Held | None:
        """The last note of this ledger that it holds; None where it cannot tell. `again`: this process knows already.

        Raises OSError where it cannot be read.
        """

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

    def ask_last(self, origin: str, *, again: bool) -> Held:  # noqa: ARG002 - another process may have written meanwhile
        """The last note of this ledger in the file."""
        return find_held(read_end(self.path, origin), origin)

    def give(self, whole: str) -> Receipt:
        """Append the note, and wait until it is on the disk."""
        before = end_torn(read_end(self.path, whole.partition("\n")[0]))
        descriptor = self.disk.extend(self.path)
        try:
            self.disk.write(descriptor, before + f"{whole}\n".encode())
            self.disk.sync(descriptor)
        finally:
            os.close(descriptor)
        return Receipt()


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

    def ask_last(self, origin: str, *, again: bool) -> None:
        """Nobody can ask."""

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
_OVER_HTTP: dict[str, Callable[[str, Path | None, ForwardProxy | None], Witness]] = {
    "http": HttpWitness,
    "witness": CosigningWitness,
}


class WitnessAddress(NamedTuple):
    """Where a witness is: its kind (`file`, `http`, `syslog`, `witness`), and a path, a URL, `tcp://host:port` or `udp://…`.

    `ca_file` replaces the system's certificate authorities; through `proxy` a URL is reached where it serves that host.
    """

    kind: str
    target: str
    ca_file: Path | None = None
    proxy: ForwardProxy | None = None


def witness(address: WitnessAddress, *, ledger: Path, disk: Disk) -> Witness:
    """The witness at this address.

    Raises:
        ConfigurationError: the target or the certificate authorities do not fit the kind.
    """
    kind, target, ca_file, proxy = address
    if kind != "file" and "://" in target and (fault := find_url_fault(target)):
        raise ConfigurationError([f"[[audit.witnesses]] target: {fault}"])
    parts = urlsplit(target)
    if ca_file is not None and (kind not in _OVER_HTTP or parts.scheme != "https"):
        raise ConfigurationError(["[[audit.witnesses]] ca_file: only a witness with an https URL shows a certificate"])
    if ca_file is not None and not ca_file.is_file():
        raise ConfigurationError([f"[[audit.witnesses]] ca_file: there is no file {ca_file}"])
    if kind == "file" and Path(target).is_dir():
        raise ConfigurationError([f"[[audit.witnesses]] target: {target} is a folder; name a file in it"])
    if kind == "file" and is_special(Path(target)):
        raise ConfigurationError([f"[[audit.witnesses]] target: {target} is a pipe or a device; name a plain file"])
    if kind == "file" and Path(target).is_absolute():
        return FileWitness(Path(target), ledger, disk)
    if kind in _OVER_HTTP and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))):
        return _OVER_HTTP[kind](target, ca_file, proxy)
    if kind == "syslog" and parts.scheme in ("tcp", "udp") and parts.hostname and parts.port:
        return SyslogWitness(parts.scheme, parts.hostname, parts.port)
    raise ConfigurationError([f'[[audit.witnesses]] target: of kind "{kind}" it must be {_TARGETS.get(kind, "none")}'])
