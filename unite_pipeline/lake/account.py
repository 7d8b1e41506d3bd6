"""Which account a data directory belongs to: pinned at first use, so that made-up calls never meet real ones.

Here: the pin and the comparison. Not here: the settings it comes from.
"""

from __future__ import annotations

import re

import msgspec

from unite_pipeline.errors import ConfigurationError
from unite_pipeline.lake.durable import write_durably
from unite_pipeline.lake.places import Places

_VARIABLES = {"base_url": "UNITE_BASE_URL", "tenant": "UNITE_TENANT", "timezone": "UNITE_TIMEZONE"}


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What must not change under a data directory."""

    base_url: str
    tenant: str
    timezone: str


def pin_account(places: Places, account: Account) -> None:
    """Write down whose data directory this is, or compare with what stands there.

    Raises:
        ConfigurationError: it belongs to another account; names every setting that differs.
    """
    if not is_pinned(places, account):
        write_durably(places.identity, msgspec.json.encode(account))


def is_pinned(places: Places, account: Account) -> bool:
    """Whether the data directory belongs to this account already; False if it belongs to nobody yet.

    Raises:
        ConfigurationError: it belongs to another account; names every setting that differs.
    """
    try:
        pinned = msgspec.json.decode(places.identity.read_bytes(), type=Account)
    except FileNotFoundError:
        return False
    except ValueError as error:
        message = f"{places.identity} cannot be read. Restore it, or name another folder in UNITE_DATA_DIR"
        raise ConfigurationError(message) from error
    was, wanted = _of_any_port(pinned), _of_any_port(account)
    differing = [name for name in _VARIABLES if getattr(was, name) != getattr(wanted, name)]
    if differing:
        lines = [
            f"  {_VARIABLES[name]}: this data directory was begun with {getattr(pinned, name)}" for name in differing
        ]
        message = "\n".join(
            [
                f"The data directory {places.root} belongs to another account. Name another in UNITE_DATA_DIR, or set:",
                *lines,
            ]
        )
        raise ConfigurationError(message)
    return True


def _of_any_port(account: Account) -> Account:
    return Account(base_url=_without_port(account.base_url), tenant=account.tenant, timezone=account.timezone)


def _without_port(base_url: str) -> str:
    # The simulator on this machine takes whatever port is free; which one does not make it another account.
    return re.sub(r"^(http://(?:127\.0\.0\.1|localhost|\[::1\])):\d+", r"\1", base_url)
