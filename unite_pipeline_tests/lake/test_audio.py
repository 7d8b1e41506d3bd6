"""Audio on disk: private, whole or not there, and finished by whoever comes next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.audio import (
    AudioFile,
    Failure,
    Outcome,
    Sidecar,
    audio_file,
    load_sidecar,
    shelf,
    sidecars,
    tidy,
)
from unite_pipeline.lake.places import Places

KEY = "f8016b9e6-0000-4000-8000-000000000001"
DAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
PARTS = {1: b"\xff\xf3first", 2: b"second", 3: b"third"}
SOUND = b"".join(PARTS.values())

# Dies like kill -9 at the n-th step that changes a name: a rename, or the removal of the parts.
DYING = """
import os, sys
from datetime import UTC, date, datetime
from pathlib import Path
from unite_pipeline.lake.audio import Outcome, Sidecar, audio_file, tidy
from unite_pipeline.lake.places import Places

left = int(sys.argv[2])

def die(event, _):
    global left
    if event in ("os.rename", "shutil.rmtree", "os.remove"):
        left -= 1
        if left < 0:
            os._exit(9)

sys.addaudithook(die)
places = Places(Path(sys.argv[1]), "main")
tidy(places)
file = audio_file(places, "f8016b9e6-0000-4000-8000-000000000001", date(2026, 11, 2))
for number, part in ((1, b"\\xff\\xf3first"), (2, b"second"), (3, b"third")):
    file.land(number, part)
sound = file.assemble(3)
file.settle(Sidecar(callrecordkey="f8016b9e6-0000-4000-8000-000000000001", extension_id="R1",
                    outcome=Outcome.COMPLETE, fetched_at=datetime(2026, 11, 3, 9, tzinfo=UTC),
                    sha256=sound.sha256, size_bytes=sound.size_bytes, part_count=3))
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """An empty data directory."""
    return Places(tmp_path, "main")


@pytest.fixture
def file(places: Places) -> AudioFile:
    """The place of one recording's audio."""
    return audio_file(places, KEY, DAY)


def complete(file: AudioFile, key: str = KEY) -> Sidecar:
    """Bring a recording to its end."""
    for number, content in PARTS.items():
        file.land(number, content)
    sound = file.assemble(len(PARTS))
    sidecar = Sidecar(
        callrecordkey=key,
        extension_id="R1",
        outcome=Outcome.COMPLETE,
        fetched_at=NOW,
        sha256=sound.sha256,
        size_bytes=sound.size_bytes,
        part_count=len(PARTS),
    )
    file.settle(sidecar)
    return sidecar


def vanished(file: AudioFile, at: datetime = NOW) -> None:
    """Mark a recording as gone."""
    file.settle(Sidecar(callrecordkey=file.name, extension_id="R1", outcome=Outcome.VANISHED, fetched_at=at))


def names(root: Path) -> list[str]:
    """Everything in the audio folder, by its path below the month."""
    return sorted(path.relative_to(root / "audio/tenant=main/2026-11").as_posix()
                  for path in root.glob("audio/tenant=main/2026-11/**/*"))  # fmt: skip


def test_parts_become_one_sound(places, file):
    """Parts in their order become one file; its hash and length are those of the whole; no part stays."""
    sidecar = complete(file)
    assert file.sound.read_bytes() == SOUND
    assert (sidecar.sha256, sidecar.size_bytes) == (sha256(SOUND).hexdigest(), len(SOUND))
    assert names(places.root) == [f"{KEY}.json", f"{KEY}.mp3"]
    assert load_sidecar(file.sidecar) == sidecar
    assert json.loads(file.sidecar.read_text())["fetched_at"] == "2026-11-03T09:00:00Z"


def test_sound_is_private(places, file):
    """Whatever the process's mask, files are their owner's to read, and folders to enter."""
    mask = os.umask(0)
    try:
        complete(file)
        other = audio_file(places, "other", DAY)
        other.land(1, b"x")
        other.note_failure(Failure(failed_at=NOW, reason="why"))
    finally:
        os.umask(mask)
    found = list((places.root / "audio").rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in found if path.is_file()} == {0o600}
    folders = [places.root / "audio", *(path for path in found if path.is_dir())]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
    assert len(folders) == 4


@pytest.mark.parametrize(
    ("key", "name"),
    [("f8016-1_B", "f8016-1_B"), ("../../etc/x", "x-2e2e2f2e2e2f6574632f78"), ("a.json", "x-612e6a736f6e")],
    ids=["plain", "outward", "another's file"],
)
def test_no_key_leads_elsewhere(places, key, name):
    """A key that is no plain name becomes one, so that no path leaves the folder or looks like another file's."""
    file = audio_file(places, key, DAY)
    assert file.sound == places.root / "audio" / "tenant=main" / "2026-11" / f"{name}.mp3"


# Three parts, the sound, the sidecar: five renames; then the removal of the parts, a folder and three files.
@pytest.mark.parametrize("steps", range(9))
def test_killed_at_any_step_the_next_one_finishes(places, file, steps):
    """After a kill at any step whole parts stand, or the whole sound; tidied and run again, nothing is lost of it."""
    died = subprocess.run([sys.executable, "-c", DYING, str(places.root), str(steps)], check=False)
    assert died.returncode == 9
    assert file.standing_parts().items() <= {number: len(part) for number, part in PARTS.items()}.items()
    assert not file.sound.exists() or file.sound.read_bytes() == SOUND
    assert file.sidecar.exists() == (steps >= 5)
    tidy(places)
    assert (shelf(places).settled(NOW) == {KEY}) == (steps >= 5)
    assert not [path for path in places.audio.rglob("*") if path.suffix == ".tmp"]
    if steps < 5:
        assert len(file.standing_parts()) == min(steps, 3)
        complete(file)
    assert file.sound.read_bytes() == SOUND
    assert names(places.root) == [f"{KEY}.json", f"{KEY}.mp3"]


def test_a_disk_that_is_full_leaves_the_parts(file, tmp_path):
    """What cannot be put together leaves no half sound: a part that is missing, say."""
    file.land(1, b"one")
    with pytest.raises(FileNotFoundError):
        file.assemble(2)
    assert names(tmp_path) == [f"{KEY}.parts", f"{KEY}.parts/0001"]


def test_what_is_settled(places, file):
    """Complete ones and those that vanished of late are settled; parts alone, a sound alone and old marks are not."""
    complete(file)
    vanished(audio_file(places, "late", DAY))
    vanished(audio_file(places, "early", DAY), NOW - timedelta(days=7))
    audio_file(places, "parts", DAY).land(1, b"x")
    sound = audio_file(places, "sound", DAY)
    sound.land(1, b"x")
    sound.assemble(1)
    assert shelf(places).settled(NOW - timedelta(days=6)) == {KEY, "late"}


def test_a_sound_that_somebody_removed_stays_away(places, file):
    """Whoever removes a sound and leaves its sidecar, to keep recordings no longer than allowed, is not undone."""
    complete(file)
    file.sound.unlink()
    assert shelf(places).settled(NOW) == {KEY}
    assert [(sidecar.callrecordkey, sound) for sidecar, sound in sidecars(places)] == [(KEY, None)]


def test_a_mark_is_replaced(places, file):
    """A recording that was marked as gone, and came after all, is complete; the parts of one that is gone stay."""
    file.land(1, PARTS[1])
    vanished(file)
    tidy(places)
    assert file.standing_parts() == {1: len(PARTS[1])}
    complete(file)
    assert [sidecar.outcome for sidecar, _ in sidecars(places)] == [Outcome.COMPLETE]


def test_failures_are_remembered(places, file):
    """When a recording was asked for in vain stands with its parts, until it is complete; a damaged note is no harm."""
    file.note_failure(Failure(failed_at=NOW, reason="why"))
    other = audio_file(places, "other", DAY)
    other.land(1, b"x")
    (other.parts / "failed.json").write_text("{")
    assert shelf(places).failures() == {KEY: Failure(failed_at=NOW, reason="why")}
    complete(file)
    assert shelf(places).failures() == {}


@pytest.mark.parametrize("content", [b"", b"{}", b"no JSON", b'{"format": 2}'], ids=["empty", "lacks", "text", "newer"])
def test_a_damaged_sidecar_is_named(places, file, content):
    """The error names the file and what to do."""
    complete(file)
    file.sidecar.write_bytes(content)
    with pytest.raises(LakeError, match=rf"{KEY}\.json"):
        list(sidecars(places))
