"""What `doctor` tries beside vendors, sinks and databases: providers, witnesses, where alarms, notices and traces go."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from gateway.app.identity import read_issuers
from gateway.app.reach import connect, explain_unreachable, explain_unwritable
from gateway.identity.provider import ProviderFailure, fetch_keys
from gateway.net import open_session
from gateway.settings import Settings, WitnessSettings

_ASK_S = 5.0


def reach_others(settings: Settings) -> Iterator[tuple[str, str | None]]:
    """Each place by what it is for, with what keeps it from being reached; None where nothing does."""
    for issuer in read_issuers(settings):
        try:
            found = None if fetch_keys(issuer) else "it has no key that could prove a signature"
        except ProviderFailure as failure:
            found = str(failure)
        yield f"identity provider {issuer.issuer}", found
    for witness in settings.audit.witnesses:
        yield f"witness {witness.target}", _find_witness_trouble(witness)
    for topic, target, ca_file in _hooks(settings):
        yield topic, _find_trouble(target, ca_file)


def _find_witness_trouble(witness: WitnessSettings) -> str | None:
    """Over HTTP it is asked as the gateway asks it, so that both trust the same certificates."""
    if not witness.target.startswith(("https://", "http://")):
        return _find_trouble(witness.target, None)
    host = urlsplit(witness.target).hostname
    try:
        with open_session(witness.ca_file, whole_s=_ASK_S) as session:
            session.get(witness.target, timeout=_ASK_S, allow_redirects=False)
    except OSError as error:
        return explain_unreachable(host, error)
    return None


def _hooks(settings: Settings) -> Iterator[tuple[str, str, Path | None]]:
    """Who is told of alarms, notices and traces, where somebody is."""
    notices, telemetry = settings.notices, settings.telemetry
    mail = f"tcp://{notices.smtp_host}:{notices.smtp_port}" if notices.smtp_host else None
    hooks = (
        ("[audit] notify_url", settings.audit.notify_url, None),
        ("[notices] webhook_url", notices.webhook_url, None),
        ("[notices] smtp_host", mail, None),
        ("[telemetry] endpoint", telemetry.endpoint, telemetry.ca_file),
    )
    yield from ((topic, target, ca_file) for topic, target, ca_file in hooks if target)


def _find_trouble(target: str, ca_file: Path | None) -> str | None:
    parts = urlsplit(target)
    if not parts.scheme:
        return explain_unwritable(Path(target))
    if parts.scheme == "udp":
        return None  # nobody answers there: what is lost shows when the ledger is compared with the receiver's copy
    try:
        connect(target, ca_file)
    except OSError as error:
        return explain_unreachable(parts.hostname, error)
    return None
