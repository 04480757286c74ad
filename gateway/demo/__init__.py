"""The demonstration: a small agency, two vendor emulators and the gateway, as real processes on loopback.

`agency` writes the facts, `processes` starts and ends what runs, `commands` runs our commands, `steps` says what is asked
and what must come of it, `walk` does it and prints it. Nothing here is used by the gateway itself.
"""

from gateway.demo.walk import demonstrate

__all__ = ["demonstrate"]
