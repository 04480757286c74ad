"""Who runs a command, as the kernel knows it; nothing that the environment says is believed."""

import os
from pathlib import Path

from gateway.own_user import name_user

_LOGIN = Path("/proc/self/loginuid")
_NOBODY_LOGGED_IN = 0xFFFFFFFF


def operator() -> str:
    """The operating system's user; where it is known who logged in as somebody else, both."""
    runs_as, logged_in = os.getuid(), _find_login()
    if logged_in is None or logged_in == runs_as:
        return _name(runs_as)
    return f"{_name(logged_in)} as {_name(runs_as)}"


def is_operator(user_id: str) -> bool:
    """Whether who runs a command, or who logged in to run it, has this name."""
    return user_id in operator().split(" as ")


def _find_login() -> int | None:
    try:
        number = int(_LOGIN.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if number == _NOBODY_LOGGED_IN else number


def _name(number: int) -> str:
    return name_user(number) or f"uid {number}"
