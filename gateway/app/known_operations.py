"""Which operations this gateway has: what the policy's tables name besides is none."""

from gateway.errors import ConfigurationError
from gateway.settings import Settings
from gateway.vendors import list_operations


def find_operations(settings: Settings) -> frozenset[str] | None:
    """Those of the shipped profiles and of the settings' vendors; None where a vendor's profile cannot be read."""
    try:
        return list_operations(vendor.profile for vendor in settings.vendors)
    except ConfigurationError:  # told by whoever looks at the settings; what it would have had cannot be known
        return None
