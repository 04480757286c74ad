"""What the gateway itself asks of the tables in force: the text that everybody must accept, purposes, ceilings."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from gateway.app.policy import LivePolicy
from gateway.app.policy_in_force import read_tables
from gateway.model import Ceiling, Ceilings, Json, find_member, find_number
from gateway.pep.emergency_way import EmergencyWays
from gateway.pep.lookback import Lookbacks
from gateway.pep.open_operations import OpenOperation, OpenOperations
from gateway.pep.ports import ListedPurpose

Read = TypeVar("Read")
_CEILINGS = {"person": "", "service": "service_", "office": "office_", "vendor": "vendor_"}
"""How the names of each kind's entries in the table `usage` begin."""


class ReadInForce(Generic[Read]):
    """What one function reads of the tables in force, asked for each request and read once a policy.

    While everything is stopped they are those of the policy that was in force before.
    """

    def __init__(self, policy: LivePolicy, read: Callable[[Mapping[str, Json]], Read]) -> None:
        self._policy, self._read = policy, read
        self._known: tuple[str | None, Read] = (None, read({}))

    def __call__(self) -> Read:
        """What they say; a policy that takes another's place brings its own."""
        bundle, known = self._policy.force.governing, self._known
        revision = None if bundle is None else bundle.revision
        if known[0] != revision:
            self._known = known = (revision, self._read(read_tables(bundle)))
        return known[1]


def read_purposes(tables: Mapping[str, Json]) -> Mapping[str, ListedPurpose]:
    """The codes of the purposes that are named, each with what is told of it."""
    purposes = tables.get("purposes")
    named = purposes if isinstance(purposes, dict) else {}
    return {
        code: ListedPurpose(
            components=_read_words(find_member(named, code, "components")),
            needs_reason=find_member(named, code, "needs_written_reason") is True,
            case_kinds=_read_words(find_member(named, code, "case_kinds")),
        )
        for code in named
    }


def read_circumstances(tables: Mapping[str, Json]) -> tuple[str, ...]:
    """The codes of the kinds of emergency that are named."""
    return _read_words(find_member(tables, "emergencies", "circumstances"))


def read_ended(tables: Mapping[str, Json]) -> bool:
    """Whether the privacy office has ended the policy by its own table."""
    return find_member(tables, "policy", "valid", "value") is False


def _read_words(listed: Json) -> tuple[str, ...]:
    return tuple(map(str, listed)) if isinstance(listed, list) else ()


def read_ceilings(tables: Mapping[str, Json]) -> Ceilings:
    """How many searches each kind of account may make: what is told of it. The policy itself judges by the table."""
    return {
        kind: Ceiling(
            hour=_read_number(tables, f"{begin}hourly_ceiling"), day=_read_number(tables, f"{begin}daily_ceiling")
        )
        for kind, begin in _CEILINGS.items()
    }


def _read_number(tables: Mapping[str, Json], name: str) -> int | None:
    value = find_member(tables, "usage", name, "value")
    return value if type(value) is int else None


def read_lookbacks(tables: Mapping[str, Json]) -> Lookbacks:
    """How far back the tables let a search go."""
    return Lookbacks(
        civil=find_number(tables, "retention", "civil_lookback_days", "value"),
        criminal_at_most=find_number(tables, "retention", "criminal_lookback_days_at_most", "value"),
        emergency=find_number(tables, "emergencies", "lookback_days", "value"),
        ahead_hours=find_number(tables, "retention", "window_end_hours_ahead", "value"),
    )


def read_fixed_characters(tables: Mapping[str, Json]) -> float | None:
    """How many characters of a plate must be known to search by part of it."""
    return find_number(tables, "approvals", "partial_plate_fixed_characters", "value")


def read_longest_approval(tables: Mapping[str, Json]) -> float | None:
    """For how many hours a supervisor's approval may run."""
    return find_number(tables, "approvals", "max_hours", "value")


def read_emergencies_most(tables: Mapping[str, Json]) -> float | None:
    """How many emergency searches a person may make in 24 hours."""
    return find_number(tables, "emergencies", "most_in_24_hours", "value")


def read_emergency_ways(tables: Mapping[str, Json]) -> EmergencyWays:
    """For whom, and in which operations, the table opens an emergency."""
    return EmergencyWays(
        roles=_read_words(find_member(tables, "emergencies", "roles")),
        operations=_read_words(find_member(tables, "emergencies", "operations")),
    )


def read_operations(tables: Mapping[str, Json]) -> OpenOperations:
    """Who may run each operation, and how plates may be given in it."""
    operations = tables.get("operations")
    named = operations if isinstance(operations, dict) else {}
    return {
        name: OpenOperation(*(_read_words(find_member(named, name, part)) for part in OpenOperation._fields))
        for name in named
    }


def read_sign_in_minutes(tables: Mapping[str, Json]) -> float | None:
    """For how many minutes a sign-in counts, where its time is known."""
    return find_number(tables, "assurance", "sign_in_minutes", "value")


def read_course_version(tables: Mapping[str, Json]) -> str | None:
    """The version of the training course that counts; None where any does."""
    value = find_member(tables, "training", "version", "value")
    return value if isinstance(value, str) and value != "any" else None
