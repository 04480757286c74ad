"""What an emulator can be told."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How an emulator misbehaves: seconds of latency, and shares (0 to 1) of answers that fail, end early, are garbled.

    `undated_rate` is the share of reads whose time is written without its zone.
    """

    latency_s: float = 0.0
    fail_rate: float = 0.0
    truncate_rate: float = 0.0
    garbage_rate: float = 0.0
    undated_rate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCredentials:
    """What an emulator accepts: an OAuth2 client, or a key in the query. They open nothing but an emulator."""

    client_id: str = "agency"
    client_secret: str = field(default="demo-client-secret", repr=False)
    api_key: str = field(default="demo-api-key", repr=False)
