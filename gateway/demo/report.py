"""How the demonstration looks on a terminal: request, verdict, reason, remedy."""

from rich.console import Console
from rich.markup import escape

from gateway.demo import agency
from gateway.demo.caller import Told
from gateway.demo.setting import Stage
from gateway.demo.steps import Step
from gateway.own_command import find_own_command


def heading(text: str, console: Console) -> None:
    """A line between groups of steps."""
    console.print(f"\n[bold]{text}[/]")


def step(asked: Step, told: Told, console: Console) -> bool:
    """Print one step; whether it did what it should."""
    codes = [reason["code"] for reason in told.reasons]
    good = told.status == 200 if asked.refused is None else (told.status == asked.status and asked.refused in codes)  # noqa: PLR2004
    verdict = (
        f"[green]allowed[/] {len(told.document.get('results', []))} reads" if not codes else f"[red]{told.status}[/]"
    )
    console.print(
        f"  {_mark(good)} {asked.person}  {escape(asked.title):<44} {verdict} {escape(', '.join(codes))}",
        soft_wrap=True,
    )
    for reason in told.reasons:
        console.print(f"         [dim]{escape(reason['message'])} → {escape(reason['fix'])}[/]", soft_wrap=True)
    if not good:
        console.print(
            f"         [red]expected {asked.refused or 'an answer'}, got {told.status} {escape(str(codes))}[/]"
        )
    return good


def fact(sentence: str, good: bool, console: Console) -> bool:
    """Print something checked besides requests; gives `good` back."""
    console.print(f"  {_mark(good)} {escape(sentence)}", soft_wrap=True)
    return good


def invite(stage: Stage, console: Console) -> None:
    """Print what to try next, while everything stays up."""
    url, key = f"http://127.0.0.1:{stage.port}", stage.keys[agency.OFFICER]
    admin = f"http://127.0.0.1:{stage.admin_port}"
    window = '"startDate":"2026-01-01T00:00:00Z","endDate":"2026-02-01T00:00:00Z"'
    body = f'{{"plate":"{agency.PLATE}","reason":"criminal_investigation: try","caseNumber":"{agency.CASE}",{window}}}'
    heading("Try it (Ctrl-C ends everything)", console)
    for line in (
        f"gateway   {url}   health {admin}/readyz   metrics {admin}/metrics",
        f"config    {stage.config}",
        f"curl -s {url}/gateway/whoami -H 'Authorization: Bearer {key}'",
        f"curl -s {url}/flock/api/v3/reads/lookup -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{body}'",
        f"{find_own_command()} audit tail --config {stage.config}",
        f"{find_own_command()} audit verify {stage.ledger}",
        "(the review of an emergency is due after two seconds here, to be seen overdue; the shipped table says 72 hours)",
    ):
        console.print(f"  {line}", soft_wrap=True, markup=False, highlight=False)


def _mark(good: bool) -> str:
    return "[green]✓[/]" if good else "[red]✗[/]"
