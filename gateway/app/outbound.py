"""The forward proxy that the settings name, what is wrong with its credentials, and variables that name one in vain."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from gateway.call_faults import find_untrusted
from gateway.errors import ConfigurationError
from gateway.forward_proxy import ForwardProxy, read_credentials
from gateway.settings import Settings
from gateway.unreadable import tell_unreadable

_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


def find_proxy(settings: Settings) -> ForwardProxy | None:
    """The way out, where one is named."""
    outbound = settings.outbound
    if outbound.proxy is None:
        return None
    parts = urlsplit(outbound.proxy)
    return ForwardProxy(
        host=str(parts.hostname), port=int(parts.port or 0), direct=outbound.direct, auth_file=outbound.proxy_auth_file
    )


def check_outbound(settings: Settings) -> None:
    """Find what is wrong with the proxy's credentials, without asking it.

    Raises:
        ConfigurationError: they cannot be used.
    """
    path = settings.outbound.proxy_auth_file
    if path is None:
        return
    try:
        read_credentials(path)
    except OSError as error:
        raise ConfigurationError([f"[outbound] proxy_auth_file: {path} {tell_unreadable(error)}"]) from None
    except ValueError as error:
        raise ConfigurationError([f"[outbound] proxy_auth_file: {path} {error}"]) from None


def unused_variables(settings: Settings, environment: Mapping[str, str]) -> list[str]:
    """A sentence where the environment names a proxy and the settings do not: nothing goes through that one."""
    if settings.outbound.proxy is not None:
        return []
    named = [name for name in sorted(environment) if name.upper() in _VARIABLES and environment[name]]
    if not named:
        return []
    told = f"{', '.join(named)} in the environment {'is' if len(named) == 1 else 'are'} not used, by design"
    instead = "vendors and others are called directly; for a way through that proxy set [outbound] proxy"
    return [f"{told}: {instead} (operators.md, Behind a forward proxy)"]


def doubt_proxy(proxy: ForwardProxy | None, host: str, error: OSError) -> str:
    """What else may be amiss where a certificate is not trusted, to end a sentence with: a proxy that breaks TLS open."""
    if proxy is None or not proxy.serves(host) or find_untrusted(error) is None:
        return ""
    return f" (through the proxy {proxy.address}: is the certificate its own? Have it pass TLS to this host unopened)"


def tell_way(proxy: ForwardProxy | None, host: str) -> str:
    """Through what this host is reached, to be put after "can be reached"; nothing where that is nothing."""
    return f" through the proxy {proxy.address}" if proxy is not None and proxy.serves(host) else ""
