"""A certificate that is renewed while the gateway serves."""

import socket
import threading

import pytest

from gateway.app import create, tls
from gateway.app.state import prepare
from gateway.app.tls import open_tls
from gateway.errors import ConfigurationError
from gateway.ledger.ledger import worker_slots
from gateway.ops.board import ReadinessBoard
from gateway.server.connection_counts import ConnectionCounts
from gateway.settings import load_settings
from tests.http.installation import Installation, Place
from tests.identity.cards import Authority, key_pem, pem


@pytest.fixture
def half_renewed(tmp_path):
    """Settings whose certificate is renewed and whose key is not yet; and the rest of the renewal."""
    made = Installation(tmp_path, [Place(profile="rekor", at="/rekor", upstream="http://127.0.0.1:1")])
    pairs = '[server]\ntls_cert_file = "own.pem"\ntls_key_file = "own.key"\n'
    made.config.write_text(made.config.read_text().replace("[server]\n", pairs, 1))
    (_, before), (certificate, key) = (Authority().card("gateway") for _ in range(2))
    (tmp_path / "own.pem").write_bytes(pem(certificate))
    (tmp_path / "own.key").write_bytes(key_pem(before))
    return load_settings(made.config, {}), lambda: (tmp_path / "own.key").write_bytes(key_pem(key))


def test_a_worker_that_starts_between_certificate_and_key_waits_for_the_key(half_renewed):
    settings, go_on = half_renewed
    renewal = threading.Timer(0.3, go_on)
    renewal.start()
    assert open_tls(settings) is not None
    renewal.join()


def test_a_pair_that_does_not_fit_is_told_in_the_end(half_renewed, monkeypatch):
    monkeypatch.setattr(tls, "_RENEWED_S", 0.1)
    with pytest.raises(ConfigurationError, match=r"tls_key_file: .* is not the key of tls_cert_file"):
        open_tls(half_renewed[0])


def test_a_worker_whose_pair_does_not_fit_begins_nothing_that_would_run_on_while_it_ends(half_renewed, monkeypatch):
    monkeypatch.setattr(tls, "_RENEWED_S", 0.1)
    settings, _ = half_renewed
    prepare(settings)
    before = threading.enumerate()
    with socket.socket() as operators, pytest.raises(ConfigurationError, match="is not the key of tls_cert_file"):
        create._service(settings, ReadinessBoard(worker_slots(1)), ConnectionCounts(1), operators)
    assert threading.enumerate() == before
    assert not list(settings.audit.directory.glob("w*"))
