"""What arrived, and what goes back: a request as it came off the wire, and an answer."""

from datetime import datetime

from gateway.value import Hidden, Value


class RawRequest(Value, frozen=True, kw_only=True):
    """A request as the HTTP server took it off the wire, before anybody understood it.

    `target` is the request target as received (never decoded); `headers` are in order, names in lower case, one pair a
    field line; `source_ip` is the caller's address, taken from a forwarding header only where a trusted proxy sent it; `client_certificate` (DER)
    is what the caller proved to hold in TLS, to us or to a trusted proxy.
    """

    request_id: str
    time: datetime
    method: str
    target: Hidden[str]
    headers: Hidden[tuple[tuple[str, str], ...]]
    body: Hidden[bytes]
    source_ip: str
    client_certificate: Hidden[bytes | None] = None

    def header(self, name: str) -> str | None:
        """The value of the only field of this (lower-case) name, or None. Repeated fields are refused at recognition."""
        return next((value for key, value in self.headers if key == name), None)


class Answer(Value, frozen=True, kw_only=True):
    """What goes back to the caller, complete."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: Hidden[bytes]
