r"""Text as each medium takes it: one function a medium, and no other way for a value of a record to get there.

What an officer, a tool or a vendor wrote is data. On a terminal it could move the cursor or reverse the direction of
reading and so show a row that is not there; in a page, a spreadsheet or a SIEM's line it could act or begin a field of
its own. So whatever cannot be seen is written out (as \u202e). Imports nothing else of the gateway.
"""

import html
import json
import re
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f]")
_NO_WORD = re.compile(r"[^\x21-\x7e]")
_FORMULA = ("=", "+", "-", "@")


def visible(text: str) -> str:
    """The text in one line, every sign of it to be seen: controls, line ends, marks of direction are written out."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else _write(sign) for sign in text)


def _write(sign: str) -> str:
    number = ord(sign)
    return f"\\u{number:04x}" if number < 1 << 16 else f"\\U{number:08x}"


def for_terminal(text: object) -> str:
    """A value on a terminal."""
    return visible(str(text))


def for_terminal_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A JSON document on a terminal or in a pipe: the same document, with what cannot be seen escaped."""
    text = json.dumps(value, default=str, ensure_ascii=False, indent=2)
    lines = text.split("\n")  # within strings, line feeds are escaped already
    return "\n".join("".join(sign if sign.isprintable() else _json_escape(sign) for sign in line) for line in lines)


def _json_escape(sign: str) -> str:
    return json.dumps(sign)[1:-1]


def for_html(text: object) -> str:
    """A value in a page, as text or within a quoted attribute."""
    return html.escape(visible(str(text)))


def for_csv(text: str) -> str:
    """A cell of a CSV file. None may begin as a formula: spreadsheets run them, also after blanks and marks."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown


def for_cef_header(text: str) -> str:
    """A part of a CEF header, which ends at a bar; what cannot be seen becomes a blank there, for it has no escape."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return shown.replace("\\", "\\\\").replace("|", "\\|")


def for_cef(text: str) -> str:
    """A value of a CEF extension, in which a word before a bare equals sign begins the next value.

    Line ends have an escape of their own there; the receiver gives the value back as it was.
    """
    escaped = text.replace("\\", "\\\\").replace("=", "\\=").replace("\r", "\\r").replace("\n", "\\n")
    return _CONTROL.sub(" ", escaped)


def for_syslog(text: str, longest: int) -> str:
    """A field of a syslog header: a word of printable ASCII, or `-` for nothing."""
    return _NO_WORD.sub("_", text)[:longest] or "-"
