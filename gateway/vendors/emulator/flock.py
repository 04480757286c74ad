"""Flock Safety v3 as its public description says: OAuth2, search by full plate, pages by id, `{"error": …}`."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from gateway import clock
from gateway.vendors.emulator.sightings import Sighting, list_sightings, normal_text, sightings
from gateway.vendors.profile.profile import Profile

_PAGE = 50
_MOST_PAGES = 10_000
_TOKEN_SECONDS = 3600


class _Search(NamedTuple):
    """A checked search: what a page id stands for, together with an offset."""

    plate: str
    state: str | None
    start: datetime
    end: datetime
    limit: int
    ascending: bool


class _Wrong(HTTPException):
    """An answer of the vendor's that is an error."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence, jsonify(error=sentence))
        self.code = status
        if self.response is not None:
            self.response.status_code = status


class Flock:
    """The vendor's state: tokens issued, pages opened."""

    def __init__(
        self, profile: Profile, *, client: tuple[str, str], seed: int, known: Sequence[tuple[str, str]]
    ) -> None:
        self._profile = profile
        self._client = client
        self._seed = seed
        self._known = known
        self._tokens: set[str] = set()
        self._pages: dict[str, tuple[_Search, int]] = {}

    def mount(self, app: Flask) -> None:
        """Add the vendor's routes to an application."""
        app.add_url_rule("/oauth/token", view_func=self.token, methods=["POST"])
        app.add_url_rule("/api/v3/reads/lookup", view_func=self.lookup, methods=["POST"])
        app.add_url_rule("/api/v3/reads/lookup/page/<page_id>", view_func=self.page, methods=["GET"])
        app.register_error_handler(404, lambda _error: (jsonify(error="Not found"), 404))
        app.register_error_handler(405, lambda _error: (jsonify(error="Method not allowed"), 405))

    def token(self) -> tuple[Response, int]:
        """Client credentials for a bearer token."""
        sent = request.form
        if request.mimetype != "application/x-www-form-urlencoded" or sent.get("grant_type") != "client_credentials":
            return jsonify(error="unsupported_grant_type", error_description="use client_credentials"), 400
        if (sent.get("client_id"), sent.get("client_secret")) != self._client:
            return jsonify(error="invalid_client", error_description="unknown client"), 401
        token = secrets.token_urlsafe(32)
        self._tokens.add(token)
        return jsonify(access_token=token, token_type="Bearer", expires_in=_TOKEN_SECONDS), 200  # noqa: S106

    def lookup(self) -> Response:
        """A search by full plate."""
        self._authenticate()
        document = request.get_json(silent=True)
        if not isinstance(document, dict):
            raise _Wrong(400, "The body is not a JSON object")
        return self._answer(_search(document, self._profile.states), 0)

    def page(self, page_id: str) -> Response:
        """A further page of a search."""
        self._authenticate()
        if page_id not in self._pages:
            raise _Wrong(404, "No such page")
        return self._answer(*self._pages[page_id])

    def _authenticate(self) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self._tokens:
            raise _Wrong(401, "Unauthorized")

    def _answer(self, search: _Search, offset: int) -> Response:
        found = [
            (read, state)
            for plate, state in list_sightings(self._known, search.plate, search.state)
            for read in sightings(plate, state, search.start, search.end, seed=self._seed)
        ]
        found.sort(key=lambda pair: pair[0].serial, reverse=not search.ascending)
        until = offset + search.limit
        answer: dict[str, Any] = {
            "results": [_row(read, self._profile.vendor_states) for read, _ in found[offset:until]],
            "totalItems": len(found),
            "searchTimeMs": 12,
        }
        if until < len(found):
            answer["nextPageId"] = self._open_page(search, until)
        if offset:
            answer["previousPageId"] = self._open_page(search, max(0, offset - search.limit))
        return jsonify(answer)

    def _open_page(self, search: _Search, offset: int) -> str:
        if len(self._pages) >= _MOST_PAGES:
            self._pages.clear()
        page_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self._seed}:{search}:{offset}"))
        self._pages[page_id] = (search, offset)
        return page_id


def _search(document: Mapping[str, Any], states: Mapping[str, str]) -> _Search:
    for name in ("plate", "reason", "startDate", "endDate"):
        if not isinstance(document.get(name), str) or not document[name].strip():
            raise _Wrong(400, f"{name} is required")
    if "radius" in document and "area" in document:
        raise _Wrong(400, "radius and area exclude each other")
    state, limit = document.get("state"), document.get("limit", _PAGE)
    if state is not None and state not in states:
        raise _Wrong(422, "state is not one of the listed ones")
    if not isinstance(limit, int) or not 1 <= limit <= _PAGE:
        raise _Wrong(422, "limit must be from 1 to 50")
    start, end = clock.parse_instant(document["startDate"]), clock.parse_instant(document["endDate"])
    if start is None or end is None or end < start:
        raise _Wrong(400, "startDate and endDate must be date-times in order")
    return _Search(
        plate=normal_text(document["plate"].strip()),
        state=None if state is None else states[state],
        start=start,
        end=end,
        limit=limit,
        ascending=document.get("sort") == [{"field": "capturedAt", "order": "asc"}],
    )


def _row(read: Sighting, names: Mapping[str, str]) -> dict[str, Any]:
    identity = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{read.plate}:{read.serial}"))
    return {
        "id": identity,
        "capturedAt": read.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "device": _device(read.camera),
        "plate": {"plate": read.plate, "confidence": 0.9},
        "state": {"state": names[read.state], "confidence": 0.75},
        "link": f"https://share.flocksafety.com/lookup/{identity}",
        "vehicle": {"color": "blue", "make": "unknown"},
    }


def _device(camera: int) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"camera:{camera}")),
        "type": "camera",
        "name": f"{camera + 1} & Main",
        "location": {
            "latitude": round(34.7 + camera / 100, 2),
            "longitude": round(-92.3 - camera / 100, 2),
            "additionalMetadata": {"pole": str(camera)},
        },
        "network": {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, "network")), "name": "Example Police"},
        "metadata": {},
        "createdAt": "2024-01-01T00:00:00Z",
        "modifiedAt": "2024-06-01T00:00:00Z",
    }
