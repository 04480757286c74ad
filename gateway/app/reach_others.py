"""What `doctor` tries beside vendors, sinks and databases: providers, witnesses, where alarms, notices and traces go."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from gateway.app.identity import read_issuers
from gateway.app.outbound import find_proxy
from gateway.app.reach import connect, explain_unreachable, explain_unwritable
from gateway.app.symptom import FAILURE, OK, WARNING, Symptom
from gateway.forward_proxy import ForwardProxy
from gateway.identity.provider import ProviderFailure, fetch_keys
from gateway.net import open_session
from gateway.settings import Settings, WitnessSettings

_ASK_S = 5.0
_GOOD = range(200, 300)
_OTHER_METHOD = 405


def reach_others(settings: Settings) -> Iterator[Symptom]:
    """Each place by what it is for, with what keeps it from being reached, or is doubtful there."""
    yield from (_judge(topic, trouble) for topic, trouble in _try_places(settings))
    for topic, target in _hooks(settings):
        yield _ask_hook(topic, target, find_proxy(settings))


def _judge(topic: str, trouble: str | None) -> Symptom:
    return Symptom(topic, OK, "can be reached") if trouble is None else Symptom(topic, FAILURE, trouble)


def _try_places(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """Each but the hooks; None where nothing keeps it from being reached."""
    proxy = find_proxy(settings)
    for issuer in read_issuers(settings):
        try:
            found = None if fetch_keys(issuer) else "it has no key that could prove a signature"
        except ProviderFailure as failure:
            found = str(failure)
        yield f"identity provider {issuer.issuer}", found
    for witness in settings.audit.witnesses:
        yield f"witness {witness.target}", _find_witness_trouble(witness, proxy)
    notices, telemetry = settings.notices, settings.telemetry
    if notices.smtp_host:
        yield "[notices] smtp_host", _find_trouble(f"tcp://{notices.smtp_host}:{notices.smtp_port}", None, proxy)
    if telemetry.endpoint:
        yield "[telemetry] endpoint", _find_trouble(telemetry.endpoint, telemetry.ca_file, proxy)


def _find_witness_trouble(witness: WitnessSettings, proxy: ForwardProxy | None) -> str | None:
    """Over HTTP it is asked as the gateway asks it, so that both trust the same certificates."""
    if not witness.target.startswith(("https://", "http://")):
        return _find_trouble(witness.target, None, proxy)
    host = urlsplit(witness.target).hostname
    try:
        with open_session(witness.ca_file, whole_s=_ASK_S, proxy=proxy) as session:
            session.get(witness.target, timeout=_ASK_S, allow_redirects=False)
    except OSError as error:
        return explain_unreachable(host, error)
    return None


def _hooks(settings: Settings) -> Iterator[tuple[str, str]]:
    """Where alarms and notices are POSTed, where they are."""
    hooks = (
        ("[audit] notify_url", settings.audit.notify_url),
        ("[notices] webhook_url", settings.notices.webhook_url),
    )
    yield from ((topic, target) for topic, target in hooks if target)


def _ask_hook(topic: str, target: str, proxy: ForwardProxy | None) -> Symptom:
    """What a hook answers to OPTIONS, by which nobody is told anything: that it is there is not that it takes anything."""
    host = urlsplit(target).hostname
    try:
        with (
            open_session(whole_s=_ASK_S, proxy=proxy) as session,
            session.options(target, timeout=_ASK_S, allow_redirects=False, stream=True) as answer,
        ):
            status, allowed = answer.status_code, answer.headers.get("Allow", "").upper()
    except OSError as error:
        return Symptom(topic, FAILURE, explain_unreachable(host, error))
    told = f"answers {status} to OPTIONS, and whether it takes a POST shows with the first"
    if "POST" in allowed and (status in _GOOD or status == _OTHER_METHOD):
        return Symptom(topic, OK, "can be reached, and says that it takes a POST")
    if status in _GOOD and not allowed:
        return Symptom(topic, OK, f"can be reached, {told}")
    return Symptom(topic, WARNING, f"{host} can be reached, but {told}: is the address right?")


def _find_trouble(target: str, ca_file: Path | None, proxy: ForwardProxy | None) -> str | None:
    parts = urlsplit(target)
    if not parts.scheme:
        return explain_unwritable(Path(target))
    if parts.scheme == "udp":
        return None  # nobody answers there: what is lost shows when the ledger is compared with the receiver's copy
    try:
        connect(target, ca_file, proxy=proxy)
    except OSError as error:
        return explain_unreachable(parts.hostname, error)
    return None
