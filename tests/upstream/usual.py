"""Options of an upstream for tests: the settings' own where a test gives none."""

from typing import Any

from gateway.settings import VendorSettings
from gateway.upstream import UpstreamOptions
from tests.usual_settings import usual


def upstream_options(**given: Any) -> UpstreamOptions:
    return UpstreamOptions(**(usual(VendorSettings, "timeout_s", "max_response_bytes") | given))
