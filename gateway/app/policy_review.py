"""What operators are told of the policy in force, at `/readyz` and by `doctor`: a review that is due, and which policy comes next."""

from datetime import datetime, timedelta

from gateway import clock
from gateway.app.policy import LivePolicy
from gateway.app.policy_in_force import PolicyInForce
from gateway.clock import format_instant
from gateway.model import Json, find_number


def tell_expired(force: PolicyInForce) -> str | None:
    """That nobody has reviewed the policy in force for longer than its own table allows; None where that is not so."""
    most = _find_age(force, "max_age_days")
    if most is None or force.reviewed is None or (age := _count_days(force.reviewed)) <= most:
        return None
    return f"the policy expired: nobody has reviewed it for {age} days, and every search is denied"


def review_warnings(force: PolicyInForce) -> list[str]:
    """That the policy in force must be reviewed soon; one without these ages has no review to wait for."""
    warn, most = _find_age(force, "warn_after_days"), _find_age(force, "max_age_days")
    if warn is None or force.reviewed is None or (age := _count_days(force.reviewed)) < warn:
        return []
    if most is not None and age > most:  # it has expired, and is not ready
        return []
    ends = "" if most is None else f"; after {most:g} days every search is denied"
    return [f"the policy must be reviewed: the last review was {age} days ago{ends}"]


def _find_age(force: PolicyInForce, name: str) -> float | None:
    return None if force.bundle is None else find_number(force.bundle.data, "tables", "policy", name, "value")


def _count_days(reviewed: datetime) -> int:
    return max(0, (clock.now() - reviewed) // timedelta(days=1))


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
