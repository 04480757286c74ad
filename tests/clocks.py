"""A clock that goes on only when it is told to."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True)
class Clock:
    """Give it to whatever asks for a clock; `now` may be set."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def on(self, **step: float) -> None:
        self.now += timedelta(**step)
