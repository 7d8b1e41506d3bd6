"""Recordings' audio: the sidecars in the audio folder to the lake's `recording_audio`.

It is made anew each time, from the sidecars that are there. Here: sidecars to rows. Not here: the sound, which stays
in its files, and asking for it (`extract/`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from unite_pipeline.lake.audio import Outcome, Sidecar, sidecars
from unite_pipeline.lake.engine import Limits, connection
from unite_pipeline.lake.partitions import Staging, lake_lock
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.tables import RECORDING_AUDIO
from unite_pipeline.transform.fold import make, rows_of
from unite_pipeline.transform.reports import Tally, TransformReport


def transform_audio(places: Places, *, limits: Limits | None = None) -> TransformReport:
    """Make `recording_audio` from the sidecars.

    Raises:
        LakeError: a sidecar is unreadable.
    """
    with lake_lock(places):
        return make_audio(places, limits or Limits())


def make_audio(places: Places, limits: Limits) -> TransformReport:
    """As `transform_audio`, by a caller who holds the lake."""
    found = [_row(places, sidecar, sound) for sidecar, sound in sidecars(places)]
    tally = Tally()
    with Staging(places) as staging, connection(limits, staging.spill) as engine:
        engine.register("sidecars", pa.Table.from_pylist(found, schema=RECORDING_AUDIO.schema))
        make(engine, RECORDING_AUDIO.name)
        rows = rows_of(engine, RECORDING_AUDIO.name, RECORDING_AUDIO.schema.names, RECORDING_AUDIO.key)
        table = rows.cast(RECORDING_AUDIO.schema)
        is_written = staging.put(RECORDING_AUDIO, None, table)
        tally.add(RECORDING_AUDIO.name, table.num_rows, is_written=is_written)
        staging.commit()
    return TransformReport(tally.reports((RECORDING_AUDIO.name,)), raw_rows=len(found))


def _row(places: Places, sidecar: Sidecar, sound: Path | None) -> dict[str, Any]:
    is_complete = sidecar.outcome is Outcome.COMPLETE
    return {
        "callrecordkey": sidecar.callrecordkey,
        "extension_id": sidecar.extension_id,
        "is_complete": is_complete,
        "is_vanished": sidecar.outcome is Outcome.VANISHED,
        "sha256": sidecar.sha256,
        "size_bytes": sidecar.size_bytes,
        "part_count": sidecar.part_count,
        "path": None if sound is None or not is_complete else sound.relative_to(places.root).as_posix(),
        "fetched_at": sidecar.fetched_at,
    }
