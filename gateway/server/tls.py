"""TLS ended by the gateway itself: its certificate, whose client certificates may be shown, and a connection so secured.

In the handshake a client proves that it holds its certificate's private key, and that an authority we name issued it.
Whether that certificate has ended or is revoked is judged at each request, where it can be told and recorded.
"""

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_PIECE = 16_384  # the most that one TLS record holds: read whole, nothing of it waits where epoll does not see it
_NO_CHECK_TIME = 0x20_0000  # X509_V_FLAG_NO_CHECK_TIME: an expired certificate is refused in words


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """The gateway's certificate (with those between it and its root), its key, and the authorities of clients."""

    cert_file: Path
    key_file: Path
    client_ca_file: Path | None


class TlsConnection:
    """A socket over which TLS is spoken, to be used as the plain one is; what must wait is a BlockingIOError."""

    __slots__ = ("_is_open", "_tls", "fileno")

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        self._tls = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self.fileno = self._tls.fileno
        self._is_open = False

    def shake_hands(self) -> bool | None:
        """Go on with the handshake: True when it is done, else whether (None) to read or (False) to write first.

        Raises:
            OSError: it failed.
        """
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLWantWriteError:
            return False
        self._is_open = True
        return True

    def certificate(self) -> bytes | None:
        """The certificate (DER) that the client holds; None where it showed none."""
        return self._tls.getpeercert(binary_form=True)

    def recv(self, size: int) -> bytes:
        """What came, at most one record of it; `size` must be as much as a record holds."""
        try:
            return self._tls.recv(max(size, _PIECE))
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""

    def send(self, data: bytes | memoryview) -> int:
        """Send a record; how much of the data that was."""
        if not self._is_open:
            raise ConnectionAbortedError  # there is no way to tell who did not shake hands
        try:
            return self._tls.send(data[:_PIECE])
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None

    def shutdown(self, how: int) -> None:
        """Say that no more comes."""
        if self._is_open:
            with suppress(OSError, ValueError):
                self._tls.unwrap()
        self._tls.shutdown(how)

    def close(self) -> None:
        """End the connection."""
        self._tls.close()


def secure(sock: socket.socket, context: ssl.SSLContext) -> TlsConnection | None:
    """A connection that begins with a handshake, in the same descriptor; None where its client is gone already."""
    try:
        return TlsConnection(sock, context)
    except OSError:
        sock.close()
        return None


def make_context(files: TlsFiles) -> ssl.SSLContext:
    """What connections are secured by.

    Raises:
        OSError: a file cannot be used; `find_problems` says which.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
    context.num_tickets = 0  # each connection is judged anew
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(files.cert_file, files.key_file, password=_no_password)
    if files.client_ca_file is not None:
        context.load_verify_locations(cafile=files.client_ca_file)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME) | ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def find_problems(
    files: TlsFiles, certificate: str = "[server] tls_cert_file", key: str = "[server] tls_key_file"
) -> list[str]:
    """A sentence for each file that cannot be used, by the names under which the two were given."""
    problems = []
    for setting, path in ((certificate, files.cert_file), ("[server] client_ca_file", files.client_ca_file)):
        if path is not None and (problem := _look_at_certificates(path)):
            problems.append(f"{setting}: {path}: {problem}")
    try:
        files.key_file.read_bytes()
    except OSError as error:
        problems.append(f"{key}: {files.key_file}: {error.strerror}")
    if not problems:
        try:
            make_context(files)
        except (OSError, ValueError) as error:
            is_other = isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH"
            of = certificate.rpartition(" ")[2]
            is_other |= _is_private_key(files.key_file)  # of another kind than the certificate's, as RSA beside EC
            problem = f"is not the key of {of}" if is_other else "holds no private key without a password (PEM)"
            problems.append(f"{key}: {files.key_file}: {problem}")
    return problems


def _is_private_key(path: Path) -> bool:
    try:
        load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def find_end(path: Path) -> datetime:
    """Until when the first certificate of a file is good.

    Raises:
        OSError, ValueError: the file cannot be read, or holds none.
    """
    return x509.load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc


def _look_at_certificates(path: Path) -> str | None:
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        return error.strerror or "cannot be read"
    except ValueError:
        return "holds no certificates (PEM)"
    end = found[0].not_valid_after_utc
    return f"ended at {end:%Y-%m-%dT%H:%M:%SZ}" if end < datetime.now(UTC) else None


def _no_password() -> str:
    raise ValueError("a key with a password cannot be opened without a person")
