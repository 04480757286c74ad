"""Stand-ins for the vendors, for the demo and for tests: they answer as the vendors' public descriptions say.

A request meets, in order: the recorder, the faults asked for, the vendor's own checks, a deterministic set of reads.
They hold no real data, listen on loopback only, and must never be part of a gateway that serves.
"""

from gateway.vendors.emulator.app import DemoCredentials, Faults, create_emulator
from gateway.vendors.emulator.server import serve_emulator

__all__ = ["DemoCredentials", "Faults", "create_emulator", "serve_emulator"]
