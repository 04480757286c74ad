"""A small identity provider for the demonstration: one signing key, its public half over HTTP, tokens on demand."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from joserfc import jwt
from joserfc.jwk import ECKey

AUDIENCE = "lpr-gateway"
_ALGORITHM = "ES256"
_LIFE_S = 600


class DemoIssuer:
    """Answers with its keys while it is entered."""

    def __init__(self) -> None:
        self._key = ECKey.generate_key("P-256", {"kid": "demo", "use": "sig", "alg": _ALGORITHM})
        document = json.dumps({"keys": [self._key.as_dict(private=False)]}).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(document)))
                self.end_headers()
                self.wfile.write(document)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library has it
                """Nothing: it is asked for its keys only."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def settings(self) -> list[str]:
        """The lines of the gateway's settings that have its tokens count."""
        named = ["[[oidc]]", f'issuer = "{self.url}"', f'audience = "{AUDIENCE}"', f'jwks_url = "{self.url}/keys"']
        return [*named, f'algorithms = ["{_ALGORITHM}"]']

    def issue(self, user_id: str, *means: str) -> str:
        """A token of this person, who signed on by these means just now."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": user_id, "preferred_username": user_id, "amr": list(means)}
        times = {"iat": now, "exp": now + _LIFE_S, "auth_time": now}
        return jwt.encode({"alg": _ALGORITHM, "kid": "demo"}, claims | times, self._key)
