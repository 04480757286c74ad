"""The words of the policy in force that an import of facts is held to."""

from gateway.app.policy_in_force import find_tables
from gateway.errors import ConfigurationError
from gateway.facts.vocabulary import Vocabulary
from gateway.model import Json
from gateway.settings import Settings


def read_vocabulary(settings: Settings) -> Vocabulary:
    """The components that any purpose lists; nothing where the policy cannot be read, for an import must not need it."""
    try:
        purposes = find_tables(settings).get("purposes")
    except ConfigurationError:
        return Vocabulary()
    rows = purposes.values() if isinstance(purposes, dict) else ()
    return Vocabulary(components=frozenset(name for row in rows for name in _list_components(row)))


def _list_components(row: Json) -> list[str]:
    listed = row.get("components") if isinstance(row, dict) else None
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
