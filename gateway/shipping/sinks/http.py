"""Posting a batch to an HTTP collector: one request, what it answered, and what to make of failures.

The kinds of collector (`splunk`, `elasticsearch`) write the body and read a good answer; all the rest is here.
"""

import gzip
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import orjson
import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from gateway import clock
from gateway.call_faults import explain_call, find_proxy_fault, find_untrusted
from gateway.errors import ConfigurationError
from gateway.net import open_session
from gateway.shipping.formats import Record
from gateway.shipping.options import ENDED, SinkOptions
from gateway.value import replace

_LARGEST_ANSWER = 8 << 20
_LATE = "the collector did not answer in time"
_AWAY = "the collector cannot be reached, or broke off"
_COMPRESSION = 3
_OK = (200, 201)
NOT_CONFIRMED = "the collector answers, and not that it took records: is the target its address?"
ABOUT_RECORDS = (400, 413, 422)
"""Of a batch, or of a single record in it: what is wrong lies in what was sent."""
_TOO_LARGE = 413
_CREDENTIAL = (401, 403)
_PASSING = (408, 425, 429)
"""Statuses below 500 that say that another time will do."""
_ELSEWHERE = 3
"""How the statuses begin that send one on to another address."""
_OWN_TROUBLE = 500
_NEVER = (501, 505)
_MEDIA = (406, 415)
_WORD = re.compile(r"[a-z][a-z0-9_]{1,63}")


class Dialect(Protocol):
    """One kind of collector."""

    @property
    def address(self) -> str:
        """Where batches are posted."""

    @property
    def content_type(self) -> str:
        """Media type of the body."""

    def body(self, batch: Sequence[Record]) -> bytes:
        """The batch as the collector reads it."""

    def read(self, batch: Sequence[Record], answer: Any) -> "CollectorAnswer":  # noqa: ANN401 - any JSON value
        """What a good HTTP status really says of each record."""

    def token_trial(self) -> tuple[str, str]:
        """Method and address of a request that stores nothing and yet needs the token."""

    def judge_token(self, status: int, answer: Any) -> bool | None:  # noqa: ANN401 - any JSON value
        """Whether the token was accepted, by the answer to that request; None where it does not say so."""

    def is_own(self, answer: Any) -> bool:  # noqa: ANN401 - any JSON value
        """Whether a refusal is written as the collector writes its own; else something in front of it refused."""

    def blame_settings(self, answer: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """A sentence where a refused batch would be refused whatever was in it; None where the records may be why."""

    def name_fault(self, answer: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """The collector's own word for what is wrong, from a fixed list of its; never its text, which may repeat values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorAnswer:
    """What became of a posted batch: `left` may be offered again; `refused` are records it did not want, by themselves.

    `too_much` says that the batch as a whole was refused, which may be one record's fault; `hopeless`, as in `Attempt`.
    `fault` is the collector's own word for why it did not want records.
    """

    left: tuple[Record, ...] = ()
    refused: tuple[Record, ...] = ()
    too_much: bool = False
    fault: str | None = None
    why: str | None = None
    retry_after_s: float | None = None
    hopeless: bool = False


class TokenTrial(NamedTuple):
    """Whether a collector accepts a token, None where it does not say; and the HTTP status of its answer, None where there is no token to try."""

    accepted: bool | None
    status: int | None

    @property
    def is_trouble(self) -> bool:
        """Whether who takes records would not have answered so: by a fault of its own, or by the way to somebody else."""
        return (
            self.accepted is None
            and self.status is not None
            and (self.status // 100 == _ELSEWHERE or self.status >= _OWN_TROUBLE)
        )


class Collector:
    """One collector's address, credential and connection. The environment's proxies and credentials are not used."""

    def __init__(self, options: SinkOptions, dialect: Dialect) -> None:
        self._options, self._dialect = options, dialect
        self._session = _session(options)

    def post(self, batch: tuple[Record, ...]) -> CollectorAnswer:
        """Post these records once."""
        try:
            headers = self._headers()
        except ConfigurationError:
            return CollectorAnswer(left=batch, why="the token file cannot be read, or holds no token", hopeless=True)
        body = gzip.compress(self._dialect.body(batch), _COMPRESSION, mtime=0)
        try:
            return self._exchange(batch, headers, body)
        except requests.exceptions.SSLError as error:
            return CollectorAnswer(left=batch, why=self._explain_tls(error), hopeless=True)
        except requests.ReadTimeout:
            return CollectorAnswer(left=batch, why=_LATE)
        except (requests.RequestException, HTTPError, OSError) as error:
            is_late = bool(error.args) and isinstance(error.args[0], ReadTimeoutError)  # of an answer that had begun
            of_proxy = find_proxy_fault(error)
            told = f"the collector cannot be reached: {of_proxy}" if of_proxy else _AWAY
            ours = (
                f"; {ENDED}" if self._options.own_fault() == ENDED else ""
            )  # who refuses it may just end the connection
            why = _LATE if is_late else f"{told}{ours}"
            return CollectorAnswer(left=batch, why=why)

    def try_token(self) -> TokenTrial:
        """Whether the collector accepts the token, without giving it any record.

        Raises:
            OSError: it cannot be asked.
            ConfigurationError: the token file cannot be read, or holds no token.
        """
        authorization, timeout_s = self._authorization(), self._options.timeout_s
        if not authorization:
            return TokenTrial(accepted=None, status=None)
        method, address = self._dialect.token_trial()
        headers = {"Content-Type": self._dialect.content_type} | authorization
        with self._session.request(
            method, address, headers=headers, timeout=timeout_s, allow_redirects=False, stream=True
        ) as response:
            accepted = self._dialect.judge_token(response.status_code, _json(response))
            return TokenTrial(accepted=accepted, status=response.status_code)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": self._dialect.content_type, "Content-Encoding": "gzip"}
        return headers | self._authorization()

    def _authorization(self) -> dict[str, str]:
        """The token is read for each batch: one that was renewed counts at once."""
        authorization = self._options.read_authorization()
        return {} if authorization is None else {"Authorization": authorization}

    def _exchange(self, batch: tuple[Record, ...], headers: dict[str, str], body: bytes) -> CollectorAnswer:
        timeout_s = self._options.timeout_s
        with self._session.post(
            self._dialect.address, data=body, headers=headers, timeout=timeout_s, allow_redirects=False, stream=True
        ) as response:
            if response.status_code not in _OK:
                return self._judge_refusal(batch, response)
            return self._dialect.read(batch, _json(response))

    def _judge_refusal(self, batch: tuple[Record, ...], response: requests.Response) -> CollectorAnswer:
        if response.status_code not in ABOUT_RECORDS:
            return _failure(batch, response)
        answer = _json(response)
        why = self._dialect.blame_settings(answer)
        if why is None and not self._dialect.is_own(answer):
            why = _blame_between(response.status_code, alone=len(batch) == 1)
        if why is not None:
            return CollectorAnswer(left=batch, why=why, hopeless=True)
        return replace(_failure(batch, response), fault=self._dialect.name_fault(answer))

    def _explain_tls(self, error: requests.exceptions.SSLError) -> str:
        """Whose certificate is amiss, or that there is no TLS."""
        if find_untrusted(error) is not None:
            return "the collector's certificate cannot be verified"
        return self._options.own_fault() or f"the collector cannot be reached: {explain_call(error)}"

    def close(self) -> None:
        """Close what is kept open."""
        self._session.close()


def _session(options: SinkOptions) -> requests.Session:
    session = open_session(options.ca_file, whole_s=options.timeout_s, proxy=options.proxy)
    if options.certificate_file:
        session.cert = (str(options.certificate_file), str(options.key_file))
    return session


def _json(response: requests.Response) -> Any:  # noqa: ANN401 - any JSON value
    """The answer's JSON; None for one that is none or is too long. That it comes in time the session sees to."""
    parts, size = [], 0
    for part in response.iter_content(1 << 16):
        parts.append(part)
        size += len(part)
        if size > _LARGEST_ANSWER:
            return None
    try:
        return orjson.loads(b"".join(parts))
    except orjson.JSONDecodeError:
        return None


def _failure(batch: tuple[Record, ...], response: requests.Response) -> CollectorAnswer:
    status = response.status_code
    if status in ABOUT_RECORDS:
        return CollectorAnswer(left=batch, too_much=True, why=f"the collector answered {status}")
    if why := tell_hopeless(status):
        return CollectorAnswer(left=batch, why=why, hopeless=True)
    return CollectorAnswer(
        left=batch,
        why=f"the collector answered {status}",
        retry_after_s=clock.read_retry_after(response.headers.get("Retry-After")),
    )


def _blame_between(status: int, *, alone: bool) -> str | None:
    """What refuses in the collector's place says nothing of records; None where a smaller batch may yet get through."""
    if status == _TOO_LARGE and not alone:
        return None
    what = "even one record" if status == _TOO_LARGE else "batches"
    return f"something in front of the collector refuses {what} ({status}, and no answer of the collector's): a proxy?"


def tell_hopeless(status: int) -> str | None:
    """A sentence on a status that waiting does not mend, and that is no record's fault; None for any other."""
    if status in _CREDENTIAL:
        return "the collector does not accept the token"
    if status in _MEDIA:
        return f"the collector answered {status}: it, or something in front of it, does not take bodies as they are sent (gzip)"
    passes = status in _PASSING or (status >= _OWN_TROUBLE and status not in _NEVER)
    return None if passes else f"the collector answered {status}: nothing takes records at this target"


def read_word(value: object) -> str | None:
    """A word of a collector's fixed list; None for what cannot be one, and might be anything."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None
