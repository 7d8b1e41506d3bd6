"""`python -m unite_pipeline_tests.scale`: make a history once, add a day, measure; prints Markdown for docs/scale.md.

Here: the order of the steps and the words of the table.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from unite_pipeline.lake.places import Places
from unite_pipeline.transform.snapshots import ALL_SNAPSHOTS
from unite_pipeline_tests.scale import history
from unite_pipeline_tests.scale.lists import land_lists
from unite_pipeline_tests.scale.one_day import land_day
from unite_pipeline_tests.scale.questions import ask_all
from unite_pipeline_tests.scale.reads import write_reads
from unite_pipeline_tests.scale.steps import OF_A_DAY, STEPS, TENANT
from unite_pipeline_tests.scale.traffic import Span

LAST_DAY = date(2026, 11, 2)
_HOLDERS = "holders.json"


def make_history(places: Places, calls: int, reads_a_day: int) -> None:
    """Write lake and manifests of a history, and make what follows from them."""
    days = Span(calls, LAST_DAY).days
    holders = land_lists(places, datetime.combine(days[0] - timedelta(days=1), datetime.min.time(), UTC))
    history.write_history(places, days)
    by_feed: dict[str, dict[str, list[date]]] = {}
    for key, reads in write_reads(places, days, reads_a_day, holders).items():
        feed, _, day = key.partition("/")
        covered = [date.fromisoformat(day)] if day else []
        by_feed.setdefault(feed, {}).update(dict.fromkeys(reads, covered))
    for feed in (*history.FEEDS, *(snapshots.feed for snapshots in ALL_SNAPSHOTS)):
        history.remember(places, feed, by_feed.get(feed.name, {}))
    (places.root / _HOLDERS).write_text(json.dumps(holders), encoding="utf-8")


def step(places: Places, name: str) -> dict[str, Any]:
    """Run a step in a process of its own."""
    command = [sys.executable, "-m", "unite_pipeline_tests.scale.steps", name, str(places.root)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print("   ", measured, file=sys.stderr, flush=True)
    return measured


def table(title: str, measured: list[dict[str, Any]]) -> str:
    """Measurements as Markdown."""
    lines = [
        f"### {title}",
        "",
        "| step | seconds | CPU s | read MB | written MB | peak MB | besides |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in measured:
        rest = {name: value for name, value in each.items() if name not in _SHOWN}
        told = ", ".join(f"{name} {value}" for name, value in rest.items())
        lines.append(f"| {' | '.join(str(each[name]) for name in _SHOWN)} | {told} |")
    return "\n".join(lines)


_SHOWN = ("step", "seconds", "cpu_s", "read_mb", "written_mb", "peak_mb")


def main() -> None:
    """Parse, make, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000_000)
    parser.add_argument("--reads-a-day", type=int, default=24)
    parser.add_argument("--data-dir", type=Path, required=True, help="an empty folder, or one that this command made")
    parser.add_argument("--days", type=int, default=1, help="days to add")
    parser.add_argument("--steps", default="", help="run only these, comma-separated")
    given = parser.parse_args()
    places = Places(given.data_dir.resolve(), TENANT)
    if given.steps:
        print(table("Steps", [step(places, name) for name in given.steps.split(",")]))
        return
    if not (places.root / _HOLDERS).exists():
        places.root.mkdir(parents=True, exist_ok=True)
        make_history(places, given.calls, given.reads_a_day)
        print(table("History", [step(places, name) for name in ("numbers", "parties", "coverage", "rebuild")]))
    holders = json.loads((places.root / _HOLDERS).read_text(encoding="utf-8"))
    for feed in (*history.FEEDS, *(snapshots.feed for snapshots in ALL_SNAPSHOTS)):
        history.remember(places, feed, {})  # other code than made it would make all again, of pages that nobody has
    for _ in range(given.days):
        day = date.fromisoformat(history.standing_days(places)[-1]) + timedelta(days=1)
        calls = land_day(places, day, holders)
        print(table(f"One more day, {calls:,} calls", [step(places, name) for name in ("reads", *OF_A_DAY, "copy")]))
    print(table("Reading", [step(places, name) for name in ("open", "previews", "checks")]))
    print(ask_all(places))


if __name__ == "__main__":
    assert set(OF_A_DAY) <= set(STEPS)
    main()
