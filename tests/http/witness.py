"""An emulated vendor that looks into the gateway's ledger the moment a search arrives, before it answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from gateway.vendors import load_profile
from gateway.vendors.emulator import DemoCredentials, create_emulator
from tests.http.agency import SEEN
from tests.http.installation import VENDOR_SECRET
from tests.http.ledger import Ledger


class _Silent(WSGIRequestHandler):
    def log(self, kind: str, message: str, *args: Any) -> None:
        """Nothing: what was asked is in `arrived`."""


class Witness:
    """`arrived` has the decision id of every search, `unrecorded` those that the ledger did not have by then."""

    def __init__(self) -> None:
        self.arrived: list[str] = []
        self.unrecorded: list[str] = []
        self.ledger: Ledger | None = None
        self._decided: set[str] = set()
        self._mutex = threading.Lock()
        credentials = DemoCredentials(client_id="demo-client", client_secret=VENDOR_SECRET)
        self._emulator = create_emulator(load_profile("flock"), plates=SEEN, credentials=credentials)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"].endswith("/reads/lookup"):
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            environ["wsgi.input"] = BytesIO(body)
            self._look_up(json.loads(body)["reason"].split(" | ")[2])
        return self._emulator(environ, start_response)

    def _look_up(self, decision_id: str) -> None:
        assert self.ledger is not None
        with self._mutex:
            new = self.ledger.look()
            self._decided |= {record["decision_id"] for record in new if record["event_type"] == "decision"}
            self.arrived.append(decision_id)
            if decision_id not in self._decided:
                self.unrecorded.append(decision_id)


@contextmanager
def witness() -> Iterator[tuple[Witness, str]]:
    """The vendor, and its base URL while the block runs."""
    watching = Witness()
    server = make_server("127.0.0.1", 0, watching, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield watching, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
