"""The one way out to a vendor: a request built by us, the vendor's credential added, one whole answer or a refusal.

In order: the credential is shown, the head is written, a kept connection is used or a new one opened, the answer is
read within deadline and size, a refused credential is renewed once. Never: a redirect, a proxy from the environment (only the one of the settings), an
encoded or half-read answer, plain HTTP beyond loopback, a secret in a repr, log or exception.
"""

from gateway.upstream.client import VendorClient
from gateway.upstream.credentials import ApiKeyQuery, BearerToken, Shown, VendorCredential
from gateway.upstream.failures import VendorFailure
from gateway.upstream.oauth2 import ClientCredentials
from gateway.upstream.options import ClientCredentialsOptions, UpstreamOptions

__all__ = [
    "ApiKeyQuery",
    "BearerToken",
    "ClientCredentials",
    "ClientCredentialsOptions",
    "Shown",
    "UpstreamOptions",
    "VendorClient",
    "VendorCredential",
    "VendorFailure",
]
