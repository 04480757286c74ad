"""What came back: the vendor's answer, parsed, and what the obligations leave of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from gateway.model.json_value import Json
from gateway.plates import ReadPlate
from gateway.value import Hidden, Value


class ReadField(NamedTuple):
    """One listed leaf of a read: its dotted path in the vendor's row, its kind, its value.

    Kinds: `plain`, `plate`, `state`, `time`, `location`, `confidence`, `link`, `id`. A tuple, because an answer has
    hundreds of them and they are made at half the cost of a dataclass.
    """

    path: str
    kind: str
    value: Json

    def __repr__(self) -> str:
        """Path and kind; the value is nobody's to print."""
        return f"ReadField(path={self.path!r}, kind={self.kind!r})"


class Read(Value, frozen=True, kw_only=True):
    """One plate read. None where the vendor's row has no such field or it cannot be read; such a read is dropped."""

    plate: Hidden[ReadPlate | None]
    state: str | None
    time: datetime | None
    fields: Hidden[tuple[ReadField, ...]]


class Results(Value, frozen=True, kw_only=True):
    """A vendor's answer, parsed by its profile: `frame` are the listed fields around the reads (as totals).

    `next_page` and `previous_page` are the vendor's page ids; `withheld` counts fields that no profile lists.
    """

    reads: tuple[Read, ...]
    frame: tuple[ReadField, ...]
    next_page: Hidden[str | None]
    previous_page: Hidden[str | None]
    withheld: int


class Filtered(Value, frozen=True, kw_only=True):
    """What the obligations left of the results.

    `dropped` counts reads by why (`outside_window`, `other_plate`, `over_limit`, `unreadable`);
    `withheld` counts fields removed from the reads that stay, the unlisted ones included.
    """

    results: Results
    returned: int
    dropped: Mapping[str, int]
    withheld: int
