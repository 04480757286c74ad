"""The gunicorn worker: one thread that reads, threads that serve, every wait bounded, every refusal told as ours.

Gunicorn's arbiter listens, forks and watches; what a worker does with its connections is all here and in `poller`,
`lanes` and `reader`. A client that is slow, silent or never closes holds no thread; one that shows a credential and then
waits to be told to continue holds one of its own share.

The heartbeat that the arbiter watches (`timeout`) is given by the thread that reads. It does not end a slow request:
deadlines do that. It ends a process in which nothing runs any more, as when a policy engine never lets go of the
interpreter.
"""

import gc
import os
import resource
import select
import time
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from gateway.reasons import Reason
from gateway.server.acceptor import Acceptor
from gateway.server.client import Client, ConnectionDeadlines
from gateway.server.failed_worker import is_for_want_of_room, tell_failed_worker
from gateway.server.framing_causes import BODY_CUT, BODY_LATE, CAUSES, refuse_body
from gateway.server.head import FramingFault
from gateway.server.inside import check_inside
from gateway.server.lanes import OVERDUE, Job, Lanes, share_out
from gateway.server.messages import CONTINUE, write_answer, write_refusal
from gateway.server.poller import Poller
from gateway.server.reader import Received
from gateway.server.service import Service
from gateway.turns import TURN
from gateway.value import replace

_MOST_CLIENTS = 1024
_SPARE_FILES = 256
_STOP_MARGIN_S = 2.0
_YOUNG = 20_000  # objects: a request makes some hundreds that last, and nearly none in a circle
_HEARTBEAT_S = 1.0
_NEXT_MS = 5


class GatewayWorker(Worker):  # type: ignore[misc]
    """Serves the `gateway.server.service.Service` that the application starts in this process."""

    DEADLINES: ClassVar[ConnectionDeadlines] = ConnectionDeadlines()
    alive: bool

    def init_process(self) -> None:
        """Start, and serve. What ends this process unforeseen is told in a line of ours: gunicorn prints its message.

        A worker that cannot start ends the gateway, but where it only lacks room on the disk.
        """
        try:
            super().init_process()
        except Exception as error:  # noqa: BLE001 - whatever it is, gunicorn would print its message
            tell_failed_worker(error, started=self.booted)
            raise SystemExit(1 if self.booted or is_for_want_of_room(error) else Arbiter.WORKER_BOOT_ERROR) from None

    def load_wsgi(self) -> None:
        """Start the service, in this process and after the fork."""
        check_inside(self.cfg)
        self.service: Service = self.app.wsgi()

    def run(self) -> None:
        """Serve until told to stop, then let the service close what it holds."""
        try:
            self._begin()
            self._serve_until_stopped()
        finally:
            self.service.stop()

    def serve(self, client: Client, received: Received) -> None:
        """Have a thread of the vendor's and the sender's share answer a request."""
        lane, sender = self.service.lane(received.head, client.sender)
        self.lanes.submit(Job(lane, sender, partial(self._serve, client, received, (lane, sender))))

    def refuse(self, client: Client, note: str) -> None:
        """Have a thread record and tell what is no request."""
        self.lanes.submit(Job(OVERDUE, client.peer, partial(self._refuse, client, Reason.REQUEST_FRAMING, note)))

    def _begin(self) -> None:
        self.lanes = Lanes(share_out(self.cfg.threads, self.service.vendors), self.service.warm)
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.poller = Poller(
            Acceptor(self.sockets[0].sock, self.service.counts),
            self,
            health=self.service.health,
            max_body_bytes=self.service.max_body_bytes,
            most=max(1, min(_MOST_CLIENTS, files - _SPARE_FILES)),
            deadlines=self.DEADLINES,
            tls=self.service.tls,
        )
        self.lanes.start()
        gc.collect()
        gc.freeze()  # what was made until now stays: the collector need not look through it again and again
        gc.set_threshold(_YOUNG, 20, 50)

    def _serve_until_stopped(self) -> None:
        beaten = 0.0
        end: float | None = None
        while end is None or (time.monotonic() < end and self.poller.in_hand):
            self.poller.turn()
            self.lanes.expire()
            now = time.monotonic()
            if now - beaten >= _HEARTBEAT_S:
                beaten = now
                self.notify()
                self.alive = self.alive and self.ppid == os.getppid() and not self.service.is_over()
            if not self.alive:
                # The arbiter kills at its graceful_timeout; what follows this needs some of it.
                end = end or now + max(1.0, self.cfg.graceful_timeout - _STOP_MARGIN_S)
                self.poller.stop_accepting()
        self.lanes.stop()
        self.poller.close()

    def _serve(self, client: Client, received: Received, place: tuple[str, str], is_overdue: bool) -> None:
        """On a thread of the lanes: this request, and those of its connection that follow at once."""
        while True:
            self._answer(client, received, is_overdue=is_overdue)
            following = None if client.output or client.ends else self._next(client)
            if following is None:
                self.poller.keep(client)
                return
            if is_overdue or not self._may_go_on(place, next_place := self.service.lane(following.head, client.sender)):
                if not self.poller.give(client, following):
                    self.poller.keep(client)
                return
            received, place = following, next_place

    def _may_go_on(self, place: tuple[str, str], following: tuple[str, str]) -> bool:
        """Whether this thread may answer what follows: the same sender's, or another's at the same vendor while nobody waits."""
        return following == place or (following[0] == place[0] != "" and self.lanes.take_over(*following))

    def _next(self, client: Client) -> Received | None:
        """The next request, if it is here already or comes at once, and nobody else could want this thread.

        The way through the poller and back costs two changes of thread, half of a small request's time.
        """
        if not (self.alive and self.lanes.is_calm) or not client.reader.is_idle:
            return None
        waiting = select.poll()
        waiting.register(client.sock, select.POLLIN)
        if not waiting.poll(_NEXT_MS):
            return None
        piece = client.receive()
        if piece is None:
            return None
        client.ends = not piece
        client.reader.feed(piece)
        try:
            return client.reader.next()
        except FramingFault as fault:
            self._tell(client, Reason.REQUEST_FRAMING, fault.note)
            return None

    def _answer(self, client: Client, received: Received, *, is_overdue: bool) -> None:
        body: Callable[[], bytes] = partial(self._await_body, client) if received.is_awaited else received.read
        client.ends = received.is_last or not self.alive
        head = received.head
        if client.certificate is not None:
            head = replace(head, client_certificate=client.certificate)
        try:
            with TURN.work():
                answer = self.service.answer(head, client.peer, body, is_overdue)
                message = write_answer(answer, is_kept=not client.ends, is_head=head.method == "HEAD")
        except BaseException as error:
            self.log.exception("a request failed unforeseen", exc_info=error)
            self._tell(client, Reason.INTERNAL_ERROR, "unforeseen")
        else:
            _send(client, message)

    def _await_body(self, client: Client) -> bytes:
        """Tell a client to continue and read its body here: only who showed a credential that is good gets so far.

        Raises:
            Refusal: as `Received.read` does.
        """
        end = time.monotonic() + self.DEADLINES.body_s
        waiting = select.poll()
        waiting.register(client.sock, select.POLLIN)
        try:
            client.sock.send(CONTINUE)
            with TURN.wait():
                while (received := client.reader.next_body()) is None:
                    left = end - time.monotonic()
                    if left <= 0 or not waiting.poll(left * 1000):
                        raise refuse_body("body_unreadable", BODY_LATE)
                    if (piece := client.receive()) == b"":
                        raise refuse_body("body_unreadable", BODY_CUT)
                    client.reader.feed(piece or b"")
        except OSError:
            raise refuse_body("body_unreadable", BODY_CUT) from None
        return received.read()

    def _refuse(self, client: Client, reason: Reason, note: str, _is_overdue: bool) -> None:
        self._tell(client, reason, note)
        self.poller.keep(client)

    def _tell(self, client: Client, reason: Reason, note: str) -> None:
        """Record and tell what cannot be served, without a byte of the request; the connection ends."""
        try:
            self.service.on_refused(reason, client.peer, note)
        except Exception:
            self.log.exception("a refusal could not be recorded")
            reason = Reason.AUDIT_UNAVAILABLE
        client.ends = True
        _send(client, write_refusal(reason, CAUSES.get(note) if reason is Reason.REQUEST_FRAMING else None))


def _send(client: Client, message: bytes) -> None:
    try:
        client.send(message)
    except OSError:
        client.ends = True
