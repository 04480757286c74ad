"""A body in chunks, read as the bytes come: strict in every size and line end, and without trailers.

Trailers are refused, for nothing here would read them and whoever does further on must not be told anything by them.
"""

import re

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})(;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_LONGEST_SIZE_LINE = 4096


class ChunkFault(Exception):
    """The body is badly chunked; where it ends cannot be known."""


class ChunkedBody:
    """Takes bytes from the front of a buffer until the last chunk; what follows stays in the buffer."""

    def __init__(self, most: int) -> None:
        self.content = bytearray()
        self.is_too_large = False
        self._most = most
        self._left = 0
        self._ends_chunk = False

    def take(self, buffer: bytearray) -> bool:
        """Whether the body is complete, or known to be larger than it may be.

        Raises:
            ChunkFault: for any byte that is not as it must be.
        """
        while True:
            if self._left:
                piece = buffer[: self._left]
                del buffer[: len(piece)]
                self.content += piece
                self._left -= len(piece)
                if len(self.content) > self._most:
                    self.is_too_large = True
                    return True
                if self._left:
                    return False
                self._ends_chunk = True
            if self._ends_chunk:
                if not b"\r\n".startswith(buffer[:2]):
                    raise ChunkFault
                if len(buffer) < 2:  # noqa: PLR2004 - CRLF
                    return False
                del buffer[:2]
                self._ends_chunk = False
            size = self._size(buffer)
            if size is None:
                return False
            if size == 0:
                return self._end(buffer)
            self._left = size

    def _size(self, buffer: bytearray) -> int | None:
        """The size of the next chunk; of the last one, 0, its line left in the buffer for the end to be seen whole."""
        end = buffer.find(b"\n")
        if end < 0:
            if len(buffer) > _LONGEST_SIZE_LINE or b"\r" in buffer[:-1]:
                raise ChunkFault
            return None
        line = _SIZE_LINE.fullmatch(buffer, 0, end + 1)
        if line is None or end > _LONGEST_SIZE_LINE:
            raise ChunkFault
        size = int(line[1], 16)
        if size:
            del buffer[: end + 1]
        return size

    def _end(self, buffer: bytearray) -> bool:
        end = buffer.find(b"\n") + 1
        if not b"\r\n".startswith(buffer[end : end + 2]):
            raise ChunkFault
        if len(buffer) < end + 2:
            return False
        del buffer[: end + 2]
        return True
