"""Requests that must never reach the application: name → (bytes, note in the record). Each one holds `zqXj7`."""

GOOD = b"GET /good HTTP/1.1\r\nHost: gateway\r\n\r\n"


def post(*fields: bytes, body: bytes = b"", target: bytes = b"/zqXj7", host: bytes = b"Host: gateway") -> bytes:
    lines = [b"POST " + target + b" HTTP/1.1", *([host] if host else []), b"X-Mark: zqXj7", *fields, b"", b""]
    return b"\r\n".join(lines) + body


def start(line: bytes) -> bytes:
    return line + b"\r\nHost: gateway\r\nX-Mark: zqXj7\r\n\r\n"


CHUNKED = b"Transfer-Encoding: chunked"
EMPTY = b"0\r\n\r\n"

REQUESTS: dict[str, tuple[bytes, str]] = {
    # Framing
    "length and chunks": (post(b"Content-Length: 5", CHUNKED, body=EMPTY), "header"),
    "chunks and length": (post(CHUNKED, b"Content-Length: 5", body=EMPTY), "header"),
    "length, chunks, a smuggled request": (post(b"Content-Length: 4", CHUNKED, body=EMPTY + GOOD), "header"),
    "two lengths alike": (post(b"Content-Length: 2", b"Content-Length: 2", body=b"{}"), "header"),
    "two lengths that differ": (post(b"Content-Length: 2", b"Content-Length: 20", body=b"{}"), "header"),
    "a list of lengths": (post(b"Content-Length: 2, 2", body=b"{}"), "header"),
    "a signed length": (post(b"Content-Length: +2", body=b"{}"), "header"),
    "a negative length": (post(b"Content-Length: -2", body=b"{}"), "header"),
    "a hexadecimal length": (post(b"Content-Length: 0x2", body=b"{}"), "header"),
    "a length with an underscore": (post(b"Content-Length: 1_0", body=b"x" * 10), "header"),
    "a length in superscript": (post(b"Content-Length: \xb2", body=b"{}"), "header"),
    "an empty length": (post(b"Content-Length: ", body=b"{}"), "header"),
    "chunked twice": (post(CHUNKED, CHUNKED, body=EMPTY), "header"),
    "chunked, chunked": (post(b"Transfer-Encoding: chunked, chunked", body=EMPTY), "header"),
    "gzip, chunked": (post(b"Transfer-Encoding: gzip, chunked", body=EMPTY), "transfer_encoding"),
    "identity, chunked": (post(b"Transfer-Encoding: identity, chunked", body=EMPTY), "transfer_encoding"),
    "identity": (post(b"Transfer-Encoding: identity", b"Content-Length: 2", body=b"{}"), "header"),
    "chunked, gzip": (post(b"Transfer-Encoding: chunked, gzip", body=EMPTY), "header"),
    "an unknown coding": (post(b"Transfer-Encoding: zqXj7", body=EMPTY), "transfer_encoding"),
    "chunked with a vertical tab": (post(b"Transfer-Encoding: \x0bchunked", body=EMPTY), "header_value"),
    "chunked with a space before the colon": (post(b"Transfer-Encoding : chunked", body=EMPTY), "header_name"),
    "chunked in HTTP/1.0": (post(CHUNKED, body=EMPTY).replace(b"HTTP/1.1", b"HTTP/1.0"), "header"),
    # Lines and names
    "a folded header": (post(b"X-Folded: a", b" zqXj7"), "folded_header"),
    "a folded header by a tab": (post(b"X-Folded: a", b"\tzqXj7"), "folded_header"),
    "bare line feeds": (b"GET /zqXj7 HTTP/1.1\nHost: gateway\n\n", "request_line"),
    "a bare line feed between headers": (post(b"A: b\nAuthorization: zqXj7"), "header"),
    "a bare carriage return in a value": (post(b"A: b\rAuthorization: zqXj7"), "header_value"),
    "a carriage return at the end of a value": (post(b"A: zqXj7\r"), "header_value"),
    "a NUL in a value": (post(b"A: zqXj7\x00"), "header_value"),
    "a control character in a value": (post(b"A: zqXj7\x01"), "header_value"),
    "a NUL in a name": (post(b"A\x00: zqXj7"), "header_name"),
    "an underscore in a name": (post(b"X_LPR_Purpose: zqXj7"), "header_name"),
    "an underscore in a gunicorn name": (post(b"SCRIPT_NAME: /zqXj7"), "header_name"),
    "a space in a name": (post(b"X LPR: zqXj7"), "header_name"),
    "a name beyond ASCII": (post(b"X-\xdf: zqXj7"), "header_name"),
    "an empty name": (post(b": zqXj7"), "header"),
    "a header without a colon": (post(b"zqXj7"), "header"),
    "a header before the first": (b"GET / HTTP/1.1\r\n Host: zqXj7\r\nHost: gateway\r\n\r\n", "header_name"),
    # Host
    "no Host": (post(host=b""), "host"),
    "no Host in HTTP/1.0": (post(host=b"").replace(b"HTTP/1.1", b"HTTP/1.0"), "host"),
    "two Hosts alike": (post(b"Host: gateway"), "header"),
    "two Hosts that differ": (post(b"Host: zqXj7"), "header"),
    "an empty Host": (post(host=b"Host: "), "host"),
    "a Host with a user": (post(host=b"Host: zqXj7@gateway"), "host"),
    "a Host with a path": (post(host=b"Host: gateway/zqXj7"), "host"),
    "a Host with a space": (post(host=b"Host: gateway zqXj7"), "host"),
    "a list of Hosts": (post(host=b"Host: gateway, zqXj7"), "host"),
    "a Host with a strange port": (post(host=b"Host: gateway:80zqXj7"), "host"),
    "a Host beyond ASCII": (post(host=b"Host: g\xe4teway"), "host"),
    # Other singletons
    "two Content-Types": (post(b"Content-Type: a/b", b"Content-Type: zqXj7/c"), "header"),
    "an unknown expectation": (post(b"Expect: zqXj7"), "expectation"),
    # The request line
    "an absolute target": (start(b"GET http://zqXj7/ HTTP/1.1"), "target_form"),
    "an absolute target elsewhere": (start(b"GET ftp://zqXj7/ HTTP/1.1"), "target_form"),
    "an authority target": (start(b"GET zqXj7:443 HTTP/1.1"), "request_line"),
    "CONNECT": (start(b"CONNECT zqXj7:443 HTTP/1.1"), "method"),
    "CONNECT with a path": (start(b"CONNECT /zqXj7 HTTP/1.1"), "method"),
    "an asterisk with OPTIONS": (start(b"OPTIONS * HTTP/1.1"), "target_form"),
    "an asterisk": (start(b"GET * HTTP/1.1"), "request_line"),
    "a relative target": (start(b"GET zqXj7 HTTP/1.1"), "request_line"),
    "a fragment": (start(b"GET /a#zqXj7 HTTP/1.1"), "target_form"),
    "a space in the target": (start(b"GET /a zqXj7 HTTP/1.1"), "http_version"),
    "a tab in the target": (start(b"GET /a\tzqXj7 HTTP/1.1"), "target_characters"),
    "a target beyond ASCII": (start(b"GET /zqXj7\xe4 HTTP/1.1"), "target_characters"),
    "a dash that is no hyphen in the query": (start("GET /a?p=zq\u2013Xj7 HTTP/1.1".encode()), "target_characters"),
    "a NUL in the target": (start(b"GET /zqXj7\x00 HTTP/1.1"), "target_characters"),
    "two spaces": (start(b"GET  /zqXj7 HTTP/1.1"), "request_line"),
    "a method in lower case": (start(b"get /zqXj7 HTTP/1.1"), "method"),
    "a method with strange signs": (start(b"GE!T /zqXj7 HTTP/1.1"), "method"),
    "a method that is no token": (start(b"GE(T /zqXj7 HTTP/1.1"), "method"),
    "a method that is too long": (start(b"G" * 21 + b" /zqXj7 HTTP/1.1"), "method"),
    "HTTP/0.9": (start(b"GET /zqXj7"), "request_line"),
    "HTTP/1.2": (start(b"GET /zqXj7 HTTP/1.2"), "http_version"),
    "HTTP/2.0": (start(b"GET /zqXj7 HTTP/2.0"), "http_version"),
    "the HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nzqXj7", "request_line"),
    "a version in lower case": (start(b"GET /zqXj7 http/1.1"), "http_version"),
    "two empty lines first": (b"\r\n\r\n" + start(b"GET /zqXj7 HTTP/1.1"), "request_line"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03zqXj7\r\n\r\n", "request_line"),
    # Limits
    "a long request line": (start(b"GET /zqXj7" + b"a" * 9000 + b" HTTP/1.1"), "request_line_too_long"),
    "a long header": (post(b"A: zqXj7" + b"a" * 9000), "headers_too_large"),
    "many headers": (post(*[b"A: zqXj7"] * 65), "headers_too_large"),
}
