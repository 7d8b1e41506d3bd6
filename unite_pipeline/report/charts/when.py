"""When people call: by day, by weekday and hour, and in which direction.

Here: three charts. Not here: whether they are answered in time (`reach.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from markupsafe import Markup

from unite_pipeline.report.drawing import Plot, whole, whole_ticks
from unite_pipeline.report.figure import Cell, Figure, Panel, Request, heads, label, number
from unite_pipeline.report.source import Row
from unite_pipeline.report.words import Both, joined, say, written

FEWEST = 20
"""Of fewer calls in a cell no share is drawn: chance would speak."""
_RARE = 0.01
_STEPS = 6
Shade = Callable[[Row], tuple[float, Both] | None]
"""Of a cell, how dark it is, 0 to 1, and what stands in it; None where it is to be grey."""


def days(request: Request) -> Figure:
    """Offered and answered calls of each day, with the mean of seven days and holidays."""
    rows = request.rows("calls_of_days")
    n = sum(row["offered"] for row in rows)
    if not n:
        return Figure("days", 0)
    top = max(row["offered"] for row in rows)
    ticks = whole_ticks(top)
    plot = Plot("days", ticks[-1])
    plot.y_axis(ticks, map(whole, ticks))
    width = 1 / len(rows)
    for i, row in enumerate(rows):
        across = ((i + 0.1) * width, (i + 0.9) * width)
        tip = f"{row['call_date']}: {row['offered']} = {row['answered']} + {row['missed']}"
        plot.rect(across, (0, row["answered"]), "answered", tip)
        plot.rect(across, (row["answered"], row["answered"] + row["missed"]), "missed", tip)
        if row["holiday_name"]:
            plot.dot(((i + 0.5) * width, ticks[-1]), "holiday", f"{row['call_date']}: {row['holiday_name']}")
    means = [((i + 0.5) * width, row["offered_mean_7d"]) for i, row in enumerate(rows)]
    plot.line([(x, y) for x, y in means if y is not None], "mean")
    _day_labels(plot, [row["call_date"] for row in rows])
    busiest = max(rows, key=lambda row: (row["offered"], row["call_date"]))
    open_days = [row for row in rows if row["is_open_day"]]
    holidays = any(row["holiday_name"] for row in rows)
    return Figure(
        "days",
        n,
        ("offered", "answer_ratio"),
        joined(
            say("days.mean", mean=sum(row["offered"] for row in open_days) / len(open_days)) if open_days else None,
            say("days.busiest", busiest=busiest["call_date"], most=busiest["offered"]),
        ),
        (Panel(plot.svg),),
        (
            ("answered", say("legend.answered")),
            ("missed", say("legend.missed")),
            *([("mean", say("legend.mean_7d"))] if any(y is not None for _, y in means) else []),
            *([("holiday", say("legend.holiday"))] if holidays else []),
        ),
        heads(("day", "offered", "answered", "missed", "mean_7d", "holiday")),
        tuple(
            (
                label(written(row["call_date"], "day")),
                number(row["offered"]),
                number(row["answered"]),
                number(row["missed"]),
                number(row["offered_mean_7d"], "n1"),
                label(row["holiday_name"] or ""),
            )
            for row in rows
        ),
        is_wide=True,
    )


def week_labels(plot: Plot, rows: list[Row]) -> None:
    """Mondays below one mark a week, as many as there is room for in half the width of a laptop."""
    for i, row in enumerate(rows):
        if i % 2 == 0:
            kind = "tick" if i % 4 == 0 else "tick wide"
            plot.x_label((i + 0.5) / len(rows), written(row["week"], "short"), kind)


def _day_labels(plot: Plot, shown: list[date]) -> None:
    """Mondays, so many as there is room for; every day where there are few."""
    if len(shown) <= 14:  # noqa: PLR2004  two weeks of labels side by side fit a phone if every other is left out
        for i, day in enumerate(shown):
            plot.x_label((i + 0.5) / len(shown), written(day, "short"), "tick" if i % 4 == 0 else "tick wide")
        return
    mondays = [(i, day) for i, day in enumerate(shown) if day.isoweekday() == 1]
    for order, (i, day) in enumerate(mondays):
        plot.x_label((i + 0.5) / len(shown), written(day, "short"), "tick" if order % 4 == 0 else "tick wide")


def weekday_and_hour(request: Request) -> Figure:
    """Offered calls by weekday and hour as a heat map, and the same for the share that was missed."""
    rows = request.rows("offered_by_weekday_and_hour")
    n = sum(row["offered"] for row in rows)
    if not n:
        return Figure("weekday_and_hour", 0)
    hours = _hours_shown(rows, n)
    shown = [row for row in rows if row["call_hour"] in hours]
    busiest = max(shown, key=lambda row: (row["offered_a_day"], row["offered"]))
    most = busiest["offered_a_day"]
    telling = [row for row in shown if row["offered"] >= FEWEST]
    worst = max((row["missed_ratio"] or 0.0 for row in telling), default=0.0)
    offered = _heat_map(shown, hours, lambda row: (row["offered_a_day"] / most, written(row["offered_a_day"], "n1")))
    missed = _heat_map(
        shown,
        hours,
        lambda row: (
            None
            if row["offered"] < FEWEST
            else (row["missed_ratio"] / worst if worst else 0.0, written(row["missed_ratio"], "bare0"))
        ),
        "warm",
    )
    grey = [("few", say("legend.few", fewest=FEWEST))]
    return Figure(
        "weekday_and_hour",
        n,
        ("offered", "missed_ratio"),
        say(
            "weekday_and_hour.finding",
            weekday=busiest["iso_weekday"],
            hour=busiest["call_hour"],
            next_hour=busiest["call_hour"] + 1,
            most=most,
        ),
        (
            Panel(offered, say("weekday_and_hour.offered")),
            Panel(missed, say("weekday_and_hour.missed")),
        ),
        tuple(grey),
        heads(("weekday", "hour", "offered", "offered_a_day", "missed", "missed_ratio")),
        tuple(
            (
                label(written(row["iso_weekday"], "weekday")),
                number(row["call_hour"]),
                number(row["offered"]),
                number(row["offered_a_day"], "n1"),
                number(row["missed"]),
                number(row["missed_ratio"] if row["offered"] >= FEWEST else None, "pct"),
            )
            for row in rows
            if row["offered"]
        ),
        is_wide=True,
        values={"first": min(hours), "last": max(hours) + 1, "fewest": FEWEST},
    )


def _hours_shown(rows: list[Row], n: int) -> range:
    """From the first hour to the last that matter; what is cut off at either side is at most one call of a hundred."""
    by_hour: dict[int, int] = {}
    for row in rows:
        by_hour[row["call_hour"]] = by_hour.get(row["call_hour"], 0) + row["offered"]
    first, last, before, after = min(by_hour), max(by_hour), 0, 0
    while first < last and before + by_hour[first] <= _RARE * n:
        before += by_hour[first]
        first += 1
    while last > first and after + by_hour[last] <= _RARE * n:
        after += by_hour[last]
        last -= 1
    return range(first, last + 1)


def _heat_map(rows: list[Row], hours: range, shade: Shade, kind: str = "cool") -> Markup:
    plot = Plot("weekday_and_hour", 7, 196)
    for row in rows:
        left = (row["call_hour"] - hours[0]) / len(hours)
        upper = 8 - row["iso_weekday"]
        found = shade(row)
        tip = f"{row['call_hour']}:00: n = {row['offered']}"
        step = "few" if found is None else f"{kind}-{min(int(found[0] * _STEPS), _STEPS - 1)}"
        plot.rect((left, left + 1 / len(hours)), (upper - 1, upper), f"cell {step}", tip)
        if found is not None and row["offered"]:
            kind_of_words = "in-cell wide" + (" light" if found[0] * _STEPS >= _STEPS / 2 else "")
            plot.words(left + 0.5 / len(hours), plot.y(upper - 0.5) + 4, found[1], kind_of_words)
    for weekday in range(1, 8):
        plot.words(0, plot.y(7.5 - weekday) + 4, written(weekday, "wd"), "tick", "end", -8)
    for hour in hours:
        plot.x_label((hour - hours[0] + 0.5) / len(hours), whole(hour), "tick" if hour % 3 == 0 else "tick wide")
    return plot.svg


def mix(request: Request) -> Figure:
    """Calls by direction and week, stacked."""
    rows = request.rows("mix_by_week")
    kinds = ("inbound", "outbound", "internal", "other")
    totals = {kind: sum(row[kind] for row in rows) for kind in kinds}
    n = sum(totals.values())
    if not n:
        return Figure("mix", 0)
    shown = [kind for kind in kinds if totals[kind]]
    ticks = whole_ticks(max(sum(row[kind] for kind in kinds) for row in rows))
    plot = Plot("mix", ticks[-1])
    plot.y_axis(ticks, map(whole, ticks))
    for i, row in enumerate(rows):
        below = 0
        for kind in shown:
            across = ((i + 0.15) / len(rows), (i + 0.85) / len(rows))
            plot.rect(across, (below, below + row[kind]), kind, f"{row['week']}: {row[kind]}")
            below += row[kind]
    week_labels(plot, rows)
    return Figure(
        "mix",
        n,
        ("inbound_ratio", "internal_ratio"),
        say("mix.finding", inbound=totals["inbound"] / n, outbound=totals["outbound"] / n,
            internal=totals["internal"] / n),
        (Panel(plot.svg),),
        tuple((kind, say(f"legend.{kind}")) for kind in shown),
        heads(("week", "days", *kinds)),
        tuple(
            (week_cell(row["week"]), number(row["days"]), *(number(row[kind]) for kind in kinds)) for row in rows
        ),
    )  # fmt: skip


def week_cell(monday: date) -> Cell:
    """A week by its number and its Monday."""
    return label(week_name(monday))


def week_name(monday: date) -> Both:
    """The same as words."""
    return say("week", week=monday.isocalendar().week, monday=monday)
