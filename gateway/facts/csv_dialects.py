"""What a file is when it is not the CSV that was asked for, said so that whoever exports it knows what to change."""

from collections.abc import Sequence
from io import RawIOBase
from typing import BinaryIO, Final

from gateway.facts.vocabulary import find_meant
from gateway.strict import UTF_16_MARKS

NOT_UTF_8: Final = (
    "the file is not UTF-8 here or a little below; if it comes from a spreadsheet, save it as “CSV UTF-8” there"
)
_UTF_16: Final = "is UTF-16 (“Unicode text”); save it as “CSV UTF-8”"
_SPREADSHEET: Final = "is a spreadsheet, not CSV; save it as “CSV UTF-8”"
_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}
_LOOKED_AT: Final = 64


def recognise_encoding(source: RawIOBase | BinaryIO) -> str | None:
    """A sentence where a binary file is something else than UTF-8 text; it is left at its beginning."""
    first = source.read(_LOOKED_AT) or b""
    source.seek(0)
    if first.startswith(UTF_16_MARKS) or b"\x00" in first[:4]:
        return _UTF_16
    return _SPREADSHEET if first.startswith(b"PK\x03\x04") else None


def describe_header(header: Sequence[str], expected: Sequence[str]) -> str:
    """What is wrong with a header, the likely cause first."""
    wanted = f"the header must name exactly {','.join(expected)}"
    for separator, name in _SEPARATORS.items():
        if len(header) == 1 and separator in header[0]:
            return f"the cells are separated by {name}; they must be separated by commas"
    meant = {name: find_meant(name, expected) for name in header if name not in expected}
    near = [f"{name!a} for {known}" for name, known in meant.items() if known]
    lacking = [name for name in expected if name not in header and name not in meant.values()]
    unknown = [ascii(name) for name, known in meant.items() if known is None]
    repeated = sorted({name for name in header if header.count(name) > 1})
    parts = [
        f"it has {', '.join(near)}" if near else "",
        f"it lacks {', '.join(lacking)}" if lacking and header else "",
        f"it also has {', '.join(unknown)}" if unknown else "",
        f"it repeats {', '.join(repeated)}" if repeated else "",
    ]
    details = "; ".join(part for part in parts if part)
    return f"{wanted}; {details}" if details else wanted
