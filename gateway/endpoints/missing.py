"""What a person still lacks before a search would be served, and may declare, by the tables in force; the policy decides."""

from collections.abc import Iterable, Mapping
from datetime import date

from gateway.model import Acknowledgement, Json, Training, find_member

COURSE, DOCUMENT = "lpr", "rules_of_behavior"


def count_training_days_left(trainings: Iterable[Training], tables: Mapping[str, Json], today: date) -> int | None:
    """For how many days more the newest course counts, negative where it has lapsed; None where there is none."""
    longest = find_member(tables, "training", "max_age_days", "value")
    done = [one.completed_on for one in trainings if one.course == COURSE and one.completed_on is not None]
    if not done or not isinstance(longest, int):
        return None
    return longest - (today - max(done)).days


def find_missing(
    *, days_left: int | None, accepted: Iterable[Acknowledgement], overdue: int, tables: Mapping[str, Json]
) -> list[Json]:
    """The reasons that a search would be refused for, whatever it asks."""
    wanted = find_member(tables, "training", "rules_of_behavior_version", "value")
    missing: list[Json] = []
    if days_left is None:
        missing.append("training_missing")
    elif days_left < 0:
        missing.append("training_lapsed")
    if not any(one.document == DOCUMENT and one.version == wanted for one in accepted):
        missing.append("rules_not_accepted")
    if overdue:
        missing.append("review_overdue")  # of emergencies alone: other searches go on
    return missing


def list_purposes(component: str | None, tables: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The purposes that people of a component may declare, each with the kinds of case it fits and what it asks for."""
    purposes = tables.get("purposes")
    return [
        {
            "purpose": name,
            "case_kinds": listed.get("case_kinds"),
            "needs_written_reason": listed.get("needs_written_reason"),
            "needs_approval": listed.get("needs_approval"),
        }
        for name, listed in sorted(purposes.items() if isinstance(purposes, dict) else ())
        if isinstance(listed, dict) and component is not None and component in _words(listed.get("components"))
    ]


def _words(value: Json) -> list[Json]:
    return list(value) if isinstance(value, list) else []
