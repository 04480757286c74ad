"""Walks through the demonstration: sets up, asks, prints what a person wants to see, and checks every step."""

import contextlib
import shutil
import signal
import tempfile
from pathlib import Path

import click
from rich.console import Console

from gateway import clock
from gateway.demo import agency, report
from gateway.demo.caller import Caller
from gateway.demo.commands import CommandLine
from gateway.demo.oversight import show_oversight
from gateway.demo.people import show_people
from gateway.demo.processes import DemoFailure
from gateway.demo.setting import Stage, set_up
from gateway.demo.steps import Step, flock_steps, rekor_steps


def demonstrate(*, port: int | None, once: bool, console: Console, command: click.Command) -> bool:
    """Run everything; True if each step did what it should. Unless `once`, stays up until interrupted.

    `command` is the command line.
    """
    with tempfile.TemporaryDirectory(prefix="lpr-gateway-demo-") as folder, contextlib.ExitStack() as stack:
        try:
            stage = set_up(Path(folder), port, stack, CommandLine(command))
            good = _walk(stage, console)
        except DemoFailure as failure:
            console.print(f"[red]The demonstration stopped:[/] {failure}", soft_wrap=True)
            return False
        if not once:
            report.invite(stage, console)
            _wait_for_interrupt()
        return good


def _walk(stage: Stage, console: Console) -> bool:
    now = clock.now()
    callers = {person: Caller(stage.port, key) for person, key in stage.keys.items()}
    good = True
    report.heading("Flock: purpose and case in the vendor's own fields", console)
    for step in flock_steps(now):
        good &= report.step(step, callers[step.person].ask(step), console)
    report.heading("Pages: only for who opened the search", console)
    good &= _pages(flock_steps(now)[0], callers, console)
    report.heading("Rekor: a tool that knows no purpose, working through a declared context", console)
    for number, step in enumerate(rekor_steps(now)):
        if number == 1:
            declared = callers[agency.OFFICER].declare("rekor", "criminal_investigation", agency.CASE)
            good &= report.fact("context declared by the officer", declared == 201, console)  # noqa: PLR2004 - Created
        good &= report.step(step, callers[step.person].ask(step), console)
    report.heading("Oversight: misuse found, searches around the gateway found, a report the public can check", console)
    good &= show_oversight(stage, callers[agency.COLLEAGUE], console)
    good &= show_people(callers, stage.issuer, stage.port, console)
    report.heading("The record", console)
    return good & _ledger(stage, console)


def _pages(opening: Step, callers: dict[str, Caller], console: Console) -> bool:
    page = str(callers[agency.OFFICER].ask(opening).document.get("nextPageId"))
    second = Step(
        title="second page", person=agency.OFFICER, path=f"/flock/api/v3/reads/lookup/page/{page}", refused=None
    )
    foreign = Step(
        title="a colleague tries that page", person=agency.COLLEAGUE, path=second.path, refused="page_unknown"
    )
    good = report.step(second, callers[agency.OFFICER].ask(second), console)
    return good & report.step(foreign, callers[agency.COLLEAGUE].ask(foreign), console)


def _ledger(stage: Stage, console: Console) -> bool:
    verified = stage.verify(stage.ledger)
    good = report.fact(f"ledger verified: {verified.get('records')} records", verified.get("ok") is True, console)
    altered = stage.folder / "altered"
    shutil.copytree(stage.ledger, altered)
    segment = next(path for path in sorted(altered.glob("w*/*.jsonl")) if path.stat().st_size)
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    broken = stage.verify(altered)
    shown = f"one byte altered in a copy: {broken.get('break') or 'not noticed'}"
    return good & report.fact(shown, broken.get("ok") is False, console)


def _wait_for_interrupt() -> None:
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()
