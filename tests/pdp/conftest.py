from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.pdp import Bundle, load_policies, write_bundle
from gateway.pdp.opa.process import find_opa, running_opa
from tests.pdp.policies import write_policy


@dataclass(frozen=True, kw_only=True)
class Served:
    """A policy and the URL of a real OPA that holds it."""

    bundle: Bundle
    url: str


@pytest.fixture(scope="session")
def opa_bin() -> Path:
    found = find_opa()
    assert found is not None, "these tests need a real OPA: run them through ./dev test"
    return found


@pytest.fixture
def small(tmp_path: Path) -> Bundle:
    return load_policies(write_policy(tmp_path / "policies"))


@pytest.fixture(scope="session", params=["tcp", "unix"])
def served(request: pytest.FixtureRequest, opa_bin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    bundle = load_policies(write_policy(folder / "policies"))
    write_bundle(bundle, folder / "bundle.tar.gz")
    with running_opa(folder / "bundle.tar.gz", opa_bin, unix=request.param == "unix") as url:
        yield Served(bundle=bundle, url=url)


@pytest.fixture(scope="session")
def shipped() -> Bundle:
    return load_policies(Path(__file__).parents[2] / "policies")
