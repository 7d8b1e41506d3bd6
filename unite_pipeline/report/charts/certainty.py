"""How far the figures can be trusted: which days are proven, what came late, what did not fit.

Here: one chart. Not here: what proves a day (`extract/verdict.py`).
"""

from __future__ import annotations

from unite_pipeline.report.drawing import Plot
from unite_pipeline.report.figure import Figure, Panel, Request, heads, label, number
from unite_pipeline.report.words import say, written

_STATES = ("final", "complete", "open", "unread")


def proof(request: Request) -> Figure:
    """One mark a day: proven, proven as of its reading, open, or not read."""
    rows = request.rows("proof_by_day")
    rejected = request.rows("rejected")[0]["rejected_rows"]
    if not rows:
        return Figure("proof", 0)
    counts = {state: sum(row["state"] == state for row in rows) for state in _STATES}
    late = sum(row["late"] for row in rows)
    plot = Plot("proof", 1, 34)
    for i, row in enumerate(rows):
        known = f": {row['received_rows']} / {row['expected_rows']}" if row["expected_rows"] is not None else ""
        tip = f"{row['call_date']}{known}" + (f"; +{row['late']}" if row["late"] else "")
        plot.rect((i / len(rows), (i + 0.86) / len(rows)), (0, 1), f"state-{row['state']}", tip)
    mondays = [i for i, row in enumerate(rows) if row["call_date"].isoweekday() == 1] or [0]
    plot.x_labels([((i + 0.5) / len(rows), written(rows[i]["call_date"], "short")) for i in mondays], 14, 5)
    return Figure(
        "proof",
        len(rows),
        (),
        say(
            "proof.finding",
            proven=counts["final"] + counts["complete"],
            days=len(rows),
            late=late,
            rejected=rejected,
        ),
        (Panel(plot.svg),),
        tuple((f"state-{state}", say(f"proof.{state}", count=counts[state])) for state in _STATES if counts[state]),
        heads(("day", "state", "expected", "received", "late")),
        tuple(
            (
                label(written(row["call_date"], "day")),
                label(say(f"state.{row['state']}")),
                number(row["expected_rows"]),
                number(row["received_rows"]),
                number(row["late"]),
            )
            for row in rows
        ),
        is_wide=True,
    )
