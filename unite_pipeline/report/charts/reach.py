"""Whether callers reach somebody: answer ratio and service level, ring times, and what becomes of missed callers.

Here: three charts. Not here: how many call (`when.py`).
"""

from __future__ import annotations

import math

from markupsafe import Markup

from unite_pipeline.report.charts.when import DAYS_OF_A_WEEK, unread_key, unread_weeks, week_cell, week_labels
from unite_pipeline.report.drawing import Plot, Point, bars
from unite_pipeline.report.figure import Cell, Figure, Panel, Request, heads, label, number
from unite_pipeline.report.source import Row
from unite_pipeline.report.words import joined, plain, say, written

_RATIOS = (("answer_ratio", "answer"), ("service_level", "level"))
_BASES = {"answer_ratio": "offered", "service_level": "given_the_chance"}
"""What each is a share of."""
_STEPS = {
    "episodes": "neutral",
    "attempted": "level",
    "called_back": "answered",
    "caller_reached": "answered-light",
    "lost": "missed",
    "undecided": "undecided",
}
"""What becomes of missed callers, and how each step is drawn."""
_ENDS = ("_low", "_high", "")
_QUARTERS = (0, 0.25, 0.5, 0.75, 1)
_CALL_BACK_TICKS_MIN = (1, 5, 15, 60, 240, 1440)


def reachability(request: Request) -> Figure:
    """Answer ratio and service level by week, with what chance may do."""
    rows = request.rows("reachability_by_week")
    if not any(row["offered"] for row in rows):
        return Figure("reachability", 0)
    lowest = min(row[f"{name}_low"] for row in rows for name, _ in _RATIOS if row[f"{name}_low"] is not None)
    bottom = min(math.floor(lowest * 10) / 10, 0.8)
    plot = Plot("reachability", 1 - bottom)
    steps = [step / 10 for step in range(round(bottom * 10), 11)]
    plot.y_axis([step - bottom for step in steps], [written(step, "pct0") for step in steps])
    unread_weeks(plot, rows, 1 - bottom)
    for name, kind in _RATIOS:
        low, high, middle = ([_place(rows, i, f"{name}{end}", bottom) for i in range(len(rows))] for end in _ENDS)
        plot.band(low, high, f"{kind}-band")
        plot.line(middle, f"{kind}-line")
        for point, row in zip(middle, rows, strict=True):
            if point is not None:
                hollow = "" if row["days"] == DAYS_OF_A_WEEK else " hollow"
                tip = f"{row['week']}: {row[name]:.1%} (n = {row[_BASES[name]]})"
                plot.dot(point, f"{kind}-dot{hollow}", tip)
    week_labels(plot, rows)
    target = request.period.service_level_s
    return Figure(
        "reachability",
        sum(row["offered"] for row in rows),
        ("answer_ratio", "service_level"),
        say(
            "reachability.finding",
            answer=request.source.value("answer_ratio"),
            level=request.source.value("service_level"),
            target=target,
            short=request.period.short_abandon_s,
        ),
        (Panel(plot.svg),),
        (
            ("answer-line", say("legend.answer_ratio")),
            ("level-line", say("legend.service_level", target=target)),
            ("answer-band", say("legend.wilson")),
            *unread_key(rows),
        ),
        heads(("week", "days", "offered", "answered", "answer_ratio", "interval", "service_level",
                               "interval")),
        tuple(
            (
                week_cell(row["week"]),
                number(row["days"]),
                number(row["offered"]),
                number(row["answered"]),
                number(row["answer_ratio"], "pct"),
                label(say("interval", low=row["answer_ratio_low"], high=row["answer_ratio_high"])),
                number(row["service_level"], "pct"),
                label(say("interval", low=row["service_level_low"], high=row["service_level_high"])),
            )
            for row in rows
            if row["days"]
        ),
        values={"target": target, "short": request.period.short_abandon_s},
    )  # fmt: skip


def _place(rows: list[Row], i: int, column: str, bottom: float) -> Point | None:
    value = rows[i][column]
    return None if value is None else ((i + 0.5) / len(rows), value - bottom)


def ring_times(request: Request) -> Figure:
    """The share that was answered, and given up, within so many seconds."""
    rows = request.rows("ring_times")
    by_kind = {kind: [row for row in rows if row["kind"] == kind] for kind in ("ring", "missed")}
    n = sum(row["calls"] for row in rows)
    if not n:
        return Figure("ring_times", 0)
    target = request.period.service_level_s
    longest = max(60, math.ceil(target * 1.5 / 10) * 10)
    plot = Plot("ring_times", 1)
    plot.y_axis(_QUARTERS, [written(each, "pct0") for each in _QUARTERS])
    for kind, of_kind in by_kind.items():
        plot.line(_stairs(of_kind, longest), f"{kind}-line")
    plot.upright(target / longest, "target")
    plot.words(target / longest, plot.y(0) - 8, say("ring_times.target", target=target), "mark", "start", 6)
    for i in range(7):
        seconds = round(longest * i / 6)
        plot.x_label(i / 6, plain(f"{seconds} s"), "tick" if i % 2 == 0 else "tick wide")
    return Figure(
        "ring_times",
        n,
        ("ring_median_s", "ring_p90_s", "given_up_median_s", "service_level_of_answered"),
        joined(
            say(
                "ring_times.answered",
                median=request.source.value("ring_median_s"),
                p90=request.source.value("ring_p90_s"),
            )
            if by_kind["ring"]
            else None,
            say("ring_times.given_up", given_up=request.source.value("given_up_median_s"))
            if by_kind["missed"]
            else None,
        ),
        (Panel(plot.svg),),
        (("ring-line", say("legend.ring")), ("missed-line", say("legend.given_up"))),
        heads(("within", "answered", "of_answered", "given_up", "of_given_up")),
        tuple(_ring_row(seconds, by_kind) for seconds in sorted({5, 10, 15, 20, 30, 45, 60, 90, 120, target})),
        values={"target": target},
    )


def _stairs(rows: list[Row], longest: float) -> list[tuple[float, float]]:
    points, height = [(0.0, 0.0)], 0.0
    for row in rows:
        if row["seconds"] > longest:
            break
        points.append((row["seconds"] / longest, height))
        height = row["reached"] / row["total"]
        points.append((row["seconds"] / longest, height))
    return [*points, (1.0, height)] if rows else []


def _ring_row(seconds: int, by_kind: dict[str, list[Row]]) -> tuple[Cell, ...]:
    cells = [label(written(seconds, "dur"))]
    for rows in by_kind.values():
        reached = max((row["reached"] for row in rows if row["seconds"] <= seconds), default=0)
        cells += [number(reached), number(reached / rows[0]["total"] if rows else None, "pct")]
    return tuple(cells)


def missed_callers(request: Request) -> Figure:
    """From the miss to contact, and how soon we called back."""
    row = request.rows("missed_callers")[0]
    n = row["episodes"]
    if not n:
        return Figure("missed_callers", 0)
    hours, shares = request.period.repeat_within_h, _shares(row)
    times = request.rows("call_back_times")
    panels = [Panel(_funnel(row, shares, hours), say("missed_callers.funnel"))]
    if times:
        panels.append(Panel(_call_backs(times), say("missed_callers.times", attempted=row["attempted"])))
    return Figure(
        "missed_callers",
        n,
        ("missed_episodes", "callback_attempt_ratio", "lost_ratio", "callback_median_s", "callback_open_median_s",
         "callback_within_1h_ratio"),
        joined(
            None
            if shares["lost"] is None
            else say("missed_callers.without", lost=row["lost"], share=shares["lost"], hours=hours),
            say("missed_callers.not_yet", undecided=row["undecided"]) if row["undecided"] else None,
            say("missed_callers.median", median=request.source.value("callback_median_s")) if times else None,
        ),
        tuple(panels),
        (),
        heads(("step", "episodes", "share")),
        (
            *(
                (label(say(f"missed_callers.{name}", hours=hours)), number(row[name]), number(share, "pct"))
                for name, share in shares.items()
            ),
            *(
                (label(say("missed_callers.within", minutes=written(limit * 60, "dur"))), number(reached),
                 number(reached / row["attempted"], "pct"))
                for limit, reached in _within(times)
            ),
        ),
        is_wide=True,
        values={"hours": hours},
    )  # fmt: skip


def _shares(row: Row) -> dict[str, float | None]:
    """The steps of the funnel, and of what each is a share: lost are only those whose window is over."""
    shares: dict[str, float | None] = {name: row[name] / row["episodes"] for name in _STEPS if name != "undecided"}
    shares["lost"] = row["lost"] / row["decided"] if row["decided"] else None
    if row["undecided"]:
        shares["undecided"] = None
    return shares


def _funnel(row: Row, shares: dict[str, float | None], hours: int) -> Markup:
    return bars(
        "missed_callers",
        [
            (
                say(f"missed_callers.{name}", hours=hours),
                written(row[name], "n") if share is None else say("count_and_share", count=row[name], share=share),
                ((row[name], _STEPS[name]),),
            )
            for name, share in shares.items()
        ],
        row["episodes"],
    )


def _within(times: list[Row]) -> list[tuple[int, int]]:
    """Of each time on the axis, how many were called back in less."""
    return [
        (limit, max((row["reached"] for row in times if row["minutes"] < limit), default=0))
        for limit in _CALL_BACK_TICKS_MIN
        if times
    ]


def _call_backs(times: list[Row]) -> Markup:
    plot = Plot("missed_callers", 1, 184)
    plot.y_axis(_QUARTERS, [written(each, "pct0") for each in _QUARTERS])
    longest = math.log(_CALL_BACK_TICKS_MIN[-1])
    points, height = [(0.0, 0.0)], 0.0
    for row in times:
        x = min(math.log(max(row["minutes"] + 1, 1)) / longest, 1.0)
        points.append((x, height))
        height = row["reached"] / row["total"]
        points.append((x, height))
    plot.line([*points, (1.0, height)], "ring-line")
    for minutes in _CALL_BACK_TICKS_MIN:
        plot.x_label(math.log(minutes) / longest, say(f"minutes.{minutes}"), "tick")
    return plot.svg
