"""`doctor`: is everything as it should be?"""

from dataclasses import asdict

import click

from gateway.cli.given_once import GivenOnce
from gateway.cli.options import EXIT_NOT_SO, SETTINGS_FILE, print_json, with_config, with_json
from gateway.settings import Settings

_COLOURS = {"ok": "green", "warning": "yellow", "failure": "red"}


@click.command(cls=GivenOnce)
@click.pass_context
@with_config
@with_json
def doctor(context: click.Context, settings: Settings, as_json: bool) -> None:
    """Look at everything the gateway depends on; exit 1 if anything fails. Changes nothing."""
    from gateway.app.doctor import examine
    from gateway.app.symptom import FAILURE

    symptoms = examine(settings, context.find_root().meta.get(SETTINGS_FILE))
    if as_json:
        failed = any(symptom.state == FAILURE for symptom in symptoms)
        print_json({"ok": not failed, "symptoms": [asdict(symptom) for symptom in symptoms]})
    else:
        for symptom in symptoms:
            click.echo(
                f"{click.style(symptom.state.rjust(7), fg=_COLOURS[symptom.state])}  {symptom.topic}: {symptom.sentence}"
            )
    if any(symptom.state == FAILURE for symptom in symptoms):
        raise SystemExit(EXIT_NOT_SO)
