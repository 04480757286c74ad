"""From what arrived to what is asked: one request in, one canonical `Query` out, or a refusal.

Order: header fields, then the operation, then where its fields are, then each field. A body is never judged before it
is known what it should be.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from gateway.errors import Refusal
from gateway.model import Geo, Json, PlateTerm, Query, RawRequest, Window
from gateway.reasons import Reason
from gateway.vendors.profile.operation import Operation
from gateway.vendors.profile.profile import Profile
from gateway.vendors.profile.shapes import check_shape
from gateway.vendors.request import terms
from gateway.vendors.request.document import document
from gateway.vendors.request.field_names import tell_fields
from gateway.vendors.request.headers import check_headers

T = TypeVar("T")
_ONE_MOMENT = "It must be another moment than the start: a window without any length holds no read."


def recognise(profile: Profile, raw: RawRequest, path: str) -> Query:
    """What the request asks. `path` is the target's path after the mount, as `split_target` gave it.

    Raises:
        Refusal: `unknown_operation`, or a `request_*` reason naming our own field.
    """
    check_headers(profile, raw)
    operation, page = _route(profile, raw.method, path)
    return _query(profile, operation, document(profile, operation, raw), page)


def _route(profile: Profile, method: str, path: str) -> tuple[Operation, str | None]:
    operation = profile.routes.get((method, path))
    if operation is not None and operation.where != "path":
        return operation, None
    parent, _, page = path.rpartition("/")
    operation = profile.routes.get((method, parent + "/"))
    if operation is None or not page:
        listed = ", ".join(f"{one.method} {one.paths[0]}" for one in profile.operations)
        raise Refusal(Reason.UNKNOWN_OPERATION, hint=f"There are: {listed}.")
    return operation, page


def _query(profile: Profile, operation: Operation, sent: Mapping[str, Json], page: str | None) -> Query:
    if not sent.keys() <= operation.fields.keys():
        raise Refusal(Reason.REQUEST_UNKNOWN_FIELD, hint=tell_fields(sent, operation.fields))
    reason = _read_claims(operation, sent, "reason", terms.reason_text)
    case = _read_claims(operation, sent, "case_number", terms.case_number)
    rest = _rest(operation, sent)
    return Query(
        vendor=profile.name,
        operation=operation.name,
        plate=_plate(profile, operation, sent),
        window=_window(operation, sent),
        limit=_limit(operation, sent),
        geo=_geo(operation, rest),
        claims=terms.claims(reason, case),
        rest=rest,
        page=page,
    )


def _read_claims(
    operation: Operation, sent: Mapping[str, Json], meaning: str, reader: Callable[[Json, str], T]
) -> T | None:
    name = operation.by_meaning.get(meaning)
    return None if name is None or name not in sent else reader(sent[name], name)


def _plate(profile: Profile, operation: Operation, sent: Mapping[str, Json]) -> PlateTerm | None:
    state = _read_claims(
        operation, sent, "plate_state", lambda value, field: terms.state_code(value, field, profile.states)
    )

    def reader(value: Json, field: str) -> PlateTerm:
        return terms.plate_term(value, field, wildcard=operation.wildcard, match=operation.match, state=state)

    return _read_claims(operation, sent, "plate", reader)


def _window(operation: Operation, sent: Mapping[str, Json]) -> Window | None:
    start = _read_claims(operation, sent, "window_start", terms.instant)
    end = _read_claims(operation, sent, "window_end", terms.instant)
    if start is not None and start == end:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field=operation.by_meaning["window_end"], hint=_ONE_MOMENT)
    return None if start is None and end is None else Window(start=start, end=end)


def _limit(operation: Operation, sent: Mapping[str, Json]) -> int | None:
    limit = _read_claims(operation, sent, "limit", lambda value, name: _check_value(operation, name, value))
    if limit is None or isinstance(limit, int):
        return limit
    raise Refusal(Reason.REQUEST_WRONG_TYPE, field=operation.by_meaning["limit"])


def _rest(operation: Operation, sent: Mapping[str, Json]) -> dict[str, Json]:
    rest = {}
    for name, value in sent.items():
        field = operation.fields[name]
        if field.means in ("geo", "rest"):
            rest[name] = _check_value(operation, name, value)
            if both := [other for other in field.excludes if other in sent]:
                hint = f"Give {name} or {both[0]}, not both."
                raise Refusal(Reason.REQUEST_MALFORMED, field=name, hint=hint)
    return rest


def _check_value(operation: Operation, name: str, value: Json) -> Json:
    shape = operation.fields[name].shape
    if shape is None:
        raise Refusal(Reason.INTERNAL_ERROR, note="a profile's field without shape")
    return check_shape(shape, value, name)


def _geo(operation: Operation, rest: Mapping[str, Json]) -> Geo | None:
    """The first limit by place in the profile's order; policy asks only whether there is one, and how wide."""
    for name, field in operation.fields.items():
        if field.geo is not None and name in rest:
            return Geo(kind=field.geo.kind, size_miles=_size(field.geo.size, rest[name]))
    return None


def _size(path: str | None, value: Json) -> float | None:
    if path is None:
        return None
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) else None
