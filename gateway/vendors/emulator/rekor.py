"""Rekor Scout v2 as its public description says: a key in the URL, searches by query string, Django's rows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from flask import Flask, Response, abort, jsonify, request

from gateway import clock
from gateway.vendors.emulator.sightings import Sighting, list_sightings, normal_text, sightings

_BEGINNING = datetime(2015, 1, 1, tzinfo=UTC)
_SITES = ("hq", "north", "south")


class Rekor:
    """The vendor: it keeps nothing between requests."""

    def __init__(self, *, api_key: str, seed: int, known: Sequence[tuple[str, str]]) -> None:
        self._api_key = api_key
        self._seed = seed
        self._known = known

    def mount(self, app: Flask) -> None:
        """Add the vendor's routes to an application."""
        for name, row in (("plate", _plate_row), ("platecandidate", _candidate_row), ("alert", _alert_row)):
            app.add_url_rule(f"/api/search/{name}", name, self._search(row), methods=["GET"])
        for status in (400, 401, 404, 405):
            app.register_error_handler(status, lambda error: (jsonify(error=error.description), error.code))

    def _search(self, row: Callable[[Sighting], dict[str, Any]]) -> Callable[[], Response]:
        def view() -> Response:
            if request.args.get("api_key") != self._api_key:
                abort(401, "No valid API key or session")
            reads = self._find(request.args)
            return jsonify([row(read) for read in reads])

        return view

    def _find(self, args: Mapping[str, str]) -> list[Sighting]:
        start, end = _instant(args, "start"), _instant(args, "end")
        if start is None and end is None:
            abort(400, "At least start or end must be defined")
        start, end = start or _BEGINNING, end or clock.now()
        asked = (
            [(normal_text(args["plate"]), None)] if args.get("plate") else [(plate, of) for plate, of in self._known]
        )
        reads = [
            read
            for plate, of in asked
            for found, state in list_sightings(self._known, plate, of)
            for read in sightings(found, state, start, end, seed=self._seed)
        ]
        reads.sort(key=lambda read: read.serial, reverse=args.get("order", "desc") == "desc")
        return _limit([read for read in reads if _at_place(read, args)], args.get("topn"))


def _instant(args: Mapping[str, str], name: str) -> datetime | None:
    if name not in args:
        return None
    found = clock.parse_instant(args[name])
    return abort(400, f"{name} is not an ISO 8601 time") if found is None else found


def _limit(reads: list[Sighting], topn: str | None) -> list[Sighting]:
    if topn is None:
        return reads
    return reads[: int(topn)] if topn.isdigit() else abort(400, "topn is not a number")


def _at_place(read: Sighting, args: Mapping[str, str]) -> bool:
    place = _place(read)
    return all(
        args.get(name, str(place[of])) == str(place[of]) for name, of in (("camera", "camera"), ("site", "site_id"))
    )


def _place(read: Sighting) -> dict[str, Any]:
    site = read.camera % len(_SITES)
    return {"agent_uid": f"AGENT{site}", "camera": 1000 + read.camera, "camera_id": 1000 + read.camera, "company": 1,
            "site": _SITES[site], "site_id": 10 + site}  # fmt: skip


def _plate_row(read: Sighting) -> dict[str, Any]:
    corners = {f"plate_{axis}{corner}": 100 * corner + read.camera for corner in range(1, 5) for axis in "xy"}
    return _row("plate", read, {
        "best_plate": read.plate, "best_confidence": 93.87, "best_index": 0, "best_uuid": _uuid(read),
        "epoch_time_start": _write_time(read.time), "epoch_time_end": _write_time(read.time + timedelta(seconds=2)),
        "img_width": 4096, "img_height": 2160, **corners, "processing_time_ms": 52.1,
    })  # fmt: skip


def _candidate_row(read: Sighting) -> dict[str, Any]:
    return _row("platecandidate", read, {
        "plate_number": read.plate, "confidence": 81.5, "group": read.serial, "uuid": _uuid(read),
        "epoch_time": _write_time(read.time), "plate_index": read.serial % 5,
    })  # fmt: skip


def _alert_row(read: Sighting) -> dict[str, Any]:
    return _row("alert", read, {
        "plate_number": read.plate, "confidence": 90.2, "plate_group": read.serial, "epoch_time": _write_time(read.time),
        "description": "Stolen vehicle", "alert_group": 3, "alert_group_name": "Stolen",
    })  # fmt: skip


def _row(model: str, read: Sighting, fields: dict[str, Any]) -> dict[str, Any]:
    beyond = {"vehicle_color": "blue"}  # as a vendor adds fields in time; no state, for Rekor's rows have none
    return {"pk": 7_000_000 + read.serial, "model": model, "fields": {**_place(read), **fields, **beyond}}


def _uuid(read: Sighting) -> str:
    return blake2b(f"{read.plate}:{read.serial}".encode(), digest_size=12).hexdigest()


def _write_time(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
