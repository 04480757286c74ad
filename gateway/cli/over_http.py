"""Commands that people run with their own key: they ask the running gateway over HTTP, as a tool would."""

import http.client
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from gateway.model import Json
from gateway.settings import Settings

_TIMEOUT_S = 30
_ERRORS = 400
KEY_VARIABLE = "LPR_GATEWAY_KEY"


def ask_gateway(
    settings: Settings, url: str | None, key_file: Path | None, method: str, target: str, body: Json = None
) -> Any:  # noqa: ANN401 - whatever the gateway answers
    """What the gateway answers; `url` is where the settings say that it listens, unless given.

    Raises:
        click.ClickException: a refusal, in its own words; or nobody answers.
    """
    key = key_file.read_text(encoding="ascii").strip() if key_file else os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise click.UsageError(f"give your key by --key-file, or in {KEY_VARIABLE}")
    place = urlsplit(url or f"http://{settings.server.bind}")
    connect = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = connect(place.hostname or "", place.port, timeout=_TIMEOUT_S)
    headers = {"Authorization": f"Bearer {key}"} | ({"Content-Type": "application/json"} if body is not None else {})
    try:
        connection.request(method, target, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        document = json.loads(answer.read() or b"{}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise click.ClickException(f"{place.geturl()} does not answer: {type(error).__name__}") from None
    finally:
        connection.close()
    if answer.status >= _ERRORS:
        raise click.ClickException(str(document.get("detail", answer.status)))
    return document
