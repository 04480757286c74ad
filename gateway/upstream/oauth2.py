"""OAuth2 client credentials: one token per process, renewed ahead of its end by one thread.

A request never waits while a token is valid. With none, it waits for the attempt under way, within its own deadline;
while the thread backs off after a failure, it is refused at once with that failure's reason.
"""

import json
import math
import random
import re
import threading
import time
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlencode

from gateway.errors import ConfigurationError, Refusal
from gateway.model import VendorAnswer, VendorRequest
from gateway.net import Deadline
from gateway.reasons import Reason
from gateway.secret_file import read_secret
from gateway.upstream.client import write_request
from gateway.upstream.credentials import Shown
from gateway.upstream.exchange import VendorExchange
from gateway.upstream.failures import VendorFailure
from gateway.upstream.options import ClientCredentialsOptions

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,8192}=*")
_OK = 200
_CLIENT_ERRORS = range(400, 500)
_TOO_MANY = 429
_ASSUMED_LIFE_S = 300.0  # `expires_in` is only recommended; the vendor's 401 corrects a guess that is too long
_LONGEST_LIFE_S = 86_400.0
_MARGIN = 0.05  # a token is not shown in the last twentieth of its life: it may end on the way
_RENEW_AT = (0.70, 0.85)  # a random share of its life, so that many processes do not renew at once
_BACK_OFF_S = (1.0, 60.0)
_LAST = "(at the last log-in, repeated within a minute)"
"""Until then a search is refused without one of its own: the vendor may be back meanwhile."""
_CLOSING_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    shown: Shown = field(repr=False)
    issued: float
    renew_at: float
    ends: float


class ClientCredentials:
    """A `VendorCredential` by client credentials. Starts its thread at once: make it after fork.

    `settled_s`: a token younger than this that the vendor rejects is not renewed again, so that a vendor who rejects
    every token does not make us hammer its token endpoint.
    """

    refusals: ClassVar[frozenset[int]] = frozenset({401})

    def __init__(self, options: ClientCredentialsOptions, *, settled_s: float = 5.0) -> None:
        self._options = options
        self._settled_s = settled_s
        self._exchange = VendorExchange(options.token)
        self._changed = threading.Condition()
        self._token: _Token | None = None
        self._failure: Refusal | None = None
        self._failures = 0
        self._due = time.monotonic()
        self._closed = False
        self._thread = threading.Thread(target=self._renew_until_closed, name="vendor-token", daemon=True)
        self._thread.start()

    def show(self, deadline: Deadline) -> Shown:
        """The token's header; waits only where no token is valid."""
        if shown := self._valid():
            return shown
        with self._changed:
            if self._failure is None:
                self._changed.wait_for(self._is_settled, timeout=deadline.count_left())
            if shown := self._valid():
                return shown
            reason, why = (self._failure.reason, self._failure.note) if self._failure else (Reason.VENDOR_LATE, None)
            again_s = max(1, math.ceil(self._due - time.monotonic()))
            note = f"no token: {why} {_LAST}" if why else "no token"
            raise VendorFailure(reason, note, sent=False, retry_after_s=again_s)

    def reject(self, shown: Shown) -> bool:
        """Drop the token, unless another has taken its place or it was fetched only just now."""
        with self._changed:
            token = self._token
            if token is None or token.shown is not shown:
                return True
            if time.monotonic() - token.issued < self._settled_s:
                return False
            self._token, self._due = None, time.monotonic()
            self._changed.notify_all()
            return True

    def close(self) -> None:
        """End the thread; one that is in the middle of a renewal is left to end by itself."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(_CLOSING_S)
        self._exchange.close()

    def _valid(self) -> Shown | None:
        token = self._token
        return token.shown if token is not None and time.monotonic() < token.ends else None

    def _is_settled(self) -> bool:
        return self._valid() is not None or self._failure is not None or self._closed

    def _renew_until_closed(self) -> None:
        while self._wait_until_due():
            try:
                token, failure = self._fetch(), None
            except Refusal as refusal:
                token, failure = None, refusal
            except Exception:  # noqa: BLE001 - the thread must outlive anything unforeseen; requests are refused
                token, failure = None, Refusal(Reason.INTERNAL_ERROR)
            with self._changed:
                self._settle(token, failure)
                self._changed.notify_all()

    def _wait_until_due(self) -> bool:
        with self._changed:
            while not self._closed and (left := self._due - time.monotonic()) > 0:
                self._changed.wait(left)
            return not self._closed

    def _settle(self, token: _Token | None, failure: Refusal | None) -> None:
        self._failure = failure
        if token is not None:
            self._token, self._failures, self._due = token, 0, token.renew_at
            return
        first, most = _BACK_OFF_S
        self._due = time.monotonic() + min(most, first * 2**self._failures) * random.uniform(0.5, 1.0)  # noqa: S311
        self._failures = min(self._failures + 1, 16)

    def _fetch(self) -> _Token:
        asked = time.monotonic()
        answer = self._exchange.ask("POST", self._request(), Deadline(self._options.token.timeout_s), repeatable=True)
        if answer.status != _OK:
            refused = answer.status in _CLIENT_ERRORS and answer.status != _TOO_MANY
            reason = Reason.VENDOR_CREDENTIAL_REFUSED if refused else Reason.VENDOR_UNREACHABLE
            raise Refusal(reason, note=f"status {answer.status}")
        secret, life = _parse(answer)
        return _Token(
            shown=Shown(headers=(("Authorization", f"Bearer {secret}"),)),
            issued=time.monotonic(),
            renew_at=asked + life * random.uniform(*_RENEW_AT),  # noqa: S311 - spreads load, guards nothing
            ends=asked + life * (1 - _MARGIN),
        )

    def _request(self) -> bytes:
        form = {"grant_type": "client_credentials", "client_id": self._options.client_id}
        try:
            form["client_secret"] = read_secret(self._options.client_secret_file)
        except ConfigurationError as error:
            raise Refusal(Reason.VENDOR_CREDENTIAL_REFUSED, note="client_secret_file cannot be used") from error
        if self._options.audience is not None:
            form["audience"] = self._options.audience
        request = VendorRequest(
            method="POST",
            path="" if self._exchange.origin.prefix else "/",
            query=(),
            headers=(("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")),
            body=urlencode(form).encode(),
        )
        return write_request(self._exchange.origin, request, Shown())


def _parse(answer: VendorAnswer) -> tuple[str, float]:
    """The token and its life in seconds."""
    try:
        said = json.loads(answer.body)
        secret, kind, life = said["access_token"], said["token_type"], said.get("expires_in", _ASSUMED_LIFE_S)
        if not (_TOKEN.fullmatch(secret) and kind.lower() == "bearer" and float(life) > 0):
            raise ValueError
        return secret, min(float(life), _LONGEST_LIFE_S)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Refusal(Reason.VENDOR_ANSWER_UNUSABLE) from error
