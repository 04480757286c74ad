"""`[outbound]`: the forward proxy by which other hosts are reached, and who is reached without it."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator

from gateway.settings.table import SettingsTable
from gateway.written_hosts import find_odd_character, is_host

_NAME = re.compile(r"\.?[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_NUMBERS = re.compile(r"[0-9.]+")


def _check_proxy(value: str) -> str:
    if odd := find_odd_character(value):
        raise ValueError(f"must be without {odd}")
    parts = urlsplit(value)
    if parts.scheme != "http" or not is_host(parts.hostname or ""):
        raise ValueError(
            "must be http://host:port: the proxy itself is spoken to in plain, and TLS goes through it from end to end"
        )
    try:
        port = parts.port
    except ValueError:
        port = None
    if not port:
        raise ValueError("must name the proxy's port, as http://proxy.agency.example:3128")
    if "@" in parts.netloc:
        raise ValueError("must hold no user name or password: name a file that does in proxy_auth_file")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must be http://host:port and nothing after it")
    return value.rstrip("/")


def _check_direct(value: str) -> str:
    if _is_range(value) or (_NAME.fullmatch(value) and not _NUMBERS.fullmatch(value)):
        return value
    raise ValueError(
        "must be a host's name, the end of names with its dot (.agency.example), or an address or range (10.0.0.0/8); "
        "without a scheme, port or *"
    )


def _is_range(value: str) -> bool:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        return False
    return True


class OutboundSettings(SettingsTable):
    """How other hosts are reached over HTTP(S): directly, or through a forward proxy but for those named in `direct`."""

    proxy: Annotated[str, AfterValidator(_check_proxy)] | None = None
    direct: tuple[Annotated[str, AfterValidator(_check_direct)], ...] = ()
    proxy_auth_file: Path | None = None

    @model_validator(mode="after")
    def _has_a_proxy(self) -> Self:
        lost = [name for name in ("direct", "proxy_auth_file") if getattr(self, name)]
        if self.proxy is None and lost:
            raise ValueError(f"{' and '.join(lost)} without proxy: nothing goes through a proxy before one is named")
        return self
