"""What an operator configures of a vendor connection, checked before anything is opened."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gateway.errors import ConfigurationError
from gateway.forward_proxy import ForwardProxy
from gateway.net import is_loopback
from gateway.written_hosts import find_url_fault

_PREFIX = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*")
_MOST_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where requests go: scheme, host and port, the `Host` field's text, and a path prefix ("" for none)."""

    tls: bool
    host: str
    port: int
    authority: str
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamOptions:
    """One vendor's upstream. `timeout_s` bounds a whole call, name resolution, connecting and renewal of tokens included.

    `ca_file` replaces the system's certificate authorities by those in the file (PEM). `proxy` is the way out where there
    is no other. `idle_connections` is the most
    that are kept open between calls, each for at most `idle_s` seconds.
    """

    base_url: str
    timeout_s: float
    max_response_bytes: int
    ca_file: Path | None = None
    proxy: ForwardProxy | None = None
    idle_connections: int = 8
    idle_s: float = 30.0

    def problems(self) -> list[str]:
        """Every mistake, one plain sentence each; empty where there is none."""
        found = _url_problems(self.base_url)
        if not 0 < self.timeout_s <= _MOST_SECONDS:
            found.append(f"timeout_s must be above 0 and at most {_MOST_SECONDS} seconds.")
        if self.max_response_bytes <= 0:
            found.append("max_response_bytes must be above 0.")
        if self.ca_file is not None and not self.ca_file.is_file():
            found.append(f"[vendors] ca_file: {self.ca_file} is not a file that can be read.")
        return found

    def find_proxy(self) -> ForwardProxy | None:
        """The proxy through which this upstream is reached; None where it is reached without one."""
        host = self.origin().host
        return self.proxy if self.proxy is not None and self.proxy.serves(host) else None

    def origin(self) -> Origin:
        """The parsed `base_url`.

        Raises:
            ConfigurationError: with everything `problems` finds.
        """
        if found := self.problems():
            raise ConfigurationError(found)
        parts = urlsplit(self.base_url)
        tls, host = parts.scheme == "https", parts.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        return Origin(
            tls=tls,
            host=host,
            port=parts.port or (443 if tls else 80),
            authority=shown if parts.port is None else f"{shown}:{parts.port}",
            prefix=parts.path.rstrip("/"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentialsOptions:
    """OAuth2 client credentials (RFC 6749 §4.4), sent in the form body. `token` is the token endpoint, path included."""

    token: UpstreamOptions
    client_id: str
    client_secret_file: Path = field(repr=False)
    audience: str | None = None


def _url_problems(url: str) -> list[str]:
    if fault := find_url_fault(url):
        return [f"The upstream {fault}."]
    found, parts = [], urlsplit(url)
    if parts.username is not None or parts.query or parts.fragment or _PREFIX.fullmatch(parts.path.rstrip("/")) is None:
        found.append("The upstream must be scheme, host, port and a plain path only.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        found.append("The upstream must be https; plain http is for loopback only.")
    return found
