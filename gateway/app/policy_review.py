"""What operators are told of the policy in force, at `/readyz` and by `doctor`: a review that is due, and which policy comes next."""

from datetime import datetime, timedelta

from gateway import clock
from gateway.app.policy import LivePolicy, PolicyInForce
from gateway.clock import format_instant
from gateway.model import Json, find_number
from gateway.pdp import Bundle


def review_warnings(force: PolicyInForce) -> list[str]:
    """That the policy in force must be reviewed soon, or has expired, by the ages in its own table."""
    if force.bundle is None or force.reviewed is None:
        return []
    return tell_review(
        force.reviewed, clock.now(), _find_age(force.bundle, "warn_after_days"), _find_age(force.bundle, "max_age_days")
    )


def is_expired(force: PolicyInForce) -> bool:
    """Whether nobody has reviewed the policy in force for longer than its own table allows."""
    most = None if force.bundle is None else _find_age(force.bundle, "max_age_days")
    return most is not None and force.reviewed is not None and _count_days(force.reviewed, clock.now()) > most


def tell_review(reviewed: datetime, now: datetime, warn: float | None, most: float | None) -> list[str]:
    """One sentence where a review is due or past due; a policy without these ages has no review to wait for."""
    age = _count_days(reviewed, now)
    if most is not None and age > most:
        return [f"the policy expired: nobody has reviewed it for {age} days, and every search is denied"]
    if warn is None or age < warn:
        return []
    ends = "" if most is None else f"; after {most:g} days every search is denied"
    return [f"the policy must be reviewed: the last review was {age} days ago{ends}"]


def _find_age(bundle: Bundle, name: str) -> float | None:
    return find_number(bundle.data, "tables", "policy", name, "value")


def _count_days(reviewed: datetime, now: datetime) -> int:
    return max(0, (now - reviewed) // timedelta(days=1))


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
