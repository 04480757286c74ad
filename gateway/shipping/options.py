"""What can be set for shipping, and what is wrong with it, in plain sentences."""

import re
import ssl
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from cryptography import x509

from gateway import clock
from gateway.durable import is_special
from gateway.errors import ConfigurationError
from gateway.forward_proxy import ForwardProxy
from gateway.net import is_loopback
from gateway.secret_file import read_authorization, read_secret
from gateway.shipping.formats import FORMATS
from gateway.shipping.formats.sizes import SMALLEST_LIMIT
from gateway.written_hosts import find_url_fault

JSONL, SYSLOG, HEC, ELASTICSEARCH = "jsonl", "syslog", "splunk_hec", "elasticsearch"
KINDS = (JSONL, SYSLOG, HEC, ELASTICSEARCH)
LARGEST_HEADER = 512
"""Octets of a syslog header at most."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SCHEMES = {SYSLOG: ("tls", "tcp"), HEC: ("https", "http"), ELASTICSEARCH: ("https", "http")}
_AUTHORIZATIONS = {HEC: ("Splunk",), ELASTICSEARCH: ("ApiKey", "Basic", "Bearer")}
"""The words before a token that a token file may hold; the first stands before a token that has none."""
_OF_TLS = {"ca_file", "certificate_file", "key_file"}
_OF_HTTP = {"token_file", "ca_file", "certificate_file", "key_file", "timeout_s", "refusals"}
_USED = {
    JSONL: set[str](),
    SYSLOG: {"ca_file", "certificate_file", "key_file", "max_bytes", "settle_s", "timeout_s"},
    HEC: _OF_HTTP,
    ELASTICSEARCH: _OF_HTTP,
}
"""Of the keys that not every kind has a use for, those that each has."""
_BASE_ALONE = "the target is the collector's address without /services/collector, which is added"
_INDEX = re.compile(r"%3C.+|(?![-_+])(?!\.{1,2}$)[^\sA-Z\\/*?\"<>|,#:]{1,255}")
"""A name as Elasticsearch takes it, or one with the date in it, as `%3Clpr-%7Bnow%2Fd%7D%3E`."""
_NO_INDEX = "the target must end with the name of an index or data stream (small letters, none of * ? , # and not beginning with _ - +; _bulk is added)"
_PLAIN = ("tcp", "http")
_WITHIN_THE_HOUR_S = 3000  # a courier may rest for minutes before it looks again
_DETECTION_S = 30
_HOLDS_A_DECISION = {"native": (8192, 8192), "ocsf": (16_384, 6144), "ecs": (16_384, 6144), "cef": (8192, 4096)}
"""The octets of a message that hold a decision, with the ledger's line and without: the next such number above those measured."""
NO_PAIR = "our certificate and key do not belong together (certificate_file, key_file)"
"""In the course of shipping, where a pair is just being replaced, or was replaced by halves."""
ENDED = "our certificate has ended (certificate_file)"
"""Likewise: of a certificate that nobody renewed, the other side says no more than that it does not take it."""
ENDS_AT_ONCE = "ends the connection at once"
"""Of a receiver; what follows asks for the likely cause, and only for one that there can be."""
DOES_IT_ACCEPT = f"{ENDS_AT_ONCE}: does it accept our certificate?"
DOES_IT_ASK = f"{ENDS_AT_ONCE}: does it ask for a certificate (certificate_file)?"
_SOON = timedelta(days=14)
_NO_PAIR = "and certificate_file hold no certificate and key without a password (PEM)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkOptions:
    """One receiver.

    `target` is a path (`jsonl`), `tls://host:port` or, to loopback, `tcp://…` (`syslog`), the collector's base URL
    (`splunk_hec`), the URL of an index or data stream (`elasticsearch`). `embed`: the ledger line is within each event,
    so that hashes verify from the SIEM's copy. `max_bytes` is the largest syslog message; `settle_s` how long one may be
    lost in the receiver's memory; `refusals` how often a record is offered before it is put aside; `alert_after_s` how
    long delivery may fail before somebody is told.
    """

    name: str
    kind: str
    target: str = field(repr=False)
    format: str
    embed: bool
    token_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    max_bytes: int
    settle_s: float
    timeout_s: float
    refusals: int
    alert_after_s: float
    proxy: ForwardProxy | None = None

    @property
    def url(self) -> SplitResult:
        """The target, taken apart."""
        return urlsplit(self.target)

    def problems(self) -> list[str]:
        """Every mistake in the options themselves, a sentence each."""
        found = [sentence for wrong, sentence in self._plain_mistakes() if wrong]
        if self.kind in _SCHEMES:
            found += self._target_mistakes(_SCHEMES[self.kind])
        return [f'sink "{self.name}": {sentence}' for sentence in found]

    def _plain_mistakes(self) -> list[tuple[bool, str]]:
        return [
            (_NAME.fullmatch(self.name) is None, "the name must be a to z, digits, _ and -, at most 32 of them"),
            (self.kind not in KINDS, f"the kind must be one of {', '.join(KINDS)}"),
            (self.format not in FORMATS, f"the format must be one of {', '.join(FORMATS)}"),
            (
                (self.certificate_file is None) != (self.key_file is None),
                "certificate_file and key_file go together: the certificate and its key, or neither",
            ),
            (self.kind == HEC and self.token_file is None, "splunk_hec needs token_file"),
            (self.kind == JSONL and not self.target, "jsonl needs the path of a file as its target"),
            (self.kind == JSONL and Path(self.target).is_dir(), "the target is a folder: name a file in it"),
            (
                self.kind == JSONL and is_special(Path(self.target)),
                "the target is a pipe or a device: name a plain file",
            ),
            (self.max_bytes < SMALLEST_LIMIT + LARGEST_HEADER, "max_bytes must be 2560 or more"),
            (self.settle_s < 0, "settle_s must not be negative"),
            (self.kind == SYSLOG and self.alert_after_s <= self.settle_s, "alert_after_s must be longer than settle_s"),
            (self.timeout_s <= 0, "timeout_s must be more than 0"),
            (self.refusals < 1, "refusals must be 1 or more"),
            (
                not 0 < self.alert_after_s <= _WITHIN_THE_HOUR_S,
                "alert_after_s must be at most 3000, so that somebody knows within the hour",
            ),
        ]

    def absent_files(self) -> list[str]:
        """A sentence for each file that is not there. Asked before a start, and by no worker: each is read again for each batch.

        One that is just being replaced must keep none from serving.
        """
        files = ("token_file", "ca_file", "certificate_file", "key_file")
        absent = [(name, path) for name in files if (path := getattr(self, name)) and not path.is_file()]
        return [f'sink "{self.name}": {name}: there is no file {path}' for name, path in absent]

    def read_authorization(self) -> str | None:
        """What a collector is shown, by the token file as it is now; None where there is none.

        Raises:
            ConfigurationError: the file cannot be read, or holds no token.
        """
        return read_authorization(self.token_file, _AUTHORIZATIONS[self.kind]) if self.token_file else None

    def token_mistakes(self) -> list[str]:
        """A token that no collector would accept. Asked before a start, and by no worker: one being replaced keeps none from serving."""
        try:
            if self.kind in _AUTHORIZATIONS:
                self.read_authorization()
            elif self.token_file is not None:
                read_secret(self.token_file)
        except ConfigurationError as error:
            return [f'sink "{self.name}": token_file: {problem}' for problem in error.problems]
        return []

    def pair_mistakes(self) -> list[str]:
        """A client certificate that its key does not fit is shown to nobody. Asked before a start, and by no worker.

        A pair that is just being replaced must keep none from serving.
        """
        if self.certificate_file is None or self.key_file is None:
            return []
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(self.certificate_file, self.key_file, lambda: b"")
        except ssl.SSLError as error:
            is_other = error.reason == "KEY_VALUES_MISMATCH"
            told = "is not the key of certificate_file" if is_other else _NO_PAIR
            return [f'sink "{self.name}": key_file: {self.key_file} {told}']
        except OSError as error:
            return [f'sink "{self.name}": key_file or certificate_file cannot be read ({error.strerror})']
        return []

    def own_fault(self) -> str | None:
        """What is wrong with our own certificate, of which the other side seldom says what; asked where a connection fails."""
        if self.pair_mistakes():
            return NO_PAIR
        return ENDED if (end := self._certificate_end()) is not None and end < clock.now() else None

    def _certificate_end(self) -> datetime | None:
        """Until when ours is good; what is wrong with it otherwise `pair_mistakes` says."""
        if self.certificate_file is None:
            return None
        with suppress(OSError, ValueError):
            return x509.load_pem_x509_certificates(self.certificate_file.read_bytes())[0].not_valid_after_utc
        return None

    def _ending_warnings(self) -> list[str]:
        end = self._certificate_end()
        if end is None or end - clock.now() >= _SOON:
            return []
        told = "has ended, at" if end < clock.now() else "ends at"
        return [
            f"certificate_file {told} {end:%Y-%m-%dT%H:%M:%SZ}: renew it, for a receiver that asks for one takes none that has ended"
        ]

    def _target_mistakes(self, schemes: tuple[str, str]) -> list[str]:
        if not self.target.lower().startswith((f"{schemes[0]}://", f"{schemes[1]}://")):
            return [f"the target must begin with {schemes[0]}://, or to loopback {schemes[1]}://, and name a host"]
        if fault := find_url_fault(self.target):
            return [f"the target {fault}"]
        url = self.url
        mistakes = [
            (url.scheme in _PLAIN and not is_loopback(url.hostname), f"{url.scheme}:// is accepted only to loopback"),
            (self.kind == SYSLOG and url.port is None, "the target must name a port"),
            (
                self.kind == SYSLOG and url.path not in ("", "/"),
                "the target must end with the port: syslog has no paths",
            ),
            (self.kind == ELASTICSEARCH and not _names_index(url.path), _NO_INDEX),
            (self.kind == HEC and "/services/collector" in url.path, _BASE_ALONE),
            (
                bool("@" in url.netloc or url.query or url.fragment),
                "the target must hold no user name, query or fragment",
            ),
        ]
        return [sentence for wrong, sentence in mistakes if wrong]

    def warnings(self) -> list[str]:
        """What is allowed but loses something, a sentence each."""
        slow = "alert_after_s is shorter than timeout_s, for which one answer is waited for: trouble is told that much later"
        told = [slow] * (self.kind != JSONL and self.alert_after_s < self.timeout_s) + self._ending_warnings()
        if self.kind != SYSLOG:
            return told
        return [*told, *self._settling_warnings(), *self._size_warnings()]

    def _settling_warnings(self) -> list[str]:
        late = f"a receiver that dies is noticed only after {_DETECTION_S} s; settle_s should be longer"
        near = "what was sent counts as missing for settle_s, so that traffic alone raises the alarm: alert_after_s should be"
        enough = self.settle_s + _DETECTION_S
        return [late] * (self.settle_s <= _DETECTION_S) + [f"{near} {enough:g} or more"] * (self.alert_after_s < enough)

    def _size_warnings(self) -> list[str]:
        """What of most decisions such messages leave out."""
        with_line, without = _HOLDS_A_DECISION.get(self.format, (0, 0))
        enough = with_line if self.embed else without
        if self.max_bytes >= enough:
            return []
        lost = "without the ledger's line, by which a copy is verified"
        if self.max_bytes < without:
            lost = "as summaries, without the reasons and what was asked"
        told = f"as {self.format}, most decisions are larger than max_bytes and go {lost}"
        return [f"{told}: set {enough} or more, if the receiver takes that"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How couriers pace themselves; seconds. `batch` is records at most in one send, of `batch_bytes` in the ledger.

    `refused_s`: how often it is told at most what a receiver refused that refuses everything.
    """

    poll_s: float = 1.0
    batch: int = 200
    batch_bytes: int = 1 << 20
    backoff_s: float = 1.0
    longest_backoff_s: float = 60.0
    longest_asked_s: float = 300.0
    cursor_s: float = 1.0
    report_s: float = 5.0
    take_over_s: float = 5.0
    refused_s: float = 600.0


def tell_unused(kind: str, given: Collection[str], target: str = "") -> list[str]:
    """A sentence where keys are given that such a sink makes no use of, or none without TLS."""
    unused = sorted(key for key in set().union(*_USED.values()) - _USED[kind] if key in given)
    plain = sorted(_OF_TLS & {*given} & _USED[kind]) if urlsplit(target).scheme in _PLAIN else []
    return [
        *([f"{', '.join(unused)}: a sink of kind {kind} makes no use of that"] if unused else []),
        *([f"{', '.join(plain)}: nothing is encrypted to a {urlsplit(target).scheme}:// target"] if plain else []),
    ]


def _names_index(path: str) -> bool:
    """Whether Elasticsearch would take the end of the path for a name: what it refuses it refuses record by record."""
    return _INDEX.fullmatch(path.rstrip("/").rpartition("/")[2]) is not None
