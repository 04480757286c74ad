"""Makes the client to a vendor, with the credential that the settings name."""

from urllib.parse import urlsplit

from gateway.errors import ConfigurationError
from gateway.forward_proxy import ForwardProxy
from gateway.net import Deadline
from gateway.secret_file import read_secret
from gateway.settings import VendorSettings
from gateway.upstream import (
    ApiKeyQuery,
    BearerToken,
    ClientCredentials,
    ClientCredentialsOptions,
    UpstreamOptions,
    VendorClient,
    VendorCredential,
)
from gateway.vendors import Profile, load_profile

_NEEDS = {"oauth2": "client_id and client_secret_file", "api_key_query": "api_key_file", "bearer": "token_file"}


def make_vendor(vendor: VendorSettings, proxy: ForwardProxy | None) -> VendorClient:
    """The one client to this vendor, which goes through the proxy where that serves the vendor.

    Raises:
        ConfigurationError: a secret cannot be read, or does not fit how the vendor authenticates.
    """
    return VendorClient(_options(vendor, proxy), _credential(vendor, load_profile(vendor.profile), proxy))


def check_vendor(vendor: VendorSettings) -> None:
    """Find what is wrong with a vendor's settings, secrets included, without calling anybody.

    Raises:
        ConfigurationError: with every mistake.
    """
    auth, problems = vendor.auth, _options(vendor, None).problems()
    try:
        profile = load_profile(vendor.profile)
        problems += [*_misfit(vendor, profile), *_doubled_path(vendor, profile)]
    except ConfigurationError as error:
        problems += error.problems
    for file in (auth.client_secret_file, auth.api_key_file, auth.token_file):
        try:
            if file is not None:
                read_secret(file)
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)


def try_log_in(vendor: VendorSettings, proxy: ForwardProxy | None) -> None:
    """Ask the vendor for a token once, as the first search would.

    Raises:
        Refusal: there is none to be had, and why.
    """
    credential = _credential(vendor, load_profile(vendor.profile), proxy)
    try:
        credential.show(Deadline(vendor.timeout_s))
    finally:
        credential.close()


def _options(vendor: VendorSettings, proxy: ForwardProxy | None) -> UpstreamOptions:
    return UpstreamOptions(
        base_url=vendor.upstream,
        timeout_s=vendor.timeout_s,
        max_response_bytes=vendor.max_response_bytes,
        ca_file=vendor.ca_file,
        proxy=proxy,
    )


def _misfit(vendor: VendorSettings, profile: Profile) -> list[str]:
    wanted = profile.vendor_auth.kind
    told = (
        f'[vendors.auth] kind: {profile.title} authenticates by {wanted}: write kind = "{wanted}", and {_NEEDS[wanted]}'
    )
    return [] if vendor.auth.kind == wanted else [told]


def _doubled_path(vendor: VendorSettings, profile: Profile) -> list[str]:
    """A tool's base URL is not the vendor's: what the profile adds itself must not end the upstream as well."""
    path = urlsplit(vendor.upstream).path
    doubled = path and any(f"{one.paths[0]}/".startswith(f"{path}/") for one in profile.operations)
    return [f"[[vendors]] {vendor.name}: upstream: leave off {path}: the profile adds it"] if doubled else []


def _credential(vendor: VendorSettings, profile: Profile, proxy: ForwardProxy | None) -> VendorCredential:
    auth = vendor.auth
    if misfit := _misfit(vendor, profile):
        raise ConfigurationError(misfit)
    if auth.token_file is not None and auth.kind == "bearer":
        return BearerToken(auth.token_file)
    if auth.api_key_file is not None and auth.kind == "api_key_query" and profile.vendor_auth.parameter:
        return ApiKeyQuery(auth.api_key_file, profile.vendor_auth.parameter)
    if auth.client_id is None or auth.client_secret_file is None:
        raise ConfigurationError(["[vendors.auth]: incomplete"])
    token = UpstreamOptions(
        base_url=auth.token_url or vendor.upstream + (profile.token_path or ""),
        timeout_s=vendor.timeout_s,
        max_response_bytes=vendor.max_response_bytes,
        ca_file=vendor.ca_file,
        proxy=proxy,
    )
    return ClientCredentials(
        ClientCredentialsOptions(
            token=token,
            client_id=auth.client_id,
            client_secret_file=auth.client_secret_file,
            audience=auth.audience,
        )
    )
