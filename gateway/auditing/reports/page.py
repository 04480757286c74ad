"""A report as one HTML page: no scripts, nothing loaded from anywhere, made to be printed and to be read aloud."""

import re
from pathlib import Path

from gateway.auditing.reports.document import Cell, Figure, Report, ReportTable, Section
from gateway.clock import format_instant
from gateway.media import for_html

_MOST_ROWS = 1000
_LONGEST_WORD = 19
_MOST_WHOLE = 15
"""A table of no more rows is not divided between two sheets of paper."""
_BREAKABLE, _OPPORTUNITY = re.compile(r"(?<=[_-])"), "<wbr>"
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")
_FOOTER = (
    "from the audit record of the LPR gateway. That it was made, by whom and why, is itself recorded. Plates are sealed in "
    "the record and appear only where an auditor opened them."
)
_LACKING = "Not everything that the record has, or had, is in this report, or not everything in it checks out:"
STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
"""The style of every page for auditors."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a page for auditors may load: nothing."""


def page(report: Report) -> str:
    """The HTML of a report."""
    parts = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{for_html(report.title)}, {for_html(report.period.text)}</title><style>{STYLE}</style></head>",
        f"<body{' class=landscape' if report.landscape else ''}><main>",
        f"<header><h1>{for_html(report.title)}</h1><p>{for_html(report.period.text)}</p>",
        f"<p>{for_html(report.extent)}</p>" if report.extent else "",
        _list_lacking(report.lacking),
        f'<p class="soft">{for_html(report.basis)}</p></header>',
        _figures(report.figures),
        *(section(one) for one in report.sections),
        _sign_off() if report.signed_off else "",
        f"<footer>Made {for_html(format_instant(report.made_at))} {_FOOTER}</footer></main></body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _list_lacking(sentences: tuple[str, ...]) -> str:
    items = "".join(f"<li>{for_html(sentence)}</li>" for sentence in sentences)
    return f'<div class="lacking"><p>{_LACKING}</p><ul>{items}</ul></div>' if items else ""


def _figures(figures: tuple[Figure, ...]) -> str:
    shown = "".join(
        f"<div{' class=alarming' if figure.alarming else ''}><dt>{for_html(figure.label)}</dt>"
        f"<dd>{for_html(figure.value)}<small>{for_html(figure.note) or '&nbsp;'}</small></dd></div>"
        for figure in figures
    )
    return f'<dl class="figures">{shown}</dl>' if figures else ""


def section(content: Section) -> str:
    """The HTML of one section."""
    chart = f"{_scroller('chart', f'{content.heading}, chart')}{content.chart}</div>" if content.chart else ""
    shown = f"<h2>{for_html(content.heading)}</h2><p>{for_html(content.text)}</p>{chart}"
    return f"<section>{shown}{_table(content.table) if content.table else ''}</section>"


def _scroller(kind: str, label: str) -> str:
    """The opening of a part that is scrolled by itself where the page is narrow, by keyboard too."""
    return f'<div class="wide {kind}" tabindex="0" role="region" aria-label="{for_html(label)}">'


def _table(table: ReportTable) -> str:
    if not table.rows:
        return f'<p class="soft">{for_html(table.empty)}</p>'
    shown = table.rows[:_MOST_ROWS]
    numeric = [all(isinstance(row[at], int | float | None) for row in table.rows) for at in range(len(table.columns))]
    head = "".join(
        f'<th scope="col"{_number(is_number)}>{for_html(name)}</th>'
        for name, is_number in zip(table.columns, numeric, strict=True)
    )
    body = "".join(
        f"<tr>{''.join(_cell(cell, is_number) for cell, is_number in zip(row, numeric, strict=True))}</tr>"
        for row in shown
    )
    more = len(table.rows) - len(shown)
    note = f'<p class="soft">{more:,} more rows are in {for_html(table.name)}.csv.</p>' if more else ""
    caption = f"<caption>{for_html(table.caption)}</caption>"
    scroller = _scroller("whole" if len(shown) <= _MOST_WHOLE else "long", table.caption)
    return f"{scroller}<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}"


def _number(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def _cell(cell: Cell, is_number: bool) -> str:
    text = "" if cell is None else f"{cell:,}" if isinstance(cell, int | float) else cell
    if is_number or (len(text) <= _LONGEST_WORD and (" " not in text or _TIME.fullmatch(text))):
        return f"<td class={'number' if is_number else 'word'}>{for_html(text)}</td>"
    return f"<td>{_BREAKABLE.sub(_OPPORTUNITY, for_html(text))}</td>"


def _sign_off() -> str:
    return '<div class="sign"><div>Reviewed by (name)</div><div>Signature</div><div>Date</div></div>'
