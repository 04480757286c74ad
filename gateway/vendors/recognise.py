"""From what arrived to what is asked: one request in, one canonical `Query` out, or a refusal.

Order: header fields, then the operation, then where its fields are, then each field. A body is never judged before it
is known what it should be.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from gateway.errors import Refusal
from gateway.model import Geo, Json, PlateTerm, Query, RawRequest, Window
from gateway.reasons import Reason
from gateway.vendors import terms
from gateway.vendors.headers import check_headers
from gateway.vendors.operation import Operation
from gateway.vendors.profile import Profile
from gateway.vendors.shapes import Shape, checked
from gateway.vendors.strict_json import strict_json
from gateway.vendors.target import parameters, split_target

T = TypeVar("T")

_INTEGER = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def recognise(profile: Profile, raw: RawRequest, path: str) -> Query:
    """What the request asks. `path` is the target's path after the mount, as `split_target` gave it.

    Raises:
        Refusal: `unknown_operation`, or a `request_*` reason naming our own field.
    """
    check_headers(profile, raw)
    operation, page = _route(profile, raw.method, path)
    return _query(profile, operation, _document(profile, operation, raw), page)


def _route(profile: Profile, method: str, path: str) -> tuple[Operation, str | None]:
    operation = profile.routes.get((method, path))
    if operation is not None and operation.where != "path":
        return operation, None
    parent, _, page = path.rpartition("/")
    operation = profile.routes.get((method, parent + "/"))
    if operation is None or not page:
        raise Refusal(Reason.UNKNOWN_OPERATION)
    return operation, page


def _document(profile: Profile, operation: Operation, raw: RawRequest) -> Mapping[str, Json]:
    query = split_target(raw.target).query
    sent = parameters(query)
    if any(name in profile.foreign_credentials.parameters for name, _ in sent):
        raise Refusal(Reason.REQUEST_VENDOR_CREDENTIAL, field="query")
    if operation.where == "body":
        if query is not None:
            raise Refusal(Reason.REQUEST_QUERY_NOT_ALLOWED)
        return _body(profile, raw)
    if raw.body:
        raise Refusal(Reason.REQUEST_BODY_NOT_ALLOWED)
    own = [(name, value) for name, value in sent if name != profile.credential.parameter]
    if operation.where == "path" and (own or query == ""):
        raise Refusal(Reason.REQUEST_QUERY_NOT_ALLOWED)
    return _parameters(operation, own)


def _body(profile: Profile, raw: RawRequest) -> Mapping[str, Json]:
    if not _is_media(raw.header("content-type"), profile.media.request):
        raise Refusal(Reason.REQUEST_MEDIA_TYPE)
    document = strict_json(raw.body)
    if not isinstance(document, dict):
        raise Refusal(Reason.REQUEST_WRONG_TYPE, field="body")
    return document


def _is_media(sent: str | None, wanted: str | None) -> bool:
    if sent is None or wanted is None:
        return False
    if sent == wanted:
        return True
    media, _, parameter = sent.lower().partition(";")
    return media.strip(" \t") == wanted and parameter.strip(" \t").replace('"', "") == "charset=utf-8"


def _parameters(operation: Operation, sent: Iterable[tuple[str, str]]) -> Mapping[str, Json]:
    document: dict[str, Json] = {}
    for name, value in sent:
        field = operation.fields.get(name)
        if name in document:
            raise Refusal(Reason.REQUEST_DUPLICATE_FIELD, field=name if field else None)
        document[name] = value if field is None or field.shape is None else _typed(field.shape, value)
    return document


def _typed(shape: Shape, text: str) -> Json:
    """A parameter's text as the JSON value its shape asks for; left as text where it is none, to be refused there."""
    if shape.type == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if shape.type == "number" and _NUMBER.fullmatch(text):
        return float(text)
    return text


def _query(profile: Profile, operation: Operation, document: Mapping[str, Json], page: str | None) -> Query:
    if not document.keys() <= operation.fields.keys():
        raise Refusal(Reason.REQUEST_UNKNOWN_FIELD)
    reason = _said(operation, document, "reason", terms.reason_text)
    case = _said(operation, document, "case_number", terms.case_number)
    rest = _rest(operation, document)
    return Query(
        vendor=profile.name,
        operation=operation.name,
        plate=_plate(profile, operation, document),
        window=_window(operation, document),
        limit=_limit(operation, document),
        geo=_geo(operation, rest),
        claims=terms.claims(reason, case),
        rest=rest,
        page=page,
    )


def _said(
    operation: Operation, document: Mapping[str, Json], meaning: str, reader: Callable[[Json, str], T]
) -> T | None:
    name = operation.by_meaning.get(meaning)
    return None if name is None or name not in document else reader(document[name], name)


def _plate(profile: Profile, operation: Operation, document: Mapping[str, Json]) -> PlateTerm | None:
    state = _said(
        operation, document, "plate_state", lambda value, field: terms.state_code(value, field, profile.states)
    )

    def reader(value: Json, field: str) -> PlateTerm:
        return terms.plate_term(value, field, wildcard=operation.wildcard, match=operation.match, state=state)

    return _said(operation, document, "plate", reader)


def _window(operation: Operation, document: Mapping[str, Json]) -> Window | None:
    start = _said(operation, document, "window_start", terms.instant)
    end = _said(operation, document, "window_end", terms.instant)
    return None if start is None and end is None else Window(start=start, end=end)


def _limit(operation: Operation, document: Mapping[str, Json]) -> int | None:
    name = operation.by_meaning.get("limit")
    if name is None or name not in document:
        return None
    limit = _checked(operation, name, document[name])
    if not isinstance(limit, int):
        raise Refusal(Reason.REQUEST_WRONG_TYPE, field=name)
    return limit


def _rest(operation: Operation, document: Mapping[str, Json]) -> dict[str, Json]:
    rest = {}
    for name, value in document.items():
        field = operation.fields[name]
        if field.means in ("geo", "rest"):
            rest[name] = _checked(operation, name, value)
            if any(other in document for other in field.excludes):
                raise Refusal(Reason.REQUEST_MALFORMED, field=name)
    return rest


def _checked(operation: Operation, name: str, value: Json) -> Json:
    shape = operation.fields[name].shape
    if shape is None:
        raise Refusal(Reason.INTERNAL_ERROR, note="a profile's field without shape")
    return checked(shape, value, name)


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
