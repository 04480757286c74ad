"""Runs the gateway's own commands to their end, in this process: a walk of many commands need not start Python for each."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import click

from gateway.demo.processes import DemoFailure


class CommandLine:
    """The command line, given where the demonstration is begun; `command` is its outermost group."""

    def __init__(self, command: click.Command) -> None:
        self._command = command

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        """One command: its exit code, what it printed, and what it told beside."""
        printed, told = io.StringIO(), io.StringIO()
        code: object = 0
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(told):
            try:
                self._command.main([*map(str, arguments)], prog_name="lpr-gateway")
            except SystemExit as ended:
                code = ended.code
        return int(bool(code)), printed.getvalue(), told.getvalue()

    def read(self, *arguments: str | Path) -> Any:  # noqa: ANN401 - whatever the command prints
        """What a command that must succeed printed, as JSON.

        Raises:
            DemoFailure: with what it told.
        """
        failed, printed, told = self.run(*arguments)
        if failed:
            raise DemoFailure(f"lpr-gateway {arguments[0]} {arguments[1]}: {told.strip()}")
        return json.loads(printed)
