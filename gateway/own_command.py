"""How the gateway's command can be typed on this machine, whatever the shell's path holds."""

import sys
from pathlib import Path


def find_own_command() -> str:
    """The program that was installed beside this Python, else the module by this Python."""
    beside = Path(sys.executable).with_name("lpr-gateway")
    return str(beside) if beside.exists() else f"{sys.executable} -m gateway"
