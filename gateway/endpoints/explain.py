"""Would this be allowed, and why not: a vendor request described, decided, recorded and counted, but not sent."""

import json
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from gateway.endpoints.body import Body, read
from gateway.endpoints.endpoint_context import EndpointContext
from gateway.errors import Refusal
from gateway.model import Answer, Dossier, RawRequest
from gateway.pep.journey import serve
from gateway.pep.ports import Mounted
from gateway.reasons import Reason
from gateway.value import replace

_CARRIED = ("x-lpr-purpose", "x-lpr-case", "x-lpr-on-behalf-of")


class Described(Body):
    """The request a tool would send: `path` with its query string, after the mount; `body` where it is a POST."""

    mount: Annotated[str, Field(max_length=253, description="a vendor's, as flock or rekor")]
    method: Literal["GET", "POST"]
    path: Annotated[
        str, Field(pattern=r"^/", max_length=8000, description="what stands after the mount, beginning with a slash")
    ]
    body: Annotated[dict[str, JsonValue], Field(description="the JSON object that the tool would send")] | None = None


def explain(endpoint: EndpointContext, case: Dossier) -> Answer:
    """POST: judge the request described, for the person asking."""
    case.explain = (
        True  # also where the question itself is refused: whoever reads of it sees that nothing was asked of a vendor
    )
    described = read(Described, case.request)
    if described.method == "POST" and described.body is None:
        raise Refusal(
            Reason.REQUEST_MISSING_FIELD, field="body", hint="Allowed: the JSON object that the tool would send."
        )
    mounted = endpoint.find_mounted(described.mount)
    if case.identity is None or (case.identity.key.mounts and mounted.name not in case.identity.key.mounts):
        raise Refusal(Reason.CREDENTIAL_INVALID, note="key of another mount")
    case = replace(
        case,
        request=_request(case.request, described, mounted),
        operation=None,
        mount=mounted.name,
        vendor_profile=mounted.profile.name,
        vendor_host=mounted.host,
    )
    body = b"" if described.body is None else json.dumps(described.body).encode()  # numbers of any size
    return serve(endpoint.ports, mounted, case, lambda: body)


def _request(asked: RawRequest, described: Described, mounted: Mounted) -> RawRequest:
    """The request described, as it would arrive; without a credential, since the person is known already."""
    headers = tuple((name, value) for name, value in asked.headers if name in _CARRIED)
    if described.body is not None:
        headers += (("content-type", "application/json"),)
    return replace(asked, method=described.method, target=mounted.prefix + described.path, headers=headers, body=b"")
