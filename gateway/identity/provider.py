"""Asking an identity provider for its signing keys: OpenID Connect discovery, then the key set. Bounded in every way.

No redirect is followed, no proxy of the environment used; what is too long, too slow, or says it is another issuer is no
answer.
"""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import orjson
from joserfc import jwk
from joserfc.errors import JoseError

from gateway.call_faults import explain_call
from gateway.identity.issuer import Issuer
from gateway.net import open_session

if TYPE_CHECKING:
    from requests import Session

_WHOLE_S, _STEP_S = 8.0, 4.0
_LONGEST = 262_144
_MOST_KEYS = 100
_FEWEST_RSA_BITS = 2048
_FEWEST_RSA_CHARACTERS = 341  # of a modulus of as many bits, in base64url
_KINDS = ("RSA", "EC", "OKP")
_OK = 200

SigningKey = jwk.RSAKey | jwk.ECKey | jwk.OKPKey


class ProviderFailure(Exception):
    """The provider did not say what it should; the sentence says what, and holds nothing of what it said."""


def fetch_keys(issuer: Issuer) -> Mapping[str, SigningKey]:
    """The issuer's signing keys by their ids; a key without an id is under "".

    Raises:
        ProviderFailure: they cannot be had.
    """
    end = time.monotonic() + _WHOLE_S
    with open_session(issuer.ca_file, whole_s=_WHOLE_S, proxy=issuer.proxy) as session:
        url = issuer.jwks_url or _discover(session, issuer, end)
        return read_keys(_get(session, url, end))


def read_keys(document: object) -> Mapping[str, SigningKey]:
    """The keys of a key set that can prove a signature. Two of the same id prove nothing, so neither counts.

    Raises:
        ProviderFailure: it is no key set.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
        raise ProviderFailure("the key set cannot be read")
    keys: dict[str, SigningKey] = {}
    twice: set[str] = set()
    for each in listed:
        key = _read_key(each)
        if key is not None:
            kid = each.get("kid", "")
            twice |= {kid} & keys.keys()
            keys[kid] = key
    return MappingProxyType({kid: key for kid, key in keys.items() if kid not in twice})


def _is_same_but_for_slash(said: object, issuer: str) -> bool:
    return isinstance(said, str) and said.rstrip("/") == issuer.rstrip("/")


def _discover(session: "Session", issuer: Issuer, end: float) -> str:
    found = _get(session, f"{issuer.issuer.rstrip('/')}/.well-known/openid-configuration", end)
    if not isinstance(found, dict) or found.get("issuer") != issuer.issuer:
        said = found.get("issuer") if isinstance(found, dict) else None
        slash = ": the same but for a slash at its end" if _is_same_but_for_slash(said, issuer.issuer) else ""
        raise ProviderFailure(f"discovery names another issuer{slash}")
    url = found.get("jwks_uri")
    secure = issuer.issuer.startswith("https:")
    if not isinstance(url, str) or not url.startswith("https://" if secure else ("https://", "http://")):
        raise ProviderFailure("discovery names no address for keys")
    return url


def _get(session: "Session", url: str, end: float) -> object:
    """A JSON document, whole, in time."""
    try:
        with session.get(url, timeout=_STEP_S, allow_redirects=False, stream=True) as answer:
            if answer.status_code != _OK:
                raise ProviderFailure(f"the provider answered {answer.status_code}")
            content = b""
            for piece in answer.iter_content(16_384):
                content += piece
                if len(content) > _LONGEST or time.monotonic() > end:
                    raise ProviderFailure("the provider's answer is too long or too slow")
        return orjson.loads(content)
    except OSError as error:
        raise ProviderFailure(f"the provider cannot be reached: {explain_call(error)}") from None
    except ValueError:
        raise ProviderFailure("the provider's answer is no JSON") from None


def _read_key(each: Any) -> SigningKey | None:  # noqa: ANN401 - whatever the provider sent
    """A public key that is for signatures and strong enough; None for any other, as for one of a kind not known here."""
    if not _is_for_signatures(each):
        return None
    try:
        key = jwk.import_key(each)
    except (JoseError, ValueError, TypeError):
        return None
    if isinstance(key, jwk.OctKey) or key.is_private:  # a key that others know proves nothing
        return None
    if isinstance(key, jwk.RSAKey) and key.raw_value.key_size < _FEWEST_RSA_BITS:
        return None
    return key


def _is_for_signatures(each: Any) -> bool:  # noqa: ANN401 - whatever the provider sent
    if not isinstance(each, dict) or not isinstance(each.get("kid", ""), str) or each.get("use", "sig") != "sig":
        return False
    if each.get("kty") not in _KINDS or "verify" not in each.get("key_ops", ["verify"]):
        return False
    # The library would only warn of a short one.
    return each["kty"] != "RSA" or len(str(each.get("n"))) >= _FEWEST_RSA_CHARACTERS
