"""When people call: by day, by weekday and hour, and in which direction.

Here: three charts. Not here: whether they are answered in time (`reach.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from markupsafe import Markup

from unite_pipeline.report.drawing import Plot, scale, whole, whole_ticks
from unite_pipeline.report.figure import Cell, Figure, Panel, Request, heads, label, nothing, number
from unite_pipeline.report.source import Row
from unite_pipeline.report.words import Both, joined, say, written

FEWEST = 20
"""Of fewer calls in a cell no share is drawn: chance would speak."""
DAYS_OF_A_WEEK = 7
_RARE = 0.01
_STEPS, DARK = 6, 4
"""Shades of a heat map, and the first of them that white letters are easier to read on than black ones."""
_ALMOST = 1e-9
Shade = Callable[[Row], tuple[float, Both] | None]
"""Of a cell, how dark it is, 0 to 1, and what stands in it; None where it is to be grey."""


def days(request: Request) -> Figure:
    """Offered and answered calls of each day, with the mean of seven days and holidays; days not read are grey."""
    rows = request.rows("calls_of_days")
    read = [row for row in rows if row["is_read"]]
    n = sum(row["offered"] for row in read)
    if not n:
        return Figure("days", 0)
    ticks = whole_ticks(max(row["offered"] for row in read))
    plot = Plot("days", ticks[-1])
    width = 1 / len(rows)
    for i, row in enumerate(rows):
        if not row["is_read"]:
            plot.rect((i * width, (i + 1) * width), (0, ticks[-1]), "unread", _unread_tip(row["call_date"]))
    plot.y_axis(ticks, map(whole, ticks))
    for i, row in enumerate(rows):
        across = ((i + 0.1) * width, (i + 0.9) * width)
        if row["is_read"]:
            tip = f"{row['call_date']}: {row['offered']} = {row['answered']} + {row['missed']}"
            plot.rect(across, (0, row["answered"]), "answered", tip)
            plot.rect(across, (row["answered"], row["answered"] + row["missed"]), "missed", tip)
        if row["holiday_name"]:
            plot.dot(((i + 0.5) * width, ticks[-1]), "holiday", f"{row['call_date']}: {row['holiday_name']}")
    means = [
        None if row["offered_mean_7d"] is None else ((i + 0.5) * width, row["offered_mean_7d"])
        for i, row in enumerate(rows)
    ]
    plot.line(means, "mean")
    _day_labels(plot, [row["call_date"] for row in rows])
    busiest = max(read, key=lambda row: (row["offered"], row["call_date"]))
    open_days = [row for row in read if row["is_open_day"]]
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
            *([("mean", say("legend.mean_7d"))] if any(means) else []),
            *([("holiday", say("legend.holiday"))] if any(row["holiday_name"] for row in rows) else []),
            *([("unread", say("legend.unread"))] if len(read) < len(rows) else []),
        ),
        heads(("day", "offered", "answered", "missed", "mean_7d", "holiday")),
        tuple(_day_row(row) for row in rows),
        is_wide=True,
    )


def _unread_tip(day: date) -> str:
    """What a grey column says where a mouse rests on it: in both languages, since a tip cannot be switched."""
    unread = say("state.unread")
    return f"{day}: {unread.nl} / {unread.en}"


def _day_row(row: Row) -> tuple[Cell, ...]:
    day, holiday = label(written(row["call_date"], "day")), label(row["holiday_name"] or "")
    if not row["is_read"]:
        return (day, label(say("state.unread")), nothing(), nothing(), nothing(), holiday)
    counts = (number(row[each]) for each in ("offered", "answered", "missed"))
    return (day, *counts, number(row["offered_mean_7d"], "n1"), holiday)


def week_labels(plot: Plot, rows: list[Row]) -> None:
    """Mondays below one mark a week, as many as there is room for in half the width of a laptop, and on a phone."""
    plot.x_labels([((i + 0.5) / len(rows), written(row["week"], "short")) for i, row in enumerate(rows)], 8, 5)


def unread_weeks(plot: Plot, rows: list[Row], top: float) -> None:
    """A grey column for each week of which no day was read whole."""
    for i, row in enumerate(rows):
        if not row["days"]:
            plot.rect((i / len(rows), (i + 1) / len(rows)), (0, top), "unread", _unread_tip(row["week"]))


def _day_labels(plot: Plot, shown: list[date]) -> None:
    """Mondays, so many as there is room for; every day where there are few."""
    is_few = len(shown) <= 14  # noqa: PLR2004  two weeks of days side by side fit a laptop
    told = [(i, day) for i, day in enumerate(shown) if is_few or day.isoweekday() == 1]
    plot.x_labels([((i + 0.5) / len(shown), written(day, "short")) for i, day in told], 14, 5)


def weekday_and_hour(request: Request) -> Figure:
    """Offered calls by weekday and hour as a heat map, and the same for the share that was missed."""
    rows = request.rows("offered_by_weekday_and_hour")
    n = sum(row["offered"] for row in rows)
    if not n:
        return Figure("weekday_and_hour", 0)
    hours = _hours_shown(rows, n)
    shown = [row for row in rows if row["call_hour"] in hours]
    busiest = max(shown, key=lambda row: (row["offered_a_day"] or 0.0, row["offered"]))
    most = busiest["offered_a_day"]
    first, end = min(hours), max(hours) + 1
    telling = [row for row in shown if row["offered"] >= FEWEST]
    worst = max((row["missed_ratio"] or 0.0 for row in telling), default=0.0)
    offered = _heat_map(shown, hours, _shade_of_mean(most))
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
    if any(not row["days"] for row in shown):
        grey.append(("few", say("legend.unread_weekday")))
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
            Panel(offered, say("weekday_and_hour.offered"), _scale("cool", most, "n1")),
            Panel(missed, say("weekday_and_hour.missed"), _scale("warm", worst, "bare0") if worst else None),
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
        values={"first": first, "last": end, "fewest": FEWEST},
    )


def _shade_of_mean(most: float) -> Shade:
    def shade(row: Row) -> tuple[float, Both] | None:
        mean = row["offered_a_day"]
        return None if mean is None else (mean / most, written(mean, "n1"))

    return shade


def _scale(kind: str, most: float, form: str) -> Markup:
    """From which value on a cell has each shade."""
    return scale([(f"{kind}-{step}", written(most * step / _STEPS, form)) for step in range(_STEPS)])


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
        step = 0 if found is None else min(int(found[0] * _STEPS + _ALMOST), _STEPS - 1)
        shade_kind = "few" if found is None else f"{kind}-{step}"
        plot.rect((left, left + 1 / len(hours)), (upper - 1, upper), f"cell {shade_kind}", tip)
        if found is not None and row["offered"]:
            kind_of_words = "in-cell wide" + (" light" if step >= DARK else "")
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
    unread_weeks(plot, rows, ticks[-1])
    for i, row in ((i, row) for i, row in enumerate(rows) if row["days"]):
        below = 0
        for kind in shown:
            across = ((i + 0.15) / len(rows), (i + 0.85) / len(rows))
            is_partial = "" if row["days"] == DAYS_OF_A_WEEK else " partial"
            plot.rect(across, (below, below + row[kind]), f"{kind}{is_partial}", f"{row['week']}: {row[kind]}")
            below += row[kind]
    week_labels(plot, rows)
    return Figure(
        "mix",
        n,
        ("inbound_ratio", "internal_ratio"),
        say("mix.finding", inbound=totals["inbound"] / n, outbound=totals["outbound"] / n,
            internal=totals["internal"] / n),
        (Panel(plot.svg),),
        (*((kind, say(f"legend.{kind}")) for kind in shown), *unread_key(rows)),
        heads(("week", "days", *kinds)),
        tuple(
            (week_cell(row["week"]), number(row["days"]), *(number(row[kind]) for kind in kinds)) for row in rows
        ),
    )  # fmt: skip


def unread_key(rows: list[Row]) -> list[tuple[str, Both]]:
    """The entry of the legend for grey columns, where there are any."""
    return [] if all(row["days"] for row in rows) else [("unread", say("legend.unread"))]


def week_cell(monday: date) -> Cell:
    """A week by its number and its Monday."""
    return label(week_name(monday))


def week_name(monday: date) -> Both:
    """The same as words."""
    return say("week", week=monday.isocalendar().week, monday=monday)
