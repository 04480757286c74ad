"""What operators are told of the policy in force at `/readyz`: a review that is due, and which policy comes next."""

from datetime import datetime, timedelta

from gateway import clock
from gateway.app.policy import LivePolicy
from gateway.clock import format_instant
from gateway.model import Json, find_number


def review_warnings(policy: LivePolicy) -> list[str]:
    """That the policy in force must be reviewed soon, or has expired, by the ages in its own table."""
    force = policy.force
    if force.bundle is None or force.reviewed is None:
        return []
    warn, most = (
        find_number(force.bundle.data, "tables", "policy", name, "value")
        for name in ("warn_after_days", "max_age_days")
    )
    return tell_review(force.reviewed, clock.now(), warn, most)


def tell_review(reviewed: datetime, now: datetime, warn: float | None, most: float | None) -> list[str]:
    """One sentence where a review is due or past due; a policy without these ages has no review to wait for."""
    age = max(0, (now - reviewed) // timedelta(days=1))
    if most is not None and age > most:
        return [f"the policy expired: nobody has reviewed it for {age} days, and every search is denied"]
    if warn is None or age < warn:
        return []
    ends = "" if most is None else f"; after {most:g} days every search is denied"
    return [f"the policy must be reviewed: the last review was {age} days ago{ends}"]


def scheduled_act(policy: LivePolicy) -> Json:
    """The act that comes into force next, with its instant; None where none waits."""
    coming = policy.coming
    if coming is None:
        return None
    return {
        "counter": coming.counter,
        "act": coming.act,
        "policy_revision": coming.revision,
        "effective_at": format_instant(coming.effective),
    }
