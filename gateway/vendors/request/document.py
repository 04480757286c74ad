"""The fields of a request, found where its operation has them, before anybody asks what they mean."""

import re
from collections.abc import Iterable, Mapping

from gateway.errors import Refusal
from gateway.model import Json, RawRequest
from gateway.reasons import Reason
from gateway.vendors.profile.operation import Operation
from gateway.vendors.profile.profile import Profile
from gateway.vendors.profile.shapes import Shape
from gateway.vendors.request.headers import check_media_type
from gateway.vendors.request.target import parameters, split_target
from gateway.vendors.strict_json import json_object

_IN_THE_BODY = "Send the fields in the body."
_BY_ITS_ID = "A page is asked for by its id alone: the limit is that of the search."
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def document(profile: Profile, operation: Operation, raw: RawRequest) -> Mapping[str, Json]:
    """The fields as sent, by the vendor's names: from the body or from the query, and from nowhere else.

    Raises:
        Refusal: `request_vendor_credential`, `request_query_not_allowed`, `request_body_not_allowed`,
            `request_media_type`, `request_duplicate_field`, `request_wrong_type`, `request_malformed`.
    """
    query = split_target(raw.target).query
    sent = parameters(query)
    names = {name for name, _ in sent}
    foreign = next((name for name in profile.foreign_credentials.parameters if name in names), None)
    if foreign is not None:
        raise Refusal(Reason.REQUEST_VENDOR_CREDENTIAL, field="query", hint=f"Leave out {foreign}.")
    if operation.where == "body":
        if query is not None:
            raise Refusal(Reason.REQUEST_QUERY_NOT_ALLOWED, hint=_IN_THE_BODY)
        check_media_type(raw, profile.media.request)
        return json_object(raw.body, operation.fields)
    if raw.body:
        raise Refusal(Reason.REQUEST_BODY_NOT_ALLOWED)
    own = [(name, value) for name, value in sent if name != profile.credential.parameter]
    if operation.where == "path" and (own or query == ""):
        raise Refusal(Reason.REQUEST_QUERY_NOT_ALLOWED, hint=_BY_ITS_ID)
    return _parameters(operation, own)


def _parameters(operation: Operation, sent: Iterable[tuple[str, str]]) -> Mapping[str, Json]:
    fields: dict[str, Json] = {}
    for name, value in sent:
        field = operation.fields.get(name)
        if name in fields:
            raise Refusal(Reason.REQUEST_DUPLICATE_FIELD, field=name if field else None)
        fields[name] = value if field is None or field.shape is None else _read_typed(field.shape, value)
    return fields


def _read_typed(shape: Shape, text: str) -> Json:
    """A parameter's text as the JSON value its shape asks for; left as text where it is none, to be refused there."""
    if shape.type == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if shape.type == "number" and _NUMBER.fullmatch(text):
        return float(text)
    return text
