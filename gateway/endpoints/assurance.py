"""Whether a credential is worth any search at all by the tables in force, as `whoami` tells it; the policy decides."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from gateway.model import Assurance, Identity, Json, find_member, is_number

_SIGN_ON = "oidc"


def is_assurance_enough(identity: Identity, tables: Mapping[str, Json], now: datetime) -> bool:
    """Whether the level reached is the one that some operation needs, and the sign-in recent where its time is known."""
    listed = find_member(tables, "assurance", "operations")
    needed = _numbers(listed.values() if isinstance(listed, dict) else ())
    reached = _numbers(_reach(identity, tables))
    return bool(needed and reached) and max(reached) >= min(needed) and _is_recent(identity, tables, now)


def _reach(identity: Identity, tables: Mapping[str, Json]) -> Iterator[Json]:
    """What the credential is worth; of a sign-on whose class is not listed its means count, if it says any."""
    stated = identity.assurance or Assurance(acr=None, amr=None, authenticated_at=None)
    if identity.method != _SIGN_ON or (stated.acr is None and stated.amr is None):
        yield find_member(tables, "assurance", "methods", identity.method)
        return
    of_class = find_member(tables, "assurance", "classes", stated.acr) if stated.acr is not None else None
    yield of_class
    if not is_number(of_class):
        yield from (find_member(tables, "assurance", "means", one) for one in stated.amr or ())


def _is_recent(identity: Identity, tables: Mapping[str, Json], now: datetime) -> bool:
    signed_in = identity.assurance.authenticated_at if identity.assurance else None
    if identity.method != _SIGN_ON or signed_in is None:
        return True
    most = find_member(tables, "assurance", "sign_in_minutes", "value")
    return is_number(most) and max(timedelta(), now - signed_in) // timedelta(minutes=1) <= most


def _numbers(values: Iterable[Json]) -> list[float]:
    return [float(value) for value in values if is_number(value)]
