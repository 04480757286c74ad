"""What somebody asks an approval for."""

from dataclasses import dataclass

from gateway.plates import SoughtPlate


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: `plate` None for any of the case's own subjects; `possible` are the scopes that its refusal lets one ask for."""

    case_number: str
    scope: str
    plate: SoughtPlate | None
    mount: str | None
    hours: int
    reason: str
    decision_id: str | None = None
    window: tuple[str | None, str | None] = (None, None)
    possible: tuple[str, ...] = ()
