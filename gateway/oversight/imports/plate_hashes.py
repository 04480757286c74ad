"""The hashes of an export's plates, each plate worked out once, under the keys that may have been in use when it was searched."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from gateway import plates
from gateway.ledger.epoch_keys import Epoch

_ABOUT = timedelta(days=2)
"""So far may a search, or the denial before it, be from the day that the export tells."""
COLUMNS = ("plate_key", "epochs", "plate_hashes")
"""What is kept of a plate; lists have a semicolon between their parts."""


class PlateHasher:
    """`epochs` are those whose keys are at hand. With an auditor's key that is years of them, of which a day needs a few."""

    def __init__(self, epochs: tuple[Epoch, ...]) -> None:
        self._epochs, self._ends = epochs, _ends(epochs)
        self._names: dict[str, str] = {}
        self._keys: dict[tuple[plates.SoughtPlate | None, str], int] = {}

    def key(self, plate: plates.SoughtPlate | None, day: str) -> int:
        """The number under which `rows` gives this plate (None: no plate) as on this day (ISO, or "" for an unknown one)."""
        names = self._names.get(day)
        if names is None:
            names = self._names[day] = ";".join(item.name for item in self._epochs if self._may_hold(item, day))
        return self._keys.setdefault((plate, names), len(self._keys))

    def rows(self) -> Iterator[tuple[int, str, str]]:
        """What is kept of every plate that was asked for, in the order of `COLUMNS`."""
        by_name = {epoch.name: epoch for epoch in self._epochs}
        for (plate, names), key in self._keys.items():
            under = names.split(";") if plate is not None and names else []
            yield key, names, ";".join(by_name[name].hash_plate(plate) for name in under if plate is not None)

    def _may_hold(self, epoch: Epoch, day: str) -> bool:
        if not day:
            return True
        begins = datetime.combine(date.fromisoformat(day), time(), UTC)
        return epoch.began < begins + timedelta(days=1) + _ABOUT and self._ends[epoch.name] > begins - _ABOUT


def _ends(epochs: tuple[Epoch, ...]) -> dict[str, datetime]:
    """When each epoch ended: when the next one at hand of its series began, for the last one never."""
    ends = {epoch.name: datetime.max.replace(tzinfo=UTC) for epoch in epochs}
    for series in {epoch.name[0] for epoch in epochs}:
        of_series = sorted((item for item in epochs if item.name[0] == series), key=lambda item: item.began)
        ends |= {earlier.name: later.began for earlier, later in pairwise(of_series)}
    return ends
