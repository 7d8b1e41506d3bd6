"""Where calls end up: call flows and numbers, extensions, and which of their conversations were recorded.

Here: three charts, and who may be named in them. Of an extension nothing is told of fewer calls than `SMALL_CELL`.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from unite_pipeline.report.drawing import Bar, bars
from unite_pipeline.report.figure import SMALL_CELL, Cell, Figure, Panel, Request, heads, hidden, label, nothing, number
from unite_pipeline.report.source import Row, Source
from unite_pipeline.report.words import Both, plain, say

_NONE = "none"
_MOST_ROWS = 30
_MOST_NUMBERS = 10
_ONE_COLUMN = 6
_COUNTS = {
    "offered",
    "answered",
    "missed",
    "connected",
    "answered_timed",
    "ring_s",
    "talk_s",
    "calls",
    "outbound_calls",
    "internal_calls",
    "inbound_talk_s",
    "outbound_talk_s",
    "internal_talk_s",
    "recorded",
    "doubtful",
    "unrecorded",
}
"""Columns that can be added up where several numbers or extensions are one row."""
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
        panels.append(Panel(_offered_bars(_few_numbers(numbers)), say("call_flows.by_number")))
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
        values={"direct": _about_direct(numbers, has_names=request.has_names)},
    )  # fmt: skip


def _about_direct(numbers: list[Row], *, has_names: bool) -> Both:
    """Which direct numbers are one row; nothing where there is no such row."""
    if not any(row.get("is_last") for row in numbers):
        return plain("")
    return say("call_flows.direct_few" if has_names else "call_flows.direct_together", fewest=SMALL_CELL)


def _named_flow(row: Row) -> Row:
    name = say("call_flows.none") if row["id"] == _NONE else plain(row["label"] or row["id"])
    return {**row, "name": name}


def _own_numbers(rows: list[Row], *, has_names: bool) -> list[Row]:
    """Numbers by themselves, but for direct ones, which may be one person's: these together, unless names are on."""
    alone = [row for row in rows if not row["is_direct"] or (has_names and row["offered"] >= SMALL_CELL)]
    together = [row for row in rows if row["is_direct"] and row not in alone]
    shown = [
        {
            **row,
            "name": say("call_flows.unknown_number") if row["id"] == _NONE else plain(row["label"] or row["id"]),
            "count": 1,
        }
        for row in alone
    ]
    last = [{**_together("call_flows.direct", together), "is_last": True}] if together else []
    return [_with_means(row) for row in (*_folded(shown, _MOST_ROWS, "call_flows.others"), *last)]


def _few_numbers(numbers: list[Row]) -> list[Row]:
    """As many as are drawn: the largest, all others as one, and direct ones that are kept together."""
    last = [row for row in numbers if row.get("is_last")]
    others = [row for row in numbers if not row.get("is_last")]
    return [_with_means(row) for row in (*_folded(others, _MOST_NUMBERS, "call_flows.others"), *last)]


def _folded(rows: list[Row], most: int, name: str) -> list[Row]:
    """At most so many rows; those that are too many are one, so that nothing is left out.

    That one gets its figures and no bar: beside a bar for many all others would be too short to compare.
    """
    if len(rows) <= most:
        return rows
    kept = rows[: most - 1]
    return [*kept, _together(name, rows[most - 1 :])]


def _together(name: str, rows: Sequence[Row]) -> Row:
    count = sum(row.get("count", 1) for row in rows)
    return {**_sums(rows), "name": say(name, count=count), "count": count, "is_rest": name != "call_flows.direct"}


def _sums(rows: Sequence[Row]) -> Row:
    return {column: sum(row[column] for row in rows) for column in rows[0] if column in _COUNTS}


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
                () if row.get("is_rest") else ((row["answered"], "answered"), (row["missed"], "missed")),
            )
            for row in rows
        ],
        max(row["offered"] for row in rows if not row.get("is_rest")),
    )


def extensions(request: Request) -> Figure:
    """Minutes of conversation by extension and direction."""
    rows = request.rows("extensions")
    told, withheld = _told(rows)
    n = sum(row["calls"] for row in told)
    if not told:
        return Figure("extensions", 0)
    told = [{**row, "name": who(request, row)} for row in told]
    drawn = _folded(told, _MOST_ROWS, "extensions.others")
    longest = max(map(_talk_s, told))
    loads: list[Bar] = [
        (
            row["name"],
            say("extensions.beside", minutes=_talk_s(row) / 60, calls=row["calls"]),
            () if row.get("is_rest") else tuple((row[column], kind) for column, kind in _TALK),
        )
        for row in drawn
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
                    label(row["name"]), number(row["calls"]), number(row["answered"]),
                    number(row["outbound_calls"]), number(row["internal_calls"]), number(_talk_s(row) / 60, "n"),
                )
                for row in told
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
    told = [{**row, "name": who(request, row)} for row in told]
    shares: list[Bar] = [
        (
            row["name"],
            say("count_of", count=row["recorded"], total=row["calls"], share=row["recorded"] / row["calls"]),
            tuple((row[column] / row["calls"], kind) for column, kind in _RECORDED),
        )
        for row in _folded(told, _MOST_ROWS, "extensions.others")
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
                (label(row["name"]), number(row["calls"]), *(number(row[column]) for column, _ in _RECORDED))
                for row in told
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


def who(request: Request, row: Row) -> Both:
    """What an extension is called: by number and name where names are on, else by its letter on this page."""
    if not request.has_names:
        return say("extensions.letter", letter=request.letters[row["id"]])
    number_of, name = row["number"], row["label"] or row["id"]
    return plain(name if not number_of or number_of == name else f"{number_of} {name}")


def letters_of(source: Source) -> dict[str, str]:
    """A letter for each extension, the same in every chart: those that are told first, by what they talked."""
    told, withheld = _told(source.rows("extensions"))
    ids = [row["id"] for row in (*told, *withheld, *_recorded_alone(source))]
    return {each: _letter(place) for place, each in enumerate(dict.fromkeys(ids))}


def _recorded_alone(source: Source) -> list[Row]:
    return source.rows("recording_coverage") if "recording_calls" in source.tables else []


def _letter(place: int) -> str:
    high, low = divmod(place, 26)
    return (_letter(high - 1) if high else "") + chr(ord("A") + low)


def _talk_s(row: Row) -> int:
    return sum(int(row[column]) for column, _ in _TALK)
