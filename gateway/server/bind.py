"""Addresses to listen on: had before anything starts, or said why not."""

import errno
import os
import socket

from gateway.errors import ConfigurationError

_REMEDIES = {
    errno.EADDRINUSE: "something listens there already",
    errno.EADDRNOTAVAIL: "this host has no such address",
    errno.EACCES: "ports below 1024 are root's: choose a higher one, with the TLS proxy in front of it",
}


def listen_at(setting: str, bind: str, backlog: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        ConfigurationError: the address cannot be had; `setting` is where it is written.
    """
    host, _, port = bind.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), int(port)), family=family, backlog=backlog)
    except OSError as error:
        why = _REMEDIES.get(error.errno or 0) or os.strerror(error.errno or 0)
        raise ConfigurationError([f"{setting}: cannot listen on {bind}: {why}"]) from None


def require_free(setting: str, bind: str) -> None:
    """Return where an address can be listened on; gunicorn, which does, would try for seconds and name no setting.

    Raises:
        ConfigurationError: it cannot be had.
    """
    listen_at(setting, bind, 1).close()
