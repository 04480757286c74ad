"""Notices of approvals and emergencies: by webhook and by e-mail, at once, and without a plate or a written word.

A notice says what happened, to whom, in which case, and where to look. Sending is the business of a thread of its own,
which tries again for a while; nobody waits for it, and a notice that cannot be sent is a line in the log.
"""

import queue
import smtplib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage

import structlog

from gateway.net import open_session

_TIMEOUT_S = 5.0
_TRIES = 10
_MOST_WAITING = 1000
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

    def __init__(self, webhook_url: str | None, mail: Mail | None, *, retry_s: float = 30.0) -> None:
        self._webhook_url, self._mail, self._retry_s = webhook_url, mail, retry_s
        self._waiting: queue.Queue[Notice | None] = queue.Queue(maxsize=_MOST_WAITING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        self._thread.start()

    def tell(self, notice: Notice) -> None:
        """Send it as soon as may be."""
        try:
            self._waiting.put_nowait(notice)
        except queue.Full:
            _log.error("notice_dropped", notice=notice.event)

    def close(self) -> None:
        """Send what is waiting, if it is taken at once."""
        self._stop.set()
        self.tell_end()
        self._thread.join(2 * _TIMEOUT_S)

    def tell_end(self) -> None:
        """Let the thread end once what is waiting is sent."""
        self._waiting.put(None)

    def _run(self) -> None:
        while (notice := self._waiting.get()) is not None:
            undone = {"webhook": self._post, "mail": self._send}
            for _ in range(_TRIES):
                undone = {way: act for way, act in undone.items() if not act(notice)}
                if not undone or self._stop.wait(self._retry_s):
                    break
            if undone:
                _log.error("notice_not_sent", notice=notice.event, ways=sorted(undone))

    def _post(self, notice: Notice) -> bool:
        if self._webhook_url is None:
            return True
        try:
            with open_session() as session:
                told = {"event": notice.event, "text": notice.sentence, **notice.fields}
                return session.post(self._webhook_url, json=told, timeout=_TIMEOUT_S, allow_redirects=False).ok
        except OSError:
            return False

    def _send(self, notice: Notice) -> bool:
        mail = self._mail
        if mail is None or not notice.to:
            return True
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = mail.sender, ", ".join(notice.to), notice.sentence
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
