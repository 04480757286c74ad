"""Makes what keeps approvals and emergencies, from the settings and the policy's tables as they are now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway import clock
from gateway.app.outbound import find_proxy
from gateway.app.policy import LivePolicy
from gateway.app.policy_in_force import read_tables
from gateway.approvals import (
    Addressees,
    ApprovalParts,
    ApprovalRules,
    Approvals,
    Emergencies,
    Foresight,
    Mail,
    Notices,
    PlateProtection,
    RecentDecisions,
    RememberingRecorder,
    ReviewWatch,
)
from gateway.ledger.ledger import Ledger
from gateway.ledger.records.event import admin_record
from gateway.model import Json, find_member, find_number
from gateway.pep.recorder import Recorder
from gateway.settings import NoticeSettings, Settings
from gateway.store import Store

if TYPE_CHECKING:
    from gateway.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRuntime:
    """What one worker keeps of what people ask for, give and review; `close` in the order of `closing`."""

    approvals: Approvals
    emergencies: Emergencies
    foresight: Foresight
    recent: RecentDecisions
    recorder: RememberingRecorder
    watch: ReviewWatch
    closing: tuple[Callable[[], object], ...]


def open_approval_runtime(
    settings: Settings,
    secret: bytes,
    *,
    store: Store,
    facts: "Facts",
    policy: LivePolicy,
    recorder: Recorder,
    ledger: Ledger,
) -> ApprovalRuntime:
    """What this process keeps; nothing runs by itself before `watch.start`, but the sending of notices."""
    given, protection = settings.notices, PlateProtection(secret)
    notices = Notices(given.webhook_url, _mail(given), proxy=find_proxy(settings))
    told = Addressees(approvers=given.approvers, duty=given.duty, privacy=given.privacy)
    parts = ApprovalParts(store=store, protection=protection, people=facts, notices=notices, addressees=told)
    table = partial(tables, policy)
    emergencies = Emergencies(
        parts,
        reviewers=lambda: _words(table().get("emergencies"), "reviewers"),
        record=partial(_record, ledger),
    )
    recent = RecentDecisions(store=store)
    remembering = RememberingRecorder(recorder, store, protection)
    remembering.remember_interrupted(ledger.found_interrupted)
    watch = ReviewWatch(emergencies, recent, clock.now)
    return ApprovalRuntime(
        approvals=Approvals(parts, lambda: _rules(table().get("approvals"))),
        emergencies=emergencies,
        foresight=Foresight(store=store, engine=policy),
        recent=recent,
        recorder=remembering,
        watch=watch,
        closing=(watch.close, remembering.close, notices.close),
    )


def _record(ledger: Ledger, event_type: str, **fields: Json) -> None:
    ledger.record(admin_record(event_type, **fields))


def tables(policy: LivePolicy) -> Mapping[str, Json]:
    """The tables of the policy in force; while everything is stopped, of the one before, for reviews go on."""
    return read_tables(policy.force.governing)


def _rules(table: Json) -> ApprovalRules:
    """What cannot be read allows nothing."""
    return ApprovalRules(
        max_hours=find_number(table, "max_hours", "value") or 0.0,
        other_office=find_member(table, "other_office", "value") is True,
    )


def _words(table: Json, name: str) -> frozenset[str]:
    words = table.get(name) if isinstance(table, dict) else None
    return frozenset(str(word) for word in words) if isinstance(words, list) else frozenset()


def _mail(given: NoticeSettings) -> Mail | None:
    if given.smtp_host is None:
        return None
    return Mail(host=given.smtp_host, port=given.smtp_port, sender=given.sender, starttls=given.smtp_starttls)
