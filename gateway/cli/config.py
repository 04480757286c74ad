"""`config check`: every mistake at once."""

import os

import click

from gateway import clock
from gateway.cli.given_once import Commands
from gateway.cli.options import print_json, with_config, with_json
from gateway.errors import ConfigurationError
from gateway.settings import Settings


@click.group(cls=Commands)
def config() -> None:
    """Check the settings."""


@config.command("check")
@with_config
@with_json
def check(settings: Settings, as_json: bool) -> None:
    """Read the settings, profiles, policies and secrets, ask the databases and the clock; say every mistake, or none."""
    from gateway.app.audit import sink_warnings
    from gateway.app.facts_age import tell_shorter_age
    from gateway.app.identity import proxy_warnings
    from gateway.app.long_approvals import long_approvals
    from gateway.app.mistakes import find_mistakes
    from gateway.app.named_files import shadow_troubles
    from gateway.app.outbound import unused_variables
    from gateway.app.oversight_faults import find_oversight_faults
    from gateway.app.oversight_words import find_strange_words
    from gateway.app.policy_in_force import find_in_force
    from gateway.app.policy_review import review_warnings, tell_expired
    from gateway.app.reach import clock_troubles, connection_shortfalls
    from gateway.app.state import tell_beginning
    from gateway.app.upgraded import policy_shortfalls

    for sentence in clock_troubles(settings):  # no mistake in the settings; a witness may yet vouch for the clock
        click.echo(f"warning: {sentence}", err=True)
    beginning = tell_beginning(settings)
    problems = find_mistakes(settings)
    if problems:
        raise ConfigurationError(problems)
    force = find_in_force(settings, clock.now())
    for sentence in (
        *filter(None, [tell_expired(force)]),
        *review_warnings(force),
        *policy_shortfalls(settings),
        *find_oversight_faults(settings),
        *find_strange_words(settings),
        *proxy_warnings(settings),
        *settings.notices.warnings(),
        *shadow_troubles(settings),
        *connection_shortfalls(settings),
        *long_approvals(settings),
        *(f"sink {name}: {sentence}" for name, sentence in sink_warnings(settings)),
    ):  # officers are served all the same
        click.echo(f"warning: {sentence}", err=True)
    for sentence in (*filter(None, [beginning, tell_shorter_age(settings)]), *unused_variables(settings, os.environ)):
        click.echo(f"note: {sentence}", err=True)
    if as_json:
        print_json({"ok": True, "vendors": [vendor.name for vendor in settings.vendors]})
    else:
        click.echo("the configuration is sound")
