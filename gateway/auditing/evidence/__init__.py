"""Evidence: records about one person, case or plate, in a package that somebody who never saw the product can check.

`make_evidence` finds the records, `proofs` leads each to a signed checkpoint, `readme` explains, `verify_package` checks.
A package never holds a key, opens nothing without one, and says plainly what it cannot prove.
"""

from gateway.auditing.evidence.build import DecisionContext, Evidence, NothingFoundError, make_evidence

__all__ = ["DecisionContext", "Evidence", "NothingFoundError", "make_evidence"]
