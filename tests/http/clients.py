"""Clients of the vendors' documented APIs, as agencies write them: they know a base URL and a credential, and no gateway."""

from collections.abc import Iterator
from typing import Any

import requests


class FlockClient:
    """Flock Safety v3: client credentials for a bearer token, which is kept and renewed when it is refused."""

    def __init__(self, base_url: str, client_id: str, client_secret: str) -> None:
        self._base = base_url.rstrip("/")
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._session = requests.Session()

    def login(self) -> None:
        answer = self._session.post(
            f"{self._base}/oauth/token",
            data={"grant_type": "client_credentials", "audience": self._base, **self._client},
            timeout=20,
        )
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def lookup(self, **search: Any) -> dict[str, Any]:
        return self._call("POST", "/api/v3/reads/lookup", json=search)

    def pages(self, **search: Any) -> Iterator[dict[str, Any]]:
        """Every page of a search."""
        page = self.lookup(**search)
        yield page
        while page.get("nextPageId"):
            page = self._call("GET", f"/api/v3/reads/lookup/page/{page['nextPageId']}")
            yield page

    def close(self) -> None:
        self._session.close()

    def _call(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        answer = self._session.request(method, self._base + path, timeout=20, **content)
        if answer.status_code == 401:
            self.login()
            answer = self._session.request(method, self._base + path, timeout=20, **content)
        if answer.status_code >= 400:
            raise RuntimeError(answer.json()["error"])
        return answer.json()


class RekorClient:
    """Rekor Scout v2: a key in every URL."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base = base_url.rstrip("/")
        self._key = api_key

    def search(self, what: str = "plate", **parameters: Any) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self._base}/api/search/{what}", params={"api_key": self._key, **parameters}, timeout=20
        )
        answer.raise_for_status()
        return answer.json()
