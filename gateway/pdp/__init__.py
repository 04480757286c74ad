"""The decision point (PDP): builds what a policy may know of a request, asks a Rego engine, believes only a whole answer.

In this order: `policy_input` writes the input, an `Engine` evaluates `data.lpr.decision`, `parse_decision` checks it.
It must never hand an engine a plate or a caller's bytes, and never make an allow of anything but a complete allow.
`opa`, `opa_process` and `check` need an OPA and its client, so who uses them imports them by name.
"""

from gateway.pdp.both import BothEngines
from gateway.pdp.bundle import Bundle, keep_revision, load_policies, load_revision, write_bundle
from gateway.pdp.embedded import EmbeddedEngine
from gateway.pdp.engine import Engine
from gateway.pdp.input import policy_input

__all__ = [
    "BothEngines",
    "Bundle",
    "EmbeddedEngine",
    "Engine",
    "keep_revision",
    "load_policies",
    "load_revision",
    "policy_input",
    "write_bundle",
]
