"""`audit confirm-clock`: the operator's word for a clock that the gateway does not believe."""

from datetime import timedelta

import click

from gateway import clock
from gateway.app.state import secrets_folder
from gateway.cli.audit_options import make_access, with_why
from gateway.cli.given_once import GivenOnce
from gateway.cli.options import print_json, with_config, with_json
from gateway.cli.terminal import tell
from gateway.durable import RealDisk
from gateway.ledger.clock_memory import find_latest_seen, keep_confirmation, recall
from gateway.settings import Settings

_WORTH_TELLING = timedelta(days=1)
_KEPT_LONGER = (
    "retention goes on from {since}, for what you say of the clock adds nothing to it: records are kept {days} days longer, "
    "until a witness on another host says the same time"
)


@click.command("confirm-clock", cls=GivenOnce)
@with_why
@with_config
@with_json
def confirm_clock(why: str, settings: Settings, as_json: bool) -> None:
    """Say that this host's clock is right now, after you compared it with another: recorded, and believed from then on.

    Needed where the clock was wrong and was put right, or after a standstill of more than a month without a witness. It lets
    the gateway serve again, and moves nothing that retention counts: only a witness on another host does.
    """
    directory, secrets = settings.audit.directory, secrets_folder(settings)
    before = find_latest_seen(directory, recall(secrets).confirmed)
    access, now = make_access(settings, why), clock.now()
    seen = clock.format_instant(before) if before else None
    access.recorder("clock.confirmed", operator=access.reader, why=why, latest_seen=seen)
    passed = keep_confirmation(directory, secrets, now, RealDisk())
    told = {"clock": clock.format_instant(now), "latest_seen": seen, "retention_counts": clock.format_instant(passed)}
    if as_json:
        print_json(told)
    else:
        tell(f"the clock is believed from {told['clock']} on; running workers take it up within seconds")
        if now - passed > _WORTH_TELLING:
            tell(_KEPT_LONGER.format(since=told["retention_counts"], days=(now - passed).days))
