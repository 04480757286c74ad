"""What was worked out for a text, kept for the next time: a million rows say the same few things again and again."""

from collections.abc import Callable
from typing import Generic, TypeVar

Meaning = TypeVar("Meaning")
_MOST = 1 << 17
_LONGEST = 256


class TextMemo(dict[str, Meaning], Generic[Meaning]):
    """A function of a text, asked as `memo[text]`.

    Of long texts it keeps nothing, and it forgets all when it has grown large: no file fills the memory.
    """

    __slots__ = ("_work_out",)

    def __init__(self, work_out: Callable[[str], Meaning]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, text: str) -> Meaning:
        """Work it out, and remember it."""
        found = self._work_out(text)
        if len(self) >= _MOST:
            self.clear()
        if len(text) <= _LONGEST:
            self[text] = found
        return found

    def all(self, texts: list[str]) -> list[Meaning]:
        """What all these texts give, in order."""
        return [self[text] for text in texts]
