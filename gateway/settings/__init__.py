"""Settings: their shape and defaults, read from a file and the environment, checked whole, each mistake explained."""

from gateway.settings.load import DEFAULT_FILE, ENVIRONMENT_FILE, load_settings, missing_files, secret_warnings
from gateway.settings.shape import (
    RESERVED_MOUNTS,
    FactsSettings,
    NoticeSettings,
    OidcSettings,
    Settings,
    SinkSettings,
    VendorSettings,
)

__all__ = [
    "DEFAULT_FILE",
    "ENVIRONMENT_FILE",
    "RESERVED_MOUNTS",
    "FactsSettings",
    "NoticeSettings",
    "OidcSettings",
    "Settings",
    "SinkSettings",
    "VendorSettings",
    "load_settings",
    "missing_files",
    "secret_warnings",
]
