"""The words of the policy in force, and the one number, that an import of facts is held to."""

from gateway.app.policy_in_force import find_tables
from gateway.errors import ConfigurationError
from gateway.facts.vocabulary import Vocabulary
from gateway.model import Json, find_number
from gateway.settings import Settings


def read_vocabulary(settings: Settings) -> Vocabulary:
    """The components that any purpose lists, and how long an approval may run; nothing where the policy cannot be read, for an import must not need it."""
    try:
        tables = find_tables(settings)
    except ConfigurationError:
        return Vocabulary()
    purposes = tables.get("purposes")
    rows = purposes.values() if isinstance(purposes, dict) else ()
    return Vocabulary(
        components=frozenset(name for row in rows for name in _list_components(row)),
        longest_approval=find_number(tables, "approvals", "max_hours", "value"),
    )


def _list_components(row: Json) -> list[str]:
    listed = row.get("components") if isinstance(row, dict) else None
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
