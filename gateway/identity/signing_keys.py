"""The signing keys of one issuer, kept in this process: asked for anew in time, at once for an unknown one, never too often.

While the issuer cannot be reached, the keys known stay good for a bounded time; then nothing it signed counts. Of a key
that is not known then, nobody can say whether it is the issuer's.
"""

import threading
import time
from collections.abc import Callable, Mapping

import structlog

from gateway.errors import Refusal
from gateway.identity.issuer import Issuer
from gateway.identity.provider import ProviderFailure, SigningKey, fetch_keys
from gateway.reasons import Reason

_log = structlog.get_logger(__name__)


class SigningKeys:
    """Safe for many threads: one asks the issuer, the others go on with what is known, or wait where nothing is."""

    def __init__(
        self,
        issuer: Issuer,
        fetch: Callable[[Issuer], Mapping[str, SigningKey]] = fetch_keys,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer, self._fetch, self._ticks = issuer, fetch, ticks
        self._lock = threading.Lock()
        self._keys: Mapping[str, SigningKey] = {}
        self._thumbprints: frozenset[str] = frozenset()
        self._heard: float | None = None
        self._tried: float | None = None
        self._failed = False

    def find(self, kid: str | None) -> SigningKey | None:
        """The key of this id; one not known is asked for once. Without an id: the only key, where there is only one.

        Raises:
            Refusal: ISSUER_UNAVAILABLE, nothing was heard of the issuer for too long, or it cannot be asked for this key.
        """
        found = self._pick(kid)
        if found is None:
            self._ask(wait=True)
            found = self._pick(kid)
        if found is None and self._failed:
            raise Refusal(Reason.ISSUER_UNAVAILABLE, note="a key not known here, and the issuer cannot be asked for it")
        return found

    def holds(self, thumbprint: str) -> bool:
        """Whether a key that proved a signature before is still the issuer's.

        Raises:
            Refusal: ISSUER_UNAVAILABLE.
        """
        self._require_fresh()
        return thumbprint in self._thumbprints

    def _pick(self, kid: str | None) -> SigningKey | None:
        self._require_fresh()
        keys = self._keys
        if kid is not None:
            return keys.get(kid)
        return next(iter(keys.values())) if len(keys) == 1 else None

    def _require_fresh(self) -> None:
        if self._age() >= self._issuer.key_age_s:
            self._ask(wait=self._age() > self._issuer.keys_good_s)
        if self._age() > self._issuer.keys_good_s:
            raise Refusal(Reason.ISSUER_UNAVAILABLE, note="no keys of the issuer, or too old ones")

    def _age(self) -> float:
        return float("inf") if self._heard is None else self._ticks() - self._heard

    def _ask(self, *, wait: bool) -> None:
        """Ask the issuer, unless somebody does or just did."""
        if not self._lock.acquire(blocking=wait):
            return
        try:
            if self._tried is not None and self._ticks() - self._tried < self._issuer.refresh_s:
                return
            self._tried = self._ticks()
            keys = self._fetch(self._issuer)
            self._keys, self._thumbprints = keys, frozenset(key.thumbprint() for key in keys.values())
            self._heard, self._failed = self._ticks(), False
        except ProviderFailure as failure:
            self._failed = True
            _log.error("identity_provider", issuer=self._issuer.issuer, failure=str(failure))
        finally:
            self._lock.release()
