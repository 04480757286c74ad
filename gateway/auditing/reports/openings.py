"""What an auditor's key opened for a report: the sentence on the page, and what is told of records that stay sealed."""

from collections import Counter
from collections.abc import Iterable

from gateway.auditing.unseal import Opened, tell_unopened


class Openings:
    """Counts the records that were opened, and why others were not. Nothing is `asked` for where no key was given."""

    def __init__(self, *, asked: bool) -> None:
        self._asked, self._opened = asked, 0
        self._problems: Counter[str] = Counter()

    def count(self, items: Iterable[Opened]) -> Iterable[Opened]:
        """The same, counted as they come."""
        for item in items:
            self._opened += bool(item.content)
            self._problems.update([item.problem] if item.problem else [])
            yield item

    @property
    def problems(self) -> list[str]:
        """Sentences on the records that did not open: who asked must not take them for unsealed ones."""
        return tell_unopened(self._problems)

    def describe(self, command: str) -> str:
        """What the page says; `command` is the one that opens, where no key was given."""
        closed = sum(self._problems.values())
        if not self._asked:
            return (
                f"Plates and written reasons are sealed in the record; an auditor's key opens them ({command} --key)."
            )
        if not closed:
            return "Plates and written reasons were opened with an auditor's key for this report."
        if not self._opened:
            return "Plates and written reasons are sealed in the record; the auditor's key that was given opens none of them."
        told = (
            f"Of {self._opened:,} records plates and written reasons were opened with an auditor's key for this report"
        )
        return f"{told}; those of {closed:,} more are sealed, and that key does not open them."
