"""What `doctor` tries on the network and with the clock: vendors' log-ins, sinks, databases, what time others have."""

import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import LiteralString
from urllib.parse import SplitResult, urlsplit

import psycopg
from sqlalchemy import make_url

from gateway import clock
from gateway.app.audit import sink_options
from gateway.app.database_questions import ask_database, find_damage, read_store_version
from gateway.app.outbound import tell_way
from gateway.app.state import secrets_folder
from gateway.app.upstream import try_log_in
from gateway.call_faults import explain_call, find_untrusted
from gateway.database_faults import (
    explain_damaged,
    explain_encoding,
    explain_fault,
    explain_no_permission,
    explain_read_only,
    find_unwritable,
)
from gateway.errors import ConfigurationError, Refusal
from gateway.forward_proxy import ForwardProxy
from gateway.ledger.clock_guard import ClockGuard
from gateway.ledger.clock_memory import find_latest_seen, recall
from gateway.net import Deadline
from gateway.reasons import Reason
from gateway.secret_file import read_secret
from gateway.settings import Settings, VendorSettings
from gateway.shipping.options import DOES_IT_ACCEPT, DOES_IT_ASK, ELASTICSEARCH, HEC, JSONL, SinkOptions
from gateway.shipping.sinks.open import open_collector
from gateway.store.upgrade import NEWEST, TOO_NEW
from gateway.value import replace

_REACH_S = 5.0
_SILENT_S = 1.0
_APART = timedelta(seconds=60)
_PROXY_NOTE = re.compile(r"proxy_\w+")
_PORTS = {"https": 443, "http": 80}
_MAY_STORE: LiteralString = """
SELECT to_regclass('keys') IS NOT NULL OR coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"""
"""Tables are made once; until then the user must be able to."""
_MAY_IMPORT: LiteralString = "SELECT has_database_privilege(current_database(), 'CREATE')"
"""Each import makes a schema."""
_BESIDE = {"[store] url": 15, "[facts] url": 5}
"""Connections that a process may hold beside those of its threads: for what runs beside the requests, and what people change."""
_ENCODING: LiteralString = "SELECT current_setting('server_encoding')"


def reach_vendor(vendor: VendorSettings, proxy: ForwardProxy | None) -> str:
    """Connect, through the proxy where that serves the vendor, check the certificate, and log in where the vendor has a log-in; the sentence that says so.

    Raises:
        OSError: it cannot be reached.
        ConfigurationError: it can be, and the log-in does not succeed.
    """
    host = str(urlsplit(vendor.upstream).hostname)
    connect(vendor.upstream, vendor.ca_file, proxy=proxy)
    reached = f"{host} can be reached{tell_way(proxy, host)}"
    if vendor.auth.kind != "oauth2":
        return f"{reached}; whether it accepts the credential shows with the first search"
    _require_secret(reached, vendor)
    try:
        try_log_in(vendor, proxy)
    except Refusal as refusal:
        raise ConfigurationError([f"{reached}, but {_explain_log_in(vendor, refusal, proxy)}"]) from None
    return f"{reached}, and accepts the log-in"


def _require_secret(reached: str, vendor: VendorSettings) -> None:
    """Return where there is a secret to log in with, lest the vendor is said to have refused what it was never shown."""
    try:
        if vendor.auth.client_secret_file is not None:
            read_secret(vendor.auth.client_secret_file)
    except ConfigurationError as error:
        told = f"{reached}; no log-in was tried, for want of its secret: {'; '.join(error.problems)}"
        raise ConfigurationError([told]) from None


def _explain_log_in(vendor: VendorSettings, refusal: Refusal, proxy: ForwardProxy | None) -> str:
    """Why there is no token, and what to compare: of a place that gives no answer, the place alone."""
    reason, place = refusal.reason, urlsplit(vendor.auth.token_url or vendor.upstream).netloc
    if proxy is not None and (of_proxy := _PROXY_NOTE.search(refusal.note or "")):
        return f"no log-in is answered at {place}: the proxy {proxy.address} gives no way there ({of_proxy[0]})"
    if reason in (Reason.VENDOR_UNREACHABLE, Reason.VENDOR_LATE):
        return f"no log-in is answered at {place} ({reason.value}): is [vendors.auth] token_url where the vendor gives tokens?"
    compare = f"Compare client_id, token_url and {vendor.auth.client_secret_file} with what the vendor gave you"
    return f"the log-in fails ({reason.value}): {reason.text.sentence} {compare}"


def connect(
    target: str,
    ca_file: Path | None,
    certificate: Path | None = None,
    key: Path | None = None,
    *,
    is_watched: bool = False,
    proxy: ForwardProxy | None = None,
) -> bool:
    """Connect, over HTTPS through the proxy where that serves the host, and where it is TLS check the certificate and show ours; nothing is sent.

    Of HTTP the other side's objection to our certificate is waited for only where it `is_watched`.

    Returns:
        Whether the other side keeps the connection that was made; it ends one at which our certificate does not please.
    """
    missing = next((file for file in (ca_file, certificate, key) if file is not None and not file.exists()), None)
    if missing is not None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(missing))
    parts = urlsplit(target)
    port = parts.port or _PORTS[parts.scheme]
    with _open(parts, port, proxy if parts.scheme == "https" else None) as connection:
        if parts.scheme in ("https", "tls"):
            context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
            if certificate is not None:
                context.load_cert_chain(certificate, key)
            with context.wrap_socket(connection, server_hostname=parts.hostname) as secured:
                return (parts.scheme == "https" and not is_watched) or _is_kept(secured)
    return True


def _open(parts: SplitResult, port: int, proxy: ForwardProxy | None) -> socket.socket:
    host = str(parts.hostname)
    if proxy is None or not proxy.serves(host):
        return socket.create_connection((host, port), _REACH_S)
    connection = proxy.open_tunnel(host, port, Deadline(_REACH_S))
    connection.settimeout(_REACH_S)
    return connection


def _is_kept(connection: socket.socket) -> bool:
    """Of a receiver that says nothing: whether it goes on listening."""
    connection.settimeout(_SILENT_S)
    try:
        return bool(connection.recv(1))
    except TimeoutError:
        return True
    except OSError:
        return False


def explain_unreachable(host: str | None, error: OSError) -> str:
    """Why a connection to a host did not come about, in a sentence."""
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"{host} was not tried: there is no {os.fsdecode(error.filename)}"
    untrusted = find_untrusted(error)
    return f"{host} answers, but {untrusted}" if untrusted else f"{host} cannot be reached: {explain_call(error)}"


def explain_unwritable(file: Path) -> str | None:
    """What keeps this user from writing a file, in a folder that must be there; None where nothing does."""
    if not file.parent.is_dir():
        return f"there is no folder {file.parent}"
    written = file if file.exists() else file.parent
    return None if os.access(written, os.W_OK) else f"{written} cannot be written by this user"


def reach_sinks(settings: Settings) -> Iterator[tuple[str, str | None, str]]:
    """Each sink by name, with what keeps it from being reached (None: nothing does), and else what is well with it."""
    for sink in sink_options(settings):
        trouble, well = _sink_trouble(sink), "can be reached"
        if sink.kind in (HEC, ELASTICSEARCH):
            well += tell_way(sink.proxy, str(sink.url.hostname))
        if trouble is None and sink.kind in (HEC, ELASTICSEARCH):
            trouble, well = _try_token(sink, well)
        yield sink.name, trouble, well


def _try_token(sink: SinkOptions, reached: str) -> tuple[str | None, str]:
    """What is wrong with a collector's token, and else whether it was tried."""
    collector = open_collector(replace(sink, timeout_s=min(sink.timeout_s, _REACH_S)))
    with closing(collector):
        try:
            trial = collector.try_token()
        except ConfigurationError as error:
            return "; ".join(error.problems), ""
        except OSError as error:
            return f"the token was not tried: {explain_unreachable(sink.url.hostname, error)}", ""
    if trial.is_trouble:
        return f"{sink.url.hostname} answers {trial.status}, as no collector that takes records does", ""
    if trial.accepted is None:
        return None, f"{reached}; its token was not tried: " + (
            "it has none" if sink.token_file is None else "the collector does not say whether it accepts it"
        )
    refused = f"{sink.url.hostname} does not accept the token in {sink.token_file}"
    return None if trial.accepted else refused, f"{reached}, and accepts the token"


def folder_troubles(settings: Settings) -> list[str]:
    """File sinks that this user cannot write, or whose folder is not there. No start waits for one: a spool that is away is a receiver that is away."""
    files = [sink for sink in settings.audit.sinks if sink.kind == JSONL]
    told = [(sink.name, explain_unwritable(Path(sink.target))) for sink in files]
    return [f'sink "{name}": target: {trouble}' for name, trouble in told if trouble is not None]


def clock_troubles(settings: Settings) -> list[str]:
    """What speaks against this host's clock: the record, what was kept of it, and a database server's own."""
    kept = recall(secrets_folder(settings))
    guard = ClockGuard(seen=find_latest_seen(settings.audit.directory, kept.confirmed), believed=kept.believed)
    problem, found = guard.problem(), []
    if problem is not None:
        found.append(
            f"{problem}: put the clock right and keep NTP running; where it is right (it was ahead before, or the gateway stood still for more than 31 days), "
            "say so by `lpr-gateway audit confirm-clock`"
        )
    for url in {settings.store.url, settings.facts.url}:
        theirs = _database_time(url)
        if theirs is not None and abs(theirs - clock.now()) > _APART:
            apart = abs(theirs - clock.now()).total_seconds()
            found.append(f"the clock of the database server differs by {apart:.0f} s from this host's")
    return found


def database_troubles(settings: Settings) -> list[str]:
    """What keeps each database from being used, a sentence each."""
    found = [*_file_troubles(settings)]
    asked = (("[store] url", settings.store.url, _MAY_STORE), ("[facts] url", settings.facts.url, _MAY_IMPORT))
    for name, url, question in asked:
        try:
            if ask_database(url, question) is False:
                found.append(f"{name}: {explain_no_permission(url)}")
            if ask_database(url, "SELECT current_setting('transaction_read_only')") == "on":
                found.append(f"{name}: {explain_read_only(url)}")
            encoding = ask_database(url, _ENCODING)
            if encoding is not None and (strange := explain_encoding(url, str(encoding))) is not None:
                found.append(f"{name}: {strange}")
        except psycopg.Error as error:
            found.append(f"{name}: {explain_fault(error, url)}")
    return found


def _file_troubles(settings: Settings) -> Iterator[str]:
    """What is wrong with SQLite's own files, and of any store that it is a newer version's."""
    for name, url in (("[store] url", settings.store.url), ("[facts] url", settings.facts.url)):
        if (trouble := find_unwritable(url)) is not None:
            yield f"{name}: {trouble}"
        elif find_damage(url, whole=url == settings.store.url):  # facts can be very many
            yield f"{name}: {explain_damaged(url)}"
    with suppress(psycopg.Error):
        if (read_store_version(settings.store.url) or NEWEST) > NEWEST:
            yield TOO_NEW


def connection_shortfalls(settings: Settings) -> list[str]:
    """A sentence where a database server has fewer connections than this gateway may ask of it at once."""
    named = (("[store] url", settings.store.url), ("[facts] url", settings.facts.url))
    asked = [(name, url) for name, url in named if make_url(url).get_backend_name() == "postgresql"]
    hosts = [(make_url(url).host, make_url(url).port) for _, url in asked]
    found: dict[object, str] = {}
    for (name, url), host in zip(asked, hosts, strict=True):
        each = settings.server.threads * hosts.count(host)
        beside = sum(_BESIDE[one] for (one, _), its in zip(asked, hosts, strict=True) if its == host)
        needed = settings.server.workers * (each + beside)
        with suppress(psycopg.Error):
            most = ask_database(url, "SELECT current_setting('max_connections')::int")
            if isinstance(most, int) and most < needed:
                told = f"its server takes {most} connections in all, and this gateway may ask for {needed}"
                found.setdefault(host, f"{name}: {told}: raise max_connections, or lower [server] threads")
    return [*found.values()]


def _sink_trouble(sink: SinkOptions) -> str | None:
    if sink.kind == JSONL:
        return explain_unwritable(Path(sink.target))
    try:
        is_kept = connect(
            sink.target, sink.ca_file, sink.certificate_file, sink.key_file, is_watched=True, proxy=sink.proxy
        )
    except OSError as error:
        return explain_unreachable(sink.url.hostname, error)
    return None if is_kept else f"{sink.url.hostname} {DOES_IT_ACCEPT if sink.certificate_file else DOES_IT_ASK}"


def _database_time(url: str) -> datetime | None:
    """What time a PostgreSQL server has; None for another database, or where it cannot be asked."""
    try:
        found = ask_database(url, "SELECT clock_timestamp()")
    except psycopg.Error:
        return None
    return found if isinstance(found, datetime) else None
