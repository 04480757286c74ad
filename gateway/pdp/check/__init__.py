"""Is a policy fit to decide? What the privacy office's check asks of every rule, in plain sentences with file and line.

`source` has OPA parse each file, `subset` and `guards` read it for what the engines judge differently, `conventions`
for how policies are written here, `opa_commands` has OPA check and test it, `policies` joins all findings. Nothing here runs on a request's way.
"""

from gateway.pdp.check.policies import check_policies
from gateway.pdp.check.source import PolicyFinding

__all__ = ["PolicyFinding", "check_policies"]
