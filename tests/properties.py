"""How many examples a property is tried with: half of what it names in `./dev test`, five times that in `./dev fuzz`."""

from hypothesis import HealthCheck, settings

_USUAL = 2 * settings.get_profile("fixed").max_examples
SHARING_FIXTURES = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
"""To be suppressed where all examples are meant to use one database, folder or gateway."""


def examples(count: int) -> int:
    """This many, by what the profile in use tries of the usual hundred."""
    return count * settings().max_examples // _USUAL
