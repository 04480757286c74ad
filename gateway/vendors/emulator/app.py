"""One emulated vendor as a WSGI application."""

from collections.abc import Sequence
from pathlib import Path

from flask import Flask

from gateway.errors import ConfigurationError
from gateway.vendors.emulator.flock import Flock
from gateway.vendors.emulator.options import DemoCredentials, Faults
from gateway.vendors.emulator.rekor import Rekor
from gateway.vendors.emulator.sightings import normal_text
from gateway.vendors.emulator.wire import Faulty, RequestRecorder
from gateway.vendors.profile.profile import Profile

__all__ = ["DemoCredentials", "Faults", "create_emulator"]


def create_emulator(
    profile: Profile,
    *,
    plates: Sequence[tuple[str, str]] = (),
    credentials: DemoCredentials | None = None,
    faults: Faults | None = None,
    record: Path | None = None,
    seed: int = 0,
) -> Flask:
    """The emulator of a shipped profile, as a Flask application.

    `plates` are the (plate, two-letter state) pairs it has seen; with none, it has seen whatever it is asked for.
    `record` is a file to which each request received is appended as a JSON line.

    Raises:
        ConfigurationError: there is no emulator for this profile.
    """
    known = [(normal_text(plate), state) for plate, state in plates]
    accepted = credentials or DemoCredentials()
    app = Flask(__name__)
    if profile.name == "flock":
        client = (accepted.client_id, accepted.client_secret)
        Flock(profile, client=client, seed=seed, known=known).mount(app)
    elif profile.name == "rekor":
        Rekor(api_key=accepted.api_key, seed=seed, known=known).mount(app)
    else:
        raise ConfigurationError([f"there is no emulator for the profile {profile.name}"])
    if faults is not None:
        app.wsgi_app = Faulty(app.wsgi_app, faults, seed=seed, spare=profile.token_path)  # type: ignore[method-assign]
    if record is not None:
        app.wsgi_app = RequestRecorder(app.wsgi_app, record)  # type: ignore[method-assign]
    return app
