"""Several emulated vendors out of one start of Python: what they need is loaded once, then a process forked for each.

`python -m tests.http.emulators '[["flock", "--port=…"], …]'`: the arguments of `lpr-gateway emulate`, a list an emulator. To
end them, signal the whole process group; this one ends with the last of them.
"""

import json
import os
import signal
import sys

from gateway.cli.emulate import emulate
from gateway.vendors import emulator  # noqa: F401 - so that it is loaded before the forks


def main() -> None:
    for arguments in json.loads(sys.argv[1]):
        if os.fork() == 0:
            emulate(arguments, prog_name="emulate")
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    for _ in json.loads(sys.argv[1]):
        os.wait()


if __name__ == "__main__":
    main()
