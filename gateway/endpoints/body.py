"""Reading the body of one of the gateway's own requests: strict JSON, closed shape, errors that name our field."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.errors import Refusal
from gateway.kept_words import SAYS_SOMETHING
from gateway.model import Json, RawRequest
from gateway.model.case_numbers import FORM, PATTERN
from gateway.reasons import Reason
from gateway.unseen import tell_unseen
from gateway.vendors import json_object, split_target
from gateway.vendors.request.field_names import tell_fields
from gateway.vendors.request.headers import check_media_type
from gateway.vendors.request.target import parameters

_JSON = "application/json"
_KINDS = {
    "missing": Reason.REQUEST_MISSING_FIELD,
    "extra_forbidden": Reason.REQUEST_UNKNOWN_FIELD,
    "string_pattern_mismatch": Reason.REQUEST_OUT_OF_RANGE,
    "string_too_long": Reason.REQUEST_OUT_OF_RANGE,
    "string_too_short": Reason.REQUEST_OUT_OF_RANGE,
    "greater_than_equal": Reason.REQUEST_OUT_OF_RANGE,
    "less_than_equal": Reason.REQUEST_OUT_OF_RANGE,
    "literal_error": Reason.REQUEST_OUT_OF_RANGE,
}
_VALUE = re.compile(r"[A-Za-z0-9_-]{1,64}")
Shape = TypeVar("Shape", bound="Body")
CaseNumber = Annotated[str, Field(pattern=f"^{PATTERN}$", description=FORM)]


def words(most: int) -> Any:  # noqa: ANN401 - as pydantic's own
    """What is to be said of a member that holds a reason, of so many characters at most."""
    return Field(pattern=SAYS_SOMETHING, max_length=most, description=f"words, at most {most} characters")


class Body(BaseModel):
    """The closed shape of a body: no unknown members, nothing converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def read(shape: type[Shape], request: RawRequest) -> Shape:
    """The body as this shape.

    Raises:
        Refusal: `request_*`, naming the field by our own name for it.
    """
    check_media_type(request, _JSON)
    document = json_object(request.body, shape.model_fields)
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "body"
        known = name if name in shape.model_fields else None
        reason = _KINDS.get(first["type"], Reason.REQUEST_WRONG_TYPE)
        raise Refusal(reason, field=known, hint=_tell_allowed(shape, known, document)) from None


def _tell_allowed(shape: type[Body], name: str | None, sent: Mapping[str, Json]) -> str | None:
    """What a member may be, or which character in it nobody sees; where a member is not known, which ones there are."""
    if name is None:
        return tell_fields(sent, shape.model_fields)
    value = sent.get(name)
    if isinstance(value, str) and (unseen := tell_unseen(value)):
        return unseen
    told = shape.model_json_schema()["properties"][name]
    words = _describe(told) or next((found for one in told.get("anyOf", ()) if (found := _describe(one))), None)
    return f"Allowed: {words}." if words else None


def _describe(told: Mapping[str, Any]) -> str | None:
    if "enum" in told or "const" in told:
        return ", ".join(told.get("enum") or [told["const"]])
    if "description" in told:
        return str(told["description"])
    if "minimum" in told and "maximum" in told:
        kind = "a whole number" if told.get("type") == "integer" else "a number"
        return f"{kind}, {told['minimum']} to {told['maximum']}"
    if "maxLength" not in told:
        return None
    most = f"at most {told['maxLength']} characters"
    return f"{most}, and not empty" if told.get("minLength") else most


def query_value(request: RawRequest, name: str, allowed: str) -> str | None:
    """The one parameter that this address takes in its query string; None where it was not given. `allowed` says what it may be.

    Raises:
        Refusal: `request_…` for any other parameter, for one given twice, and for what no such value is.
    """
    query = split_target(request.target).query
    if query is None:
        return None
    sent = parameters(query)
    for given, value in sent:
        if given != name:
            raise Refusal(Reason.REQUEST_UNKNOWN_FIELD, hint=f"There is: {name}.")
        if _VALUE.fullmatch(value) is None:
            raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field=name, hint=f"Allowed: {allowed}.")
    if len(sent) > 1:
        raise Refusal(Reason.REQUEST_DUPLICATE_FIELD, field=name)
    return sent[0][1] if sent else None
