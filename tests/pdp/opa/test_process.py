import socket

import pytest

from gateway.errors import ConfigurationError
from gateway.net import Deadline
from gateway.pdp import write_bundle
from gateway.pdp.opa.address import connect, parse_address
from gateway.pdp.opa.process import find_opa, running_opa


def test_the_server_ends_with_its_block(tmp_path, small, opa_bin):
    write_bundle(small, tmp_path / "bundle.tar.gz")
    with running_opa(tmp_path / "bundle.tar.gz", opa_bin) as url:
        address = parse_address(url)
        connect(address, deadline=Deadline(5)).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address.target[4], timeout=5)


def test_a_bundle_opa_cannot_read_ends_the_start_with_opas_own_words(tmp_path, opa_bin):
    (tmp_path / "bundle.tar.gz").write_bytes(b"no bundle")
    with (
        pytest.raises(ConfigurationError, match=r"OPA did not start: .*bundle read failed"),
        running_opa(tmp_path / "bundle.tar.gz", opa_bin),
    ):
        pass


def test_nothing_can_be_put_beside_the_policy_over_opas_own_interface(tmp_path, small, opa_bin):
    write_bundle(small, tmp_path / "bundle.tar.gz")
    with running_opa(tmp_path / "bundle.tar.gz", opa_bin) as url:
        for request in (
            b"PUT /v1/policies/x HTTP/1.1\r\nHost: o\r\nContent-Length: 27\r\n\r\npackage lpr\n\nallow if true\n",
            b"PUT /v1/data/tables HTTP/1.1\r\nHost: o\r\nContent-Length: 2\r\n\r\n{}",
        ):
            with connect(parse_address(url), deadline=Deadline(5)) as connection:
                connection.sendall(request)
                assert connection.recv(12) == b"HTTP/1.1 400"


def test_the_program_named_in_the_environment_is_taken_before_any_other(monkeypatch, tmp_path):
    named = tmp_path / "somewhere"
    named.touch()
    monkeypatch.setenv("OPA_BIN", str(named))
    assert find_opa() == named
    monkeypatch.delenv("OPA_BIN")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert find_opa() is None
    cached = tmp_path / "lpr-gateway" / "opa-1.21.0" / "opa"
    cached.parent.mkdir(parents=True)
    cached.touch()
    assert find_opa() == cached


def test_a_program_that_is_named_and_is_not_there_is_told_with_the_variable_that_names_it(monkeypatch, tmp_path):
    monkeypatch.setenv("OPA_BIN", str(tmp_path / "opa"))
    with pytest.raises(ConfigurationError, match=f"OPA_BIN names {tmp_path / 'opa'}, and there is no such file"):
        find_opa()
