"""`doctor`: what is reachable, how stale, how full, unwitnessed, insecure. One sentence for each thing looked at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway import clock
from gateway.app import create as app
from gateway.app.audit import shipping_folder, sink_options
from gateway.app.engine import StoppedEngine, make_engine
from gateway.app.oversight_faults import find_oversight_faults
from gateway.app.ownership import foreign_files
from gateway.app.places import place_troubles
from gateway.app.policy import find_in_force
from gateway.app.reach import clock_troubles, explain_unreachable, missing_secrets, reach_sinks, reach_vendor
from gateway.app.reach_others import reach_others
from gateway.app.running import ask_running
from gateway.app.state import (
    has_own_auditor,
    is_begun,
    is_shared,
    load_integrity,
    open_own_store,
    shared_secrets_folder,
)
from gateway.app.unwitnessed import ask_witnesses, explain_unwitnessed
from gateway.app.upgraded import policy_shortfalls
from gateway.errors import ConfigurationError, GatewayError, Refusal
from gateway.facts import queries
from gateway.ledger.space import free_bytes
from gateway.ledger.verification.trust import NO_TRUST, read_trust
from gateway.ledger.verification.verify import verify
from gateway.net import is_loopback
from gateway.own_user import is_private
from gateway.reasons import AnyReason, Reason
from gateway.settings import Settings, missing_files, secret_warnings
from gateway.shipping.dead_letters import dead_letters_file

OK, WARNING, FAILURE = "ok", "warning", "failure"
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """One thing looked at: `state` is ok, warning or failure."""

    topic: str
    state: str
    sentence: str


def examine(settings: Settings) -> list[Symptom]:
    """Everything looked at, in the order of the settings. Changes nothing; reads no record's content."""
    found: list[Symptom] = []
    for topic, look in _LOOKS.items():
        try:
            found += look(settings)
        except (GatewayError, OSError, ValueError) as error:
            found.append(_symptom(topic, FAILURE, f"cannot be examined: {error}"))
    return found


def _configuration(settings: Settings) -> Iterator[Symptom]:
    problems = [*missing_files(settings)]
    try:
        app.check(settings)
    except GatewayError as error:
        problems += str(error).splitlines()
    yield from (_symptom("configuration", FAILURE, problem) for problem in problems)
    yield from (_symptom("configuration", WARNING, sentence) for sentence in secret_warnings(settings))
    if not problems:
        yield _symptom("configuration", OK, "sound")
    yield from _listeners(settings)


def _listeners(settings: Settings) -> Iterator[Symptom]:
    host = settings.server.bind.rpartition(":")[0].strip("[]")
    if settings.server.tls_cert_file is None and not is_loopback(host):
        yield _symptom("server", WARNING, f"listens on {host} without TLS of its own: put a TLS proxy in front of it")
    operators = settings.admin.bind.rpartition(":")[0].strip("[]")
    if not is_loopback(operators):
        sentence = f"tells true reasons and alarms to whoever reaches {operators}: let only operators reach it"
        yield _symptom("admin", WARNING, sentence)


def _state(settings: Settings) -> Iterator[Symptom]:
    for path in (settings.paths.state, settings.audit.directory):
        if not path.exists():
            yield _symptom("state", WARNING, f"{path} does not exist yet: `serve` begins there")
        elif not is_private(path):
            yield _symptom("state", FAILURE, f"{path} can be read by others; chmod 700 it")
        else:
            yield _symptom("state", OK, f"{path} is private")
    yield from (_symptom("state", FAILURE, sentence) for sentence in place_troubles(settings))
    yield from (_symptom("state", FAILURE, sentence) for sentence in foreign_files(settings))


def _engine(settings: Settings) -> Iterator[Symptom]:
    bundle = find_in_force(settings, clock.now()).bundle
    refusal = (make_engine(settings, bundle) if bundle else StoppedEngine()).health()
    if refusal is None:
        yield _symptom("policy engine", OK, f"{settings.engine.kind}: answers, and denies what it knows nothing of")
    else:
        yield _symptom("policy engine", FAILURE, f"{settings.engine.kind}: {_engine_trouble(settings, refusal)}")
    yield from _recommend_both(settings)


def _engine_trouble(settings: Settings, refusal: Refusal) -> str:
    """What OPA lacks, and what to do; a refusal's own note where it has one."""
    opa = f"OPA at {settings.engine.opa_url}"
    told: dict[AnyReason, str] = {
        Reason.ENGINE_UNAVAILABLE: f"{opa} cannot be reached, or has no bundle yet: is it running, with `policy build`'s?",
        Reason.ENGINE_LATE: f"{opa} did not answer within {settings.engine.deadline_ms} ms",
        Reason.POLICY_REVISION_MISMATCH: f"{opa} holds another policy than the one in force: give it the bundle of that one",
    }
    return refusal.note or told.get(refusal.reason, refusal.reason.value)


def _recommend_both(settings: Settings) -> Iterator[Symptom]:
    if settings.engine.kind == "embedded":
        sentence = (
            'embedded: for production set [engine] kind = "both", so that no engine is trusted alone (supply-chain.md)'
        )
        yield _symptom("policy engine", WARNING, sentence)


def _policy(settings: Settings) -> Iterator[Symptom]:
    yield from (_symptom("policy", WARNING, sentence) for sentence in policy_shortfalls(settings))
    yield from (_symptom("detectors", FAILURE, sentence) for sentence in find_oversight_faults(settings))


def _facts(settings: Settings) -> Iterator[Symptom]:
    history = queries.revisions(settings.facts.url)
    if not history:
        yield _symptom("facts", FAILURE, "none were imported yet: `lpr-gateway facts import DIR`")
        return
    newest = history[0]
    hours = (clock.now() - newest.as_of).total_seconds() / 3600
    state = OK if hours <= settings.facts.max_age_hours else FAILURE
    yield _symptom(
        "facts", state, f"revision {newest.revision} is {hours:.1f} of {settings.facts.max_age_hours} hours old"
    )
    if hours < 0:
        yield _symptom("facts", FAILURE, "are from the future: this host's clock is late, or their source's is early")
    if newest.serial is None:
        yield _symptom("facts", WARNING, "came without a manifest: their age runs from the import, not from the source")
    elif not newest.signed:
        yield _symptom("facts", WARNING, "the manifest was not signed, or no manifest_key_file is set")
    if not is_begun(settings):
        return  # nothing here could tell altered facts from others
    yield from (
        _symptom("facts", FAILURE, sentence)
        for sentence in queries.examine(settings.facts.url, load_integrity(settings))
    )


def _store(settings: Settings) -> Iterator[Symptom]:
    """Every row, not only those that requests come upon."""
    if not is_begun(settings):
        yield _new_store(settings)
        return
    store = open_own_store(settings)
    try:
        altered = store.examine()
    finally:
        store.close()
    yield from (_symptom("store", FAILURE, sentence) for sentence in altered)
    if not altered:
        yield _symptom("store", OK, "every row is as the gateway wrote it")
    if is_shared(settings):
        yield _symptom(
            "store", OK, f"{shared_secrets_folder(settings)} holds the secrets of every gateway on this store"
        )


def _new_store(settings: Settings) -> Symptom:
    lacking = missing_secrets(settings)
    if not lacking:
        return _symptom("store", WARNING, "nothing is kept yet; `serve` begins it")
    return _symptom("store", FAILURE, lacking[0])


def _vendors(settings: Settings) -> Iterator[Symptom]:
    for vendor in settings.vendors:
        try:
            yield _symptom(f"vendor {vendor.name}", OK, reach_vendor(vendor))
        except ConfigurationError as error:
            yield _symptom(f"vendor {vendor.name}", FAILURE, str(error))
        except OSError as error:
            sentence = explain_unreachable(urlsplit(vendor.upstream).hostname, error)
            yield _symptom(f"vendor {vendor.name}", FAILURE, sentence)


def _sinks(settings: Settings) -> Iterator[Symptom]:
    for sink in sink_options(settings):
        yield from (_symptom(f"sink {sink.name}", WARNING, sentence) for sentence in sink.warnings())
    for name, trouble in reach_sinks(settings):
        well = "can be reached; records that it does not take raise an alarm"
        yield _symptom(f"sink {name}", OK if trouble is None else FAILURE, trouble or well)
        put_aside = dead_letters_file(shipping_folder(settings), name)
        if put_aside.exists():
            lines = put_aside.read_bytes().count(b"\n")
            sentence = f"{lines} records that it would not take lie in {put_aside}: see siem.md, dead letters"
            yield _symptom(f"sink {name}", WARNING, sentence)


def _others(settings: Settings) -> Iterator[Symptom]:
    for topic, trouble in reach_others(settings):
        yield _symptom(topic, OK if trouble is None else FAILURE, trouble or "can be reached")


def _clock(settings: Settings) -> Iterator[Symptom]:
    troubles = clock_troubles(settings)
    yield from (_symptom("clock", FAILURE, sentence) for sentence in troubles)
    if not troubles:
        yield _symptom("clock", OK, "goes with the record, and with every database server")


def _running(settings: Settings) -> Iterator[Symptom]:
    found = ask_running(settings)
    if found is None:
        yield _symptom("running", OK, f"no gateway answers at {settings.admin.bind}")
        return
    yield from (_symptom("running", FAILURE, f"not ready: {sentence}") for sentence in found.troubles)
    yield from (_symptom("running", WARNING, sentence) for sentence in found.warnings)
    if not found.troubles:
        yield _symptom("running", OK, "ready")


def _ledger(settings: Settings) -> Iterator[Symptom]:
    directory = settings.audit.directory
    if not directory.exists():
        yield _symptom("ledger", WARNING, "nothing was recorded yet")
        return
    yield _room(settings, free_bytes(directory) // _MEBIBYTE)
    trust = read_trust(settings.audit.trust_file) if settings.audit.trust_file else NO_TRUST
    asked = ask_witnesses(settings)
    answering = [target for target, silence in asked.items() if silence is None]
    report = verify(directory, against=answering, trust=trust, ca_files=settings.audit.witness_ca_files)
    for broken in report.breaks:
        yield _symptom("ledger", FAILURE, f"{broken.file}:{broken.line or ''} {broken.sentence}")
    if not report.breaks:
        yield _symptom("ledger", OK, f"{report.records} records verify")
        yield from (_symptom("ledger", OK, sentence) for sentence in report.proof.sentences[1:3])
    if report.unwitnessed_since is not None:
        is_wrong, sentence = explain_unwitnessed(settings, report, asked)
        yield _symptom("ledger", FAILURE if is_wrong else OK, sentence)
    if has_own_auditor(settings):
        yield _symptom("ledger", WARNING, "the key that opens sealed fields lies on this host: set [audit] recipients")


def _room(settings: Settings, free: int) -> Symptom:
    stop, warn = settings.audit.stop_free_mb, settings.audit.warn_free_mb
    told = f"{free} MiB free on its disk"
    if free < stop:
        return _symptom("ledger", FAILURE, f"{told}: below {stop} (stop_free_mb) no search is served; make room")
    if free < warn:
        return _symptom("ledger", WARNING, f"{told}: below {warn} (warn_free_mb) alarms are raised; make room")
    return _symptom("ledger", OK, told)


def _symptom(topic: str, state: str, sentence: str) -> Symptom:
    return Symptom(topic=topic, state=state, sentence=sentence)


_LOOKS: dict[str, Callable[[Settings], Iterator[Symptom]]] = {
    "configuration": _configuration,
    "state": _state,
    "policy engine": _engine,
    "policy": _policy,
    "facts": _facts,
    "store": _store,
    "vendors": _vendors,
    "sinks": _sinks,
    "other places": _others,
    "clock": _clock,
    "running": _running,
    "ledger": _ledger,
}
