"""Commands that people run with their own key: they ask the running gateway over HTTP, as a tool would."""

import codecs
import functools
import http.client
import json
import os
import re
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import click

from gateway.call_faults import explain_call
from gateway.cli.options import with_json, with_optional_config
from gateway.cli.refusal_words import tell_refusal
from gateway.model import Json
from gateway.settings import Settings
from gateway.strict import UTF_16_MARKS
from gateway.unreadable import tell_unreadable

_TIMEOUT_S = 30
_KEY = re.compile(r"[!-~]+")
_ERRORS = 400
KEY_VARIABLE = "LPR_GATEWAY_KEY"
AUTHORITIES_VARIABLE = "SSL_CERT_FILE"
_OTHER_NAME = frozenset({62, 64})
_BROKEN_WITHOUT_TLS = (
    "the connection broke; a gateway that has TLS of its own ends it so: then write https:// in place of http://"
)
_UNKNOWN_AUTHORITY = frozenset({18, 19, 20, 21})
"""Verify results as OpenSSL numbers them (x509_vfy.h): another host name or address; of nobody's, or of an unknown issuer."""


class Ask(Protocol):
    """A request to the gateway with one's own key."""

    def __call__(self, method: str, target: str, body: Json = None) -> Any:  # noqa: ANN401 - whatever it answers
        """What the gateway answers."""


def with_own_key(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--url`, `--key-file`, `--config` and `--json`; the command gets `ask`, as whoever's key it is, and `as_json`."""

    @functools.wraps(command)
    def run(*, url: str | None, key_file: Path | None, settings: Settings, **given: object) -> None:
        command(ask=functools.partial(ask_gateway, settings, url, key_file), **given)

    kind = click.Path(path_type=Path, exists=True, dir_okay=False)
    options = (
        click.option("--url", help="The gateway's address (default: where the settings say it listens)."),
        click.option("--key-file", type=kind, help=f"Holds your gateway key (default: ${KEY_VARIABLE})."),
        with_optional_config,
        with_json,
    )
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), run)


def ask_gateway(
    settings: Settings, url: str | None, key_file: Path | None, method: str, target: str, body: Json = None
) -> Any:  # noqa: ANN401 - whatever the gateway answers
    """What the gateway answers; `url` is where the settings say that it listens, unless given.

    Raises:
        click.ClickException: a refusal, in its own words; or nobody answers.
    """
    key, place = _read_key(key_file), urlsplit(url or _own_address(settings))
    if place.scheme not in ("http", "https") or not place.hostname:
        raise click.UsageError("--url: write the gateway's address with https:// (or http://) before it")
    connect = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = connect(place.hostname or "", place.port, timeout=_TIMEOUT_S)
    headers = {"Authorization": f"Bearer {key}"} | ({"Content-Type": "application/json"} if body is not None else {})
    try:
        connection.request(method, target, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        document = json.loads(answer.read() or b"{}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise click.ClickException(f"{place.geturl()} does not answer: {_tell_fault(error, place.scheme)}") from None
    finally:
        connection.close()
    if answer.status >= _ERRORS:
        raise click.ClickException(tell_refusal(answer.status, document))
    return document


def _own_address(settings: Settings) -> str:
    """Where the settings say that the gateway listens, and whether it ends TLS there."""
    return f"{'http' if settings.server.tls_cert_file is None else 'https'}://{settings.server.bind}"


def _read_key(key_file: Path | None) -> str:
    """One's own key, which is one word."""
    key = _read_key_file(key_file) if key_file else os.environ.get(KEY_VARIABLE, "").strip()
    if not key and key_file:
        raise click.UsageError(f"{key_file} is empty: your gateway key belongs there, alone and on one line")
    if not key:
        raise click.UsageError(f"give your key by --key-file, or in {KEY_VARIABLE}")
    if _KEY.fullmatch(key) is None:
        raise click.UsageError(
            f"{key_file or KEY_VARIABLE} holds something else than the key: the key alone, on one line"
        )
    return key


def _read_key_file(path: Path) -> str:
    """What it holds, without the mark and the line end that editors add."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{path} {tell_unreadable(error)}") from None
    if content.startswith(UTF_16_MARKS):
        raise click.UsageError(f"{path} is saved as “Unicode” (UTF-16): save it as UTF-8")
    return content.removeprefix(codecs.BOM_UTF8).decode("latin-1").strip()


def _tell_fault(error: Exception, scheme: str) -> str:
    if isinstance(error, socket.gaierror):
        return "no host has this name"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, ssl.SSLError):
        return _tell_untrusted(error) if isinstance(error, ssl.SSLCertVerificationError) else explain_call(error)
    if isinstance(error, OSError):
        return _tell_broken(error, scheme)
    return "what answers is not the gateway"


def _tell_broken(error: OSError, scheme: str) -> str:
    if isinstance(error, ConnectionError) and scheme == "http":
        return _BROKEN_WITHOUT_TLS
    return error.strerror or "the connection broke"


def _tell_untrusted(error: ssl.SSLCertVerificationError) -> str:
    """Whether it is the name or the authority that is at fault, for each has another remedy."""
    if error.verify_code in _OTHER_NAME:
        return "its certificate is for another name: --url must have the name that is in its certificate"
    if error.verify_code not in _UNKNOWN_AUTHORITY:
        return explain_call(error)
    told, named = "its certificate is of an authority that is not trusted here", os.environ.get(AUTHORITIES_VARIABLE)
    if not named:
        return f"{told}: {AUTHORITIES_VARIABLE} must name the file of that authority's certificate (PEM)"
    which = "holds others" if Path(named).is_file() else "is not there"
    return f"{told}: {AUTHORITIES_VARIABLE} names {named}, which {which}; it must name the file of that authority's certificate (PEM)"
