"""From a client's bytes to its requests, one after another: heads and bodies, however the bytes are cut into pieces.

Nothing is read here: the poller feeds what came. A head that is refused raises; a body that is refused travels with its
request, since who asks is judged before what is asked.
"""

from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.server.chunks import ChunkedBody, ChunkFault
from gateway.server.framing_causes import BODY_CHUNKS, BODY_CUT, BODY_LATE, refuse_body
from gateway.server.head import RequestHead, find_end, read_head
from gateway.value import Hidden, Value


class Received(Value, frozen=True, kw_only=True):
    """A request as it came. `fault` is why its body cannot be used; then, or if `is_last`, the connection ends with it.

    `is_awaited`: the client waits to be told to continue before it sends the body.
    """

    head: RequestHead
    body: Hidden[bytes] = b""
    fault: Refusal | None = None
    is_last: bool = False
    is_awaited: bool = False

    def read(self) -> bytes:
        """The body.

        Raises:
            Refusal: request_too_large; request_framing where it is cut short, badly chunked or too slow.
        """
        if self.fault is not None:
            raise self.fault
        return self.body


class RequestReader:
    """One connection's requests. `feed` what came, then take from `next` until it gives None."""

    def __init__(self, max_body_bytes: int) -> None:
        self._most = max_body_bytes
        self._buffer = bytearray()
        self._seen = 0
        self._head: RequestHead | None = None
        self._chunks: ChunkedBody | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a next request has come."""
        return self._head is None and not self._buffer

    @property
    def is_in_body(self) -> bool:
        """Whether a head was read whose body is not whole."""
        return self._head is not None

    @property
    def held_bytes(self) -> int:
        """Bytes held for this connection."""
        return len(self._buffer) + (len(self._chunks.content) if self._chunks else 0)

    def feed(self, data: bytes) -> None:
        """Take in what came."""
        self._buffer += data

    def next(self) -> Received | None:
        """The next request that is complete, or that waits to be told to continue; None where more must come.

        Raises:
            FramingFault: what came is no request.
        """
        if self._head is None:
            end = find_end(self._buffer, self._seen)
            if end < 0:
                self._seen = len(self._buffer)
                return None
            self._head, self._seen = read_head(self._buffer[:end]), 0
            del self._buffer[:end]
            self._chunks = ChunkedBody(self._most) if self._head.is_chunked else None
            if self._head.expects and not self._buffer and (self._head.is_chunked or self._head.length):
                return Received(head=self._head, is_last=True, is_awaited=True)
        return self.next_body()

    def next_body(self) -> Received | None:
        """The request whose head was read, once its body is whole."""
        head = self._head
        if head is None:
            return None
        if self._chunks is not None:
            return self._next_chunked(head, self._chunks)
        length = head.length or 0
        if length > self._most:
            return self._end(head, fault=Refusal(Reason.REQUEST_TOO_LARGE))
        if len(self._buffer) < length:
            return None
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return self._end(head, body)

    def cut_short(self, *, is_late: bool = False) -> Received | None:
        """The request in hand as it ends when nothing more comes; None where no head was complete."""
        if self._head is None:
            return None
        note = "body_unreadable" if is_late or self._head.is_chunked else "body_truncated"
        return self._end(self._head, fault=refuse_body(note, BODY_LATE if is_late else BODY_CUT))

    def _next_chunked(self, head: RequestHead, chunks: ChunkedBody) -> Received | None:
        try:
            if not chunks.take(self._buffer):
                return None
        except ChunkFault:
            return self._end(head, fault=refuse_body("body_unreadable", BODY_CHUNKS))
        if chunks.is_too_large:
            return self._end(head, fault=Refusal(Reason.REQUEST_TOO_LARGE))
        return self._end(head, bytes(chunks.content))

    def _end(self, head: RequestHead, body: bytes = b"", fault: Refusal | None = None) -> Received:
        self._head = self._chunks = None
        return Received(head=head, body=body, fault=fault, is_last=fault is not None or not head.is_kept)
