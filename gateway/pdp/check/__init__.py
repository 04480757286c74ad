"""Is a policy fit to decide? What the privacy office's check asks of every rule, in plain sentences with file and line.

`source` has OPA parse each file, `subset` and `guards` read it for what the engines judge differently, `conventions`
for how policies are written here, `plain_text` for what shows without OPA; `table_checks` judges the tables,
`guardrails` what no policy may allow, `cases` the decisions that must stay; `opa_commands` has OPA check and test it, and
`policies` joins all findings. Nothing here runs on a request's way.
"""

from gateway.pdp.check.policies import check_at_start, check_policies, run_tests
from gateway.pdp.check.report import PolicyReport
from gateway.pdp.check.source import PolicyFinding

__all__ = ["PolicyFinding", "PolicyReport", "check_at_start", "check_policies", "run_tests"]
