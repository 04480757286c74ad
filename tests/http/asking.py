"""Asking the gateway, as tools do and as nobody should: over plain sockets, from any address of loopback."""

import http.client
import itertools
import json
import socket
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from gateway.clock import format_instant, now
from gateway.demo.agency import CASE, PLATE

LOOKUP = "/flock/api/v3/reads/lookup"
PLATES = "/rekor/api/search/plate"
REASON = "criminal_investigation: document fraud ring"
CLAIMS = {"X-LPR-Purpose": "criminal_investigation", "X-LPR-Case": CASE}
_addresses = (f"127.{a}.{b}.7" for a, b in itertools.product(range(1, 250), range(250)))


def new_address() -> str:
    """An address of loopback that no request came from yet."""
    return next(_addresses)


def days_ago(days: float) -> str:
    return format_instant(now() - timedelta(days=days))


def search(**changes: Any) -> dict[str, Any]:
    """A Flock search that is allowed to every officer of the case; None takes a field out."""
    fields = {
        "plate": PLATE,
        "state": "arkansas",
        "reason": REASON,
        "caseNumber": CASE,
        "startDate": days_ago(31),
        "endDate": days_ago(1),
        "limit": 5,
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def parameters(**changes: Any) -> dict[str, Any]:
    """The same for Rekor, which has no place for purpose and case."""
    fields = {"plate": PLATE, "start": days_ago(31), "end": days_ago(1), "topn": "25"} | changes
    return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def codes(self) -> list[str]:
        """The reasons told."""
        return [reason["code"] for reason in self.document.get("reasons", [])] if self.status >= 400 else []

    @property
    def request_id(self) -> str:
        return self.document["instance"].removeprefix("urn:uuid:")


def ask(port: int, method: str, target: str, *, body: Any = None, headers: Any = None, source: str = "") -> Answer:
    """One request on a connection of its own; a body that is no bytes is sent as JSON."""
    headers = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=(source or "127.0.0.1", 0))
    try:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=fields, body=response.read())
    finally:
        connection.close()


def say(port: int, data: bytes, *, source: str = "") -> bytes:
    """Send these bytes, say that no more will come, and read everything that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source or "127.0.0.1", 0)) as wire:
        wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)
        heard = b""
        while piece := wire.recv(65536):
            heard += piece
    return heard


def answers(heard: bytes) -> list[Answer]:
    """What a raw connection heard, taken apart; answers that say to continue are left out."""
    found = []
    while heard:
        head, _, rest = heard.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size, status = int(fields.get("content-length", "0")), int(line.split(" ")[1])
        if status >= 200:
            found.append(Answer(status=status, headers=fields, body=rest[:size]))
        heard = rest[size:]
    return found


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person's tool with that person's key."""

    port: int
    user_id: str
    key_id: str
    key: str = field(repr=False)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def ask(self, method: str, target: str, *, body: Any = None, headers: Any = None, source: str = "") -> Answer:
        """A request with the key as a bearer token."""
        return ask(self.port, method, target, body=body, headers=self.bearer | (headers or {}), source=source)

    def lookup(self, *, headers: Any = None, mount: str = "/flock", **changes: Any) -> Answer:
        """A Flock search."""
        return self.ask("POST", f"{mount}/api/v3/reads/lookup", body=search(**changes), headers=headers)

    def plates(self, *, headers: Any = None, target: str = PLATES, **changes: Any) -> Answer:
        """A Rekor search, the key in the query as Rekor's tools send it."""
        query = urlencode(parameters(**changes) | {"api_key": self.key})
        return ask(self.port, "GET", f"{target}?{query}", headers=CLAIMS if headers is None else headers)
