"""To whom the policy's table opens a kind of search, and for which plates: told where an approval, or another role on file, would not help."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.pep.problem import Remedy

_NOT_TAKEN = {
    "exact": "no whole plate",
    "partial": "no part of a plate",
    "fuzzy": "no plate with its look-alikes",
}


class OpenOperation(NamedTuple):
    """The roles that may run an operation, and how plates may be given in it: `exact`, `partial`, `fuzzy`."""

    roles: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()


OpenOperations = Mapping[str, OpenOperation]


def tell_roles(roles: Iterable[str]) -> str:
    """A sentence that names the roles to which something is open, or says that there are none."""
    listed = ", ".join(sorted(roles))
    return f"It is open to these roles: {listed}." if listed else "It is open to no role: ask the privacy office."


def tell_not_taken(operation: OpenOperation, match: str, whole_search: str | None) -> Remedy | None:
    """That this search takes no plate given so, which no approval changes; None where it does.

    `whole_search` is where this vendor searches whole plates.
    """
    if match in operation.matches:
        return None
    where = "" if whole_search is None else f": search for the full plate at {whole_search}"
    taken = _NOT_TAKEN.get(match, "no plate given so")
    return Remedy(f"By the agency's table this search takes {taken}, approval or not{where}.")
