"""What an emergency's statement lacks, in the words of whoever wrote it: its circumstance, the colon, or what happens."""

import re
from collections.abc import Sequence

from gateway.model import Dossier
from gateway.pep.problem import Remedy
from gateway.pep.suggestion import find_near_purpose
from gateway.reasons import AnyReason, Reason

OF_A_STATEMENT = (Reason.EMERGENCY_CIRCUMSTANCE, Reason.REASON_MISSING)
"""Refusals that are about what was written, where it is an emergency that is claimed."""
_EXAMPLE = "kidnapping"
"""The circumstance by which the usual remedy shows how to begin a statement."""
_WORD = re.compile(r"[A-Za-z_]+")
_MOST_WORDS = 4


def tell_statement(case: Dossier, reason: AnyReason, listed: Sequence[str]) -> str | None:
    """What is told beside one of `OF_A_STATEMENT`, where the table lists these circumstances; None where nothing is."""
    if reason is not Reason.EMERGENCY_CIRCUMSTANCE:
        return tell_unsaid(case, listed)
    begun = None if case.declared is None else tell_begun(case.declared.statement, listed)
    return begun or tell_circumstances(listed)


def tell_begun(statement: str, listed: Sequence[str]) -> Remedy | None:
    """What a statement lacks that begins with a circumstance of the table, or nearly; None where it does not."""
    head = re.split(r"[:|]", statement, maxsplit=1)[0]
    words = _WORD.findall(head)[:_MOST_WORDS]
    if words and (first := words[0].lower()) in listed:
        return Remedy(f"A colon comes right after the circumstance: {first}: and what happens.")
    begins = (" ".join(words[:count]) for count in range(1, len(words) + 1))
    meant = next(filter(None, (find_near_purpose(begun, listed) for begun in begins)), None)
    return (
        None if meant is None else Remedy(f"Did you mean {meant}? Begin the statement with {meant}: and what happens.")
    )


def tell_circumstances(listed: Sequence[str]) -> str:
    """Which circumstances the table lists, beside the remedy; in its place where its example is none of them."""
    if not listed:
        return Remedy("The emergency procedure lists no circumstance, so none can be claimed: call the privacy office.")
    told, usual = f"The circumstances are: {', '.join(listed)}.", Reason.EMERGENCY_CIRCUMSTANCE.text.fix
    return told if _EXAMPLE in listed else Remedy(f"{usual.replace(_EXAMPLE, listed[0])} {told}")


def tell_unsaid(case: Dossier, listed: Sequence[str]) -> Remedy | None:
    """What the statement lacks that names a circumstance of the table and says nothing more; None of any other."""
    declared = case.declared
    if declared is None or declared.circumstance not in listed:
        return None
    return Remedy(
        f"Say in words what happens, after the circumstance and a colon: {declared.circumstance}: and what happens."
    )
