"""The whole gateway, run for real: vendors as emulators, keys and facts by command, everything over loopback."""

from collections.abc import Callable, Iterator

import pytest

from gateway.demo.processes import free_port
from tests.http.installation import Installation, Place
from tests.http.leaks import leaks
from tests.http.vendors import Emulated, Vendor, emulate

FLOCK_HOST, REKOR_HOST = "flock.lpr.agency", "rekor.lpr.agency"
_FAULTS = {
    "failing": ("--fail-rate", "1"),
    "garbage": ("--garbage", "1"),
    "truncated": ("--truncate", "1"),
    "undated": ("--undated", "1"),
    "partly-undated": ("--undated", "0.5"),
    "slow": ("--latency", "4"),
    "estranged": ("--secret", "another-secret"),
}


@pytest.fixture(scope="session")
def vendors(tmp_path_factory) -> Iterator[dict[str, Vendor]]:
    """Every emulator: `flock` and `rekor` of the shared world, `spare-…` of all others, and Flocks with a fault each."""
    wanted = [
        Emulated(name=prefix + profile, profile=profile) for profile in ("flock", "rekor") for prefix in ("", "spare-")
    ]
    wanted += [Emulated(name=name, profile="flock", faults=faults) for name, faults in _FAULTS.items()]
    with emulate(tmp_path_factory.mktemp("vendors"), wanted) as started:
        yield started


@pytest.fixture(scope="session")
def flock(vendors) -> Vendor:
    return vendors["flock"]


@pytest.fixture(scope="session")
def rekor(vendors) -> Vendor:
    return vendors["rekor"]


@pytest.fixture(scope="session")
def world(tmp_path_factory, vendors) -> Iterator[Installation]:
    """One running installation that no test ends or changes for others: people are each test's own."""
    flock, rekor = vendors["flock"].url, vendors["rekor"].url
    places = [
        Place(profile="flock", at="/flock", upstream=flock),
        Place(profile="rekor", at="/rekor", upstream=rekor),
        Place(profile="flock", at=FLOCK_HOST, upstream=flock),
        Place(profile="rekor", at=REKOR_HOST, upstream=rekor),
        Place(profile="flock", at="/nobody", upstream=f"http://127.0.0.1:{free_port()}"),
    ]
    places += [Place(profile="flock", at=f"/{name}", upstream=vendors[name].url, timeout_s=1) for name in _FAULTS]
    installation = Installation(tmp_path_factory.mktemp("world"), places)
    installation.import_facts()
    installation.start()
    try:
        yield installation
        assert leaks(installation, vendors.values()) == []  # after all tests, whatever they asked
        assert installation.stop() == 0
        assert installation.run_json("audit", "verify")["ok"] is True
    finally:
        installation.end()


@pytest.fixture
def install(tmp_path, vendors) -> Iterator[Callable[..., Installation]]:
    """Makes an installation of the test's own, with facts, to be started, killed and broken at will."""
    made: list[Installation] = []

    def make(*places: Place, settings: str = "") -> Installation:
        usual = [
            Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url),
            Place(profile="rekor", at="/rekor", upstream=vendors["spare-rekor"].url),
        ]
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Installation(folder, places or usual, settings))
        made[-1].import_facts()
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture
def officer(world):
    """Somebody who may search, and has not yet."""
    return world.officer()
