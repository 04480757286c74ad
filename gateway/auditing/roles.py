"""In which role a record names people: who did it for whom, whose searches it is about, who reviews.

Needs Python 3.9 or later and nothing else, for it goes with every evidence package.
"""

from __future__ import annotations

from typing import Any, Mapping  # noqa: UP035 - Python 3.9 has it here too

_ROLES = {
    "operator": "by",
    "on_behalf_of": "through",
    "claimed_user_id": "claimed to be",
    "acts_for": "acts for",
    "requested_by": "asked",
    "searched_by": "searched",
    "persons": "searched",
    "reviewer": "reviewer",
    "signers": "signed",
}
"""What somebody was to do with a record beside who it is under, by the field that names them."""


def name_roles(item: Mapping[str, Any]) -> list[str]:
    """Everybody whom a record names besides who it is under, each with the role; what names nobody is passed over."""
    told = item.get("oversight")
    named = {**item, **(told if isinstance(told, dict) else {})}
    return [_name_role(role, named[field]) for field, role in _ROLES.items() if named.get(field)]


def _name_role(role: str, found: object) -> str:
    return f"{role}: {' '.join(map(str, found)) if isinstance(found, (list, tuple)) else found}"
