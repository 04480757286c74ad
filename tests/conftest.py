"""What several parts' tests share: one real PostgreSQL for the whole run, and both databases by turns."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests.facts.postgres import fresh_database, running

# A slow machine is no failure, and no example may depend on the machine: nothing is timed, nothing is kept between runs.
_MACHINE = {"deadline": None, "database": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("fixed", max_examples=50, derandomize=True, **_MACHINE)
settings.register_profile(
    "fuzz", max_examples=10 * settings.get_profile("fixed").max_examples, print_blob=True, **_MACHINE
)
settings.load_profile("fixed")
_constants_of_imported_modules = providers._get_local_constants
providers._get_local_constants = lambda: (
    # What happens to be imported by then differs from run to run: its constants are tried by `./dev fuzz` only.
    providers._local_constants if settings.default.derandomize else _constants_of_imported_modules()
)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    with running(tmp_path_factory.mktemp("pg")) as address:
        yield address


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path}/state/facts.db"


@pytest.fixture
def postgres_url(postgres):
    return fresh_database(postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return request.getfixturevalue(f"{request.param}_url")
