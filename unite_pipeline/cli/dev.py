"""`unite-pipeline dev` and `simulate`: things that run until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
from pydantic import SecretStr

from unite_pipeline.cli.company import DEMO_DIR, plan_of, simulated
from unite_pipeline.installation import pin, places_of
from unite_pipeline.instance import end_dead_runs, opened, prepare
from unite_pipeline.settings import PREFIX, Settings, load_settings
from unite_pipeline.simulator import Company, Simulator
from unite_pipeline.simulator.server import Served, check_port, run

SIMULATED_DAYS = 90
_LAST_PORT = 65_535


@click.command()
@click.option("--simulator", is_flag=True, help="On a simulated company, in a directory of its own.")
@click.option(
    "--data-dir", type=click.Path(path_type=Path), default=DEMO_DIR, show_default=True, help="With --simulator."
)
@click.option(
    "--port",
    type=click.IntRange(1, _LAST_PORT),
    default=3000,
    show_default=True,
    help="Of the Dagster UI, on this machine only.",
)
def dev(*, simulator: bool, data_dir: Path, port: int) -> None:
    """Start the Dagster UI and daemon on this data directory."""
    check_port(port)  # Dagster says it late, and in many lines
    if not simulator:
        settings = load_settings()
        pin(settings)
        sys.exit(_dagster(settings, port))
    with simulated(data_dir.absolute(), SIMULATED_DAYS) as (served, settings):
        click.echo(f"A simulated Unite API is served at {served.base_url}")
        sys.exit(_dagster(settings, port))


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, _LAST_PORT),
    default=8437,
    show_default=True,
    help="On this machine only; 0 takes a free one.",
)
@click.option("--data-dir", type=click.Path(path_type=Path), default=DEMO_DIR, show_default=True, help="Its company.")
def simulate(port: int, data_dir: Path) -> None:
    """Serve the simulated Unite API on loopback."""
    company = Company(plan_of(data_dir.absolute(), SIMULATED_DAYS))

    def announce(served: Served) -> None:
        click.echo(f"UNITE_BASE_URL={served.base_url}")
        click.echo(f"Provision with: unite-pipeline provision {served.sim.invitation_id}")

    run(Simulator(company), port, announce)


def _dagster(settings: Settings, port: int) -> int:
    """Run `dagster dev` on the instance of the data directory until it ends or is interrupted."""
    places = places_of(settings)
    home = prepare(places)
    with opened(places) as instance:
        end_dead_runs(instance, places)
    command = [
        # It would have people use a tool that is none of our dependencies.
        sys.executable, "-W", "ignore:Function `dev_command` is superseded", "-m", "dagster", "dev",
        "--workspace", str(home / "workspace.yaml"), "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    click.echo(f"Dagster UI: http://127.0.0.1:{port} (Ctrl-C ends it)")
    # Whoever ends us ends Dagster too: service managers send TERM, and shells start background jobs deaf to INT.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _interrupt)
    process = subprocess.Popen(command, env={**os.environ, **_environment(settings), "DAGSTER_HOME": str(home)})  # noqa: S603
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as the processes of Dagster read them."""
    told = {name: value for name, value in settings.model_dump().items() if value is not None}
    return {
        f"{PREFIX}{name.upper()}": value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in told.items()
    }
