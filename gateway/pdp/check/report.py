"""What a check of a policy says: what is to be put right, what was tried, and what could not be looked at."""

from dataclasses import dataclass, field
from pathlib import Path

from gateway.model import Json
from gateway.pdp.check.source import PolicyFinding

WITHOUT_OPA = (
    "formatting, strict types and the schema of the input (opa fmt, opa check)",
    "the tests beside the rules and their coverage (opa test)",
    "what the two engines judge differently where a value has the wrong type",
    "the cases by a real OPA",
)
"""The checks that need an OPA program."""
UNTIL_TABLES = "what the policy decides: put the tables right first, for every test and case would say it again"
"""Tables come first: whatever else a policy does wrong may follow from them."""
UNTIL_RULES = "what the policy decides: put the rules right first, for every test and case would say it again"
"""So do rules that cannot be read, or that give a reason which nobody knows."""
UNTIL_READ = "everything else: let this user read the files first"
UNTIL_SHARED = (
    "each test beside the rules: put right first what they all begin from, for most of them would say it again"
)
"""So does what tests share: their request, and their tables."""
WITHOUT_CASES = "decisions in plain sentences: there is no folder `tests/cases` or `cases` beside the policy"


def tell_without_cases(folder: Path | None) -> str:
    """That no decision in a plain sentence was tried: there is no folder of them, or this one holds none."""
    return WITHOUT_CASES if folder is None else f"decisions in plain sentences: the folder {folder} holds none"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReport:
    """What a check found (`findings`, empty if the policy may be used), what it tried, and what it could not look at."""

    findings: tuple[PolicyFinding, ...]
    not_made: tuple[str, ...] = ()
    tests: tuple[str, ...] = field(default=(), repr=False)
    cases: int = 0
    coverage_percent: float | None = None
    engines: tuple[str, ...] = ()
    examples: int = 0

    def evidence(self) -> dict[str, Json]:
        """What a signed statement says of it."""
        return {
            "rego_tests": len(self.tests),
            "cases": self.cases,
            "coverage_percent": self.coverage_percent,
            "engines": [*self.engines],
            "guardrail_examples": self.examples,
        }
