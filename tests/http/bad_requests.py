"""Requests that are allowed but for one fault each. Every one carries the marked plate and the word `zqXj7`."""

import dataclasses
import json
from typing import Any
from urllib.parse import quote, urlencode

from tests.http.agency import MARKED_PLATE
from tests.http.asking import CLAIMS, LOOKUP, PLATES, days_ago, parameters, search

WORD = "zqXj7"
KEY = "THE-KEY"
BEARER = ("Authorization", f"Bearer {KEY}")
_JSON = ("Content-Type", "application/json")
_REASON = f"criminal_investigation: {WORD}"
_CAP = 1_048_576


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bad:
    """One request and what must be told of it. `field` is our own name for what is wrong."""

    title: str
    code: str
    status: int = 400
    field: str | None = None
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = dataclasses.field(repr=False)

    def wire(self, key: str) -> bytes:
        """The request as bytes, with this key."""
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: gateway", f"X-Mark: {WORD}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body or self.method == "POST":
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).replace(KEY, key).encode("latin-1") + self.body


def flock_with(title: str, code: str, **given: Any) -> Bad:
    """A Flock search; what is not one of `Bad`'s fields or `more` (headers) changes the search."""
    own = {name: given.pop(name) for name in ("status", "field") if name in given}
    wire = {
        "method": given.pop("method", "POST"),
        "target": given.pop("target", LOOKUP),
        "headers": given.pop("headers", (BEARER, _JSON)) + given.pop("more", ()),
        "body": given.pop("body", None),
    }
    if wire["body"] is None:
        fields = search(plate=MARKED_PLATE, reason=_REASON) | given
        wire["body"] = json.dumps({name: value for name, value in fields.items() if value is not None}).encode()
    return Bad(title=title, code=code, **own, **wire)


def rekor_with(title: str, code: str, *, query: str | None = None, added: str = "", **given: Any) -> Bad:
    """A Rekor search; `query` replaces the query string, `added` is put after it."""
    own = {name: given.pop(name) for name in ("status", "field") if name in given}
    headers = (*CLAIMS.items(), *given.pop("more", ()))
    body, method, path = given.pop("body", b""), given.pop("method", "GET"), given.pop("path", PLATES)
    query = urlencode(parameters(plate=MARKED_PLATE, **given) | {"api_key": KEY}) if query is None else query
    return Bad(
        title=title, code=code, method=method, target=f"{path}?{query}{added}", headers=headers, body=body, **own
    )


def _text(**changes: Any) -> str:
    return json.dumps(search(plate=MARKED_PLATE, reason=_REASON, **changes))


def _nested(levels: int) -> bytes:
    return _text()[:-1].encode() + b', "sort": ' + b"[" * levels + b"]" * levels + b"}"


_WINDOW = f"&start={quote(days_ago(31))}&end={quote(days_ago(1))}"
_ASKED = f"api_key={KEY}&plate={MARKED_PLATE}"
_OVERRIDES = ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method")
_BAD_TIMES = {
    "a space for the T": "2026-10-01 00:00:00Z",
    "no zone": "2026-10-01T00:00:00",
    "no seconds": "2026-10-01T00:00Z",
    "a leap second": "2026-10-01T23:59:60Z",
    "a date alone": "2026-10-01",
    "a 13th month": "2026-13-01T00:00:00Z",
    "a zone without its colon": "2026-10-01T00:00:00+0000",
    "digits of another script": "2026-10-0\u0661T00:00:00Z",
    "nothing": "",
}
_BAD_PLATES = {
    "a star": MARKED_PLATE + "*",
    "a percent sign": MARKED_PLATE + "%",
    "an underscore": MARKED_PLATE + "_",
    "a letter of another script": MARKED_PLATE + "\u0410",
    "a wide letter": MARKED_PLATE + "\uff21",
    "a line feed": MARKED_PLATE + "\n",
    "nothing": "",
    "separators alone": " - ",
}
_BAD_PATHS = {
    "a dot segment": "/flock/api/./v3/reads/lookup",
    "two dots": "/flock/api/v3/x/../reads/lookup",
    "two dots at the end": f"{LOOKUP}/..",
    "a double slash": "/flock/api//v3/reads/lookup",
    "a double slash after the mount": "/flock//api/v3/reads/lookup",
    "a double slash before the mount": "/" + LOOKUP,
    "an encoded slash": "/flock/api%2Fv3/reads/lookup",
    "an encoded letter": "/flock/api/v3/reads/%6cookup",
    "an encoded dot": "/flock/api/%2e/v3/reads/lookup",
    "a twice encoded slash": "/flock/api%252Fv3/reads/lookup",
    "a backslash": "/flock/api\\v3/reads/lookup",
    "an encoded mount": "/%66lock/api/v3/reads/lookup",
}

BODIES = [
    flock_with("a field twice", "request_duplicate_field", field="plate", body=_text()[:-1].encode() + b', "plate": "FNA579"}'),
    flock_with("a field twice, deep", "request_duplicate_field", body=_text()[:-1].encode() + b', "sort": [{"a":1,"a":2}]}'),
    flock_with("an unknown field", "request_unknown_field", **{WORD: 1}),
    flock_with("a known field in capitals", "request_unknown_field", Plate="FNA579"),
    flock_with("an unknown field, deep", "request_unknown_field", field="sort", sort=[{"field": "capturedAt", WORD: 1}]),
    flock_with("a number for a plate", "request_wrong_type", field="plate", plate=771),
    flock_with("a list of plates", "request_wrong_type", field="plate", plate=[MARKED_PLATE]),
    flock_with("null for a plate", "request_wrong_type", field="plate", body=_text().replace(f'"{MARKED_PLATE}"', "null").encode()),
    flock_with("a text for a limit", "request_wrong_type", field="limit", limit="5"),
    flock_with("true for a limit", "request_wrong_type", field="limit", limit=True),
    flock_with("a fraction for a limit", "request_wrong_type", field="limit", limit=5.5),
    flock_with("a plate of 33 characters", "request_out_of_range", field="plate", plate=MARKED_PLATE + "A" * 26),
    flock_with("a limit of 0", "request_out_of_range", field="limit", limit=0),
    flock_with("a limit above the vendor's", "request_out_of_range", field="limit", limit=51),
    flock_with("a limit beyond all numbers", "request_out_of_range", field="limit", limit=10**40),
    flock_with("a state that is none", "request_out_of_range", field="state", state=WORD),
    flock_with("NaN", "request_malformed", field="body", limit=float("nan")),
    flock_with("infinity", "request_malformed", field="body", limit=float("inf")),
    flock_with("a byte order mark", "request_malformed", field="body", body=b"\xef\xbb\xbf" + _text().encode()),
    flock_with("not UTF-8", "request_malformed", field="body", body=_text().replace(WORD, WORD + "\xe4").encode("latin-1")),
    flock_with("UTF-16", "request_malformed", field="body", body=_text().encode("utf-16")),
    flock_with("a lone surrogate", "request_malformed", field="body", reason=_REASON + "\ud800"),
    flock_with("33 levels", "request_malformed", field="body", body=_nested(33)),
    flock_with("ten thousand levels", "request_malformed", field="body", body=_nested(10_000)),
    flock_with("trailing data", "request_malformed", field="body", body=_text().encode() + b"{}"),
    flock_with("a comment", "request_malformed", field="body", body=_text().encode() + b"// x"),
    flock_with("no body", "request_malformed", field="body", body=b""),
    flock_with("a list for the body", "request_wrong_type", field="body", body=f"[{_text()}]".encode()),
    flock_with("a body over the cap", "request_too_large", status=413, body=_text().encode() + b" " * _CAP),
    flock_with("a long reason", "request_reason_too_long", field="reason", reason=_REASON + "x" * 500),
    flock_with("a control character", "request_malformed", field="reason", reason=_REASON + "\x00"),
    flock_with("a strange case number", "request_malformed", field="caseNumber", caseNumber=f"../{WORD}"),
    flock_with("two ways to say where", "request_malformed", field="radius", radius={"radius": {"latitude": 1, "longitude": 1, "radius": 1}},
          area={"area": {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]}}),
]  # fmt: skip
BODIES += [
    flock_with(f"a time with {what}", "request_bad_time", field="startDate", startDate=text)
    for what, text in _BAD_TIMES.items()
]
BODIES += [
    flock_with(f"a plate with {what}", "request_plate_characters", field="plate", plate=text)
    for what, text in _BAD_PLATES.items()
]

HEADERS = [
    flock_with("no Content-Type", "request_media_type", status=415, headers=(BEARER,)),
    *(
        flock_with(f"a body as {media}", "request_media_type", status=415, headers=(BEARER, ("Content-Type", media)))
        for media in ("text/plain", "application/json; charset=latin-1", "application/jsonp", "multipart/form-data; boundary=x")
    ),
    *(
        flock_with(f"a body in {coding}", "request_content_encoding", status=415, more=(("Content-Encoding", coding),))
        for coding in ("gzip", "gzip, identity", "")
    ),
    *(
        flock_with(f"the header {name}", "request_header_not_allowed", field=name.lower(), more=((name, "GET"),))
        for name in _OVERRIDES
    ),
    *(
        flock_with(f"Connection: {value}", "request_header_not_allowed", field="connection", more=(("Connection", value),))
        for value in ("authorization", "close, X-LPR-Case", "keep-alive,content-length", "X-LPR-ON-BEHALF-OF")
    ),
    flock_with("the vendor's key in a header", "request_vendor_credential", field="x-api-key", more=(("X-Api-Key", WORD),)),
    flock_with("a case header twice", "request_duplicate_field", field="x-lpr-case", more=(("X-LPR-Case", WORD), ("x-lpr-case", WORD))),
    flock_with("an unknown header twice", "request_duplicate_field", more=(("X-Other", "a"), ("X-Other", "b"))),
    flock_with("a strange purpose", "request_malformed", field="X-LPR-Purpose", more=(("X-LPR-Purpose", f"Bad {WORD}"),)),
    flock_with("an empty case", "request_malformed", field="X-LPR-Case", more=(("X-LPR-Case", ""),)),
    flock_with("two purposes", "purpose_ambiguous", more=(("X-LPR-Purpose", "fugitive_or_warrant"),)),
    flock_with("two cases", "case_ambiguous", more=(("X-LPR-Case", WORD),)),
    flock_with("two credentials", "credential_ambiguous", status=401, more=(BEARER,)),
    flock_with("two credentials that differ", "credential_ambiguous", status=401, more=(("Authorization", "Bearer other"),)),
    rekor_with("a key in the query and in a header", "credential_ambiguous", status=401, more=(BEARER,)),
    rekor_with("a key in the query twice", "credential_ambiguous", status=401, added=f"&api_key={KEY}"),
]  # fmt: skip

TARGETS = [
    *(flock_with(f"a path with {what}", "request_path_not_canonical", target=path) for what, path in _BAD_PATHS.items()),
    flock_with("a query on a POST", "request_query_not_allowed", target=f"{LOOKUP}?a={WORD}"),
    flock_with("an empty query on a POST", "request_query_not_allowed", target=f"{LOOKUP}?"),
    flock_with("the vendor's secret in the query", "request_vendor_credential", field="query", target=f"{LOOKUP}?client_secret={WORD}"),
    flock_with("a path that nobody lists", "unknown_operation", status=403, target=f"/flock/api/v3/{WORD}"),
    flock_with("a trailing slash", "unknown_operation", status=403, target=LOOKUP + "/"),
    flock_with("a matrix parameter", "unknown_operation", status=403, target=f"{LOOKUP};{WORD}=1"),
    *(
        flock_with(f"the method {method}", "unknown_operation", status=403, method=method)
        for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
    ),
    flock_with("a mount that is none", "mount_unknown", status=404, target=f"/{WORD}/api/v3/reads/lookup"),
    flock_with("a mount in capitals", "mount_unknown", status=404, target=LOOKUP.replace("flock", "FLOCK")),
    rekor_with("a body on a GET", "request_body_not_allowed", body=WORD.encode()),
    rekor_with("a parameter twice", "request_duplicate_field", field="plate", added="&plate=FNA579"),
    rekor_with("a parameter twice, once escaped", "request_duplicate_field", field="plate", added="&pl%61te=FNA579"),
    rekor_with("an unknown parameter", "request_unknown_field", added="&wildcard=1"),
    rekor_with("an export format", "request_unknown_field", added="&format=csv"),
    rekor_with("a parameter without a value", "request_malformed", field="query", added=f"&{WORD}"),
    rekor_with("a broken escape", "request_malformed", field="query", added="&order=%zz"),
    rekor_with("an escape that is not UTF-8", "request_malformed", field="query", added="&order=%ff"),
    rekor_with("a twice escaped plate", "request_plate_characters", field="plate", query=f"{_ASKED}%2541{_WINDOW}"),
    rekor_with("a semicolon for an ampersand", "request_plate_characters", field="plate", query=f"{_ASKED};topn=5{_WINDOW}"),
    rekor_with("the vendor's other key", "request_vendor_credential", field="query", added=f"&company_id={WORD}"),
    rekor_with("a number too large", "request_out_of_range", field="topn", topn="1001"),
    rekor_with("a number with a sign", "request_wrong_type", field="topn", topn="+5"),
    rekor_with("a number in other digits", "request_wrong_type", field="topn", topn="\u0665"),
    rekor_with("an order that is none", "request_out_of_range", field="order", order=WORD),
    rekor_with(
        "a plus sign in a time", "request_bad_time", field="start",
        query=f"{_ASKED}&start=2026-10-01T00:00:00+00:00&end=2026-10-02T00:00:00Z",
    ),
]  # fmt: skip

ALL = [*BODIES, *HEADERS, *TARGETS]
