"""The words of a policy, and the one number, that an import of facts is held to; and the other way round, a draft to the facts."""

from collections.abc import Iterator, Mapping

from gateway.app.policy_in_force import find_deciding_tables
from gateway.errors import ConfigurationError
from gateway.facts.queries import list_components
from gateway.facts.vocabulary import Vocabulary, suggest
from gateway.model import Json, find_number
from gateway.pdp import Bundle
from gateway.settings import Settings


def read_vocabulary(settings: Settings) -> Vocabulary:
    """The components that any purpose lists, and how long an approval may run; nothing where the policy cannot be read, for an import must not need it."""
    try:
        tables = find_deciding_tables(settings)
    except ConfigurationError:
        return Vocabulary()
    return Vocabulary(
        components=_list_of_purposes(tables), longest_approval=find_number(tables, "approvals", "max_hours", "value")
    )


def tell_components_of_draft(settings: Settings, draft: Bundle, compared: Bundle) -> Iterator[str]:
    """Which components purposes list anew that nobody in the facts in force has, and which one was perhaps meant."""
    added = _list_of_purposes(draft.data.get("tables")) - _list_of_purposes(compared.data.get("tables"))
    try:
        known = list_components(settings.facts.url) if added else frozenset[str]()
    except ConfigurationError:  # no facts yet: their import is held to the policy
        return
    for name in sorted(added - known):
        told = f"tables/purposes lists the component {name}, which nobody in the facts in force has"
        yield f"{told}{suggest([name], known)}: until the personnel feed has it, it lets nobody search"


def _list_of_purposes(tables: object) -> frozenset[str]:
    purposes = tables.get("purposes") if isinstance(tables, Mapping) else None
    rows = purposes.values() if isinstance(purposes, dict) else ()
    return frozenset(name for row in rows for name in _list_components(row))


def _list_components(row: Json) -> list[str]:
    listed = row.get("components") if isinstance(row, dict) else None
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
