"""Settings: their shape and defaults, read from a file and the environment, checked whole, each mistake explained."""

from gateway.settings.load import (
    DEFAULT_FILE,
    ENVIRONMENT_FILE,
    SettingsFault,
    load_settings,
    missing_files,
    secret_warnings,
)
from gateway.settings.notices import NoticeSettings
from gateway.settings.shape import (
    RESERVED_MOUNTS,
    FactsSettings,
    OidcSettings,
    Settings,
    SinkSettings,
    VendorSettings,
    WitnessSettings,
)
from gateway.settings.soundness import concerns
from gateway.settings.writable import writable_warnings

__all__ = [
    "DEFAULT_FILE",
    "ENVIRONMENT_FILE",
    "RESERVED_MOUNTS",
    "FactsSettings",
    "NoticeSettings",
    "OidcSettings",
    "Settings",
    "SettingsFault",
    "SinkSettings",
    "VendorSettings",
    "WitnessSettings",
    "concerns",
    "load_settings",
    "missing_files",
    "secret_warnings",
    "writable_warnings",
]
