"""The only place where parts are chosen and joined: what serves a request, and what each worker starts and stops."""

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from socket import socket

from gateway.app import rules_in_force
from gateway.app.admin import admin_routes
from gateway.app.approvals import tables
from gateway.app.audit import AuditRuntime, check_audit
from gateway.app.bundles import BundleEndpoint
from gateway.app.changed_folder import record_changed_folder
from gateway.app.checks import describe_in_force, look_beside, readiness_checks
from gateway.app.disks import watch_disks
from gateway.app.held_folder import serve_held
from gateway.app.identity import check_identity, make_authenticator, watch_cards
from gateway.app.kept_policy import check_policy, with_kept_policy
from gateway.app.outbound import check_outbound
from gateway.app.oversight import finding_board, make_detector_runner
from gateway.app.places import require_places
from gateway.app.policy import LivePolicy
from gateway.app.policy_review import review_warnings
from gateway.app.rehearsal import rehearse
from gateway.app.rules_in_force import ReadInForce
from gateway.app.shadow import ShadowedRecorder, ShadowPolicy
from gateway.app.start_line import tell_begun, tell_start
from gateway.app.started_with import digest_start
from gateway.app.state import check_store, load_secrets, prepare, secrets_folder
from gateway.app.telemetry import trace_ports
from gateway.app.tls import check_tls, open_tls
from gateway.app.upstream import check_vendor
from gateway.app.without_room import refuse_without_room
from gateway.app.worker_parts import WorkerParts, open_parts
from gateway.durable import RealDisk
from gateway.endpoints.endpoint_context import EndpointContext
from gateway.errors import ConfigurationError, Refusal
from gateway.identity import networks
from gateway.ledger.alarms import Alarm
from gateway.ledger.ledger import worker_slots
from gateway.ledger.records.event import admin_record
from gateway.ledger.slots import hold_directory
from gateway.lifecycle.opa_bundle import read_bundle_key
from gateway.model import Json
from gateway.ops import logs, metrics
from gateway.ops.board import ReadinessBoard
from gateway.ops.health import Health
from gateway.pep.accepted_text import find_rules
from gateway.pep.ports import Ports
from gateway.pep.recorder import Recorder
from gateway.server.admin import AdminListener, listen
from gateway.server.bind import require_free
from gateway.server.connection_counts import ConnectionCounts
from gateway.server.dispatch import Dispatch
from gateway.server.options import GatewayApplication, gunicorn_options
from gateway.server.service import Service
from gateway.settings import Settings
from gateway.store import renew_key
from gateway.value import replace


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
    logs.take_uncaught()
    require_places(settings)
    tell_begun(settings)
    check(settings)
    prepare(settings)
    load_secrets(settings)
    check_store(settings)
    settings = with_kept_policy(settings)
    held = hold_directory(settings.audit.directory, disk=RealDisk())
    server = settings.server
    options = gunicorn_options(bind=server.bind, workers=server.workers, threads=server.threads)
    with closing(held), closing(listen(settings.admin.bind)) as operators:
        require_free("[server] bind", server.bind)
        metrics.share(settings.paths.state / "metrics")
        board = ReadinessBoard(worker_slots(settings.server.workers))
        counts = ConnectionCounts(server.workers)
        GatewayApplication(
            options,
            lambda: serve_held(held, partial(_service, settings, board, counts, operators)),
            partial(refuse_without_room, settings, board, operators),
        ).run()


def check(settings: Settings) -> None:
    """Find every mistake that can be found without serving.

    Raises:
        ConfigurationError: with all of them.
    """
    problems: list[str] = []
    attempts: list[Callable[[], object]] = [partial(networks, settings.server.trusted_proxies)]
    attempts += [partial(one, settings) for one in (check_policy, check_audit, check_identity, check_tls)]
    attempts += [partial(check_outbound, settings), *(partial(check_vendor, vendor) for vendor in settings.vendors)]
    for attempt in attempts:
        try:
            attempt()
        except ConfigurationError as error:
            problems += error.problems
    if not settings.vendors:
        problems.append("[[vendors]]: name at least one vendor")
    if problems:
        raise ConfigurationError([*dict.fromkeys(problems)])  # what two of them need is told once


def start(settings: Settings, board: ReadinessBoard) -> Running:
    """Make and join every part, in this process; `board` is where workers tell one another whether they are ready."""
    parts = open_parts(settings, board)
    shadow = _open_shadow(parts)
    detectors = make_detector_runner(settings, parts.ledger.record)
    health = _health(parts, board, shadow, detectors.warnings)
    dispatch = _dispatch(parts, trace_ports(_ports(parts, shadow), parts.tracing), health)
    parts.ledger.record(
        admin_record("gateway.started", version=version("lpr-gateway"), **_in_force(settings, parts.policy))
    )
    record_changed_folder(settings, parts.policy.force, parts.ledger.record)
    tell_start(settings, parts.policy, parts.facts, parts.ledger.chain_id)
    parts.watcher.writes_to(parts.ledger.record)
    parts.audit.start()
    detectors.start()
    parts.policy.start(parts.ledger.record)
    health.start()
    parts.approving.watch.start()
    if shadow is not None:
        shadow.start()
    return Running(
        dispatch=dispatch,
        recorder=parts.recorder,
        health=health,
        policy=parts.policy,
        close=(health.stop, parts.policy.close, *([shadow.close] if shadow else []), detectors.close, *_closing(parts)),
    )


def _open_shadow(parts: WorkerParts) -> ShadowPolicy | None:
    folder = parts.settings.engine.shadow
    return None if folder is None else ShadowPolicy(folder, parts.ledger.record, parts.metrics.count_shadow)


def _ports(parts: WorkerParts, shadow: ShadowPolicy | None) -> Ports:
    """What the journey asks, and whom."""
    recorder = parts.approving.recorder
    return Ports(
        authenticator=make_authenticator(parts.settings, parts.store, parts.facts, parts.secrets.tokens, parts.cards),
        facts=parts.facts,
        store=parts.store,
        approvals=parts.approving.approvals,
        emergencies=parts.approving.emergencies,
        engine=parts.policy,
        recorder=recorder if shadow is None else ShadowedRecorder(recorder, shadow),
        metrics=parts.metrics,
        secrets=parts.secrets,
        clock=parts.audit.ledger_runtime.clock_guard,
        facts_max_age_h=parts.settings.facts.max_age_hours,
        policy_reviewed=lambda: parts.policy.reviewed,
        policy_ended=ReadInForce(parts.policy, rules_in_force.read_ended),
        rules=ReadInForce(parts.policy, find_rules),
        ceilings=ReadInForce(parts.policy, rules_in_force.read_ceilings),
        budget=parts.budget,
        failures=parts.failures,
        purposes=ReadInForce(parts.policy, rules_in_force.read_purposes),
        circumstances=ReadInForce(parts.policy, rules_in_force.read_circumstances),
        fixed_characters=ReadInForce(parts.policy, rules_in_force.read_fixed_characters),
        longest_approval=ReadInForce(parts.policy, rules_in_force.read_longest_approval),
        course_version=ReadInForce(parts.policy, rules_in_force.read_course_version),
        emergencies_most=ReadInForce(parts.policy, rules_in_force.read_emergencies_most),
        emergency_ways=ReadInForce(parts.policy, rules_in_force.read_emergency_ways),
        operations=ReadInForce(parts.policy, rules_in_force.read_operations),
        sign_in_minutes=ReadInForce(parts.policy, rules_in_force.read_sign_in_minutes),
        lookbacks=ReadInForce(parts.policy, rules_in_force.read_lookbacks),
        open_cases=parts.facts.open_cases,
    )


def _health(
    parts: WorkerParts, board: ReadinessBoard, shadow: ShadowPolicy | None, misuse: Callable[[], list[str]]
) -> Health:
    look_at_cards = watch_cards(
        parts.cards,
        partial(parts.watcher.alarm, Alarm.CARDS_REFUSED),
        partial(parts.watcher.end_alarm, Alarm.CARDS_REFUSED),
    )
    look_at_disks = watch_disks(
        parts.settings,
        partial(parts.watcher.alarm, Alarm.DISK_LOW),
        partial(parts.watcher.end_alarm, Alarm.DISK_LOW),
    )
    warn: tuple[Callable[[], list[str]], ...] = (
        parts.watcher.warnings,
        *([parts.notifier.warnings] if parts.notifier is not None else []),
        parts.approving.watch.warnings,
        misuse,
        parts.policy.tell_waiting,
        lambda: review_warnings(parts.policy.force),
    )
    return Health(
        readiness_checks(parts.settings, parts.policy, parts.facts, parts.store, parts.audit),
        lambda: [told for each in warn for told in each()],
        partial(describe_in_force, parts.policy, parts.facts, shadow, digest_start(parts.settings)),
        parts.metrics,
        board,
        partial(look_beside, parts.metrics, parts.policy, parts.facts, parts.failures, (look_at_cards, look_at_disks)),
    )


def _dispatch(parts: WorkerParts, ports: Ports, health: Health) -> Dispatch:
    """Who answers what: vendors by mount or host, and the gateway's own addresses."""
    settings, approving, mounts = parts.settings, parts.approving, parts.mounts
    dispatch = Dispatch(
        endpoint=EndpointContext(
            ports=ports,
            mounts={one.name: one for one in mounts},
            declarations=parts.store,
            acts=parts.recorder,
            board=finding_board(settings),
            approvals=approving.approvals,
            emergencies=approving.emergencies,
            foresight=approving.foresight,
            recent=approving.recent,
            renew=partial(renew_key, parts.store),
            tables=partial(tables, parts.policy),
            open_cases=parts.facts.open_cases,
        ),
        health=health,
        by_prefix={one.prefix: one for one in mounts if one.prefix},
        by_host={one.name: one for one in mounts if not one.prefix},
        trusted=networks(settings.server.trusted_proxies),
        certificate_header=settings.certificates.header if settings.certificates else None,
    )
    return dispatch if parts.tracing is None else replace(dispatch, trace=parts.tracing.trace)


def _closing(parts: WorkerParts) -> list[Callable[[], object]]:
    """How the parts are closed, in this order: the ledger last of what records, and tracing when nothing is left."""
    vendors = [one.vendor.close for one in parts.mounts]
    last = [one.close for one in (parts.notifier, parts.tracing) if one is not None]
    close: list[Callable[[], object]] = [*parts.approving.closing, partial(_say_stopped, parts.audit), *vendors]
    tell_rest = partial(parts.failures.tell_repeated, at_end=True)
    return [tell_rest, *close, parts.facts.close, parts.store.close, parts.audit.close, *last]


def _service(settings: Settings, board: ReadinessBoard, counts: ConnectionCounts, operators: socket) -> Service:
    # First, since a SIGHUP may find them changed: threads that run on in a worker that fails lose their engines to another.
    tls, bundle_key = open_tls(settings), read_bundle_key(secrets_folder(settings))
    running = start(settings, board)
    counts.take(board.place)
    bundles = BundleEndpoint(running.policy, bundle_key)
    admin = AdminListener(operators, admin_routes(running.health, bundles))
    admin.start()

    def stop() -> None:
        running.health.retire()  # before the operators' listener, which answers for a moment yet
        admin.stop()
        for close in running.close:
            close()

    return Service(
        answer=running.dispatch.answer,
        on_refused=running.recorder.framing,
        stop=stop,
        health=running.health.answer,
        lane=running.dispatch.lane,
        warm=partial(rehearse, running.dispatch.endpoint.ports),
        max_body_bytes=settings.server.max_body_bytes,
        vendors=len(settings.vendors),
        counts=counts,
        tls=tls,
    )


def _say_stopped(audit: AuditRuntime) -> None:
    with suppress(Refusal):  # an unwritable ledger has raised its alarm, and the rest must still be closed
        audit.ledger_runtime.ledger.record(admin_record("gateway.stopped"))


def _in_force(settings: Settings, policy: LivePolicy) -> dict[str, Json]:
    """What a worker begins to decide by."""
    bundle = policy.force.bundle
    return {"policy_revision": bundle.revision if bundle else None, "engine": settings.engine.kind}
