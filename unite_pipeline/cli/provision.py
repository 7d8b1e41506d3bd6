"""`unite-pipeline provision`: an invitation in, the login token on disk."""

from __future__ import annotations

import re

import click

from unite_pipeline.api.client import provision as trade
from unite_pipeline.cli.screen import say
from unite_pipeline.defs.resources import say_wait
from unite_pipeline.errors import ConfigurationError
from unite_pipeline.installation import Unite, has_login_token, pin, place_for_login_token
from unite_pipeline.settings import Settings, load_settings


@click.command()
@click.argument("invitation_id")
def provision(invitation_id: str) -> None:
    """Trade the single-use INVITATION_ID of the App template for the login token, and store it."""
    settings = load_settings()
    had_one = has_login_token(settings)
    provision_with(settings, invitation_id)
    where = Unite(settings).places.login_token
    say(f"The login token is stored in {where}, readable by you alone. Next: unite-pipeline doctor")
    if not had_one:
        say(
            "If Dagster runs here already, its schedules are on once it loads the pipeline anew: restart unite-code, "
            "or choose Reload definitions in the UI"
        )


def provision_with(settings: Settings, invitation_id: str) -> None:
    """Provision, and store the token durably before anything else is done.

    Raises:
        ConfigurationError: the invitation has not the form of one, or UNITE_LOGIN_TOKEN is set; nothing was sent.
        OSError: the token could not be stored; nothing was sent.
        LakeError, ApiError: the invitation may be used up; the text says so.
    """
    if not re.fullmatch(r"[A-Z0-9]{6}", invitation_id):
        message = "An invitation id is six capitals or digits; it stands in the App template of the Unite portal"
        raise ConfigurationError(message)
    pin(settings)
    with place_for_login_token(settings) as store, Unite(settings) as unite:
        trade(unite.connection(), invitation_id, store, say_wait)
