"""Where in a request the caller's credential is: exactly one, in the place the vendor's API has for its own."""

import re

from gateway.errors import Refusal
from gateway.model import RawRequest
from gateway.reasons import Reason
from gateway.vendors.profile.profile import Profile
from gateway.vendors.request.target import parameters, split_target

_FORM = "The header is Authorization: Bearer, one blank, and the key or token."
_TWO_HEADERS = "The Authorization header came twice."
_BEARER = re.compile(r"(?i:bearer) +([A-Za-z0-9._~+/-]{1,9000}=*)")


def find_credential(profile: Profile, raw: RawRequest) -> str | None:
    """The credential presented, unjudged; None where there is none.

    Raises:
        Refusal: `credential_ambiguous` for two (the same one twice included), `credential_invalid` for an Authorization
            header that is not `Bearer`; those of `split_target` where the target cannot be read for certain.
    """
    bearer = bearer_token(raw, instead=profile.credential.parameter)
    if profile.credential.parameter is None:
        return bearer
    sent = parameters(split_target(raw.target).query) if "?" in raw.target else []
    values = [value for name, value in sent if name == profile.credential.parameter]
    if len(values) + (bearer is not None) > 1:
        raise Refusal(Reason.CREDENTIAL_AMBIGUOUS, hint=_tell_both(profile.credential.parameter, len(values), bearer))
    return values[0] if values else None


def _tell_both(parameter: str, times: int, bearer: str | None) -> str:
    if bearer is None:
        return f"The parameter {parameter}= came {times} times."
    return f"They stand in {parameter}= and in the Authorization header: leave the header out."


def bearer_token(raw: RawRequest, *, instead: str | None = None) -> str | None:
    """The token of `Authorization: Bearer`, or None without the header. Basic is for the token endpoint alone.

    `instead` is the parameter in which the key belongs where this vendor has one: then no other header would do either.

    Raises:
        Refusal: `credential_ambiguous` for two headers, `credential_invalid` for any other scheme or form.
    """
    values = [value for name, value in raw.headers if name == "authorization"]
    if not values:
        return None
    left_out = (
        None if instead is None else f"Here the key stands in {instead}= alone: leave the Authorization header out."
    )
    if len(values) > 1:
        raise Refusal(Reason.CREDENTIAL_AMBIGUOUS, hint=left_out or _TWO_HEADERS)
    match = _BEARER.fullmatch(values[0].strip(" \t"))
    if match is None:
        raise Refusal(Reason.CREDENTIAL_INVALID, note="not a Bearer authorization", hint=left_out or _FORM)
    return match[1]
