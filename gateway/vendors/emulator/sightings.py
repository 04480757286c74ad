"""A deterministic history of plate reads: the same plates, seed and window always give the same reads.

Around the reads of the plate asked for lie reads that a good gateway must hold back: look-alikes (O for 0), other
plates, other states, times outside the window.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from gateway import plates

MOST = 120  # reads of one plate in one window
_SLOT = timedelta(hours=7)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_SWAP = str.maketrans("O0", "0O")
_STRANGERS = ("QZX8814", "LMN4471", "TRK9902", "HJD3056")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One read: a plate in normal form, its two-letter state, when and by which camera (0 to 11).

    `serial` is unique for a plate; vendors answer in its order, which is that of time but for reads out of the window.
    """

    plate: str = field(repr=False)
    state: str
    time: datetime
    camera: int
    serial: int


def normal_text(typed: str) -> str:
    """The normal form in clear: what a vendor knows lies open to it."""
    return plates.in_clear(plates.normalize(plates.TypedPlate(typed)))


def list_sightings(known: Sequence[tuple[str, str]], asked: str, state: str | None) -> list[tuple[str, str]]:
    """The (plate, state) pairs that an asked plate or pattern means among those known; with none known, any plate."""
    pattern = plates.fold(plates.read_sought(asked))
    found = [
        (plate, of)
        for plate, of in known
        if plates.fits_pattern(pattern, plates.fold(plates.NormalPlate(plate))) and state in (None, of)
    ]
    if known:
        return found
    return [(asked.replace(plates.WILDCARD, "7"), state or "AR")]


def sightings(plate: str, state: str, start: datetime, end: datetime, *, seed: int) -> list[Sighting]:
    """The newest reads of a plate in a window, newest first, with the ones that do not belong mixed in."""
    last = (end - _EPOCH) // _SLOT
    first = max((start - _EPOCH) // _SLOT, last - MOST)
    found = [_make_sighting(plate, state, slot, seed=seed) for slot in range(last, first - 1, -1)]
    return [read for read in found if start <= read.time <= end or read.serial % 10 == 9]  # noqa: PLR2004


def _make_sighting(plate: str, state: str, slot: int, *, seed: int) -> Sighting:
    digest = blake2b(f"{seed}:{plate}:{slot}".encode(), digest_size=8).digest()
    time = _EPOCH + slot * _SLOT + timedelta(seconds=int.from_bytes(digest[:2]) % 25200, microseconds=digest[2] * 1000)
    match slot % 10:
        case 3:
            plate = _STRANGERS[digest[3] % len(_STRANGERS)]
        case 5:
            plate = plate.translate(_SWAP)
        case 7:
            state = "TX" if state != "TX" else "OK"
        case 9:
            time -= timedelta(days=3650)
    return Sighting(plate=plate, state=state, time=time, camera=digest[4] % 12, serial=slot)
