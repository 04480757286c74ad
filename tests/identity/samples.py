"""Keys with known secrets, and a place to find them."""

import hashlib
from datetime import UTC, datetime, timedelta

from gateway.identity import Presented, authenticate
from gateway.model import Key, RawRequest
from gateway.value import replace

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
KEY_ID = "kabcdefghi012"
SECRET = f"{KEY_ID}_{'A1-_' * 10}abc"
SERVICE_ID = "kserviceserv9"
SERVICE_SECRET = f"{SERVICE_ID}_{'z' * 43}"
TOKEN_KEY = bytes(range(32))


def key(secret=SECRET, **changes):
    stored = Key(
        key_id=secret.split("_")[0],
        user_id="u17",
        kind="person",
        secret_hash=hashlib.sha256(secret.encode()).digest(),
        issued_at=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=90),
        revoked_at=None,
        acts_for=(),
        mounts=(),
        cidrs=(),
    )
    return replace(stored, **changes)


def service(**changes):
    return key(SERVICE_SECRET, **({"user_id": "svc1", "kind": "service", "acts_for": ("office:BAL",)} | changes))


class RevisionStore:
    """Keys in memory; the keys can change between two look-ups, as in the store."""

    def __init__(self, *keys):
        self.keys = {each.key_id: each for each in keys}
        self.asked = []

    def find(self, key_id):
        self.asked.append(key_id)
        return self.keys.get(key_id)


def asking(secret=SECRET, *keys, place="header", **changes):
    """Authenticate this credential against these keys (the person's own by default)."""
    where = {"mount": "flock", "source_ip": "10.1.2.3", "on_behalf_of": None, "token_key": TOKEN_KEY, "now": NOW}
    return authenticate(Presented(value=secret, place=place), RevisionStore(*(keys or (key(),))), **(where | changes))


def request(body=b"", *headers, method="POST", target="/flock/oauth/token", form=True):
    kind = (("content-type", "application/x-www-form-urlencoded"),) if form else ()
    return RawRequest(
        request_id="r1",
        time=NOW,
        method=method,
        target=target,
        headers=kind + headers,
        body=body,
        source_ip="10.1.2.3",
    )
