"""Where calls end up: call flows and numbers, extensions, and which of their conversations were recorded.

Here: three charts, and who may be named in them. Of an extension nothing is told of fewer calls than `SMALL_CELL`.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from unite_pipeline.report.drawing import Bar, bars
from unite_pipeline.report.figure import SMALL_CELL, Cell, Figure, Panel, Request, heads, hidden, label, nothing, number
from unite_pipeline.report.source import Row
from unite_pipeline.report.words import Both, plain, say

_NONE = "none"
_MOST_ROWS = 30
_MOST_NUMBERS = 10
_ONE_COLUMN = 6
_TALK = (("inbound_talk_s", "inbound"), ("outbound_talk_s", "outbound"), ("internal_talk_s", "internal"))
_RECORDED = (("recorded", "answered"), ("doubtful", "answered-light"), ("unrecorded", "neutral"))


def call_flows(request: Request) -> Figure:
    """Offered calls by call flow and by number, answered and missed."""
    flows = [_named_flow(row) for row in request.rows("call_flows")]
    numbers = _own_numbers(request.rows("own_numbers"), has_names=request.has_names)
    n = sum(row["offered"] for row in flows)
    if not n:
        return Figure("call_flows", 0)
    panels = [Panel(_offered_bars(flows), say("call_flows.by_flow"))]
    if numbers:
        panels.append(Panel(_offered_bars(numbers[:_MOST_NUMBERS]), say("call_flows.by_number")))
    busiest = flows[0]
    return Figure(
        "call_flows",
        n,
        ("offered", "answer_ratio", "ring_mean_s", "talk_mean_s"),
        say(
            "call_flows.straight" if busiest["id"] == _NONE else "call_flows.finding",
            name=busiest["name"],
            share=busiest["offered"] / n,
            ratio=busiest["answer_ratio"],
        ),
        tuple(panels),
        (("answered", say("legend.answered")), ("missed", say("legend.missed"))),
        heads(("flow_or_number", "offered", "answered", "missed", "answer_ratio", "ring_mean",
                             "talk_mean")),
        tuple(
            (
                label(row["name"]), number(row["offered"]), number(row["answered"]), number(row["missed"]),
                number(row["answer_ratio"], "pct"), number(row["ring_mean_s"], "dur"),
                number(row["talk_mean_s"], "dur"),
            )
            for row in (*flows, *numbers)
        ),
        is_wide=True,
    )  # fmt: skip


def _named_flow(row: Row) -> Row:
    name = say("call_flows.none") if row["id"] == _NONE else plain(row["label"] or row["id"])
    return {**row, "name": name}


def _own_numbers(rows: list[Row], *, has_names: bool) -> list[Row]:
    """Numbers by themselves, but for direct ones, which may be one person's: these together, unless names are on."""
    alone = [row for row in rows if not row["is_direct"] or (has_names and row["offered"] >= SMALL_CELL)]
    together = [row for row in rows if row["is_direct"] and row not in alone]
    shown = [
        {**row, "name": say("call_flows.unknown_number") if row["id"] == _NONE else plain(row["label"] or row["id"])}
        for row in alone[:_MOST_ROWS]
    ]
    for name, rest in (("call_flows.direct", together), ("call_flows.others", alone[_MOST_ROWS:])):
        if rest:
            shown.append({**_sums(rest), "name": say(name, count=len(rest))})
    return [_with_means(row) for row in shown]


def _sums(rows: Sequence[Row]) -> Row:
    columns = ("offered", "answered", "missed", "answered_timed", "connected", "ring_s", "talk_s")
    return {column: sum(row[column] for row in rows) for column in columns}


def _with_means(row: Row) -> Row:
    return {
        **row,
        "answer_ratio": row["answered"] / row["offered"] if row["offered"] else None,
        "ring_mean_s": row["ring_s"] / row["answered_timed"] if row["answered_timed"] else None,
        "talk_mean_s": row["talk_s"] / row["connected"] if row["connected"] else None,
    }


def _offered_bars(rows: Sequence[Row]) -> Markup:
    return bars(
        "call_flows",
        [
            (
                row["name"],
                say("call_flows.beside", offered=row["offered"], ratio=row["answer_ratio"]),
                ((row["answered"], "answered"), (row["missed"], "missed")),
            )
            for row in rows
        ],
        max(row["offered"] for row in rows),
    )


def extensions(request: Request) -> Figure:
    """Minutes of conversation by extension and direction."""
    rows = request.rows("extensions")
    told, withheld = _told(rows)
    n = sum(row["calls"] for row in told)
    if not told:
        return Figure("extensions", 0)
    drawn = told[:_MOST_ROWS]
    longest = max(_talk_s(row) for row in drawn)
    loads: list[Bar] = [
        (
            who(request, i, row),
            say("extensions.beside", minutes=_talk_s(row) / 60, calls=row["calls"]),
            tuple((row[column], kind) for column, kind in _TALK),
        )
        for i, row in enumerate(drawn)
    ]
    return Figure(
        "extensions",
        n,
        ("active_extensions", "busiest_extension_ratio", "extension_gini"),
        say(
            "extensions.finding",
            count=len(told),
            share=request.source.value("busiest_extension_ratio"),
            gini=request.source.value("extension_gini"),
        )
        if longest
        else say("extensions.silent", count=len(told)),
        _in_columns("extensions", loads, longest),
        tuple((kind, say(f"legend.talk_{kind}")) for _, kind in _TALK),
        heads(("extension", "calls", "answered", "outbound", "internal", "talk_minutes")),
        (
            *(
                (
                    label(who(request, i, row)), number(row["calls"]), number(row["answered"]),
                    number(row["outbound_calls"]), number(row["internal_calls"]), number(_talk_s(row) / 60, "n"),
                )
                for i, row in enumerate(told)
            ),
            *_withheld_row(withheld, 4),
        ),
        is_wide=len(loads) > _ONE_COLUMN,
        values={"fewest": SMALL_CELL},
    )  # fmt: skip


def recording_coverage(request: Request) -> Figure | None:
    """Conversations of extensions that record, by whether a recording is certain; None without that table."""
    if "recording_calls" not in request.source.tables:
        return None
    rows = request.rows("recording_coverage")
    told, withheld = _told(rows)
    n = sum(row["calls"] for row in told)
    if not told:
        return Figure("recording_coverage", 0)
    shares: list[Bar] = [
        (
            who(request, i, row),
            say("count_of", count=row["recorded"], total=row["calls"], share=row["recorded"] / row["calls"]),
            tuple((row[column] / row["calls"], kind) for column, kind in _RECORDED),
        )
        for i, row in enumerate(told[:_MOST_ROWS])
    ]
    return Figure(
        "recording_coverage",
        n,
        tuple(name for name in ("recording_coverage", "recorded_talk_ratio") if name in request.source.metrics),
        say("recording_coverage.finding", share=sum(row["recorded"] for row in told) / n, count=len(told)),
        _in_columns("recording_coverage", shares, 1),
        tuple((kind, say(f"legend.{column}")) for column, kind in _RECORDED),
        heads(("extension", "conversations", *(column for column, _ in _RECORDED))),
        (
            *(
                (label(who(request, i, row)), number(row["calls"]), *(number(row[column]) for column, _ in _RECORDED))
                for i, row in enumerate(told)
            ),
            *_withheld_row(withheld, 3),
        ),
        is_wide=len(shares) > _ONE_COLUMN,
        values={"fewest": SMALL_CELL},
    )


def _in_columns(name: str, rows: Sequence[Bar], longest: float) -> tuple[Panel, ...]:
    """Bars side by side where there are many."""
    if len(rows) <= _ONE_COLUMN:
        return (Panel(bars(name, rows, longest)),)
    half = (len(rows) + 1) // 2
    return tuple(Panel(bars(name, part, longest)) for part in (rows[:half], rows[half:]))


def _told(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Those of which enough calls are known, and those of which nothing is told."""
    return [row for row in rows if row["calls"] >= SMALL_CELL], [row for row in rows if row["calls"] < SMALL_CELL]


def _withheld_row(rows: list[Row], others: int) -> list[tuple[Cell, ...]]:
    """One row for all extensions with too few calls, without their figures."""
    row = (label(say("extensions.withheld", count=len(rows))), hidden(), *(nothing() for _ in range(others)))
    return [row] if rows else []


def who(request: Request, place: int, row: Row) -> Both:
    """What an extension is called: by number and name where names are on, else by a letter of this chart alone."""
    if not request.has_names:
        return say("extensions.letter", letter=_letter(place))
    number_of, name = row["number"], row["label"] or row["id"]
    return plain(name if not number_of or number_of == name else f"{number_of} {name}")


def _letter(place: int) -> str:
    high, low = divmod(place, 26)
    return (_letter(high - 1) if high else "") + chr(ord("A") + low)


def _talk_s(row: Row) -> int:
    return sum(int(row[column]) for column, _ in _TALK)
