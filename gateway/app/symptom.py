"""What `doctor` finds of one thing that it looks at."""

from dataclasses import dataclass

OK, WARNING, FAILURE = "ok", "warning", "failure"


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing looked at: `state` is ok, warning or failure."""

    topic: str
    state: str
    sentence: str
