"""Erlang B as a table: how much traffic so many lines carry if so many calls may find none free.

Here: the formula and its rows. Not here: which traffic is looked up in it (`sql/traffic_by_day.sql`).
Source: A. K. Erlang, 1917; ITU-T E.520. B(0) = 1, B(n) = A B(n-1) / (n + A B(n-1)).
"""

from __future__ import annotations

import math
from functools import lru_cache

import pyarrow as pa

from unite_pipeline.lake.table import Table, key, measure

BLOCKING_PCT = (0.1, 1.0, 2.0, 5.0)
MOST_LINES = 300

ERLANG_B = Table(
    "erlang_b",
    "Erlang B: the most traffic that so many lines carry if so many of a hundred calls may find none free. Lines "
    "needed: the fewest whose erlang is at least the traffic.",
    ("blocking_pct", "lines"),
    (
        measure("blocking_pct", "Calls of a hundred that find no line free: 0.1, 1, 2 or 5", "DOUBLE",
                is_required=True),
        measure("lines", f"Lines, 1 to {MOST_LINES}", is_required=True),
        key("erlang", "Offered traffic at which they lose just so many", "DOUBLE"),
    ),
    is_impersonal=True,
)  # fmt: skip


def blocking(lines: int, erlang: float) -> float:
    """The share of calls that find no line free, 0 to 1."""
    inverse = 1.0
    for line in range(1, lines + 1):
        inverse = 1.0 + inverse * line / erlang
    return 1.0 / inverse


@lru_cache(maxsize=1)
def erlang_rows() -> pa.Table:
    """The rows of `erlang_b`, without the tenant."""
    rows = []
    for percent in BLOCKING_PCT:
        share = percent / 100
        erlang = share / (1 - share)
        for lines in range(1, MOST_LINES + 1):
            erlang = _erlang(lines, share, start=erlang)
            rows.append({"blocking_pct": percent, "lines": lines, "erlang": erlang})
    return pa.Table.from_pylist(rows, schema=ERLANG_B.schema)


def _erlang(lines: int, share: float, start: float) -> float:
    """The traffic at which so many lines block this share, by Newton's method on the logarithm.

    Its derivative is n/A - 1 + B. One line fewer is a start from below; there the steps do not overshoot.
    """
    erlang, step = start, math.inf
    while abs(step) > 1e-13 * erlang:
        blocked = blocking(lines, erlang)
        step = (math.log(share) - math.log(blocked)) / (lines / erlang - 1 + blocked)
        erlang += step
        if abs(step) < 1e-9:  # noqa: PLR2004  the error squares with each step: this was the last that matters
            break
    return erlang
