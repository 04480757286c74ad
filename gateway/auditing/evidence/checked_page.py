"""The page that the check of an evidence package makes: from what was proved, and nothing else.

Needs Python 3.9 or later, `roles.py` and `verdicts.py` beside it. Every value is shown as text: no sign in it can act as anything.
"""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any, Iterable, Mapping  # noqa: UP035 - Python 3.9 has these here too

try:
    from gateway.auditing.roles import name_roles
    from gateway.auditing.verdicts import LEGEND, name_reasons, name_verdict
except ImportError:  # in a package, beside this program
    from roles import name_roles  # type: ignore[import-not-found, no-redef]
    from verdicts import LEGEND, name_reasons, name_verdict  # type: ignore[import-not-found, no-redef]

_STYLE = (
    "body{font:15px/1.4 sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.3em .5em;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}.no{background:#fdd}"
    "@page{size:landscape;margin:10mm}@media print{body{margin:0;font-size:7px}td,th{padding:.2em .3em}}"
)
_COLUMNS = (
    "Proved|Time (UTC)|Event|Person|Name|Roles|Case|Purpose|Verdict|Reasons|Reads|Plate|Written reason|Ids|Record"
)
_INSIDE = "the page must lie outside the package, where nothing may be that its manifest does not list"
_IDS = ("decision_id", "finding_id", "approval_id", "supervisor_approval_id", "context_id")
"""By which a record is asked for, and named in what people write about it."""
_CLEAR = {"plate_sealed": "plate", "reason_sealed": "reason_text"}


def object_to(package: Path, page_file: Path) -> str:
    """What is wrong with a place for the page; "" where nothing: it becomes no file of the package, and replaces none."""
    if package.resolve() in page_file.resolve().parents:
        return _INSIDE
    there = f"{page_file} exists already, and a page takes the place of nothing: name a file that is not there yet"
    return there if os.path.lexists(page_file) else ""


def write_page(page_file: Path, text: str) -> str:
    """Why it cannot be written, "" where it was: for its owner alone, whatever the umask, and whole or not at all."""
    try:
        for folder in reversed(page_file.parents):
            folder.mkdir(0o700, exist_ok=True)
        descriptor = os.open(page_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            page_file.unlink()
            raise
    except OSError as problem:
        return f"the page {page_file} cannot be written: {problem.strerror}. Name another place with --page"
    return ""


def show(value: object) -> str:
    """A value as text for a page: nothing in it is markup, breaks a line, or turns the direction of reading."""
    text = "" if value is None else ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return html.escape("".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text))


def page(
    records: Iterable[Mapping[str, Any]], proved: set[str], opened: Mapping[str, Mapping[str, Any]], result: str
) -> str:
    """The HTML: the result, and a row for each record, oldest first."""
    head = "".join(f"<th>{name}</th>" for name in _COLUMNS.split("|"))
    rows = "".join(_row(item, item["event_id"] in proved, opened.get(item["event_id"], {})) for item in records)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Evidence, as checked</title><style>{_STYLE}</style></head><body><h1>Evidence, as checked</h1>"
        f"<p>{show(result)}</p><p>A plate or reason is shown only where its record committed to it; "
        "&ldquo;sealed&rdquo; where it was not opened, or could not be proved. "
        f"{show(LEGEND)}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    )


def _row(item: Mapping[str, Any], is_proved: bool, opened: Mapping[str, Any]) -> str:
    clear = [opened.get(name, "sealed" if field in item else None) for field, name in _CLEAR.items()]
    cells = (
        "yes" if is_proved else "NO",
        str(item.get("ts", ""))[:19].replace("T", " "),
        item.get("event_type"),
        item.get("user_id"),
        item.get("user_name"),
        name_roles(item),
        item.get("case_number"),
        item.get("purpose_code"),
        name_verdict(item),
        name_reasons(item),
        item.get("result_count"),
        *clear,
        _list_ids(item),
        f"{item['chain']['id']}/{item['chain']['seq']}",
    )
    mark = "" if is_proved else " class=no"
    return f"<tr{mark}>{''.join(f'<td>{show(cell)}</td>' for cell in cells)}</tr>"


def _list_ids(item: Mapping[str, Any]) -> list[str]:
    """What it is about by its ids, each with its kind: a decision, a finding, an approval that was given or rested on, a context."""
    named = [(name[: -len("_id")].replace("_", " "), item.get(name)) for name in _IDS]
    listed = [(kind, ids if isinstance(ids, (list, tuple)) else [ids]) for kind, ids in named if ids]
    return [f"{kind} {one}" for kind, ids in listed for one in ids]
