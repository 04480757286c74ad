"""Answers over HTTP that a server sends as slowly as it likes."""

import socket
import ssl
import threading
import time

import pytest
import requests

from gateway.net import open_session
from tests.shipping.certificates import Authority
from tests.shipping.collector import Collector

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


class Dripping:
    """A server on loopback that takes one request and sends its answer a byte each 50 ms, without an end."""

    def __init__(self, at_once: bytes, context: ssl.SSLContext | None = None) -> None:
        self._at_once, self._context = at_once, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        plain, _ = self._listener.accept()
        with self._context.wrap_socket(plain, server_side=True) if self._context else plain as connection:
            connection.recv(4096)
            try:
                connection.sendall(self._at_once)
                while not self._over.wait(0.05):
                    connection.sendall(b"x")
            except OSError:
                return


@pytest.mark.parametrize("at_once", [HEAD, b"HTTP/1.1 200 OK\r\nX-Long: "], ids=["its body", "its head"])
@pytest.mark.parametrize("is_tls", [False, True])
def test_an_answer_that_comes_byte_by_byte_ends_at_its_time(tmp_path, at_once, is_tls):
    authority = Authority(tmp_path)
    pair = authority.issue("server", server=True) if is_tls else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if pair else None
    if context and pair:
        context.load_cert_chain(pair.certificate, pair.key)
    began = time.monotonic()
    scheme = "https" if is_tls else "http"
    with (
        Dripping(at_once, context) as server,
        open_session(authority.file, whole_s=0.5) as session,
        pytest.raises(requests.RequestException),
    ):
        session.get(f"{scheme}://{server.address}/", timeout=5, allow_redirects=False)
    assert 0.4 < time.monotonic() - began < 4


def test_a_connection_that_is_kept_has_its_time_anew_for_each_answer():
    with Collector() as collector, open_session(whole_s=1) as session:
        began = time.monotonic()
        while time.monotonic() - began < 1.2:
            assert session.get(f"{collector.url}/", timeout=1).content
