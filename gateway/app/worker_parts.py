"""The parts of one worker, each opened from the settings; `create` joins them to what serves."""

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.app.approvals import ApprovalRuntime, open_approval_runtime
from gateway.app.audit import AuditRuntime, open_audit_runtime
from gateway.app.identity import open_register
from gateway.app.outbound import find_proxy
from gateway.app.policy import LivePolicy
from gateway.app.state import load_integrity, load_secrets
from gateway.app.telemetry import open_tracing, trace_mounts
from gateway.app.upstream import make_vendor
from gateway.endpoints.router import OWN_OPERATIONS
from gateway.facts import Facts, open_facts
from gateway.ledger.alarms import Alarm
from gateway.ledger.checkpoints.keys import read_origin
from gateway.ledger.ledger import Ledger
from gateway.ops.board import ReadinessBoard
from gateway.ops.failures import FailureLog
from gateway.ops.metrics import Metrics
from gateway.ops.notify import Notifier
from gateway.ops.watcher import Watcher
from gateway.pep.budget import Budget, BudgetLimits
from gateway.pep.ports import Mounted, Secrets
from gateway.pep.recorder import Recorder
from gateway.settings import Settings
from gateway.store import open_store
from gateway.store.store import Store
from gateway.upstream.measured import MeasuredClient
from gateway.vendors import load_profile

if TYPE_CHECKING:
    from gateway.identity import CertificateRegister
    from gateway.ops.tracing import Tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerParts:
    """Everything a worker is made of, open, and not yet doing anything by itself."""

    settings: Settings
    secrets: Secrets
    metrics: Metrics
    failures: FailureLog
    notifier: Notifier | None
    watcher: Watcher
    audit: AuditRuntime
    budget: Budget
    recorder: Recorder
    store: Store
    facts: Facts
    policy: LivePolicy
    approving: ApprovalRuntime
    cards: "CertificateRegister | None"
    tracing: "Tracing | None"
    mounts: list[Mounted]

    @property
    def ledger(self) -> Ledger:
        """The worker's own chain."""
        return self.audit.ledger_runtime.ledger


def open_parts(settings: Settings, board: ReadinessBoard) -> WorkerParts:
    """Open all of them in this process, and take the worker's place on `board`.

    Raises:
        ConfigurationError, OSError: one cannot be opened, so that there is no worker.
    """
    metrics = Metrics(
        operations=_operations(settings),
        vendors=[vendor.name for vendor in settings.vendors],
        sinks=[sink.name for sink in settings.audit.sinks],
    )
    metrics.note_start(time.monotonic() - board.began_at)
    mounts, secrets = _mounts(settings, metrics), load_secrets(settings)
    notifier = _open_notifier(settings, metrics)
    watcher = Watcher(metrics, notifier)
    audit = open_audit_runtime(settings, watcher, board.began_at)
    ledger, budget, integrity = audit.ledger_runtime.ledger, Budget(_limits(settings)), load_integrity(settings)
    board.take(ledger.chain_id)
    recorder = Recorder(ledger, audit.ledger_runtime.edge, metrics, budget)
    store = open_store(settings.store.url, integrity, partial(watcher.alarm, Alarm.STORE_ALTERED))
    altered, not_loaded = Alarm.FACTS_ALTERED, Alarm.POLICY_NOT_LOADED
    facts = open_facts(
        settings.facts.url, integrity, partial(watcher.alarm, altered), partial(watcher.end_alarm, altered)
    )
    policy = LivePolicy(settings, partial(watcher.alarm, not_loaded), partial(watcher.end_alarm, not_loaded))
    approving = open_approval_runtime(
        settings, secrets.approvals, store=store, facts=facts, policy=policy, recorder=recorder, ledger=ledger
    )
    tracing = open_tracing(settings)
    return WorkerParts(
        settings=settings,
        secrets=secrets,
        metrics=metrics,
        failures=FailureLog(metrics.count_failure, metrics.count_unread),
        notifier=notifier,
        watcher=watcher,
        audit=audit,
        budget=budget,
        recorder=recorder,
        store=store,
        facts=facts,
        policy=policy,
        approving=approving,
        cards=open_register(settings),
        tracing=tracing,
        mounts=trace_mounts(mounts, tracing),
    )


def _open_notifier(settings: Settings, metrics: Metrics) -> Notifier | None:
    """Who is told of alarms, if anybody is."""
    hook = settings.audit.notify_url
    if not hook:
        return None
    name = partial(read_origin, settings.audit.directory)
    return Notifier(hook, metrics.count_notify_fault, proxy=find_proxy(settings), installation=name)


def _limits(settings: Settings) -> BudgetLimits:
    """A worker's share: whoever spreads requests over all of them gets no more than the settings say."""
    limits, workers = settings.limits, settings.server.workers
    return BudgetLimits(
        requests_per_minute=max(1, limits.requests_per_minute // workers),
        record_bytes_per_day=(limits.record_mb_per_day << 20) // workers,
    )


def _mounts(settings: Settings, counted: Metrics) -> list[Mounted]:
    proxy = find_proxy(settings)
    return [
        Mounted(
            name=vendor.name,
            prefix=vendor.mount or "",
            profile=load_profile(vendor.profile),
            host=urlsplit(vendor.upstream).netloc,
            vendor=MeasuredClient(make_vendor(vendor, proxy), partial(counted.count_call, vendor.name)),
        )
        for vendor in settings.vendors
    ]


def _operations(settings: Settings) -> set[str]:
    """The closed list of operations that metrics tell apart."""
    profiles = [load_profile(vendor.profile) for vendor in settings.vendors]
    return {*OWN_OPERATIONS, *(operation.name for profile in profiles for operation in profile.operations)}
