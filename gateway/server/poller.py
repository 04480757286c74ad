"""The one thread that reads and never serves: it accepts, reads heads and bodies, and ends whoever takes too long.

A whole request goes to the lanes; until it is whole, its client holds no thread. Each connection is armed for one event
at a time, so that nobody reads it while it is served; the thread that served it arms it again. What is asked about
health is answered here.
"""

import contextlib
import select
import socket
import ssl
import time
from collections.abc import Callable

from gateway.model import Answer
from gateway.server.acceptor import LOOK_AGAIN_S, Acceptor
from gateway.server.client import Client, ClientHandler, ConnectionDeadlines, Doing
from gateway.server.head import FramingFault
from gateway.server.messages import write_answer
from gateway.server.reader import Received
from gateway.server.tls import TlsConnection, secure

_READ = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLONESHOT
_WRITE = select.EPOLLOUT | select.EPOLLONESHOT
_SILENT = (Doing.QUIET, Doing.HANDSHAKE)
_NOT_ASKING = (*_SILENT, Doing.LINGERING)
_TICK_S = 0.25
_FIRST_WORDS_S = 1.0
"""How long a stop waits for the first request of a connection that was taken: its client cannot know of the stop."""
_SMALL = 65536
_BODIES = 32 * 1024 * 1024


class Poller:
    """The connections of one worker. Bodies of more than 64 KiB share 32 MiB; one more waits until there is room."""

    def __init__(
        self,
        acceptor: Acceptor,
        handler: ClientHandler,
        *,
        health: Callable[[str, str], Answer | None],
        max_body_bytes: int,
        most: int,
        deadlines: ConnectionDeadlines,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._tls, self._acceptor, self._handler, self._health = tls, acceptor, handler, health
        self._max_body_bytes, self._most, self.deadlines = max_body_bytes, most, deadlines
        self._epoll = select.epoll()
        self._clients: dict[int, Client] = {}
        self._waker, self._woken = socket.socketpair()
        for sock in (self._woken, self._waker):
            sock.setblocking(False)
        self._epoll.register(acceptor, select.EPOLLIN | select.EPOLLET)
        self._epoll.register(self._woken, select.EPOLLIN)
        self._looked_at = 0.0
        self._accepts = True
        self._waits_until = 0.0

    def wake(self) -> None:
        """Have `turn` return soon; may be called from anywhere."""
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    def turn(self) -> None:
        """Wait for what happens next, at most a quarter of a second, and do it."""
        for number, events in self._epoll.poll(LOOK_AGAIN_S if self._acceptor.is_waited_for else _TICK_S):
            client = self._clients.get(number)
            if client is not None:
                self._go_on(client, events)
            elif number == self._acceptor.fileno():
                self._acceptor.note_arrival()
            elif number == self._woken.fileno():
                with contextlib.suppress(OSError):
                    self._woken.recv(4096)
        now = time.monotonic()
        if self._acceptor.is_waited_for:
            for sock, address in self._acceptor.take_share(now):
                self._take_in(sock, address)
        if now - self._looked_at >= _TICK_S:
            self._looked_at = now
            self._end_late(now)

    def keep(self, client: Client) -> None:
        """Go on with a connection that was served: write what is left, then read its next request, or let it end.

        Whoever served it calls this, and does not touch it any more.
        """
        if client.output:
            client.be(Doing.WRITING, self.deadlines.answer_s)
            self._arm(client, _WRITE)
        elif client.ends:
            self._linger(client)
        elif client.reader.is_idle:
            client.be(Doing.QUIET, self.deadlines.quiet_s)
            self._arm(client, _READ)
        else:
            client.be(Doing.HEAD, self.deadlines.head_s)
            if not self._take(client):
                self._wait_for_more(client)

    def stop_accepting(self) -> None:
        """Take no more connections, and end those that ask nothing, new ones only when they had time for it."""
        now = time.monotonic()
        if self._accepts:
            self._accepts, self._waits_until = False, now + _FIRST_WORDS_S
            self._epoll.unregister(self._acceptor)
            self._acceptor.end()
        for client in [one for one in self._clients.values() if one.doing in _SILENT]:
            if now >= self._waits_until or not client.is_new:
                self._close(client)

    @property
    def in_hand(self) -> int:
        """Connections with a request that is being read, served or answered, or, before a stop, is still to come."""
        return sum(
            client.doing not in _NOT_ASKING or (client.is_new and client.doing in _SILENT)
            for client in self._clients.values()
        )

    def close(self) -> None:
        """End every connection."""
        for client in list(self._clients.values()):
            self._close(client)
        self._epoll.close()
        for sock in (self._waker, self._woken):
            sock.close()

    def give(self, client: Client, received: Received) -> bool:
        """Give a whole request on, or answer it here; whether its connection is thereby somebody else's concern."""
        client.is_new = False
        answer = None if received.fault else self._health(received.head.method, received.head.target)
        if answer is None:
            client.be(Doing.SERVED, self.deadlines.answer_s)
            self._handler.serve(client, received)
            return True
        client.ends = received.is_last
        try:
            client.send(write_answer(answer, is_kept=not client.ends))
        except OSError:
            client.ends = True
        if client.output or client.ends:
            self.keep(client)
            return True
        return False

    def _take_in(self, sock: socket.socket, address: object) -> None:
        if len(self._clients) >= self._most and not self._make_room():
            sock.close()
            return
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = address[0] if isinstance(address, tuple) else ""
        secured = sock if self._tls is None else secure(sock, self._tls)
        if secured is None:
            return
        client = Client(secured, peer, self._max_body_bytes, self.deadlines)
        if self._tls is not None:
            client.doing = Doing.HANDSHAKE
        self._clients[secured.fileno()] = client
        self._acceptor.count(len(self._clients))
        self._epoll.register(secured, _READ)

    def _shake_hands(self, client: Client, connection: TlsConnection) -> None:
        """Go on with a handshake; it may take as long as a connection may be quiet, however it is spread out."""
        try:
            done = connection.shake_hands()
        except OSError as error:
            if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
                self._refuse(client, "tls_handshake")
            else:
                self._close(client)
            return
        if done:
            client.show(connection.certificate())
            client.be(Doing.QUIET, self.deadlines.quiet_s)
        self._arm(client, _WRITE if done is False else _READ)

    def _make_room(self) -> bool:
        """End the connection that has been quiet for longest, or has been over its head for longest."""
        for doing in (Doing.LINGERING, Doing.HANDSHAKE, Doing.QUIET, Doing.HEAD):
            found = [client for client in self._clients.values() if client.doing is doing]
            if found:
                self._close(min(found, key=lambda client: client.deadline))
                return True
        return False

    def _go_on(self, client: Client, events: int) -> None:
        if client.doing is Doing.WRITING:
            self._write_on(client)
        elif client.doing is Doing.LINGERING:
            self._linger_on(client)
        elif events & select.EPOLLERR:
            self._close(client)
        elif client.doing is Doing.HANDSHAKE and isinstance(client.sock, TlsConnection):
            self._shake_hands(client, client.sock)
        elif client.doing is not Doing.SERVED:
            self._read_on(client)

    def _read_on(self, client: Client) -> None:
        piece = client.receive()
        if piece == b"":
            self._on_end(client)
            return
        client.reader.feed(piece or b"")
        if not self._take(client):
            self._wait_for_more(client)

    def _take(self, client: Client) -> bool:
        """Give on every request of what was read, up to one that is not answered here; False where more must come."""
        while True:
            try:
                received = client.reader.next()
            except FramingFault as fault:
                self._refuse(client, fault.note)
                return True
            if received is None:
                return False
            if self.give(client, received):
                return True

    def _wait_for_more(self, client: Client) -> None:
        if client.reader.is_in_body:
            if client.doing is not Doing.BODY:
                client.be(Doing.BODY, self.deadlines.body_s)
        elif client.reader.is_idle:
            if client.doing is not Doing.QUIET:
                client.be(Doing.QUIET, self.deadlines.quiet_s)
        elif client.doing is not Doing.HEAD:
            client.be(Doing.HEAD, self.deadlines.head_s)
        if client.reader.held_bytes <= _SMALL or self._bodies() <= _BODIES:
            self._arm(client, _READ)

    def _bodies(self) -> int:
        return sum(client.reader.held_bytes for client in self._clients.values() if client.doing is Doing.BODY)

    def _refuse(self, client: Client, note: str) -> None:
        client.be(Doing.SERVED, self.deadlines.answer_s)
        self._handler.refuse(client, note)

    def _on_end(self, client: Client) -> None:
        """The client says that no more comes; what it asked so far is still answered."""
        received = client.reader.cut_short()
        if received is None:
            self._close(client)
        else:
            self.give(client, received)

    def _write_on(self, client: Client) -> None:
        try:
            client.send(client.output)
        except OSError:
            self._close(client)
        else:
            self.keep(client)

    def _linger(self, client: Client) -> None:
        """Say that no more comes, and let run out what the client still sends: closing before might cost it the answer."""
        client.be(Doing.LINGERING, self.deadlines.quiet_s)
        try:
            client.sock.shutdown(socket.SHUT_WR)
        except OSError:
            client.deadline = 0.0  # gone already; the poller closes it
        else:
            self._arm(client, _READ)

    def _linger_on(self, client: Client) -> None:
        piece = client.receive()
        client.linger_bytes -= len(piece or b"\0")
        if piece == b"" or client.linger_bytes < 0:
            self._close(client)
        else:
            self._arm(client, _READ)

    def _end_late(self, now: float) -> None:
        room = self._bodies() <= _BODIES
        for client in list(self._clients.values()):
            if client.doing is Doing.BODY and room and client.reader.held_bytes > _SMALL:
                self._arm(client, _READ)
            if client.doing is Doing.SERVED or now < client.deadline:
                continue
            received = client.reader.cut_short(is_late=True) if client.doing is Doing.BODY else None
            if received is not None:
                self.give(client, received)
            elif client.doing is Doing.HEAD:
                self._refuse(client, "too_slow")
            else:
                self._close(client)

    def _arm(self, client: Client, events: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._epoll.modify(client.sock, events)

    def _close(self, client: Client) -> None:
        self._clients.pop(client.sock.fileno(), None)
        client.sock.close()
        if self._accepts:
            self._acceptor.count(len(self._clients))
