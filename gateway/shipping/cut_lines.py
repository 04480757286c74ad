"""Lines of an export that may have been cut off: each is a break, unless a later line is whole and begins as it does.

A receiver that cuts messages leaves thousands, so they are found by how they begin. Those that are too short for that are few.
"""

from dataclasses import dataclass, field

from gateway.ledger.verification.report import Break

_BEGINNING = 1024
"""So many octets tell one record's line from another's: its hashes are among them."""
_MOST_SHORT, _MOST_BYTES = 100, 64 << 20


@dataclass(slots=True)
class CutLines:
    """Those held, by their beginning, or all that are shorter together; each with its text and its break."""

    by_beginning: dict[bytes, dict[int, tuple[bytes, Break]]] = field(default_factory=dict)
    size: int = 0

    def hold(self, number: int, text: bytes, broken: Break) -> bool:
        """Whether there was room for the line of this number."""
        key = _key(text)
        group = self.by_beginning.setdefault(key, {})
        if self.size + len(text) > _MOST_BYTES or (not key and len(group) >= _MOST_SHORT):
            return False
        group[number] = (text, broken)
        self.size += len(text)
        return True

    def release(self, whole: bytes) -> list[int]:
        """The numbers of those that are the beginning of this line, of a whole record: they are held no more."""
        groups = (self.by_beginning.get(key) for key in sorted({_key(whole), b""}))
        found = [
            (group, number, text)
            for group in groups
            if group
            for number, (text, _) in group.items()
            if len(text) < len(whole) and whole.startswith(text)
        ]
        for group, number, text in found:
            del group[number]
            self.size -= len(text)
        return [number for _, number, _ in found]

    def list_breaks(self) -> list[Break]:
        """What is still held is broken."""
        return [broken for group in self.by_beginning.values() for _, broken in group.values()]


def _key(text: bytes) -> bytes:
    return text[:_BEGINNING] if len(text) >= _BEGINNING else b""
