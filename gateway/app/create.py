"""The only place where parts are chosen and joined: what serves a request, and what each worker starts and stops."""

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from socket import socket
from urllib.parse import urlsplit

from gateway.app.admin import admin_routes
from gateway.app.approvals import ApprovalRuntime, open_approval_runtime, tables
from gateway.app.audit import AuditRuntime, check_audit, open_audit_runtime
from gateway.app.bundles import BundleEndpoint
from gateway.app.checks import look_beside, readiness_checks
from gateway.app.identity import check_identity, make_authenticator
from gateway.app.kept_policy import check_policy, with_kept_policy
from gateway.app.oversight import finding_board, make_detector_runner
from gateway.app.policy import LivePolicy
from gateway.app.rules_in_force import RulesInForce, ServiceCeiling
from gateway.app.start_line import tell_start
from gateway.app.state import check_store, load_integrity, load_secrets, prepare, secrets_folder
from gateway.app.telemetry import open_tracing, trace_mounts, trace_ports
from gateway.app.upstream import check_vendor, make_vendor
from gateway.durable import RealDisk
from gateway.endpoints.endpoint_context import EndpointContext
from gateway.endpoints.router import OWN_OPERATIONS
from gateway.errors import ConfigurationError, Refusal
from gateway.facts import open_facts
from gateway.identity import networks
from gateway.ledger.alarms import Alarm
from gateway.ledger.ledger import worker_slots
from gateway.ledger.records.event import admin_record
from gateway.ledger.slots import hold_directory
from gateway.lifecycle.opa_bundle import read_bundle_key
from gateway.model import Json
from gateway.ops import logs, metrics
from gateway.ops.board import ReadinessBoard
from gateway.ops.failures import FailureLog
from gateway.ops.health import Health
from gateway.ops.metrics import Metrics
from gateway.ops.notify import Notifier
from gateway.ops.watcher import Watcher
from gateway.pep.budget import Budget, BudgetLimits
from gateway.pep.ports import Mounted, Ports
from gateway.pep.recorder import Recorder
from gateway.server.admin import AdminListener, listen
from gateway.server.dispatch import Dispatch
from gateway.server.options import GatewayApplication, Service, gunicorn_options
from gateway.settings import Settings
from gateway.store import open_store, renew_key
from gateway.store.store import Store
from gateway.upstream.measured import MeasuredClient
from gateway.vendors import load_profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One worker's parts while it runs: what serves, how refusals before it are recorded, how all is closed."""

    dispatch: Dispatch
    recorder: Recorder
    health: Health
    policy: LivePolicy
    close: tuple[Callable[[], object], ...]


def run(settings: Settings) -> None:
    """Serve on gunicorn until told to end.

    Raises:
        ConfigurationError: before anything listens, with every mistake that can be found by then.
    """
    logs.configure()
    prepare(settings)
    check(settings)
    load_secrets(settings)
    check_store(settings)
    settings = with_kept_policy(settings)
    held = hold_directory(settings.audit.directory, disk=RealDisk())
    server = settings.server
    options = gunicorn_options(bind=server.bind, workers=server.workers, threads=server.threads)
    with closing(held), closing(listen(settings.admin.bind)) as operators:
        metrics.share(settings.paths.state / "metrics")
        board = _board(settings)
        GatewayApplication(options, lambda: _service(settings, board, operators)).run()


def check(settings: Settings) -> None:
    """Find every mistake that can be found without serving.

    Raises:
        ConfigurationError: with all of them.
    """
    problems: list[str] = []
    attempts: list[Callable[[], object]] = [partial(check_policy, settings)]
    attempts += [partial(check_audit, settings), partial(networks, settings.server.trusted_proxies)]
    attempts += [partial(check_identity, settings), *(partial(check_vendor, vendor) for vendor in settings.vendors)]
    for attempt in attempts:
        try:
            attempt()
        except ConfigurationError as error:
            problems += error.problems
    if not settings.vendors:
        problems.append("[[vendors]]: name at least one vendor")
    if problems:
        raise ConfigurationError(problems)


def start(settings: Settings, board: ReadinessBoard) -> Running:
    """Make and join every part, in this process; `board` is where workers tell one another whether they are ready."""
    counted = Metrics(operations=_operations(settings), vendors=[vendor.name for vendor in settings.vendors])
    mounts, secrets = _mounts(settings, counted), load_secrets(settings)
    failures = FailureLog(counted.count_failure)
    notifier = Notifier(settings.audit.notify_url) if settings.audit.notify_url else None
    watcher = Watcher(counted, notifier)
    audit = open_audit_runtime(settings, watcher)
    board.take(audit.ledger_runtime.ledger.chain_id)
    budget = Budget(_limits(settings))
    recorder = Recorder(audit.ledger_runtime.ledger, audit.ledger_runtime.edge, counted, budget)
    integrity = load_integrity(settings)
    store = open_store(settings.store.url, integrity, partial(watcher.alarm, Alarm.STORE_ALTERED))
    facts = open_facts(settings.facts.url, integrity, partial(watcher.alarm, Alarm.FACTS_ALTERED))
    policy = LivePolicy(settings, partial(watcher.alarm, Alarm.POLICY_NOT_LOADED))
    ledger = audit.ledger_runtime.ledger
    approving = open_approval_runtime(
        settings.notices, secrets.approvals, store=store, facts=facts, policy=policy, recorder=recorder, ledger=ledger
    )
    tracing = open_tracing(settings)
    ports = Ports(
        authenticator=make_authenticator(settings, store, facts, secrets.tokens),
        facts=facts,
        store=store,
        approvals=approving.approvals,
        emergencies=approving.emergencies,
        engine=policy,
        recorder=approving.recorder,
        metrics=counted,
        secrets=secrets,
        clock=audit.ledger_runtime.clock_guard,
        facts_max_age_h=settings.facts.max_age_hours,
        rules=RulesInForce(policy),
        service_ceiling=ServiceCeiling(policy),
        budget=budget,
        failures=failures,
    )
    health = Health(
        readiness_checks(settings, policy, facts, store, audit),
        lambda: watcher.warnings() + approving.watch.warnings(),
        counted,
        board,
        partial(look_beside, counted, policy, facts, failures),
    )
    ports, mounts = trace_ports(ports, tracing), trace_mounts(mounts, tracing)
    front = _dispatch(settings, mounts, ports, approving, recorder=recorder, store=store, policy=policy, health=health)
    front = front if tracing is None else replace(front, trace=tracing.trace)
    audit.ledger_runtime.ledger.record(
        admin_record("gateway.started", version=version("lpr-gateway"), **_in_force(settings, policy))
    )
    tell_start(settings, policy, facts, ledger.chain_id)
    watcher.writes_to(audit.ledger_runtime.ledger.record)
    detectors = make_detector_runner(settings, audit.ledger_runtime.ledger.record)
    audit.start()
    detectors.start()
    health.start()
    approving.watch.start()
    policy.start(audit.ledger_runtime.ledger.record)
    close: list[Callable[[], object]] = [
        health.stop,
        policy.close,
        detectors.close,
        *approving.closing,
        partial(_say_stopped, audit),
        *(one.vendor.close for one in mounts),
    ]
    close += [facts.close, store.close, audit.close, *([notifier.close] if notifier else [])]
    close += [tracing.close] if tracing else []
    return Running(dispatch=front, recorder=recorder, health=health, policy=policy, close=tuple(close))


def _dispatch(
    settings: Settings,
    mounts: list[Mounted],
    ports: Ports,
    approving: ApprovalRuntime,
    *,
    recorder: Recorder,
    store: Store,
    policy: LivePolicy,
    health: Health,
) -> Dispatch:
    """Who answers what: vendors by mount or host, and the gateway's own addresses."""
    return Dispatch(
        endpoint=EndpointContext(
            ports=ports,
            mounts={one.name: one for one in mounts},
            declarations=store,
            acts=recorder,
            board=finding_board(settings),
            approvals=approving.approvals,
            emergencies=approving.emergencies,
            foresight=approving.foresight,
            recent=approving.recent,
            renew=partial(renew_key, store),
            tables=partial(tables, policy),
        ),
        health=health,
        by_prefix={one.prefix: one for one in mounts if one.prefix},
        by_host={one.name: one for one in mounts if not one.prefix},
        trusted=networks(settings.server.trusted_proxies),
        certificate_header=settings.certificates.header if settings.certificates else None,
    )


def _board(settings: Settings) -> ReadinessBoard:
    return ReadinessBoard(worker_slots(settings.server.workers))


def _service(settings: Settings, board: ReadinessBoard, operators: socket) -> Service:
    running = start(settings, board)
    bundles = BundleEndpoint(running.policy, read_bundle_key(secrets_folder(settings)))
    admin = AdminListener(operators, admin_routes(running.health, bundles))
    admin.start()

    def stop() -> None:
        admin.stop()
        for close in running.close:
            close()

    return Service(
        answer=running.dispatch.answer,
        on_refused=running.recorder.framing,
        stop=stop,
        health=running.health.answer,
        lane=running.dispatch.lane,
        warm=running.dispatch.endpoint.ports.engine.warm,
        max_body_bytes=settings.server.max_body_bytes,
        vendors=len(settings.vendors),
    )


def _say_stopped(audit: AuditRuntime) -> None:
    with suppress(Refusal):  # an unwritable ledger has raised its alarm, and the rest must still be closed
        audit.ledger_runtime.ledger.record(admin_record("gateway.stopped"))


def _in_force(settings: Settings, policy: LivePolicy) -> dict[str, Json]:
    """What a worker begins to decide by."""
    bundle = policy.force.bundle
    return {"policy_revision": bundle.revision if bundle else None, "engine": settings.engine.kind}


def _limits(settings: Settings) -> BudgetLimits:
    """A worker's share: whoever spreads requests over all of them gets no more than the settings say."""
    limits, workers = settings.limits, settings.server.workers
    return BudgetLimits(
        requests_per_minute=max(1, limits.requests_per_minute // workers),
        record_bytes_per_day=(limits.record_mb_per_day << 20) // workers,
    )


def _mounts(settings: Settings, counted: Metrics) -> list[Mounted]:
    return [
        Mounted(
            name=vendor.name,
            prefix=vendor.mount or "",
            profile=load_profile(vendor.profile),
            host=urlsplit(vendor.upstream).netloc,
            vendor=MeasuredClient(make_vendor(vendor), partial(counted.count_call, vendor.name)),
        )
        for vendor in settings.vendors
    ]


def _operations(settings: Settings) -> set[str]:
    """The closed list of operations that metrics tell apart."""
    profiles = [load_profile(vendor.profile) for vendor in settings.vendors]
    return {*OWN_OPERATIONS, *(operation.name for profile in profiles for operation in profile.operations)}
