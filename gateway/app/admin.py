"""What the operators' listener serves: one table of addresses, each with the part that answers it."""

from collections.abc import Mapping

from gateway.app.bundles import PATH, BundleEndpoint
from gateway.ops.health import Health
from gateway.server.admin import AdminRoute


def admin_routes(health: Health, bundles: BundleEndpoint) -> Mapping[str, AdminRoute]:
    """The addresses of `[admin] bind`. A route gets the `AdminRequest`, and may wait: each has a thread of its own."""
    return {
        "/healthz": lambda _asked: health.live(),
        "/readyz": lambda _asked: health.detail(),
        "/metrics": lambda _asked: health.exposition(),
        PATH: bundles.answer,
    }
