"""The words of the policy in force that an import of facts is held to."""

from gateway.errors import ConfigurationError
from gateway.facts.vocabulary import Vocabulary
from gateway.model import Json
from gateway.pdp import load_policies
from gateway.settings import Settings


def read_vocabulary(settings: Settings) -> Vocabulary:
    """The components that any purpose lists; nothing where the policy cannot be read, for an import must not need it."""
    try:
        tables = load_policies(settings.paths.policies).data.get("tables")
    except ConfigurationError:
        return Vocabulary()
    purposes = tables.get("purposes") if isinstance(tables, dict) else None
    rows = purposes.values() if isinstance(purposes, dict) else ()
    return Vocabulary(components=frozenset(name for row in rows for name in _list_components(row)))


def _list_components(row: Json) -> list[str]:
    listed = row.get("components") if isinstance(row, dict) else None
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
