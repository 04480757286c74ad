"""Notices of approvals and emergencies: by webhook and by e-mail, at once, and without a plate or a written word.

A notice says what happened, to whom, in which case, and where to look. Each way has a thread of its own, which tries
again for a while; nobody waits for it, and a notice that cannot be sent is a line in the log.
"""

import queue
import smtplib
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from functools import partial

import structlog

from gateway import clock
from gateway.forward_proxy import ForwardProxy
from gateway.net import open_session

_TIMEOUT_S = 5.0
_PATIENCE_S = 300.0
_MOST_WAITING = 1000
_TAKEN = range(200, 300)
"""A redirect is not followed, so whoever redirects has not taken the notice."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Where e-mail is handed over, and who it is from."""

    host: str
    port: int
    sender: str
    starttls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell: `event` and `fields` for machines, `sentence` for people; `to` are addresses."""

    event: str
    sentence: str
    fields: Mapping[str, str | None]
    to: tuple[str, ...]


class Notices:
    """Sends notices to a webhook, to addresses, or to nobody. Make it after fork."""

    def __init__(
        self,
        webhook_url: str | None,
        mail: Mail | None,
        *,
        retry_s: float = 30.0,
        proxy: ForwardProxy | None = None,
    ) -> None:
        acts = {
            "webhook": None if webhook_url is None else partial(_post, webhook_url, proxy),
            "mail": None if mail is None else partial(_send, mail),
        }
        self._ways = [_Way(name, act, retry_s) for name, act in acts.items() if act is not None]

    def tell(self, notice: Notice) -> None:
        """Send it as soon as may be, each way by itself: one that is down holds up no other."""
        for way in self._ways:
            way.tell(notice)

    def close(self) -> None:
        """Send what is waiting, if it is taken at once."""
        ends = time.monotonic() + 2 * _TIMEOUT_S
        for way in self._ways:
            way.end()
        for way in self._ways:
            way.join(max(0.0, ends - time.monotonic()))


class _Way:
    """One way to send notices, in a thread of its own, one after another and each until its time is over."""

    def __init__(self, name: str, act: Callable[[Notice], bool], retry_s: float) -> None:
        self._name, self._act, self._retry_s = name, act, retry_s
        self._waiting: queue.Queue[tuple[Notice, float] | None] = queue.Queue(maxsize=_MOST_WAITING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"notices-{name}", daemon=True)
        self._thread.start()

    def tell(self, notice: Notice) -> None:
        try:
            self._waiting.put_nowait((notice, time.monotonic() + _PATIENCE_S))
        except queue.Full:
            _log.error("notice_dropped", notice=notice.event, way=self._name)

    def end(self) -> None:
        """Let the thread end once what is waiting was tried."""
        self._stop.set()
        with suppress(queue.Full):  # more waits than could be sent before the process ends
            self._waiting.put_nowait(None)

    def join(self, wait_s: float) -> None:
        self._thread.join(wait_s)

    def _run(self) -> None:
        while (told := self._waiting.get()) is not None:
            notice, until = told
            while not self._act(notice):
                if time.monotonic() + self._retry_s > until or self._stop.wait(self._retry_s):
                    _log.error("notice_not_sent", notice=notice.event, ways=[self._name])
                    break


def _post(url: str, proxy: ForwardProxy | None, notice: Notice) -> bool:
    told = {"event": notice.event, "text": notice.sentence, **notice.fields}
    try:
        with open_session(whole_s=_TIMEOUT_S, proxy=proxy) as session:
            return session.post(url, json=told, timeout=_TIMEOUT_S, allow_redirects=False).status_code in _TAKEN
    except OSError:
        return False


def _send(mail: Mail, notice: Notice) -> bool:
    if not notice.to:
        return True
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, ", ".join(notice.to), notice.sentence
    message["Date"] = format_datetime(clock.now())  # mail without these two is taken for junk
    message["Message-ID"] = make_msgid(domain=parseaddr(mail.sender)[1].rpartition("@")[2] or None)
    message.set_content(
        "\n".join([notice.sentence, "", *(f"{name}: {value}" for name, value in notice.fields.items() if value)])
    )
    try:
        with smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT_S) as server:
            if mail.starttls:
                server.starttls()
            server.send_message(message)
    except (OSError, smtplib.SMTPException):
        return False
    return True
