"""What a case file leaves unsaid, which nobody who searches can mend: told in place of the advice to ask otherwise."""

from gateway.model import CaseFile
from gateway.pep.problem import Remedy
from gateway.reasons import AnyReason, Reason

_CRIMINAL = "criminal"
_SAYS = {
    "lookback_from": "from which day on this criminal case may be searched",
    "kind": "whether this case is civil or criminal",
    "status": "whether this case is open",
}
"""What a case file must say before anything of the case can be searched, by its column."""
_IN_VAIN = {
    Reason.LOOKBACK_TOO_LONG: "time window",
    Reason.PURPOSE_CASE_MISMATCH: "other purpose",
    Reason.CASE_CLOSED: "other search",
}


def find_lacking(case: CaseFile) -> str | None:
    """The column of the case file without which no window of this case is short enough; None where all is there."""
    if case.kind is None:
        return "kind"
    return "lookback_from" if case.kind == _CRIMINAL and case.lookback_from is None else None


def tell_gap(case: CaseFile | None, reason: AnyReason) -> Remedy | None:
    """What the file lacks, where that is why; None where the usual remedy helps."""
    if case is None:
        return None
    lacking = {
        Reason.LOOKBACK_TOO_LONG: find_lacking(case),
        Reason.PURPOSE_CASE_MISMATCH: "kind" if case.kind is None else None,
        Reason.CASE_CLOSED: "status" if case.status is None else None,
    }
    column = next((found for about, found in lacking.items() if about is reason), None)
    return None if column is None else Remedy(f"No {_IN_VAIN[Reason(reason.value)]} helps, for {tell_lacking(column)}")


def tell_lacking(column: str) -> str:
    """The end of a sentence: what the file does not say, and who adds it."""
    return (
        f"the case file does not say {_SAYS[column]}: have whoever keeps it add that ({column}); "
        "it counts once the gateway has the file."
    )
