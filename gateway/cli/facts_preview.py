"""How `facts check` tells what an import would do: mistakes, warnings, changes, and whom they concern."""

from collections.abc import Sequence

import click

from gateway.facts.importer import ImportPreview

_NAMED = 20


def tell_preview(preview: ImportPreview) -> None:
    """Print a preview for people: mistakes and warnings on standard error, what would change on standard output."""
    for sentence in preview.problems:
        click.echo(f"error: {sentence}", err=True)
    for sentence in preview.warnings:
        click.echo(f"warning: {sentence}", err=True)
    if preview.shrunk:
        click.echo(f"these would shrink so much that --force --why is needed: {', '.join(preview.shrunk)}")
    _tell_changes(preview)
    would = "would be refused" if preview.problems else "would be taken"
    if preview.shrunk and not preview.problems:
        would += " with --force --why, and without is refused"
    click.echo(f"{sum(preview.rows.values())} rows read; the import {would}. Nothing was changed.")


def _tell_changes(preview: ImportPreview) -> None:
    changes = preview.changes
    if changes is None:
        return
    for change in changes.tables:
        click.echo(f"{change.table + '.csv':22} {change.added:>7} rows new {change.removed:>7} rows gone")
    if not changes.tables:
        click.echo("the facts in force hold the very same rows")
    _tell_names("people concerned", changes.people)
    _tell_names("cases concerned", changes.cases)


def _tell_names(what: str, names: Sequence[str]) -> None:
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        click.echo(f"{what} ({len(names)}): {', '.join(names[:_NAMED])}{more}")
