"""What the telephones carry: lines in use by the hour, and how long conversations are.

Here: two charts. Not here: who talks (`distribution.py`).
"""

from __future__ import annotations

import math

from unite_pipeline.report.drawing import Plot, whole, whole_ticks
from unite_pipeline.report.figure import Figure, Panel, Request, heads, label, number
from unite_pipeline.report.source import Row
from unite_pipeline.report.words import Both, joined, say, written

_TIMES_S = (1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10800)
_ROUND_S = (1, 10, 60, 600, 3600)
"""Those of them that a phone has room for."""
_RARE = 0.01
_LEFT, _RIGHT = 0.35, 0.8
"""Where words begin and end so that they fit a laptop: to the left of a line only beyond this, to the right before."""


def lines(request: Request) -> Figure:
    """Lines in use by the hour of open days, with the lines that Erlang B asks for; text and drawing of these days."""
    every_hour = request.rows("lines_by_hour")
    if not every_hour:
        return Figure("lines", 0)
    rows = _that_matter(every_hour)
    with request.source.open_days():
        needed, peak, busy = map(request.source.value, ("lines_needed", "line_peak", "busy_hour"))
        busiest = request.rows("busiest_hour")
    ticks = whole_ticks(max(*(row["most_lines"] for row in rows), needed or 0))
    plot = Plot("lines", ticks[-1])
    plot.y_axis(ticks, map(whole, ticks))
    for i, row in enumerate(rows):
        across = ((i + 0.12) / len(rows), (i + 0.88) / len(rows))
        hour = f"{row['call_hour']}:00"
        plot.rect(across, (0, row["most_lines"]), "most", f"{hour}: max {row['most_lines']}")
        plot.rect(across, (0, row["p95_lines"]), "p95", f"{hour}: p95 {row['p95_lines']}")
        plot.rect(
            across,
            (row["mean_lines"] - ticks[-1] / 160, row["mean_lines"] + ticks[-1] / 160),
            "mean-mark",
            f"{hour}: {row['mean_lines']:.2f}",
        )
        plot.x_label(
            (i + 0.5) / len(rows), whole(row["call_hour"]), "tick" if row["call_hour"] % 3 == 0 else "tick wide"
        )
    if needed is not None:
        plot.across(needed, "target")
        plot.words(0, plot.y(needed) - 5, say("lines.needed", lines=needed), "mark", "start", 4)
    return Figure(
        "lines",
        every_hour[0]["days"],
        ("line_peak", "busy_hour", "busy_hour_erlang", "lines_needed"),
        joined(
            say("lines.finding", peak=peak, hour=busy, next_hour=(busy or 0) + 1),
            say(
                "lines.busiest",
                busiest=busiest[0]["call_date"],
                hour=busiest[0]["busy_hour"],
                next_hour=busiest[0]["busy_hour"] + 1,
                needed=needed,
            )
            if busiest and needed is not None
            else None,
        ),
        (Panel(plot.svg),),
        (
            ("mean-mark", say("legend.mean_lines")),
            ("p95", say("legend.p95_lines")),
            ("most", say("legend.most_lines")),
            *([] if needed is None else [("target", say("legend.lines_needed"))]),
        ),
        heads(("hour", "mean_lines", "p95_lines", "most_lines")),
        tuple(
            (number(row["call_hour"]), number(row["mean_lines"], "n2"), number(row["p95_lines"]),
             number(row["most_lines"]))
            for row in every_hour
        ),
    )  # fmt: skip


def _that_matter(rows: list[Row]) -> list[Row]:
    """Without the hours at either end of the day that carry next to nothing."""
    total = sum(row["mean_lines"] for row in rows)
    kept = list(rows)
    for end in (0, -1):
        left = _RARE * total
        while len(kept) > 1 and kept[end]["mean_lines"] <= left:
            left -= kept.pop(end)["mean_lines"]
    return kept


def talk_times(request: Request) -> Figure:
    """How long conversations are, on an axis on which each step is as much longer as the one before."""
    rows = request.rows("talk_times")
    if not rows:
        return Figure("talk_times", 0)
    n = rows[0]["total"]
    first, last = min(row["class"] for row in rows), max(row["class"] for row in rows) + 1
    ticks = whole_ticks(max(row["calls"] for row in rows) * 1.2)  # room for the words above
    plot = Plot("talk_times", ticks[-1])
    plot.y_axis(ticks, map(whole, ticks))

    def place(seconds: float) -> float:
        return float((2 * math.log2(max(seconds, 1)) - first) / (last - first))

    short = request.period.short_call_s
    for row in rows:
        left = (row["class"] - first) / (last - first)
        kind = "short" if 2 ** ((row["class"] + 1) / 2) <= short else "talk"
        plot.rect((left, left + 0.94 / (last - first)), (0, row["calls"]), kind, f"n = {row['calls']}")
    median, p90 = request.source.value("talk_median_s"), request.source.value("talk_p90_s")
    for name, seconds, y_px in (("median", median, 22), ("p90", p90, 38)):
        _mark(plot, place(seconds or 0), y_px, say(f"talk_times.{name}", value=seconds), is_left=name == "median")
    for seconds in _TIMES_S:
        if 0 <= place(seconds) <= 1:
            plot.x_label(place(seconds), say(f"seconds.{seconds}"), "tick" if seconds in _ROUND_S else "tick wide")
    return Figure(
        "talk_times",
        n,
        ("talk_median_s", "talk_p90_s", "talk_mean_s", "short_call_ratio"),
        say(
            "talk_times.finding",
            median=median,
            p90=p90,
            share=request.source.value("short_call_ratio"),
            short=short,
        ),
        (Panel(plot.svg),),
        (("talk", say("legend.conversations")), ("short", say("legend.short", short=short))),
        heads(("from_to", "calls", "share")),
        tuple(
            (label(_class_name(row["class"])), number(row["calls"]), number(row["calls"] / n, "pct")) for row in rows
        ),
        values={"short": short},
    )


def _mark(plot: Plot, x: float, y_px: float, text: Both, *, is_left: bool) -> None:
    """A line with words beside it; on a phone they stand to its left wherever there is room."""
    plot.upright(x, "target")
    if (is_left and x > _LEFT) or x > _RIGHT:
        plot.words(x, y_px, text, "mark", "end", -5)
    elif x > _LEFT:
        plot.words(x, y_px, text, "mark wide", "start", 5)
        plot.words(x, y_px, text, "mark narrow", "end", -5)
    else:
        plot.words(x, y_px, text, "mark", "start", 5)


def _class_name(each: int) -> Both:
    first, end = math.ceil(2 ** (each / 2) - 1e-9), math.ceil(2 ** ((each + 1) / 2) - 1e-9)
    return say("from_to", first=written(first if each else 0, "dur"), last=written(end - 1, "dur"))
