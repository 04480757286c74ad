"""Why a message is no request, in words for whoever looks after the tool or the proxy that sent it.

The record has a word for each cause (`FramingFault.note`); these are the sentences beside the remedy. They are ours alone:
nothing of what was sent is in them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.server.head import MAX_FIELDS, MAX_HEAD, MAX_LINE

BODY_LATE = "The body did not come whole in time."
BODY_CHUNKS = "The body is not in proper chunks, or a trailer follows it."
BODY_CUT = "The connection ended before the body was whole."
CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "expectation": "Its header Expect says something else than 100-continue.",
        "folded_header": "A header goes on in a second line: send it in one.",
        "header": "A header is no line of `name: value`, or Host, Content-Length, Transfer-Encoding, Content-Type or Expect comes twice or contradicts another.",
        "header_name": "The name of a header has a character that names do not have, as a blank or an underscore.",
        "header_value": "The value of a header has a control character, as the carriage return that a file with Windows line ends leaves after a key.",
        "headers_too_large": f"It has more than {MAX_FIELDS} headers, one of more than {MAX_LINE:,} bytes, or more than {MAX_HEAD:,} bytes of them.",
        "host": "It has no header Host, or one that is no host's name.",
        "http_version": "Its first line does not end in HTTP/1.1, or its path has characters that must be escaped.",
        "method": "Its method is none that is served.",
        "request_line": "Its first line is not of the form `METHOD /path HTTP/1.1`.",
        "request_line_too_long": f"Its first line, with the path and the query string, has more than {MAX_LINE:,} bytes.",
        "target_characters": "Its path or query string has a character that must be escaped, as one with an accent, a dash that is no hyphen, or one that nobody sees: type it anew, or escape it (curl: -G --data-urlencode).",
        "target_form": "Its first line names a whole address, a fragment or `*`: send the path alone.",
        "tls_handshake": "TLS could not be agreed on: the client's version of it, or its certificate, is not taken here.",
        "too_slow": "Its headers did not come whole in time.",
        "transfer_encoding": "Its Transfer-Encoding is another than chunked.",
    }
)
"""The sentence for each word of the record that says which it is."""


def refuse_body(note: str, cause: str) -> Refusal:
    """The refusal of a request whose body cannot be used; it travels with the request."""
    return Refusal(Reason.REQUEST_FRAMING, note=note, hint=cause)
