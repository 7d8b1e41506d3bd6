"""The steps of a sync that are measured, each in a process of its own: time, bytes, memory.

`python -m unite_pipeline_tests.scale.steps NAME DATA_DIR` runs one and prints a line of JSON. Here: the steps.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet

from unite_pipeline.defs.preview import previews
from unite_pipeline.extract.known import FINAL_AFTER, known_days
from unite_pipeline.lake.manifests import finished_reads
from unite_pipeline.lake.partitions import partition_files
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.tables import CALLS
from unite_pipeline.transform import (
    ALL_ANSWERS,
    ALL_SNAPSHOTS,
    transform_answers,
    transform_calls,
    transform_coverage,
    transform_numbers,
    transform_parties,
    transform_recordings,
    transform_snapshots,
)
from unite_pipeline.warehouse import build_warehouse, rebuild_warehouse
from unite_pipeline.warehouse.checks import CHECKS, Examination, Facts
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES
from unite_pipeline.warehouse.publication import copy_into
from unite_pipeline_tests.scale.traffic import TIMEZONE

TENANT = "main"
Told = Mapping[str, Any]


def _reads(places: Places) -> Told:
    reads = finished_reads(places.raw, "cdr_logs", places.tenant)
    return {"reads": len(reads), "days": len(known_days(reads))}


def _lists(places: Places) -> Told:
    for snapshots in ALL_SNAPSHOTS:
        transform_snapshots(places, TIMEZONE, snapshots)
    for answers in ALL_ANSWERS:
        transform_answers(places, answers)
    return {}


def _calls(places: Places) -> Told:
    report = transform_calls(places, TIMEZONE)
    return {"rows": report.raw_rows, "days": len(report.days), "from_scratch": report.is_from_scratch}


def _recordings(places: Places) -> Told:
    report = transform_recordings(places, TIMEZONE)
    return {"rows": report.raw_rows, "days": len(report.days), "from_scratch": report.is_from_scratch}


def _numbers(places: Places) -> Told:
    report = transform_numbers(places, "NL")
    return {"rows": report.tables[0].rows, "normalised": report.normalised_numbers}


def _parties(places: Places) -> Told:
    return {"rows": transform_parties(places).tables[0].rows}


def _coverage(places: Places) -> Told:
    report = transform_coverage(places)
    return {"rows": report.tables[0].rows, "reads": report.reads}


def _copy(places: Places) -> Told:
    target = places.root / "copy.duckdb"
    copy_into(places.warehouse, target)
    size = target.stat().st_size
    target.unlink()
    return {"bytes": size}


def _build(places: Places) -> Told:
    report = build_warehouse(places)
    return {"bytes": report.size_bytes, "published": report.is_published, "from_scratch": report.is_from_scratch}


def _rebuild(places: Places) -> Told:
    report = rebuild_warehouse(places)
    return {"bytes": report.size_bytes, "rows": {table.table: table.rows for table in report.tables}}


def _previews(places: Places) -> Told:
    with previews(places.warehouse) as shown:
        took = {table.name: _seconds(lambda table=table: shown.of(table)) for table in WAREHOUSE_TABLES}
    return {"slowest": _slowest(took)}


def _checks(places: Places) -> Told:
    newest = datetime.fromisoformat(max(partition_files(places, CALLS))).replace(tzinfo=UTC)
    first = datetime.fromisoformat(min(partition_files(places, CALLS))).date()
    facts = Facts(newest + timedelta(days=1, hours=7), TIMEZONE, first, 2, FINAL_AFTER, (), frozenset())
    with Examination.of(places, facts) as examination:
        took = {f"{each.name} of {each.table}": _seconds(lambda each=each: examination.run(each)) for each in CHECKS}
    return {"slowest": _slowest(took)}


def _open(places: Places) -> Told:
    def look() -> None:
        with duckdb.connect(str(places.warehouse), read_only=True) as reader:
            reader.execute("select count(*) from calls").fetchall()

    return {"opening_s": _seconds(look)}


def _replace_days(places: Places) -> Told:
    """Fifty times a day's calls are other ones, and the warehouse is built."""
    sizes, files = [places.warehouse.stat().st_size], list(partition_files(places, CALLS).values())
    for number in range(50):
        file = files[-1 - (number * 7) % len(files)]
        rows = pyarrow.parquet.ParquetFile(file).read()
        at = rows.schema.get_field_index("duration_s")
        longer = pyarrow.compute.add(rows["duration_s"], 1).cast(rows.schema.field(at).type)
        pyarrow.parquet.write_table(rows.set_column(at, rows.schema.field(at), longer), file, compression="zstd")
        report = build_warehouse(places)
        sizes.append(report.size_bytes)
    return {"sizes_mb": [round(size / 1e6) for size in sizes[::10]]}


STEPS: dict[str, Callable[[Places], Told]] = {
    "reads": _reads,
    "lists": _lists,
    "calls": _calls,
    "recordings": _recordings,
    "numbers": _numbers,
    "parties": _parties,
    "coverage": _coverage,
    "copy": _copy,
    "build": _build,
    "rebuild": _rebuild,
    "previews": _previews,
    "checks": _checks,
    "open": _open,
    "replace_days": _replace_days,
}
OF_A_DAY = ("lists", "calls", "recordings", "numbers", "parties", "coverage", "build")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 3)


def _slowest(took: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(took.items(), key=lambda each: -each[1])[:6])


def _io() -> dict[str, int]:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return {name: int(value) for name, value in (line.split(": ") for line in lines)}


def _peak_mb() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


def main(name: str, root: str) -> None:
    """Run a step and print what it took."""
    before, cpu_before = _io(), time.process_time()
    began = time.perf_counter()
    told = STEPS[name](Places(Path(root), TENANT))
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu_before
    after = _io()
    measured = {
        "step": name,
        "seconds": round(seconds, 2),
        "cpu_s": round(cpu_s, 2),
        "read_mb": round((after["rchar"] - before["rchar"]) / 1e6, 1),
        "written_mb": round((after["wchar"] - before["wchar"]) / 1e6, 1),
        "peak_mb": _peak_mb(),
        **told,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
