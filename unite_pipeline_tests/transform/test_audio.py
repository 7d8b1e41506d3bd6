"""Sidecars in the audio folder to `recording_audio`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.audio import Outcome, Sidecar, audio_file
from unite_pipeline.transform import rebuild_lake, transform_audio

DAY = date(2026, 2, 3)
NOW = datetime(2026, 2, 4, 10, 30, tzinfo=UTC)


def settle(places, key, outcome=Outcome.COMPLETE, *, at=NOW, day=DAY):
    """Bring a recording to its end; its sidecar."""
    file = audio_file(places, key, day)
    sound = None
    if outcome is Outcome.COMPLETE:
        file.land(1, b"\xff\xf3" + key.encode())
        sound = file.assemble(1)
    file.settle(
        Sidecar(
            callrecordkey=key,
            extension_id="R1",
            outcome=outcome,
            fetched_at=at,
            sha256=sound and sound.sha256,
            size_bytes=sound and sound.size_bytes,
            part_count=sound and 1,
        )
    )
    return file


def test_every_column(places, lake):
    """One row a sidecar, by key; the path leads from the data directory to the sound."""
    settle(places, "f2", Outcome.VANISHED, at=NOW + timedelta(hours=1))
    file = settle(places, "f1")
    audio_file(places, "under-way", DAY).land(1, b"x")
    report = transform_audio(places)
    rows = lake.rows("recording_audio")
    digest = sha256(b"\xff\xf3f1").hexdigest()
    assert rows == [
        ("f1", "R1", True, False, digest, 4, 1, "audio/tenant=main/2026-02/f1.mp3", NOW),
        ("f2", "R1", False, True, None, None, None, None, NOW + timedelta(hours=1)),
    ]
    assert (places.root / rows[0][7]).samefile(file.sound)
    assert [(each.table, each.rows, each.written) for each in report.tables] == [("recording_audio", 2, 1)]


def test_without_audio_there_is_an_empty_table(places, lake):
    """Where audio is off the table is there and empty, and the second time nothing is written."""
    assert transform_audio(places).tables[0].written == 1
    assert lake.rows("recording_audio") == []
    assert transform_audio(places).tables[0].written == 0
    assert not places.audio.exists()


def test_it_is_what_the_sidecars_say_now(places, lake):
    """A sound that somebody removed has no path, and what has no sidecar no row."""
    settle(places, "f1").sound.unlink()
    gone = settle(places, "f2")
    transform_audio(places)
    gone.sidecar.unlink()
    transform_audio(places)
    assert lake.rows("recording_audio", "callrecordkey", "is_complete", "path") == [("f1", True, None)]


def test_of_two_sidecars_the_complete_one_speaks(places, lake):
    """Where the API moved a recording to another month, its sound is found all the same, and it is one row."""
    settle(places, "f1", Outcome.VANISHED, at=NOW + timedelta(days=1), day=date(2026, 3, 1))
    settle(places, "f1")
    transform_audio(places)
    assert lake.rows("recording_audio", "is_complete", "path") == [(True, "audio/tenant=main/2026-02/f1.mp3")]


def test_a_rebuild_makes_it_too(places, lake):
    """The whole lake again includes it, from the sidecars alone."""
    settle(places, "f1")
    rebuild_lake(places, "Europe/Amsterdam")
    assert lake.rows("recording_audio", "callrecordkey") == [("f1",)]


def test_a_damaged_sidecar_is_named(places, lake):
    """The error names the file, and the table stays as it was."""
    settle(places, "f1")
    transform_audio(places)
    settle(places, "f2").sidecar.write_bytes(b"{")
    with pytest.raises(LakeError, match=r"f2\.json cannot be read"):
        transform_audio(places)
    assert lake.rows("recording_audio", "callrecordkey") == [("f1",)]
