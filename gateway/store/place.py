"""Whether SQLite's file still lies where the settings name it: what was opened stays open wherever it is moved to."""

from pathlib import Path

from sqlalchemy import Engine

from gateway.errors import Refusal
from gateway.reasons import Reason


class StorePlace:
    """The file of the store as it was when this process opened it; of another database there is none to lose."""

    def __init__(self, engine: Engine) -> None:
        self._file = Path(str(engine.url.database)) if engine.dialect.name == "sqlite" else None
        self._opened = _mark(self._file)

    def require(self) -> None:
        """Return where it is there.

        Raises:
            Refusal: STORE_UNAVAILABLE, with a note that says what to do.
        """
        found = _mark(self._file)
        if found == self._opened:
            return
        what = "is not there any more" if found is None else "is another file"
        told = f"{self._file} {what} than the one that this gateway opened" if found else f"{self._file} {what}"
        remedy = "put the one that it was back, with its -wal and -shm, or stop the gateway and begin by what is there"
        raise Refusal(Reason.STORE_UNAVAILABLE, note=f"{told}: what is kept goes into the one that was moved; {remedy}")


def _mark(file: Path | None) -> tuple[int, int] | None:
    """Which file it is; None where there is none, or it cannot be asked."""
    try:
        status = file.stat() if file else None
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status else None
