"""An issuer of bearer tokens, as the settings describe it, and what may be wrong with that description."""

from dataclasses import dataclass
from pathlib import Path

from gateway.forward_proxy import ForwardProxy

ALGORITHMS = frozenset("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519 Ed448".split())
"""What a signature may be made by: with a private key, always. `none` and shared secrets can never be listed."""

MAX_SKEW_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Whose tokens count, for which audience, and which claim names the person.

    `actor_claim` names the service within `act`. `authorized_parties` are the clients that a token may have been given
    to (`azp`), any where none is listed. Keys are asked for anew after `key_age_s`, and stay good for `keys_good_s`
    after the issuer was last heard of; an unknown key is asked for at most once in `refresh_s`.
    """

    issuer: str
    audience: str
    user_claim: str
    actor_claim: str
    algorithms: tuple[str, ...]
    authorized_parties: tuple[str, ...] = ()
    jwks_url: str | None = None
    ca_file: Path | None = None
    skew_s: int
    key_age_s: int
    keys_good_s: int
    refresh_s: int
    proxy: ForwardProxy | None = None

    def problems(self) -> list[str]:
        """One sentence for everything that cannot be so."""
        unknown = sorted(set(self.algorithms) - ALGORITHMS)
        return [
            *([f"algorithms: {', '.join(unknown)} cannot be accepted"] if unknown else []),
            *([] if self.algorithms else ["algorithms: name at least one"]),
            *([] if self.key_age_s <= self.keys_good_s else ["key_age_s must not be above keys_good_s"]),
            *([] if 0 <= self.skew_s <= MAX_SKEW_S else [f"skew_s must be from 0 to {MAX_SKEW_S}"]),
        ]
