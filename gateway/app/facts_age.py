"""How old facts may be: the settings say it, and so does the policy in force; whichever is less refuses first."""

from collections.abc import Mapping

from gateway.app.policy_in_force import find_tables
from gateway.errors import ConfigurationError
from gateway.model import Json, find_number
from gateway.settings import Settings


def find_longest_age(settings: Settings, tables: Mapping[str, Json]) -> float:
    """The hours after which everything is refused as `facts_stale`, by these tables; without any, by the settings."""
    own = float(settings.facts.max_age_hours)
    of_the_policy = find_number(tables, "policy", "facts_max_age_hours", "value")
    return own if of_the_policy is None else min(own, of_the_policy)


def read_longest_age(settings: Settings) -> float:
    """The same by the policy in force; by the settings where it cannot be read, for an import must not need it."""
    try:
        return find_longest_age(settings, find_tables(settings))
    except ConfigurationError:
        return find_longest_age(settings, {})


def tell_shorter_age(settings: Settings) -> str | None:
    """A sentence where the policy in force refuses before the settings' hours are over; None where they count."""
    own, counts = settings.facts.max_age_hours, read_longest_age(settings)
    if counts >= own:
        return None
    return (
        f"[facts] max_age_hours is {own}, and by the policy in force facts older than {counts:g} hours deny everything "
        "already (tables/policy, facts_max_age_hours): the lesser counts"
    )
