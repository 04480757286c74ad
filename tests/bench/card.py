"""What the benchmark leaves behind: the card of the machine, the figures as JSON, one chart."""

import json
import os
import platform
from collections.abc import Mapping
from html import escape
from importlib.metadata import version
from pathlib import Path

from tests.bench.load import Measured

Table = Mapping[int, Mapping[str, Measured]]
_WIDTH, _LABEL, _ROW = 760, 250, 22


def machine_card() -> dict[str, str]:
    """What was measured on, as far as it says so itself."""
    info = Path("/proc/cpuinfo").read_text()
    models = [line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // (1 << 20)
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory} GiB",
        "kernel": platform.release().partition("-")[0],
        "python": platform.python_version(),
        "gunicorn": version("gunicorn"),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def keep(folder: Path, card: Mapping[str, str], table: Table, more: Mapping[str, object]) -> None:
    """Write `benchmark.json` and `benchmark.svg`."""
    figures = {
        str(connections): {
            name: {"p50_ms": one.p50, "p99_ms": one.p99, "requests_per_s": one.rate} for name, one in row.items()
        }
        for connections, row in table.items()
    }
    document = {"machine": dict(card), "connections": figures, **more}
    (folder / "benchmark.json").write_text(json.dumps(document, indent=2) + "\n")
    (folder / "benchmark.svg").write_text(_chart(table))


def _chart(table: Table) -> str:
    """The median of each, as bars on one scale of times the base's, a group for each number of connections."""
    lines, at = [], 30
    ratios = {
        connections: {name: one.p50 / next(iter(row.values())).p50 for name, one in row.items()}
        for connections, row in table.items()
    }
    scale = (_WIDTH - _LABEL - 70) / max(ratio for row in ratios.values() for ratio in row.values())
    for connections, row in ratios.items():
        lines.append(f'<text x="8" y="{at}" font-weight="bold">p50 at {connections} connection(s)</text>')
        for name, ratio in row.items():
            at += _ROW
            width = max(2.0, ratio * scale)
            color = "#1b4f72" if "gateway" in name else "#9aa5b1"
            lines.append(f'<text x="{_LABEL - 8}" y="{at}" text-anchor="end">{escape(name)}</text>')
            lines.append(f'<rect x="{_LABEL}" y="{at - 13}" width="{width:.0f}" height="16" fill="{color}"/>')
            lines.append(f'<text x="{_LABEL + width + 6:.0f}" y="{at}">{ratio:.2f} times</text>')
        at += 2 * _ROW
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{at}" font-family="sans-serif" font-size="13">'
    return "\n".join([head, f'<rect width="{_WIDTH}" height="{at}" fill="white"/>', *lines, "</svg>", ""])
