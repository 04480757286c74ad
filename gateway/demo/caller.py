"""A caller as the officers' tools are: plain HTTP, the gateway key where the vendor's API has its own credential."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from gateway.demo.steps import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the caller was told: the status and the parsed answer (a list of rows is put under `results`)."""

    status: int
    document: dict[str, Any]

    @property
    def reasons(self) -> list[dict[str, str]]:
        """The reasons of a refusal; empty where the search was answered."""
        return list(self.document.get("reasons", [])) if self.status >= 400 else []  # noqa: PLR2004 - HTTP's errors


class Caller:
    """One person's tool, talking to the gateway on loopback."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key

    def ask(self, step: Step) -> Told:
        """Send a step's request."""
        headers, target = dict(step.headers), step.target
        if target.startswith("/rekor"):
            target += ("&" if "?" in target else "?") + f"api_key={quote(self._key)}"
        else:
            headers["Authorization"] = f"Bearer {self._key}"
        return self._send("GET" if step.json is None else "POST", target, headers, step.json)

    def declare(self, mount: str, purpose: str, case_number: str) -> int:
        """Declare a context; the HTTP status."""
        body = {"purpose": purpose, "case_number": case_number, "mount": mount, "hours": 8}
        return self._send("POST", "/gateway/contexts", {"Authorization": f"Bearer {self._key}"}, body).status

    def get(self, path: str) -> Told:
        """What one of the gateway's own addresses says."""
        return self._send("GET", path, {"Authorization": f"Bearer {self._key}"}, None)

    def post(self, path: str, body: Mapping[str, object]) -> Told:
        """Do something at one of the gateway's own addresses."""
        return self._send("POST", path, {"Authorization": f"Bearer {self._key}"}, body)

    def _send(self, method: str, target: str, headers: dict[str, str], body: Any) -> Told:  # noqa: ANN401 - JSON
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            content = None if body is None else json.dumps(body)
            headers = headers if content is None else headers | {"Content-Type": "application/json"}
            connection.request(method, target, content, headers)
            answer = connection.getresponse()
            document = json.loads(answer.read() or b"{}")
            return Told(
                status=answer.status, document=document if isinstance(document, dict) else {"results": document}
            )
        finally:
            connection.close()
