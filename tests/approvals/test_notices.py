"""Notices as they arrive: at a real mail server, and at a webhook on loopback."""

import contextlib
import socket
import threading
import time
from email import message_from_bytes
from email.utils import parsedate_to_datetime

import orjson
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from structlog.testing import capture_logs

from gateway.approvals.notices import Mail, Notice, Notices
from gateway.demo.processes import free_port
from tests.forward_proxies import LittleProxy
from tests.ledger.places import endpoint

NOTICE = Notice(
    event="emergency.opened",
    sentence="Emergency search by u01, review due 2026-11-25T14:00:00.000Z",
    fields={"decision_id": "d1", "user_id": "u01", "case_number": "CALL-4711", "status": "due", "due_at": None},
    to=("duty@agency.example", "privacy@agency.example"),
)


class Inbox:
    """A mail server that keeps what it takes; while `refusing`, it takes nothing."""

    def __init__(self) -> None:
        self.messages, self.refusing, self.tries = [], False, 0
        self._came = threading.Condition()

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: object) -> str:  # noqa: N802 - its name there
        with self._came:
            self.tries += 1
            if not self.refusing:
                self.messages.append(envelope)
            self._came.notify_all()
        return "451 later" if self.refusing else "250 taken"

    def wait_for(self, happened):
        with self._came:
            assert self._came.wait_for(happened, 30)


@contextlib.contextmanager
def mail_server():
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield inbox, Mail(host="127.0.0.1", port=controller.port, sender="lpr-gateway@agency.example", starttls=False)
    finally:
        controller.stop()


@pytest.fixture
def sending():
    """Makes senders that are closed at the test's end."""
    made = []

    def make(webhook_url=None, mail=None, retry_s=0.05):
        made.append(Notices(webhook_url, mail, retry_s=retry_s))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_notice_arrives_as_mail_at_every_address_with_what_happened_and_where_to_look(sending):
    with mail_server() as (inbox, mail):
        sending(mail=mail).tell(NOTICE)
        inbox.wait_for(lambda: inbox.messages)
    [envelope] = inbox.messages
    text = envelope.content.decode()
    assert envelope.rcpt_tos == ["duty@agency.example", "privacy@agency.example"]
    assert envelope.mail_from == "lpr-gateway@agency.example"
    assert "Emergency search by u01" in text
    assert "decision_id: d1" in text
    assert "due_at" not in text, "what is not known is left out"
    mail = message_from_bytes(envelope.content)
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
    assert mail["Message-ID"].endswith("@agency.example>")


def test_a_notice_arrives_at_the_webhook_as_json(sending):
    with endpoint() as (place, url):
        sending(url).tell(NOTICE)
        place.wait_for(1)
    told = orjson.loads(place.bodies[0])
    assert told == {"event": "emergency.opened", "text": NOTICE.sentence, **NOTICE.fields}


def test_where_one_way_fails_only_that_way_is_tried_again(sending):
    with endpoint() as (place, url), mail_server() as (inbox, mail):
        inbox.refusing = True
        sending(url, mail).tell(NOTICE)
        inbox.wait_for(lambda: inbox.tries >= 2)
        inbox.refusing = False
        inbox.wait_for(lambda: inbox.messages)
        assert len(inbox.messages) == 1
        assert len(place.bodies) == 1


def test_a_way_that_is_down_holds_up_nothing_that_goes_another_way(sending):
    with endpoint() as (place, url), mail_server() as (inbox, mail):
        inbox.refusing = True
        notices = sending(url, mail, retry_s=60.0)
        for _ in range(3):
            notices.tell(NOTICE)
        place.wait_for(3)
        assert inbox.messages == []


def test_without_addresses_nothing_is_mailed_and_without_a_way_nobody_waits(sending):
    with mail_server() as (inbox, mail):
        silent = sending(mail=mail)
        silent.tell(Notice(event="approval.requested", sentence="s", fields={}, to=()))
        silent.tell(NOTICE)
        inbox.wait_for(lambda: inbox.messages)
        assert [envelope.rcpt_tos for envelope in inbox.messages] == [list(NOTICE.to)]
    began = time.monotonic()
    sending().tell(NOTICE)
    assert time.monotonic() - began < 5


def test_what_waits_is_sent_before_the_end(sending):
    with mail_server() as (inbox, mail):
        notices = sending(mail=mail)
        for _ in range(5):
            notices.tell(NOTICE)
        notices.close()
        assert len(inbox.messages) == 5


def test_a_mail_server_that_is_not_there_ends_nothing_and_is_told_in_the_log(sending):
    with capture_logs() as told, socket.socket() as held:  # so that nobody else answers there meanwhile
        held.bind(("127.0.0.1", 0))
        mail = Mail(host="127.0.0.1", port=held.getsockname()[1], sender="x@agency.example", starttls=False)
        notices = sending(mail=mail)
        notices.tell(NOTICE)
        notices.close()
    assert [entry["event"] for entry in told] == ["notice_not_sent"]


def test_a_server_without_starttls_gets_no_mail_where_starttls_is_asked_for(sending):
    with mail_server() as (inbox, mail):
        strict = Mail(host=mail.host, port=mail.port, sender=mail.sender, starttls=True)
        notices = sending(mail=strict)
        notices.tell(NOTICE)
        notices.close()
        assert inbox.tries == 0


@pytest.mark.parametrize("status", [302, 500])
def test_a_webhook_that_answers_anything_but_that_it_took_the_notice_is_told_in_the_log(sending, status):
    with endpoint() as (place, url), capture_logs() as told:
        place.status = status
        notices = sending(url)
        notices.tell(NOTICE)
        notices.close()
    assert [entry["event"] for entry in told] == ["notice_not_sent"]


def test_through_a_proxy_the_webhook_is_reached_by_a_tunnel():
    with LittleProxy({}) as proxy:
        notices = Notices("https://hooks.example/lpr", None, proxy=proxy.way())
        notices.tell(NOTICE)
        notices.close()
        assert proxy.hosts() == ["hooks.example:443"]
