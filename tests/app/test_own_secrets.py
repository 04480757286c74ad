"""A secret of the installation's own is whole, or what is wrong with it is told with what mends it."""

import pytest

from gateway.app.own_secrets import make_once, read_own_secret
from gateway.errors import ConfigurationError
from tests.bound_by_modes import bound_by_modes


def test_it_is_made_once_and_read_as_it_was_made(tmp_path):
    make_once(tmp_path / "tokens")
    first = read_own_secret(tmp_path / "tokens")
    make_once(tmp_path / "tokens")
    assert (len(first), read_own_secret(tmp_path / "tokens")) == (32, first)


def test_one_that_is_not_there_is_restored_and_one_that_is_damaged_too(tmp_path):
    with pytest.raises(ConfigurationError, match="start with `serve`, or restore it"):
        read_own_secret(tmp_path / "tokens")
    (tmp_path / "tokens").write_bytes(b"short")
    with pytest.raises(ConfigurationError, match="holds 5 bytes, not 32; restore it"):
        read_own_secret(tmp_path / "tokens")


def test_one_that_may_not_be_read_is_given_to_whoever_reads_it_and_not_restored(tmp_path):
    make_once(tmp_path / "tokens")
    (tmp_path / "tokens").chmod(0)
    with bound_by_modes(), pytest.raises(ConfigurationError) as told:
        read_own_secret(tmp_path / "tokens")
    assert told.value.problems == [
        f"{tmp_path}/tokens cannot be read (Permission denied): chmod -R u+rX {tmp_path}/tokens"
    ]
