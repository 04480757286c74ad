"""What a worker looks at once a second: whether it is ready, how old facts and policy are, which failures go on."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta

from gateway import clock
from gateway.app.approvals import tables
from gateway.app.audit import AuditRuntime
from gateway.app.facts_age import find_longest_age
from gateway.app.policy import LivePolicy
from gateway.app.policy_review import scheduled_act, tell_expired
from gateway.app.shadow import ShadowPolicy
from gateway.errors import Refusal
from gateway.facts import Facts
from gateway.model import Json
from gateway.ops.failures import FailureLog
from gateway.ops.health import Check, explain_trouble
from gateway.ops.metrics import Metrics
from gateway.settings import Settings
from gateway.store import Store

_AHEAD = timedelta(minutes=5)
"""So much the source's clock may be before ours."""
_CONFIRM = ": put it right; where that alone does not help, say so by `lpr-gateway audit confirm-clock --why TEXT`"
_NEWER = "a gateway of a newer version has changed the store's tables: install that version here too"


def readiness_checks(
    settings: Settings, policy: LivePolicy, facts: Facts, store: Store, audit: AuditRuntime
) -> dict[str, Check]:
    """What must be well for this worker to be ready, by name."""

    def engine_answers() -> str | None:
        refusal = policy.health()
        return tell_expired(policy.force) if refusal is None else explain_trouble(refusal)

    def facts_fresh() -> str | None:
        age = clock.now() - facts.check().as_of
        if age < -_AHEAD:
            return "the facts are from the future: this host's clock is late, or their source's is early"
        hours, limit = age.total_seconds() / 3600, find_longest_age(settings, tables(policy))
        return None if hours <= limit else f"the facts are {hours:.0f} hours old; at most {limit:g} are allowed"

    def store_answers() -> str | None:
        store.place.require()
        store.find("")
        store.require_writable()
        return None if store.is_current() else _NEWER

    def ledger_writable() -> str | None:
        return audit.ledger_runtime.ledger.trouble

    def clock_believed() -> str | None:
        problem = audit.ledger_runtime.clock_guard.problem()
        return None if problem is None else f"{problem}{_CONFIRM}"

    return {
        "policy_engine": engine_answers,
        "facts": facts_fresh,
        "store": store_answers,
        "ledger": ledger_writable,
        "clock": clock_believed,
    }


def describe_in_force(
    policy: LivePolicy, facts: Facts, shadow: ShadowPolicy | None, started_with: Mapping[str, str]
) -> dict[str, Json]:
    """What operators hear beside the checks: the facts, with the digest they are held to, the policy, and the one that is next.

    Where a candidate is tried beside, this worker's shadow says which, and whether it is held up. `started_with` are the digests of
    what this worker was started with.
    """
    known: Json = None
    with suppress(Refusal):  # readiness says so already
        revision = facts.revision()
        known = {
            "revision": revision.revision,
            "sha256": revision.sha256,
            "as_of": clock.format_instant(revision.as_of),
        }
    beside: dict[str, Json] = {} if shadow is None else {"shadow": shadow.describe()}
    return (
        {"facts": known, "policy": _name_policy(policy), "scheduled_policy": scheduled_act(policy)}
        | beside
        | {"started_with": dict(started_with)}
    )


def _name_policy(policy: LivePolicy) -> Json:
    """The policy in force, and the number of the act that put it there; without a revision where everything is stopped."""
    force = policy.force
    return {"revision": force.bundle.revision if force.bundle else None, "counter": force.counter}


def look_beside(
    metrics: Metrics, policy: LivePolicy, facts: Facts, failures: FailureLog, looks: Iterable[Callable[[], None]]
) -> None:
    """Set the ages that metrics tell, tell the failures that went on, and take each further look, as whether cards can be judged."""
    present = clock.now()
    as_of, since = None, policy.reviewed
    with suppress(Refusal):  # readiness says so already
        as_of = facts.revision().as_of
    metrics.note_ages(
        facts_s=None if as_of is None else (present - as_of).total_seconds(),
        policy_s=None if since is None else (present - since).total_seconds(),
    )
    deciding = policy.force.bundle
    metrics.note_policy(deciding.revision if deciding else None)
    failures.tell_repeated()
    for look in looks:
        look()
