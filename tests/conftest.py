"""What several parts' tests share: one real PostgreSQL for the whole run, and both databases by turns."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests.facts.postgres import drop_database, fresh_database, running

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
def postgres():
    with running() as address:
        yield address


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path}/state/facts.db"


@pytest.fixture
def postgres_url(postgres):
    url = fresh_database(postgres)
    yield url
    drop_database(postgres, url)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return request.getfixturevalue(f"{request.param}_url")


_SHARE_A_GATEWAY = "tests/http/"
_LONG = (
    "tests/cli/test_demo.py",
    "tests/shipping/sinks/test_syslog.py",
    "tests/pdp/check/",
    "tests/ledger/test_faults.py",
)
_FEWEST = 2


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Give several workers a list whose shares begin well; each takes its share of it from the front (`worksteal`).

    All workers but the last begin with what shares one running gateway and its vendors, so that the last need not start
    them; it begins with what takes long, which else might be left for the end, when the others have nothing to do any more.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers < _FEWEST:
        return
    shared = [item for item in items if item.nodeid.startswith(_SHARE_A_GATEWAY)]
    long = [item for item in items if item.nodeid.startswith(_LONG)]
    first = {*shared, *long}
    others = [item for item in items if item not in first]
    files = list(dict.fromkeys(item.path for item in shared))
    begun = [
        [item for item in shared if files.index(item.path) % (workers - 1) == place] for place in range(workers - 1)
    ]
    order, size = [], len(items) // workers
    for beginning in [*begun, long]:
        room = max(0, size - len(beginning))
        order += [*beginning, *others[:room]]
        others = others[room:]
    items[:] = [*order, *others]
