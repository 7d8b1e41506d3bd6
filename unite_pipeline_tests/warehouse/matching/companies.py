"""Companies whose recordings are matched, and how many matches are right, by the simulator's truth.

`python -m unite_pipeline_tests.warehouse.matching.companies` prints the table that stands in docs/recordings.md.
Here: measuring. Not here: what is good enough (`test_measured.py`).
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from unite_pipeline.simulator import CompanyPlan, RecorderHabits
from unite_pipeline.transform import rebuild_lake
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline_tests.bench import TIMEZONE, Bench

FIRST_DAY = date(2026, 10, 1)
"""Four weeks up to the bench's now; the clock goes back in them."""
HARD_HABITS = RecorderHabits(
    clock_offset_s=37.0,
    clock_jitter_s=0.6,
    on_demand_share=0.10,
    pause_share=0.10,
    two_keys_share=0.5,
    national_share=0.3,
    empty_share=0.01,
    unlisted_share=0.02,
)
VERY_HARD_HABITS = replace(
    HARD_HABITS, clock_offset_s=-20.0, clock_jitter_s=3.0, on_demand_share=0.4, pause_share=0.2, unlisted_share=0.2
)


def _default(seed: int) -> CompanyPlan:
    return CompanyPlan(seed=seed, first_day=FIRST_DAY)


COMPANIES: dict[str, tuple[CompanyPlan, ...]] = {
    "default (`make demo`)": (_default(1),),
    "default, three other seeds": tuple(_default(seed) for seed in (2, 3, 4)),
    "480 calls a day, 25 extensions": (
        CompanyPlan(seed=2, first_day=FIRST_DAY, calls_per_working_day=480, extension_count=25, recording_share=0.6),
    ),
    "hard": (
        CompanyPlan(
            seed=3,
            first_day=FIRST_DAY,
            calls_per_working_day=240,
            extension_count=20,
            recording_share=0.6,
            anonymous_share=0.15,
            internal_rows=2,
            recorder=HARD_HABITS,
        ),
    ),
    "very hard": (
        CompanyPlan(
            seed=6,
            first_day=FIRST_DAY,
            calls_per_working_day=450,
            extension_count=6,
            recording_share=1.0,
            anonymous_share=0.4,
            internal_rows=2,
            talk_median_s=60,
            recorder=VERY_HARD_HABITS,
        ),
    ),
    "shared keys": (CompanyPlan(seed=4, first_day=FIRST_DAY, keys_match=True),),
}


@dataclass(frozen=True)
class Measured:
    """What came of the recordings of one kind of company.

    Args:
        recordings: all of them.
        matchable: those whose call the API shows.
        matches: by confidence, how many there are.
        right: of those, how many name a call that the recording was made of.
    """

    recordings: int
    matchable: int
    matches: Counter[str]
    right: Counter[str]

    @property
    def precision(self) -> float:
        """Of the strong matches, the share that is right."""
        return self.right["strong"] / self.matches["strong"]

    @property
    def recall(self) -> float:
        """Of the recordings whose call is there, the share that is matched strongly and rightly."""
        return self.right["strong"] / self.matchable


def measured(plans: tuple[CompanyPlan, ...]) -> Measured:
    """Sync some companies over the simulated API, build their warehouses, and compare with the truth."""
    matches: Counter[str] = Counter()
    right: Counter[str] = Counter()
    recordings = matchable = 0
    for plan in plans:
        with tempfile.TemporaryDirectory() as root:
            bench = Bench(Path(root) / "data", plan=plan)
            bench.sync_everything()
            rebuild_lake(bench.places, TIMEZONE)
            build_warehouse(bench.places)
            with duckdb.connect(str(bench.places.warehouse), read_only=True) as warehouse:
                rows = warehouse.execute("select callrecordkey, uniqueid, confidence from recording_calls").fetchall()
        calls = bench.simulator.truth.calls(plan.first_day, bench.time.now.date())
        true = {(key, call.uniqueid) for call in calls for key in call.recording_keys}
        keys = {key for key, _ in true}
        recordings += len(bench.simulator.truth.recordings())
        matchable += sum(key in keys for key, _, _ in rows)
        matches.update(confidence for _, _, confidence in rows)
        right.update(confidence for key, uniqueid, confidence in rows if (key, uniqueid) in true)
    return Measured(recordings, matchable, matches, right)


def table(found: dict[str, Measured]) -> Iterator[str]:
    """Lines of the table in the documentation."""
    yield "| Company | Recordings | With a call | Strong, right | Weak, right | Ambiguous | None | Precision | Recall |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, one in found.items():
        cells = [f"{one.matches[each]:,}, {one.right[each]:,}" for each in ("strong", "weak")]
        cells += [f"{one.matches[each]:,}" for each in ("ambiguous", "none")]
        rates = f"{one.precision:.4f} | {one.recall:.4f}"
        yield f"| {name} | {one.recordings:,} | {one.matchable:,} | {' | '.join(cells)} | {rates} |"


if __name__ == "__main__":
    print("\n".join(table({name: measured(plans) for name, plans in COMPANIES.items()})))
