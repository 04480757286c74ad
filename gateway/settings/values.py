"""Values of settings that have a form of their own: an address to listen at, a network, a URL that may be asked."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator

from gateway.net import is_loopback
from gateway.written_hosts import find_odd_character, find_url_fault, is_host

_MOUNT = re.compile(r"/[a-z0-9][a-z0-9_-]{0,62}")
_HOST = re.compile(r"[a-z0-9.-]{1,253}")
_SINK = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_DATABASES = ("sqlite:///", "postgresql+psycopg://")


def _check_network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError("must be an address or a range like 10.1.0.0/16") from None
    return value


def _check_url(value: str) -> str:
    if not value.lower().startswith(("http://", "https://")):
        odd = find_odd_character(value)
        told = "must be an http(s) URL" if odd is None else f"must be without {odd}"
        raise ValueError(f"{told}; write it as https://alerts.agency.example/path")
    if fault := find_url_fault(value):
        raise ValueError(fault)
    parts = urlsplit(value)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must be https; plain http is accepted only to loopback")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must hold no user name, query or fragment")
    return value.rstrip("/")


def _check_issuer(value: str) -> str:
    _check_url(value)
    return value  # exactly as written, for tokens must name it exactly so


def _check_bind(value: str) -> str:
    host, _, port = value.rpartition(":")
    is_port = port.isascii() and port.isdigit() and int(port) < 1 << 16
    if not (is_port and (is_host(host) if ":" not in host else host.startswith("[") and is_host(host.strip("[]")))):
        raise ValueError("must be address:port, as 127.0.0.1:8080 or [::1]:8080")
    return value


def _check_database_url(value: str) -> str:
    """A settings file is read, copied and shown around; and a URL of a database is told in messages."""
    if not value.startswith(_DATABASES):
        raise ValueError("must begin with sqlite:/// (a file) or postgresql+psycopg:// (a server)")
    parts = urlsplit(value)
    if parts.password is not None or {"password", "sslpassword"} & dict(parse_qsl(parts.query)).keys():
        raise ValueError("holds a password: have PostgreSQL's own file hold it (PGPASSFILE, or ?passfile=/etc/… here)")
    if not dict(parse_qsl(parts.query)).get("passfile", "/").startswith("/"):
        raise ValueError("passfile must be an absolute path: PostgreSQL looks from the folder that a command runs in")
    return value


def _check_form(form: re.Pattern[str], sentence: str) -> AfterValidator:
    """A text that is of this form from end to end; the sentence says what it must be."""

    def check(value: str) -> str:
        if form.fullmatch(value) is None:
            raise ValueError(sentence)
        return value

    return AfterValidator(check)


def _check_opa_url(value: str) -> str:
    if not value.startswith(("http://", "https://", "unix:///")):
        raise ValueError("must be http(s)://host:port or unix:///path, as http://127.0.0.1:8181")
    return value if value.startswith("unix:///") else _check_url(value)


Network = Annotated[str, AfterValidator(_check_network)]
Url = Annotated[str, AfterValidator(_check_url)]
IssuerUrl = Annotated[str, AfterValidator(_check_issuer)]
OpaUrl = Annotated[str, AfterValidator(_check_opa_url)]
DatabaseUrl = Annotated[str, AfterValidator(_check_database_url)]
Bind = Annotated[str, AfterValidator(_check_bind)]
Mount = Annotated[str, _check_form(_MOUNT, "must be one slash and a name of small letters, digits, - and _, as /flock")]
HostName = Annotated[
    str, _check_form(_HOST, "must be a host's name in small letters and nothing else, as flock.lpr.agency")
]
SinkName = Annotated[
    str, _check_form(_SINK, "must begin with a small letter and hold small letters, digits, - and _, at most 32")
]
