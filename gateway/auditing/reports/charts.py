"""Charts as inline SVG: no scripts, no fonts, legible in print and without colours, with the numbers as text.

Everything a chart shows is also in the table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.media import for_html

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 720, 220, 44, 26, 10
_ROW, _BAR, _LABELS = 26, 16, 250
_MOST_LETTERS = 30
"""So many are not cut off beside a bar, in the widest of the fonts that a page asks for."""
_LETTER = 8
_GRID_LINES = 4
_STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing counted; `style` is the CSS class of its bars."""

    label: str
    style: str
    values: tuple[int, ...]


def columns(title: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """Stacked columns, one for each label."""
    totals = [sum(one.values[index] for one in series) for index in range(len(labels))]
    top = _round_up(max(totals, default=0))
    step = (_WIDTH - _LEFT) / max(1, len(labels))
    scale = (_HEIGHT - _BOTTOM - _TOP) / top
    parts = [*_grid(top, scale)]
    for index, label in enumerate(labels):
        x, base = _LEFT + index * step, float(_HEIGHT - _BOTTOM)
        for one in series:
            height = one.values[index] * scale
            base -= height
            parts.append(
                _rect(
                    x + step * 0.18, base, step * 0.64, height, one.style, f"{label}: {one.values[index]} {one.label}"
                )
            )
        if index % max(1, len(labels) // 10) == 0:
            parts.append(_mark(x + step / 2, label))
    return _figure(title, _WIDTH, _HEIGHT, parts) + _legend(series)


def bars(title: str, rows: Sequence[tuple[str, int]], style: str) -> str:
    """Horizontal bars, one for each row, with their numbers."""
    top = max((value for _, value in rows), default=0) or 1
    parts = []
    for index, (label, value) in enumerate(rows):
        y = index * _ROW + 4
        width = (_WIDTH - _LABELS - 60) * value / top
        parts += [
            _text(_LABELS - 10, y + 12, _shorten(label), "end"),
            _rect(_LABELS, y, width, _BAR, style, f"{label}: {value}"),
            _text(_LABELS + width + 6, y + 12, f"{value:,}", "start"),
        ]
    return _figure(title, _WIDTH, len(rows) * _ROW + 4, parts)


def _shorten(label: str) -> str:
    """A label that fits beside its bar; the whole of it is in the bar's title and in the table."""
    return label if len(label) <= _MOST_LETTERS else f"{label[: _MOST_LETTERS - 1].rstrip()}\u2026"


def _grid(top: int, scale: float) -> list[str]:
    parts = []
    for index in range(_GRID_LINES + 1):
        value = top * index // _GRID_LINES
        y = _HEIGHT - _BOTTOM - value * scale
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(_LEFT - 6, y + 4, f"{value:,}", "end"))
    return parts


def _round_up(value: int) -> int:
    """The next number that gives the grid lines round numbers."""
    least = max(1, -(-value // _GRID_LINES))
    power = int(10 ** max(0, len(str(least)) - 2))
    return _GRID_LINES * next(step * power for step in _STEPS if step * power >= least)


def _rect(x: float, y: float, width: float, height: float, style: str, title: str) -> str:
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{style}" {shape}><title>{for_html(title)}</title></rect>' if width > 0 and height > 0 else ""


def _mark(x: float, label: str) -> str:
    """What stands below a column, within the picture at its end."""
    if x + _LETTER * len(label) / 2 > _WIDTH:
        return _text(_WIDTH, _HEIGHT - 8, label, "end")
    return _text(x, _HEIGHT - 8, label, "middle")


def _text(x: float, y: float, label: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{for_html(label)}</text>'


def _figure(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    opening = f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{for_html(title)}: the numbers are in the table below">'
    return f"{opening}<title>{for_html(title)}</title>{''.join(parts)}</svg>"


def _legend(series: Sequence[Series]) -> str:
    items = "".join(f'<li><span class="swatch {one.style}"></span>{for_html(one.label)}</li>' for one in series)
    return f'<ul class="legend">{items}</ul>'
