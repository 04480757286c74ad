"""Identity: who asks, and for what they say they ask.

First the address is settled, then the credential proved, then the declarations reconciled; the token endpoint trades a
key for a short token. Nothing here says which part of a wrong credential was wrong, keeps a secret, or lends a person
the standing of the service that asks for them.
"""

from gateway.identity.addresses import Network, networks, source_address
from gateway.identity.authenticate import Keys, Presented, authenticate
from gateway.identity.authenticator import Authenticator
from gateway.identity.bearer import BearerTokens
from gateway.identity.certificates import Authorities, CertificateOptions, CertificateRegister
from gateway.identity.declared import declare, header_claims
from gateway.identity.issuer import Issuer
from gateway.identity.proxied_certificate import proxied_certificate
from gateway.identity.pseudonym import pseudonym
from gateway.identity.token_endpoint import TokenExchange, exchange

__all__ = [
    "Authenticator",
    "Authorities",
    "BearerTokens",
    "CertificateOptions",
    "CertificateRegister",
    "Issuer",
    "Keys",
    "Network",
    "Presented",
    "TokenExchange",
    "authenticate",
    "declare",
    "exchange",
    "header_claims",
    "networks",
    "proxied_certificate",
    "pseudonym",
    "source_address",
]
