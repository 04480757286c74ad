"""`emulate PROFILE`: a stand-in for a vendor, for demonstrations and tests. It holds no real data."""

from pathlib import Path

import click

from gateway import plates
from gateway.cli.given_once import GivenOnce
from gateway.vendors import load_profile


@click.command(cls=GivenOnce)
@click.argument("profile")
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="0 takes any free port.")
@click.option(
    "--record", type=click.Path(path_type=Path, dir_okay=False), help="Every request received, a JSON line each."
)
@click.option("--plate", multiple=True, help="PLATE:STATE to have reads of (default: the demonstration's).")
@click.option("--latency", type=click.FloatRange(0, 60), default=0.0, help="Seconds before each answer.")
@click.option("--fail-rate", type=click.FloatRange(0, 1), default=0.0, help="Share of answers that are errors.")
@click.option("--truncate", type=click.FloatRange(0, 1), default=0.0, help="Share of answers that end early.")
@click.option("--garbage", type=click.FloatRange(0, 1), default=0.0, help="Share of answers that cannot be parsed.")
@click.option("--undated", type=click.FloatRange(0, 1), default=0.0, help="Share of reads whose time has no zone.")
@click.option("--client-id", default="demo-client", show_default=True, help="The OAuth2 client that it accepts.")
@click.option(
    "--secret",
    default="demo-vendor-secret",
    show_default=True,
    help="The client's secret, or the API key, that it accepts.",
)
def emulate(
    profile: str,
    port: int,
    record: Path | None,
    plate: tuple[str, ...],
    latency: float,
    fail_rate: float,
    truncate: float,
    garbage: float,
    undated: float,
    client_id: str,
    secret: str,
) -> None:
    """Serve an emulator of PROFILE (flock or rekor) on loopback."""
    from gateway.demo.agency import PLATES
    from gateway.server.bind import require_free
    from gateway.vendors.emulator import DemoCredentials, Faults, create_emulator, serve_emulator

    require_free("--port", f"127.0.0.1:{port}")
    app = create_emulator(
        load_profile(profile),
        record=record,
        faults=Faults(
            latency_s=latency,
            fail_rate=fail_rate,
            truncate_rate=truncate,
            garbage_rate=garbage,
            undated_rate=undated,
        ),
        credentials=DemoCredentials(client_id=client_id, client_secret=secret, api_key=secret),
        plates=tuple(_plate(text) for text in plate) or PLATES,
    )
    serve_emulator(app, port=port, on_ready=lambda url: click.echo(f"{profile} emulator on {url}", err=True))


def _plate(text: str) -> tuple[str, str]:
    plate, _, state = text.partition(":")
    if not plates.is_accepted(plate) or state not in plates.STATES:
        raise click.BadParameter("must be PLATE:STATE, as FNA579:AR", param_hint="--plate")
    return plate, state
