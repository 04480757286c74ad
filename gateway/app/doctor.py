"""`doctor`: what is reachable, how stale, how full, unwitnessed, insecure. One sentence for each thing looked at."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from gateway import clock
from gateway.app import create as app
from gateway.app.audit import shipping_folder, sink_warnings
from gateway.app.disks import find_other_disks, is_low
from gateway.app.doctor_data import look_at_facts, look_at_ledger, look_at_sealing, look_at_store
from gateway.app.engine import StoppedEngine, make_engine
from gateway.app.identity import open_register, proxy_warnings
from gateway.app.named_files import shadow_troubles
from gateway.app.outbound import doubt_proxy, find_proxy, unused_variables
from gateway.app.oversight_faults import find_oversight_faults
from gateway.app.oversight_words import find_strange_words
from gateway.app.ownership import foreign_files
from gateway.app.places import place_troubles
from gateway.app.policy_in_force import find_in_force
from gateway.app.policy_review import review_warnings, tell_expired
from gateway.app.reach import clock_troubles, explain_unreachable, reach_sinks, reach_vendor
from gateway.app.reach_others import reach_others
from gateway.app.running import RunningState, ask_running
from gateway.app.started_with import changes_since
from gateway.app.state import tell_beginning
from gateway.app.symptom import FAILURE, OK, WARNING, Symptom
from gateway.app.upgraded import policy_shortfalls
from gateway.errors import ConfigurationError, GatewayError, Refusal
from gateway.facts.queries import list_users
from gateway.ledger.slots import is_directory_held
from gateway.net import is_loopback
from gateway.own_user import is_private
from gateway.reasons import AnyReason, Reason
from gateway.server.tls import find_end
from gateway.settings import Settings, missing_files, secret_warnings, writable_warnings
from gateway.shipping.dead_letters import dead_letters_file

_NAMED = 10
_SOON = timedelta(days=14)


def examine(settings: Settings, file: Path | None = None) -> list[Symptom]:
    """Everything looked at, in the order of the settings, which `file` holds. Changes nothing; reads no record's content."""
    symptoms: list[Symptom] = []
    for topic, look in (_LOOKS | {"configuration": partial(_configuration, file=file)}).items():
        try:
            symptoms += look(settings)
        except (GatewayError, OSError, ValueError) as error:
            symptoms.append(Symptom(topic, FAILURE, f"cannot be examined: {_explain(error)}"))
    return symptoms


def _explain(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} cannot be read ({error.strerror})"
    return str(error)


def _configuration(settings: Settings, file: Path | None = None) -> Iterator[Symptom]:
    problems = [*missing_files(settings)]
    try:
        app.check(settings)
    except GatewayError as error:
        problems += str(error).splitlines()
    yield from (Symptom("configuration", FAILURE, problem) for problem in problems)
    exposed = (*secret_warnings(settings), *writable_warnings(settings, file))
    warnings = (*exposed, *settings.notices.warnings(), *unused_variables(settings, os.environ))
    yield from (Symptom("configuration", WARNING, sentence) for sentence in warnings)
    if not problems:
        yield Symptom("configuration", OK, "sound")
    yield from _listeners(settings)


def _listeners(settings: Settings) -> Iterator[Symptom]:
    host = settings.server.bind.rpartition(":")[0].strip("[]")
    if settings.server.tls_cert_file is None and not is_loopback(host):
        yield Symptom("server", WARNING, f"listens on {host} without TLS of its own: put a TLS proxy in front of it")
    yield from (Symptom("server", WARNING, sentence) for sentence in proxy_warnings(settings))
    yield from _certificate_end(settings.server.tls_cert_file)
    operators = settings.admin.bind.rpartition(":")[0].strip("[]")
    if not is_loopback(operators):
        sentence = f"tells true reasons and alarms to whoever reaches {operators}: let only operators reach it"
        yield Symptom("admin", WARNING, sentence)


def _certificate_end(path: Path | None) -> Iterator[Symptom]:
    """That the gateway's own certificate ends soon; what is wrong with it already the configuration's look says."""
    with suppress(OSError, ValueError):
        if path is not None and (end := find_end(path)) - clock.now() < _SOON:
            told = f"tls_cert_file ends at {end:%Y-%m-%dT%H:%M:%SZ}, and with one that has ended the gateway does not start"
            yield Symptom("server", WARNING, f"{told}: renew it, then SIGHUP")


def _state(settings: Settings) -> Iterator[Symptom]:
    if beginning := tell_beginning(settings):
        yield Symptom("state", WARNING, beginning)
    for path in (settings.paths.state, settings.audit.directory):
        if not path.exists():
            yield Symptom("state", WARNING, f"{path} does not exist yet: `serve` begins there")
        elif not is_private(path):
            yield Symptom("state", FAILURE, f"{path} can be read by others; chmod 700 it")
        else:
            yield Symptom("state", OK, f"{path} is private")
    yield from (Symptom("state", FAILURE, sentence) for sentence in place_troubles(settings))
    yield from (Symptom("state", FAILURE, sentence) for sentence in foreign_files(settings))
    yield from _other_disks(settings)


def _other_disks(settings: Settings) -> Iterator[Symptom]:
    for disk in find_other_disks(settings):
        told = f"{disk.free_mb} MiB free on {disk.name}"
        if is_low(settings, disk):
            below = f"below {settings.audit.warn_free_mb} (warn_free_mb) alarms are raised; make room"
            yield Symptom("state", WARNING, f"{told}: {below}")
        else:
            yield Symptom("state", OK, told)


def _engine(settings: Settings) -> Iterator[Symptom]:
    bundle = find_in_force(settings, clock.now()).bundle
    refusal = (make_engine(settings, bundle) if bundle else StoppedEngine()).health()
    if refusal is None:
        yield Symptom("policy engine", OK, f"{settings.engine.kind}: answers, and denies what it knows nothing of")
    else:
        yield Symptom("policy engine", FAILURE, f"{settings.engine.kind}: {_engine_trouble(settings, refusal)}")
    yield from _recommend_both(settings)


def _engine_trouble(settings: Settings, refusal: Refusal) -> str:
    """What OPA lacks, and what to do; of any other refusal its own note where it has one."""
    opa = f"OPA at {settings.engine.opa_url}"
    if (refusal.note or "").startswith("OPA "):
        return str(refusal.note)  # in OPA's own words where it has any
    told: dict[AnyReason, str] = {
        Reason.ENGINE_UNAVAILABLE: f"{opa} cannot be reached: is it running, with `policy build`'s bundle?",
        Reason.ENGINE_LATE: f"{opa} did not answer within {settings.engine.deadline_ms} ms",
        Reason.POLICY_REVISION_MISMATCH: f"{opa} holds another policy than the one in force: give it the bundle of that one",
    }
    return told.get(refusal.reason) or refusal.note or refusal.reason.value


def _recommend_both(settings: Settings) -> Iterator[Symptom]:
    if settings.engine.kind == "embedded":
        sentence = (
            'embedded: for production set [engine] kind = "both", so that no engine is trusted alone (supply-chain.md)'
        )
        yield Symptom("policy engine", WARNING, sentence)


def _policy(settings: Settings) -> Iterator[Symptom]:
    force = find_in_force(settings, clock.now())
    if expired := tell_expired(force):
        yield Symptom("policy", FAILURE, expired)
    yield from (Symptom("policy", WARNING, sentence) for sentence in review_warnings(force))
    yield from (Symptom("policy", WARNING, sentence) for sentence in policy_shortfalls(settings))
    yield from (Symptom("policy", WARNING, sentence) for sentence in shadow_troubles(settings))
    yield from (Symptom("detectors", FAILURE, sentence) for sentence in find_oversight_faults(settings))
    yield from (Symptom("detectors", WARNING, sentence) for sentence in find_strange_words(settings))


def _vendors(settings: Settings) -> Iterator[Symptom]:
    proxy = find_proxy(settings)
    for vendor in settings.vendors:
        host = str(urlsplit(vendor.upstream).hostname)
        try:
            yield Symptom(f"vendor {vendor.name}", OK, reach_vendor(vendor, proxy))
        except ConfigurationError as error:
            yield Symptom(f"vendor {vendor.name}", FAILURE, str(error))
        except OSError as error:
            sentence = explain_unreachable(host, error) + doubt_proxy(proxy, host, error)
            yield Symptom(f"vendor {vendor.name}", FAILURE, sentence)


def _sinks(settings: Settings) -> Iterator[Symptom]:
    yield from (Symptom(f"sink {name}", WARNING, sentence) for name, sentence in sink_warnings(settings))
    for name, trouble, well in reach_sinks(settings):
        told = trouble or f"{well}; records that it does not take raise an alarm"
        yield Symptom(f"sink {name}", OK if trouble is None else FAILURE, told)
        put_aside = dead_letters_file(shipping_folder(settings), name)
        if put_aside.exists():
            lines = put_aside.read_bytes().count(b"\n")
            sentence = f"{lines} records that it would not take lie in {put_aside}: see siem.md, dead letters"
            yield Symptom(f"sink {name}", WARNING, sentence)


def _cards(settings: Settings) -> Iterator[Symptom]:
    register = open_register(settings)
    if register is None:
        return
    faults = register.find_faults(clock.now())
    yield from (
        Symptom("cards", WARNING if one.is_coming or not one.is_sure else FAILURE, one.sentence) for one in faults
    )
    unknown = sorted(register.list_people() - list_users(settings.facts.url))
    if unknown:
        named = ", ".join(unknown[:_NAMED]) + (", …" if len(unknown) > _NAMED else "")
        yield Symptom("cards", WARNING, f"the table of cards names {len(unknown)} whom the facts do not know: {named}")
    if not faults and not unknown:
        yield Symptom("cards", OK, "can be judged")


def _clock(settings: Settings) -> Iterator[Symptom]:
    troubles = clock_troubles(settings)
    yield from (Symptom("clock", FAILURE, sentence) for sentence in troubles)
    if not troubles:
        yield Symptom("clock", OK, "goes with the record, and with every database server")


def _running(settings: Settings) -> Iterator[Symptom]:
    found, runs, at = ask_running(settings), is_directory_held(settings.audit.directory), settings.admin.bind
    if found is None and runs:
        sentence = f"a gateway runs on this record, and none answers at {at}: was it started with other settings?"
        yield Symptom("running", FAILURE, sentence)
    elif found is None:
        yield Symptom("running", WARNING, f"the gateway does not run: none answers at {at}")
    elif not runs:
        sentence = f"what answers at {at} is the gateway of another installation: this one does not run"
        yield Symptom("running", FAILURE, sentence)
    else:
        yield from _state_of(found)
        yield from (Symptom("running", WARNING, sentence) for sentence in changes_since(settings, found.started_with))


def _state_of(found: RunningState) -> Iterator[Symptom]:
    yield from (Symptom("running", FAILURE, f"not ready: {sentence}") for sentence in found.troubles)
    yield from (Symptom("running", WARNING, sentence) for sentence in found.warnings)
    if not found.troubles:
        yield Symptom("running", OK, "ready")


_LOOKS: dict[str, Callable[[Settings], Iterator[Symptom]]] = {
    "configuration": _configuration,
    "state": _state,
    "policy engine": _engine,
    "policy": _policy,
    "facts": look_at_facts,
    "store": look_at_store,
    "vendors": _vendors,
    "sinks": _sinks,
    "cards": _cards,
    "other places": reach_others,
    "clock": _clock,
    "running": _running,
    "ledger": look_at_ledger,
    "sealing": look_at_sealing,
}
