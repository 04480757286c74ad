"""TLS where the gateway ends it itself, from the settings: what connections are secured by, and what is wrong with it."""

import ssl
import time

from gateway.errors import ConfigurationError
from gateway.server.tls import TlsFiles, find_problems, make_context
from gateway.settings import Settings

_RENEWED_S, _PAUSE_S = 5.0, 0.2
"""So long a worker that starts in the middle of a renewal waits for its other half."""


def open_tls(settings: Settings) -> ssl.SSLContext | None:
    """What secures the officers' listener; None where a proxy does, or nobody.

    Raises:
        ConfigurationError: with every mistake.
    """
    ends = time.monotonic() + _RENEWED_S
    while True:
        try:
            check_tls(settings)
            break
        except ConfigurationError:  # found before the first start: since then a file was put into another's place
            if time.monotonic() > ends:
                raise
            time.sleep(_PAUSE_S)
    files = _files(settings)
    return None if files is None else make_context(files)


def check_tls(settings: Settings) -> None:
    """Find what is wrong with the settings of TLS and the files they name.

    Raises:
        ConfigurationError: with every mistake.
    """
    server, files = settings.server, _files(settings)
    problems = [] if files is None else find_problems(files)
    for name, other in (("tls_cert_file", "tls_key_file"), ("tls_key_file", "tls_cert_file")):
        if getattr(server, name) is not None and getattr(server, other) is None:
            problems.append(f"[server] {other}: is needed where {name} is given")
    if server.client_ca_file is not None and files is None:
        problems.append(
            "[server] client_ca_file: needs tls_cert_file and tls_key_file, for certificates are shown in TLS"
        )
    if server.client_ca_file is not None and settings.certificates is None:
        problems.append("[server] client_ca_file: name [certificates] table_file, which says whose each certificate is")
    if server.client_crl_file is not None and server.client_ca_file is None:
        problems.append("[server] client_crl_file: needs client_ca_file, whose certificates it revokes")
    if problems:
        raise ConfigurationError(problems)


def _files(settings: Settings) -> TlsFiles | None:
    server = settings.server
    if server.tls_cert_file is None or server.tls_key_file is None:
        return None
    return TlsFiles(cert_file=server.tls_cert_file, key_file=server.tls_key_file, client_ca_file=server.client_ca_file)
