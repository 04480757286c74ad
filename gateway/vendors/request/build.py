"""From the effective query to a new request for the vendor. Nothing of the caller's bytes is at hand here."""

import re

import orjson

from gateway import clock, plates
from gateway.errors import Refusal
from gateway.model import EffectiveQuery, Json, VendorRequest
from gateway.reasons import Reason
from gateway.value import replace
from gateway.vendors.profile.operation import PAGE, Operation
from gateway.vendors.profile.profile import Profile

PAGE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.~=-]{0,511}")
"""What a vendor's page id may look like: it becomes the last segment of a path."""


def build(profile: Profile, effective: EffectiveQuery, *, decision_id: str, pseudonym: str) -> VendorRequest:
    """The vendor request that asks exactly the effective query: listed fields only, the first listed path.

    Raises:
        Refusal: `obligation_not_possible` where the effective query holds what this vendor cannot be asked, or lacks
            what it insists on; `internal_error` for an operation or field that the profile does not list.
    """
    operation = _operation(profile, effective)
    accept = ("accept", profile.media.answer)
    if operation.where == "path":
        path = operation.paths[0].replace(PAGE, _page_id(effective))
        return VendorRequest(method=operation.method, path=path, query=(), headers=(accept,), body=None)
    document = _document(profile, operation, effective, decision_id=decision_id, pseudonym=pseudonym)
    if operation.where == "query":
        query = tuple((name, str(value)) for name, value in document.items())
        return VendorRequest(
            method=operation.method, path=operation.paths[0], query=query, headers=(accept,), body=None
        )
    headers = (("content-type", profile.media.request or ""), accept)
    return VendorRequest(
        method=operation.method, path=operation.paths[0], query=(), headers=headers, body=orjson.dumps(document)
    )


def fit_to_vendor(profile: Profile, effective: EffectiveQuery) -> EffectiveQuery:
    """The same query as this vendor can be asked it, so that the record says what is sent and nothing else.

    A policy's bound may be wider than the vendor's limit, an operation may take no limit or no state, and a vendor may
    have no name for a state. What is not asked is still filtered: the answer's rules stay as they are.
    """
    operation = _operation(profile, effective)
    state, limit = effective.plate_state, effective.limit
    if "plate_state" not in operation.by_meaning or state not in profile.vendor_states:
        state = None
    if "limit" not in operation.by_meaning:
        limit = None
    most = _most_results(operation)
    if limit is not None and most is not None:
        limit = min(limit, most)
    if (state, limit) == (effective.plate_state, effective.limit):
        return effective
    return replace(effective, plate_state=state, limit=limit)


def _operation(profile: Profile, effective: EffectiveQuery) -> Operation:
    operation = profile.by_name.get(effective.operation)
    if operation is not None and effective.page_id is not None and operation.pages is not None:
        operation = profile.by_name.get(operation.pages)
    if operation is None or effective.vendor != profile.name:
        raise Refusal(Reason.INTERNAL_ERROR, note="an effective query of another vendor or operation")
    return operation


def _page_id(effective: EffectiveQuery) -> str:
    if effective.page_id is None or PAGE_ID.fullmatch(effective.page_id) is None:
        raise Refusal(Reason.INTERNAL_ERROR, note="a page without a usable page id")
    return effective.page_id


def _document(
    profile: Profile, operation: Operation, effective: EffectiveQuery, *, decision_id: str, pseudonym: str
) -> dict[str, Json]:
    meant = _write_meaning(profile, operation, effective)
    meant["reason"] = f"{effective.purpose} | case {effective.case_number} | {decision_id} | {pseudonym}"
    document = {name: meant[meaning] for meaning, name in operation.by_meaning.items() if meant[meaning] is not None}
    for name, value in effective.rest.items():
        field = operation.fields.get(name)
        if field is None or field.means not in ("geo", "rest"):
            raise Refusal(Reason.INTERNAL_ERROR, note="an effective query with an unlisted field")
        document[name] = value
    if any(field.required and name not in document for name, field in operation.fields.items()):
        raise Refusal(Reason.OBLIGATION_NOT_POSSIBLE, note="the vendor insists on a field that is not known")
    return document


def _write_meaning(profile: Profile, operation: Operation, effective: EffectiveQuery) -> dict[str, Json]:
    """The canonical values as this vendor writes them."""
    start, end = effective.window.start, effective.window.end
    if start is None or end is None:
        raise Refusal(Reason.OBLIGATION_NOT_POSSIBLE, note="an effective query with an open window")
    return {
        "plate": _plate(operation, effective.plate),
        "plate_state": _write_state(profile, effective.plate_state),
        "window_start": clock.format_instant(start),
        "window_end": clock.format_instant(end),
        "case_number": effective.case_number,
        "limit": _check_limit(operation, effective.limit),
    }


def _plate(operation: Operation, plate: plates.SoughtPlate) -> str:
    text = plates.in_clear(plate)
    if plates.WILDCARD not in text:
        return text
    if operation.wildcard is None:
        raise Refusal(Reason.OBLIGATION_NOT_POSSIBLE, note="this operation knows no wildcard")
    return text.replace(plates.WILDCARD, operation.wildcard)


def _write_state(profile: Profile, state: str | None) -> str | None:
    if state is not None and state not in profile.vendor_states:
        raise Refusal(Reason.INTERNAL_ERROR, note="an effective query with a state that this vendor has no name for")
    return None if state is None else profile.vendor_states[state]


def _check_limit(operation: Operation, limit: int | None) -> int | None:
    most = _most_results(operation)
    if limit is not None and most is not None and limit > most:
        raise Refusal(Reason.INTERNAL_ERROR, note="an effective query with a limit that this vendor does not take")
    return limit


def _most_results(operation: Operation) -> int | None:
    name = operation.by_meaning.get("limit")
    shape = None if name is None else operation.fields[name].shape
    return None if shape is None or shape.max is None else int(shape.max)
