"""Makes what proves who asks, from the settings: gateway keys always; identity providers and certificates where set."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway import clock
from gateway.app.outbound import find_proxy
from gateway.errors import ConfigurationError
from gateway.identity import Authenticator, Authorities, BearerTokens, CertificateOptions, CertificateRegister, Issuer
from gateway.identity.addresses import Network, networks
from gateway.settings import Settings
from gateway.store import Store

if TYPE_CHECKING:
    from gateway.facts import Facts


_AGAIN_S = 60.0
_WIDEST = {4: 8, 6: 7}
"""Prefixes below these hold everybody, or so many that nobody can say who they are."""
_WIDE = {4: 16, 6: 64}


def make_authenticator(
    settings: Settings, store: Store, facts: "Facts", token_key: bytes, register: CertificateRegister | None
) -> Authenticator:
    """What judges every credential, in this process; `register` judges cards.

    Raises:
        ConfigurationError: with every mistake.
    """
    issuers = read_issuers(settings)
    tokens = BearerTokens(issuers) if issuers else None
    if tokens is not None:
        threading.Thread(target=tokens.learn_keys, name="signing-keys", daemon=True).start()
    return Authenticator(
        keys=store,
        people=facts,
        token_key=token_key,
        tokens=tokens,
        certificates=register,
    )


def watch_cards(
    register: CertificateRegister | None, alarm: Callable[[str], None], end_alarm: Callable[[], None]
) -> Callable[[], None]:
    """What looks whether cards can be judged, and raises the alarm, once a minute while they cannot or soon will not."""
    told_at = [float("-inf")]

    def look() -> None:
        faults = [] if register is None else [one for one in register.find_faults(clock.now()) if one.is_sure]
        if faults and time.monotonic() - told_at[0] >= _AGAIN_S:
            told_at[0] = time.monotonic()
            alarm("; ".join(fault.sentence for fault in faults))
        if not faults:
            told_at[0] = float("-inf")
            end_alarm()

    return look


def check_identity(settings: Settings) -> None:
    """Find what is wrong with the settings of identity, without asking any provider.

    Raises:
        ConfigurationError: with every mistake.
    """
    problems: list[str] = []
    for attempt in (read_issuers, open_register):
        try:
            attempt(settings)
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)


def read_issuers(settings: Settings) -> list[Issuer]:
    """The identity providers whose tokens count.

    Raises:
        ConfigurationError: with every mistake.
    """
    issuers = [Issuer(**one.model_dump(), proxy=find_proxy(settings)) for one in settings.oidc]
    problems = [f"[[oidc]] {issuer.issuer}: {problem}" for issuer in issuers for problem in issuer.problems()]
    if settings.certificates and settings.certificates.header and not settings.server.trusted_proxies:
        problems.append("[certificates] header: no [server] trusted_proxies are named, so nobody could send it")
    problems += find_proxy_mistakes(settings)
    if problems:
        raise ConfigurationError(problems)
    return issuers


def find_proxy_mistakes(settings: Settings) -> list[str]:
    """A sentence for each range of trusted proxies that is as good as everybody."""
    return [
        f"[server] trusted_proxies: {one} is no list of proxies: anybody in it could name any address as their own, "
        "and any card; name the proxies alone, as 10.1.0.7"
        for one in _proxies(settings)
        if one.prefixlen < _WIDEST[one.version]
    ]


def proxy_warnings(settings: Settings) -> list[str]:
    """A sentence for each range of trusted proxies that holds far more addresses than an agency has proxies."""
    return [
        f"[server] trusted_proxies: {one} holds {one.num_addresses} addresses, and each may name any address as its own, "
        "and any card: name the proxies alone"
        for one in _proxies(settings)
        if _WIDEST[one.version] <= one.prefixlen < _WIDE[one.version]
    ]


def _proxies(settings: Settings) -> tuple[Network, ...]:
    return networks(settings.server.trusted_proxies)


def open_register(settings: Settings) -> CertificateRegister | None:
    """What judges cards, alike whether they are shown to a proxy or to the gateway itself; None where none are.

    Raises:
        ConfigurationError: with every mistake in its files.
    """
    given, server = settings.certificates, settings.server
    if given is None:
        return None
    pairs = ((given.ca_file, given.crl_file), (server.client_ca_file, server.client_crl_file))
    authorities = tuple(Authorities(ca_file=ca, crl_file=crl) for ca, crl in pairs if ca is not None)
    if not authorities:
        raise ConfigurationError(["[certificates] ca_file: name it, or [server] client_ca_file"])
    return CertificateRegister(CertificateOptions(table_file=given.table_file, authorities=authorities))
