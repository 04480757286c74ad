"""A draft begun from a policy that is kept, whole: with the tests that were signed beside it, so that nothing is taken back.

Tests are no part of a policy and of its revision, so each signature keeps those that it was given for.
"""

from collections.abc import Mapping
from pathlib import Path

from gateway.durable import write_folder_once
from gateway.errors import ConfigurationError
from gateway.pdp import Bundle
from gateway.pdp.bundle import list_policy_files

_TESTS = "*_test.rego"
OVERSIGHT = "oversight"


def keep_tests(folder: Path, revision: str, state: Path) -> None:
    """Keep the tests that lie beside a draft's rules under its revision; the first that were signed with it stay."""
    write_folder_once(_kept(revision, state), _read_tests(folder).items())


def find_tests(revision: str, state: Path) -> dict[str, bytes] | None:
    """The tests that were signed with a policy, by their paths; None where none were kept."""
    kept = _kept(revision, state)
    return _read_tests(kept) if kept.is_dir() else None


def read_companions(folder: Path, tests: Mapping[str, bytes] | None) -> dict[str, bytes]:
    """What lies in a folder of policies and is no part of one: how rules are linted, notes; its tests where none were kept."""
    rules = set(list_policy_files(folder))
    found = {
        name: content
        for name, content in _read_files(folder).items()
        if name not in rules and name.partition("/")[0] != OVERSIGHT
    }
    if tests is None:
        return found
    return {name: content for name, content in found.items() if not name.endswith(_TESTS[1:])} | dict(tests)


def read_oversight(folder: Path) -> dict[str, bytes]:
    """The folder of oversight as it is followed, by its paths in a draft."""
    return {f"{OVERSIGHT}/{name}": content for name, content in _read_files(folder).items()}


def write_draft(folder: Path, policy: Bundle, companions: Mapping[str, bytes]) -> None:
    """Write a new folder with this policy and what goes with it, whole or not at all.

    Raises:
        ConfigurationError: something of that name is there already.
    """
    if folder.exists() or folder.is_symlink():
        raise ConfigurationError(
            [f"{folder} is there already: name a new folder, so that no draft takes another's place"]
        )
    files = dict(companions) | {path: text.encode() for path, text in policy.files}
    write_folder_once(folder.absolute(), sorted(files.items()))


def _kept(revision: str, state: Path) -> Path:
    return state / "policy" / "tests" / revision


def _read_tests(folder: Path) -> dict[str, bytes]:
    tests = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob(_TESTS)) if path.is_file()}
    return {name: path.read_bytes() for name, path in tests.items() if name.partition("/")[0] != OVERSIGHT}


def _read_files(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    plain = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in plain}
