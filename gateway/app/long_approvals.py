"""Approvals that a table lowered since has made too long: whoever relies on one is refused, and nobody was told at its import."""

from datetime import timedelta

from gateway import clock
from gateway.app.vocabulary import read_vocabulary
from gateway.facts import queries
from gateway.settings import Settings
from gateway.store import Store, count_given_beyond


def long_approvals(settings: Settings) -> list[str]:
    """A sentence where the facts in force hold approvals that run longer than the policy in force lets one.

    Raises:
        ConfigurationError: the facts cannot be read.
    """
    longest = read_vocabulary(settings).longest_approval
    return [] if longest is None else queries.find_long_approvals(settings.facts.url, longest, clock.now())


def long_given(settings: Settings, store: Store) -> list[str]:
    """The same of approvals that were given at the gateway: one counts again once what is left of it is short enough."""
    longest, now = read_vocabulary(settings).longest_approval, clock.now()
    count = 0 if longest is None else count_given_beyond(store, now + timedelta(hours=longest))
    most = f"the {longest:g} hours that the policy lets one run (max_hours)" if longest is not None else ""
    return (
        [f"{count} approvals given here run longer than {most}, and count only once no more than that is left"]
        if count
        else []
    )
