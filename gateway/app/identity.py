"""Makes what proves who asks, from the settings: gateway keys always; identity providers and certificates where set."""

import threading
from typing import TYPE_CHECKING

from gateway.errors import ConfigurationError
from gateway.identity import Authenticator, BearerTokens, CertificateOptions, CertificateRegister, Issuer
from gateway.settings import Settings
from gateway.store import Store

if TYPE_CHECKING:
    from gateway.facts import Facts


def make_authenticator(settings: Settings, store: Store, facts: "Facts", token_key: bytes) -> Authenticator:
    """What judges every credential, in this process.

    Raises:
        ConfigurationError: with every mistake.
    """
    issuers = _issuers(settings)
    tokens = BearerTokens(issuers) if issuers else None
    if tokens is not None:
        threading.Thread(target=tokens.learn_keys, name="signing-keys", daemon=True).start()
    return Authenticator(
        keys=store,
        people=facts,
        token_key=token_key,
        tokens=tokens,
        certificates=_certificates(settings),
    )


def check_identity(settings: Settings) -> None:
    """Find what is wrong with the settings of identity, without asking any provider.

    Raises:
        ConfigurationError: with every mistake.
    """
    _issuers(settings)
    _certificates(settings)


def _issuers(settings: Settings) -> list[Issuer]:
    issuers = [Issuer(**one.model_dump()) for one in settings.oidc]
    problems = [f"[[oidc]] {issuer.issuer}: {problem}" for issuer in issuers for problem in issuer.problems()]
    if settings.certificates and settings.certificates.header and not settings.server.trusted_proxies:
        problems.append("[certificates] header: no [server] trusted_proxies are named, so nobody could send it")
    if problems:
        raise ConfigurationError(problems)
    return issuers


def _certificates(settings: Settings) -> CertificateRegister | None:
    given = settings.certificates
    if given is None:
        return None
    return CertificateRegister(
        CertificateOptions(table_file=given.table_file, ca_file=given.ca_file, crl_file=given.crl_file)
    )
