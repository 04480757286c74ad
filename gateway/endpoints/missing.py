"""What a person still lacks before a search would be served, and may declare, by the tables in force; the policy decides."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta

from gateway.model import Acknowledgement, Json, Known, Training, find_member, is_number
from gateway.pep.accepted_text import RULES

COURSE = "lpr"


def count_training_days_left(trainings: Collection[Training], tables: Mapping[str, Json], today: date) -> int | None:
    """For how many days more the newest course counts: negative where it has lapsed, 0 at most where its version does not count; None where there is none."""
    longest = find_member(tables, "training", "max_age_days", "value")
    done = [one.completed_on for one in trainings if one.course == COURSE and one.completed_on is not None]
    if not done or not isinstance(longest, int):
        return None
    left = longest - (today - max(done)).days
    return left if _is_version_accepted(trainings, tables) else min(left, 0)


def find_ended(
    known: Known, tables: Mapping[str, Json], reviewed: datetime | None, now: datetime, *, facts_longest: timedelta
) -> list[Json]:
    """The reasons that every search of everybody is refused for: all were stopped, the policy has ended, or what is known is too old.

    Facts count no longer than the tables say, and no longer than `facts_longest`, which the settings say.
    """
    ended: list[Json] = []
    longest = find_member(tables, "policy", "max_age_days", "value")
    valid = find_member(tables, "policy", "valid", "value") is True
    if reviewed is None:
        ended.append("searches_stopped")
    elif not valid or _is_older(reviewed, now, timedelta(days=1), longest):
        ended.append("policy_expired")
    oldest = find_member(tables, "policy", "facts_max_age_hours", "value")
    if tables and (now - known.as_of > facts_longest or _is_older(known.as_of, now, timedelta(hours=1), oldest)):
        ended.append("facts_stale")
    return ended


def _is_older(since: datetime, now: datetime, unit: timedelta, most: Json) -> bool:
    return not is_number(most) or now - since > most * unit


def find_missing(
    known: Known, accepted: Iterable[Acknowledgement], tables: Mapping[str, Json], today: date
) -> list[Json]:
    """What this person lacks, whatever the search; without any tables, as where everything was stopped, that is not known."""
    if not tables:
        return []
    subject, missing = known.subject, list[Json]()
    if subject is None or subject.active is not True:
        missing.append("person_inactive")
    if not may_search(subject.roles if subject else (), tables):
        return [*missing, "role_may_not_query"]  # to whom training and rules do not matter
    days_left = count_training_days_left(known.training, tables, today)
    if days_left is None:
        is_listed = any(one.course == COURSE for one in known.training)  # without a date it counts as too old
        missing.append("training_lapsed" if is_listed else "training_missing")
    elif days_left < 0 or not _is_version_accepted(known.training, tables):
        missing.append("training_lapsed")
    wanted = find_member(tables, "training", "rules_of_behavior_version", "value")
    if not any(one.document == RULES and one.version == wanted for one in accepted):
        missing.append("rules_not_accepted")
    if not list_purposes(subject.component if subject else None, tables):
        missing.append("purpose_not_allowed")  # whichever is named, but an emergency
    return missing


def may_search(roles: Iterable[str], tables: Mapping[str, Json]) -> bool:
    """Whether one of these roles may run any operation."""
    return not list_permitted_roles(tables).isdisjoint(roles)


def list_permitted_roles(tables: Mapping[str, Json]) -> set[str]:
    """The roles that may run any operation."""
    operations = tables.get("operations")
    named = operations if isinstance(operations, dict) else {}
    return {str(role) for name in named for role in _words(find_member(named, name, "roles"))}


def _is_version_accepted(trainings: Iterable[Training], tables: Mapping[str, Json]) -> bool:
    """Whether the newest course is of a version that counts."""
    wanted = find_member(tables, "training", "version", "value")
    done = [
        (one.completed_on, one.version) for one in trainings if one.course == COURSE and one.completed_on is not None
    ]
    return wanted == "any" or max(done, key=lambda item: item[0])[1] == wanted


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
