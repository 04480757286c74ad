"""`oversight history`: what changed in the detectors and tables of oversight, and when."""

from typing import Any

import click
import orjson

from gateway.cli.audit_options import reading
from gateway.cli.given_once import GivenOnce
from gateway.cli.options import print_json, with_config, with_json
from gateway.cli.terminal import tell, tell_aligned
from gateway.clock import format_instant
from gateway.settings import Settings

_CHANGES = "SELECT ts, what, oversight FROM records WHERE event_type = 'detectors.changed' ORDER BY ts DESC, seq DESC"


@click.command("history", cls=GivenOnce)
@with_config
@with_json
def history(settings: Settings, as_json: bool) -> None:
    """Every change of the detectors, their limits and the tables of oversight, the newest first, as it is on record."""
    with reading(settings) as source:
        rows = [_describe(*row) for row in source.ask(_CHANGES)]
        if as_json:
            print_json(rows)
        elif not rows:
            tell("the detectors have not looked yet: nothing is on record")
        else:
            tell_aligned([{"time": row["time"], "what": "; ".join(row["changes"]) or row["what"]} for row in rows])


def _describe(moment: Any, what: str | None, oversight: str) -> dict[str, Any]:  # noqa: ANN401 - a time without a zone
    told = orjson.loads(oversight)
    return {
        "time": format_instant(moment),
        "what": what or f"{', '.join(told['changed'])} changed",
        "changes": [],
        **told,
    }
