"""`unite-pipeline backup`: a copy of what cannot be made again."""

from __future__ import annotations

from pathlib import Path

import click

from unite_pipeline.backup import SETTINGS_NAME, back_up
from unite_pipeline.cli.screen import say
from unite_pipeline.clock import Clock
from unite_pipeline.installation import check_pin, places_of
from unite_pipeline.settings import load_settings


@click.command()
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--without-token",
    is_flag=True,
    help="Leave secrets out: the login token and .env; whoever restores provisions anew.",
)
@click.pass_obj
def backup(clock: Clock, target: Path, *, without_token: bool) -> None:
    """Copy to the folder TARGET what cannot be made again; the same folder again takes what is new.

    Syncs may go on meanwhile. The .env of the working directory is copied too. Lake and warehouse are left out, for
    `rebuild` makes them from the copy.
    """
    settings = load_settings()
    check_pin(settings)
    places = places_of(settings)
    report = back_up(
        places,
        target.absolute(),
        clock.utc(),
        settings_file=Path(SETTINGS_NAME),
        with_token=not without_token,
    )
    say(
        f"{target}: {report.reads:,} new reads beside {report.reads_before:,}, {report.sounds:,} sounds, "
        f"{report.databases:,} databases, {report.size_bytes / 1e6:,.1f} MB"
    )
    left = [name for name in (places.login_token.name, SETTINGS_NAME) if (target / name).exists()]
    if without_token and left:
        say(f"{target} still holds {' and '.join(left)} of an earlier back-up: delete what is not to be there")
    say(
        f"To restore: copy all of it into an empty UNITE_DATA_DIR, move {SETTINGS_NAME} from there to the working "
        "directory, then run `unite-pipeline rebuild`"
    )
