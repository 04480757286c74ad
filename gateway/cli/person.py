"""Who runs a command, as far as the host can tell."""

import getpass
import os


def operator() -> str:
    """The operating system's user; through sudo, the one who called it."""
    caller = os.environ.get("SUDO_USER")
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid {os.getuid()}"
    return f"{caller} as {name}" if caller else name
