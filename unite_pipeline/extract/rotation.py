"""Long lists that are gone through bit by bit: so that each item is read about once a period, and no hour pays for all.

Here: whose turn it is, as a pure function. Not here: asking.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil

PERIOD = timedelta(days=7)
"""Within this time everything that tells no change of its own has been read once more."""


def whose_turn(
    read_at: Mapping[str, datetime],
    now: datetime,
    last_turn_at: datetime,
    period: timedelta,
    tried_at: Mapping[str, datetime] | None = None,
) -> list[str]:
    """The items to read now, the one that was read longest ago first.

    An item has its turn in the second half of its period, and as many have it at once as the time since the last turn
    asks for: an hourly sync reads one or two, a daily one a seventh of all.

    Args:
        read_at: when each item was last read.
        now: the present.
        last_turn_at: when items were read by turns before; time that passed without a sync is made up for.
        period: how often each item is to be read.
        tried_at: when items were last tried in vain: one that cannot be read goes behind those that wait longer.
    """
    half, vain = period / 2, tried_at or {}
    waiting = sorted(
        (max(moment, vain.get(item, moment)), item) for item, moment in read_at.items() if now - moment >= half
    )
    most = ceil(len(read_at) * (max(now - last_turn_at, timedelta()) / half))
    return [item for _, item in waiting[:most]]
