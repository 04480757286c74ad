"""The shape of the settings: one frozen object, checked whole. Where they are read from is `load.py`.

Every field is a key of the TOML file and, as `LPR_GATEWAY__SECTION__KEY`, an environment variable. Paths here are as
they were written; `load_settings` makes them absolute. Secrets are only ever named by file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from gateway.settings.notices import NoticeSettings
from gateway.settings.outbound import OutboundSettings
from gateway.settings.table import SettingsTable
from gateway.settings.values import Bind, DatabaseUrl, HostName, IssuerUrl, Mount, Network, OpaUrl, SinkName, Url

WHOLE: Final[tuple[str, ...]] = ()
AUDIT: Final[tuple[str, ...]] = ("audit",)
TOGETHER: Final = (WHOLE, AUDIT)
"""Places where values are judged together that are each right. Of those in the context it is told already, and the rest is judged all the same."""
RESERVED_MOUNTS = ("/gateway", "/healthz", "/readyz", "/metrics")


class Server(SettingsTable):
    """Where the gateway listens, how much it takes, and, where it ends TLS itself, by which certificates."""

    bind: Bind = "127.0.0.1:8080"
    workers: int = Field(default=2, ge=1, le=64)
    threads: int = Field(default=32, ge=1, le=64)
    max_body_bytes: int = Field(default=1_048_576, ge=1024, le=1 << 26)
    trusted_proxies: tuple[Network, ...] = ()
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    client_ca_file: Path | None = None
    client_crl_file: Path | None = None


class Admin(SettingsTable):
    """Where operators ask: health in detail, metrics. Never the officers' listener."""

    bind: Bind = "127.0.0.1:9090"


class Paths(SettingsTable):
    """Where the gateway keeps its state, and where the policies lie."""

    state: Path = Path("state")
    policies: Path = Path("policies")


class PolicySettings(SettingsTable):
    """Who may sign a policy: public keys as `policy keygen` prints them, one a person."""

    signers: tuple[str, ...] = ()


class EngineSettings(SettingsTable):
    """Which Rego engine decides. `deadline_ms` bounds the whole call to a real OPA; `shadow` is a policy tried beside."""

    kind: Literal["embedded", "opa", "both"] = "embedded"
    opa_url: OpaUrl = "http://127.0.0.1:8181"
    deadline_ms: int = Field(default=250, ge=10, le=10_000)
    shadow: Path | None = None


class StoreSettings(SettingsTable):
    """What the gateway itself keeps: keys, contexts, acknowledgements, approvals, usage.

    `secrets_directory` is where the secrets lie that all gateways on one store share; none: `secrets` in the state.
    """

    url: DatabaseUrl = "sqlite:///state/gateway.db"
    secrets_directory: Path | None = None


class FactsSettings(SettingsTable):
    """What is known of people and cases."""

    url: DatabaseUrl = "sqlite:///state/facts.db"
    max_age_hours: int = Field(default=26, ge=1, le=24 * 365)
    require_manifest: bool = False
    manifest_key_file: Path | None = None
    keep_days: int = Field(default=30, ge=0, le=3650)


class WitnessSettings(SettingsTable):
    """A place, best on another host, that keeps the checkpoints: a file, an HTTP endpoint, a syslog receiver, `witness serve`."""

    kind: Literal["file", "http", "syslog", "witness"]
    target: str
    ca_file: Path | None = None


class SinkSettings(SettingsTable):
    """Where audit records are shipped to, and in which format.

    `embed`: the ledger's line is within each event, so that hashes verify from the receiver's copy. `max_bytes` is the
    largest syslog message; `settle_s` how long one may be lost in the receiver's memory; `refusals` how often a record
    is offered before it is put aside; `alert_after_s` how long delivery may fail before somebody is told.
    """

    name: SinkName
    kind: Literal["jsonl", "syslog", "splunk_hec", "elasticsearch"]
    target: str
    format: Literal["native", "ocsf", "ecs", "cef"] = "native"
    token_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    embed: bool = True
    max_bytes: int = Field(default=8192, ge=2560)
    settle_s: float = Field(default=60.0, ge=0)
    timeout_s: float = Field(default=10.0, gt=0, le=120)
    refusals: int = Field(default=3, ge=1)
    alert_after_s: float = Field(default=900.0, gt=0, le=3000)


class AuditSettings(SettingsTable):
    """The audit record: where it lies, who can open its sealed fields, who witnesses it and where it is shipped."""

    directory: Path = Path("state/audit")
    recipients: tuple[str, ...] = ()
    checkpoint_records: int = Field(default=1000, ge=1, le=1_000_000)
    checkpoint_seconds: int = Field(default=60, ge=1, le=86_400)
    segment_max_bytes: int = Field(default=64 << 20, ge=1 << 16, le=1 << 32)
    segment_max_hours: int = Field(default=24, ge=1, le=24 * 31)
    warn_free_mb: int = Field(default=1024, ge=1)
    stop_free_mb: int = Field(default=256, ge=1)
    notify_url: Url | None = None
    trust_file: Path | None = None
    witnesses: tuple[WitnessSettings, ...] = ()
    sinks: tuple[SinkSettings, ...] = ()

    @property
    def witness_ca_files(self) -> dict[str, Path]:
        """By a witness's target, the authorities to trust there instead of the system's."""
        return {one.target: one.ca_file for one in self.witnesses if one.ca_file is not None}

    @model_validator(mode="after")
    def _watermarks_are_ordered(self, info: ValidationInfo) -> Self:
        if AUDIT not in (info.context or ()) and self.stop_free_mb >= self.warn_free_mb:
            raise ValueError("stop_free_mb must be below warn_free_mb")
        return self


class OidcSettings(SettingsTable):
    """An identity provider whose bearer tokens count; keys come by discovery, or from `jwks_url`.

    `authorized_parties` are the clients a token may have been given to, any where none is listed. Keys are asked for
    anew after `key_age_s`, and stay good for `keys_good_s` after the provider was last heard of.
    """

    issuer: IssuerUrl
    audience: str = Field(min_length=1)
    user_claim: str = Field(default="preferred_username", min_length=1)
    actor_claim: str = Field(default="sub", min_length=1)
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    authorized_parties: tuple[str, ...] = ()
    jwks_url: Url | None = None
    ca_file: Path | None = None
    skew_s: int = Field(default=30, ge=0, le=60)
    key_age_s: int = Field(default=900, ge=1, le=86_400)
    keys_good_s: int = Field(default=3600, ge=1, le=86_400)
    refresh_s: int = Field(default=30, ge=1, le=3600)


class CertificateSettings(SettingsTable):
    """Client certificates: whose each is, who issued them, which are revoked, and how a trusted proxy names one."""

    table_file: Path
    ca_file: Path | None = None
    crl_file: Path | None = None
    header: Literal["rfc9440", "nginx", "envoy"] | None = None


class TelemetrySettings(SettingsTable):
    """Where traces go (OTLP over HTTP); nowhere where no collector is named. None holds a plate or a person."""

    endpoint: Url | None = None
    sample_ratio: float = Field(default=1.0, ge=0, le=1)
    trusted_callers: tuple[Network, ...] = ()
    ca_file: Path | None = None


_WHOSE = {
    "oauth2": 'flock\'s; rekor takes "api_key_query"',
    "api_key_query": 'rekor\'s; flock takes "oauth2"',
    "bearer": 'flock takes "oauth2", rekor "api_key_query"',
}
"""Which profile takes a kind: who gave the wrong one is told so before what that one would need."""


class VendorAuthSettings(SettingsTable):
    """How the gateway proves itself to the vendor."""

    kind: Literal["oauth2", "api_key_query", "bearer"]
    client_id: str | None = None
    client_secret_file: Path | None = None
    audience: str | None = None
    token_url: Url | None = None
    api_key_file: Path | None = None
    token_file: Path | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needs = {
            "oauth2": ("client_id", "client_secret_file"),
            "api_key_query": ("api_key_file",),
            "bearer": ("token_file",),
        }
        missing = [name for name in needs[self.kind] if getattr(self, name) is None]
        if missing:
            raise ValueError(f'kind "{self.kind}" ({_WHOSE[self.kind]}) needs {" and ".join(missing)}')
        return self


class VendorSettings(SettingsTable):
    """One vendor behind the gateway: its profile, where tools reach it, where it really is."""

    profile: str
    mount: Mount | None = None
    host: HostName | None = None
    upstream: Url
    timeout_s: int = Field(default=20, ge=1, le=120)
    max_response_bytes: int = Field(default=16_777_216, ge=1024, le=1 << 28)
    ca_file: Path | None = None
    auth: VendorAuthSettings

    @property
    def name(self) -> str:
        """What keys, contexts and records call this vendor: its mount without the slash, or its host name."""
        return self.mount.lstrip("/") if self.mount else str(self.host)

    @model_validator(mode="after")
    def _is_reached_one_way(self) -> Self:
        wrong = [
            ((self.mount is None) == (self.host is None), "give either mount or host"),
            (self.mount in RESERVED_MOUNTS, "mount is one of the gateway's own addresses"),
        ]
        if told := [sentence for is_wrong, sentence in wrong if is_wrong]:
            raise ValueError("\n".join(told))
        return self


class LimitSettings(SettingsTable):
    """What each worker grants one credential, and one person: requests, and bytes in the audit record."""

    requests_per_minute: int = Field(default=6000, ge=1, le=1_000_000_000)
    record_mb_per_day: int = Field(default=256, ge=1, le=1_000_000)


class OversightSettings(SettingsTable):
    """Detectors: where they lie (default: `oversight` below `[paths] policies`), how often a worker runs them (0: never)."""

    directory: Path | None = None
    every_s: int = Field(default=15, ge=0, le=3600)


class Settings(SettingsTable):
    """Everything that can be set, after every mistake was ruled out."""

    server: Server = Server()
    admin: Admin = Admin()
    paths: Paths = Paths()
    policy: PolicySettings = PolicySettings()
    engine: EngineSettings = EngineSettings()
    store: StoreSettings = StoreSettings()
    facts: FactsSettings = FactsSettings()
    audit: AuditSettings = AuditSettings()
    oidc: tuple[OidcSettings, ...] = ()
    certificates: CertificateSettings | None = None
    limits: LimitSettings = LimitSettings()
    outbound: OutboundSettings = OutboundSettings()
    notices: NoticeSettings = NoticeSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    vendors: tuple[VendorSettings, ...] = ()
    oversight: OversightSettings = OversightSettings()

    @model_validator(mode="after")
    def _tables_agree(self, info: ValidationInfo) -> Self:
        if WHOLE not in (info.context or ()) and (conflicts := [*self._find_conflicts()]):
            raise ValueError("\n".join(conflicts))
        return self

    def _find_conflicts(self) -> Iterator[str]:
        """A sentence for each two tables that cannot both be so."""
        if self.admin.bind == self.server.bind:
            yield "[admin] bind and [server] bind are the same address"
        names = [vendor.name for vendor in self.vendors]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            yield f"[[vendors]]: two have the same mount or host: {', '.join(twice)}"
        if len({one.issuer for one in self.oidc}) < len(self.oidc):
            yield "two [[oidc]] have the same issuer"
