"""Small damage to a sound request, as a list of changes that Hypothesis draws: to its target, headers, body, framing."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from gateway.demo.agency import CASE, OTHERS_CASE, OTHERS_PLATE, SPOUSES_PLATE
from gateway.value import replace
from tests.http.asking import days_ago

_SIGNS = ["%2e", "..", "//", "/./", "%00", "?", "&", "=", "#", ";", "+", "%25", "\xe4", " ", "\t", "@", "%2f", "&plate=ZZZ999"]  # fmt: skip
_HEADERS = ["X-LPR-Case", "X-LPR-Purpose", "X-LPR-On-Behalf-Of", "Connection", "Transfer-Encoding", "Content-Length",
            "Content-Encoding", "Expect", "X-HTTP-Method-Override", "X-Forwarded-For", "Authorization", "X-Api-Key",
            "Host", "Cookie", "Upgrade", "Range", "X-Original-URL"]  # fmt: skip
_VALUES = ["", "close", "keep-alive, x-lpr-case", "chunked", "gzip", "5", "100-continue", "DELETE", "u04", "10.0.0.1",
           "criminal_investigation", "fugitive_or_warrant", CASE, OTHERS_CASE, "/flock/api/v3/devices", "\xe4"]  # fmt: skip
_BYTES = [b"\xff", b"\x00", b'"', b"{", b"}", b",", b"[", b"\\u0000", b"\r\n\r\n", b"\xef\xbb\xbf", b'"plate":"ZZZ999",', b"1e999"]  # fmt: skip
_FIELDS = ["plate", "state", "reason", "caseNumber", "startDate", "endDate", "limit", "sort", "radius", "__proto__",
           "start", "end", "topn", "order", "camera", "api_key", "wildcard"]  # fmt: skip
_CONTENTS = st.one_of(
    st.sampled_from([OTHERS_PLATE, SPOUSES_PLATE, "ZZZ999", "fna-579", "FNA5*", OTHERS_CASE, "maryland", "", None, [], {}]),
    st.sampled_from([days_ago(age) for age in (-400, -0.5, 0, 2, 1300, 9000)]),
    st.integers(-1, 60),
    st.booleans(),
    st.text(max_size=8),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Sound:
    """A request that is allowed, in pieces. `behind` is sent after it on the same connection."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    behind: bytes = b""
    length: int = 0
    chunked: bool = False

    def wire(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        body = self.body
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
        if (self.body and not self.chunked) or self.length:
            lines.append(f"Content-Length: {len(self.body) + self.length}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body + self.behind


Change = Callable[[Sound], Sound]


def _within(text: Any, share: float) -> int:
    return int(share * len(text))


def _in_target(share: float, sign: str) -> Change:
    return lambda sound: replace(
        sound, target=sound.target[: (at := _within(sound.target, share))] + sign + sound.target[at:]
    )


def _cut_target(share: float, size: int) -> Change:
    return lambda sound: replace(
        sound, target=sound.target[: (at := _within(sound.target, share))] + sound.target[at + size :]
    )


def _with_parameter(name: str, value: Any) -> Change:
    return lambda sound: replace(sound, target=f"{sound.target}{'&' if '?' in sound.target else '?'}{name}={value}")


def _with_header(name: str, value: str) -> Change:
    return lambda sound: replace(sound, headers=(*sound.headers, (name, value)))


def _header_again(share: float, name: str, times: int) -> Change:
    """A header left out (0 times), in another case (1) or twice (2)."""

    def change(sound: Sound) -> Sound:
        at = min(_within(sound.headers, share), len(sound.headers) - 1)
        again = ((getattr(sound.headers[at][0], name)(), sound.headers[at][1]),) * times
        return replace(sound, headers=sound.headers[:at] + again + sound.headers[at + 1 :])

    return lambda sound: change(sound) if sound.headers else sound


def _in_body(share: float, piece: bytes, size: int) -> Change:
    return lambda sound: replace(
        sound, body=sound.body[: (at := _within(sound.body, share))] + piece + sound.body[at + size :]
    )


def _with_field(name: str, value: Any) -> Change:
    def change(sound: Sound) -> Sound:
        try:
            fields = json.loads(sound.body)
        except ValueError:
            return sound
        return replace(sound, body=json.dumps(fields | {name: value}).encode()) if isinstance(fields, dict) else sound

    return change


def _field_again(name: str, value: Any) -> Change:
    return lambda sound: replace(sound, body=sound.body[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}".encode())


_share = st.floats(0, 1)
CHANGES = st.lists(
    st.one_of(
        st.sampled_from(["GET", "POST", "PUT", "OPTIONS", "get"]).map(lambda method: lambda s: replace(s, method=method)),
        st.builds(_in_target, _share, st.sampled_from(_SIGNS)),
        st.builds(_cut_target, _share, st.integers(1, 4)),
        st.builds(_with_parameter, st.sampled_from(_FIELDS), st.sampled_from([OTHERS_PLATE, "5", "asc", "%00", ""])),
        st.builds(_with_header, st.sampled_from(_HEADERS), st.sampled_from(_VALUES)),
        st.builds(_header_again, _share, st.sampled_from(["lower", "upper", "title"]), st.integers(0, 2)),
        st.builds(_in_body, _share, st.sampled_from(_BYTES), st.integers(0, 3)),
        st.builds(_with_field, st.sampled_from(_FIELDS), _CONTENTS),
        st.builds(_field_again, st.sampled_from(_FIELDS), _CONTENTS),
        st.integers(-30, 30).map(lambda more: lambda sound: replace(sound, length=more)),
        st.just(lambda sound: replace(sound, chunked=True)),
        st.just(lambda sound: replace(sound, behind=sound.wire())),
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip


def damaged(sound: Sound, changes: list[Change]) -> bytes:
    for change in changes:
        sound = change(sound)
    return sound.wire()
