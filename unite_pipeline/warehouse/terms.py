"""What the words of the metrics mean in one installation: thresholds, opening hours, time zone and country.

Here: the values, and the table `parameters` that shows them. Not here: reading the environment (`settings.py`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pyarrow as pa

from unite_pipeline.errors import ConfigurationError
from unite_pipeline.lake.table import Table, key
from unite_pipeline.settings import DEFAULT_COUNTRY, DEFAULT_OPENING_HOURS, Settings

_LONGEST_WINDOW_H = 7 * 24


@dataclass(frozen=True, slots=True)
class Terms:
    """What the metrics are reckoned with; `_s` is seconds, `_h` hours.

    Args:
        opening_hours: in the notation of OpenStreetMap's opening_hours.
        timezone: IANA name of the zone that local times are in.
        country: ISO 3166 code of the country whose public holidays count.
        repeat_within_h: 1 to 168; beyond a week, days would have to look too far around them.

    Raises:
        ConfigurationError: repeat_within_h is out of its range.
    """

    timezone: str = "Europe/Amsterdam"
    country: str = DEFAULT_COUNTRY
    opening_hours: str = DEFAULT_OPENING_HOURS
    service_level_s: int = 20
    short_abandon_s: int = 5
    short_call_s: int = 10
    repeat_within_h: int = 24

    def __post_init__(self) -> None:
        if not 1 <= self.repeat_within_h <= _LONGEST_WINDOW_H:
            message = f"repeat_within_h must be 1 to {_LONGEST_WINDOW_H} hours, not {self.repeat_within_h}"
            raise ConfigurationError(message)

    @property
    def window_days(self) -> int:
        """Local days before or after its own that a call within repeat_within_h can start on; one may last 23 hours."""
        return (self.repeat_within_h + 24) // 24


PARAMETERS = Table(
    "parameters",
    "What the metrics are reckoned with here: one row.",
    ("timezone",),
    (
        key("timezone", "Zone of all local times and days (UNITE_TIMEZONE)"),
        key("country", "Country whose public holidays count (UNITE_COUNTRY)"),
        key("opening_hours", "When the company is open, in the notation of OpenStreetMap (UNITE_OPENING_HOURS)"),
        key("service_level_s", "Answered within so many seconds counts as in time (UNITE_SERVICE_LEVEL_S)", "INTEGER"),
        key("short_abandon_s", "A missed call shorter than this many seconds is a short abandon "
            "(UNITE_SHORT_ABANDON_S)", "INTEGER"),
        key("short_call_s", "A conversation shorter than this many seconds is a short call (UNITE_SHORT_CALL_S)",
            "INTEGER"),
        key("repeat_within_h", "A caller who calls again within so many hours is a repeat caller; a missed caller "
            "without contact for so long is lost (UNITE_REPEAT_WITHIN_H)", "INTEGER"),
    ),
    is_impersonal=True,
)  # fmt: skip


def terms_of(settings: Settings) -> Terms:
    """The terms that an installation's settings give."""
    return Terms(
        timezone=settings.timezone,
        country=settings.country,
        opening_hours=settings.opening_hours,
        service_level_s=settings.service_level_s,
        short_abandon_s=settings.short_abandon_s,
        short_call_s=settings.short_call_s,
        repeat_within_h=settings.repeat_within_h,
    )


def parameter_rows(terms: Terms) -> pa.Table:
    """The one row of `parameters`, without the tenant."""
    return pa.Table.from_pylist([asdict(terms)], schema=PARAMETERS.schema)
