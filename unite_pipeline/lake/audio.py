"""Audio on disk: one file a recording, its parts while they come, and a sidecar that says what became of it.

Here: names, private modes, durable steps, what stands (docs/audio.md). Not here: what is asked for, or whether a part
is right (`extract/`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from pathlib import Path

import msgspec

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.durable import replace_durably, sync_folder, write_durably
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.raw import part_name

FORMAT = 1
_SOUND, _SIDECAR, _PARTS, _ASIDE = ".mp3", ".json", ".parts", ".tmp"
_FAILURE_NAME = "failed.json"
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


class Outcome(Enum):
    """What became of a recording's audio."""

    COMPLETE = "complete"
    VANISHED = "vanished"


class Sidecar(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a recording's audio, as it stands beside it; of one that vanished there is no sound to tell of."""

    format: int = FORMAT
    callrecordkey: str
    extension_id: str
    outcome: Outcome
    fetched_at: datetime
    sha256: str | None = None
    size_bytes: int | None = None
    part_count: int | None = None


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """When a recording's audio was last asked for in vain, and why; it stands with the parts that came."""

    failed_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording's audio that was put together: its fingerprint and its length."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class AudioFile:
    """Where one recording's audio stands, or will."""

    folder: Path
    name: str = field(repr=False)

    @property
    def sound(self) -> Path:
        """The audio, when all of it is there."""
        return self.folder / f"{self.name}{_SOUND}"

    @property
    def sidecar(self) -> Path:
        """What became of it; the recording is settled when this stands."""
        return self.folder / f"{self.name}{_SIDECAR}"

    @property
    def parts(self) -> Path:
        """The parts that came, until there is all."""
        return self.folder / f"{self.name}{_PARTS}"

    def standing_parts(self) -> dict[int, int]:
        """The parts that came: size in bytes by number."""
        found = [path for path in self.parts.glob("[0-9]*") if path.name.isdecimal()]
        return {int(path.name): path.stat().st_size for path in found}

    def land(self, number: int, content: bytes) -> None:
        """Put a part on disk, durably."""
        _make_private(self.parts)
        write_durably(self._part(number), content, _PRIVATE_FILE)

    def drop(self, number: int) -> None:
        """Forget a part: it is not one of this recording as it is now."""
        self._part(number).unlink(missing_ok=True)

    def note_failure(self, failure: Failure) -> None:
        """Write down that the audio was asked for in vain."""
        _make_private(self.parts)
        write_durably(self.parts / _FAILURE_NAME, msgspec.json.encode(failure), _PRIVATE_FILE)

    def assemble(self, part_count: int) -> Sound:
        """Put the parts together, aside, and rename them into place as one; the parts stay until it is settled."""
        aside = self.folder / f".{self.name}{_SOUND}.{os.getpid()}{_ASIDE}"
        digest, size_bytes = hashlib.sha256(), 0
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for number in range(1, part_count + 1):
                    content = self._part(number).read_bytes()
                    digest.update(content)
                    size_bytes += file.write(content)
            replace_durably(aside, self.sound)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        return Sound(digest.hexdigest(), size_bytes)

    def settle(self, sidecar: Sidecar) -> None:
        """Write down what became of it; the parts of a complete recording go. Killed in between, `tidy` does it."""
        _make_private(self.folder)
        content = msgspec.json.format(msgspec.json.encode(sidecar), indent=1)
        write_durably(self.sidecar, content, _PRIVATE_FILE)
        if sidecar.outcome is Outcome.COMPLETE:
            shutil.rmtree(self.parts, ignore_errors=True)

    def _part(self, number: int) -> Path:
        return self.parts / f"{number:04d}"


def audio_file(places: Places, callrecordkey: str, recorded_date: date) -> AudioFile:
    """The place of a recording's audio. The vendor's `filename` is part of no path (contract 69)."""
    return AudioFile(places.audio / f"{recorded_date:%Y-%m}", part_name(callrecordkey))


@dataclass(frozen=True, slots=True)
class Shelf:
    """What stands in the audio folder: the place of each recording that has a sound, a sidecar or parts."""

    sounds: set[AudioFile] = field(default_factory=set)
    sidecars: set[AudioFile] = field(default_factory=set)
    parts: set[AudioFile] = field(default_factory=set)

    def settled(self, vanished_since: datetime) -> set[str]:
        """Names of recordings not to ask for: complete ones, and those found to have vanished since then.

        The sidecar alone says this: whoever removes a sound and leaves its sidecar does not get it again.

        Raises:
            LakeError: a sidecar cannot be read.
        """
        # What has a sound, and no parts any more, is complete; only the rest has to be opened.
        whole = (self.sidecars & self.sounds) - self.parts
        names = {file.name for file in whole}
        for file in self.sidecars - whole:
            sidecar = load_sidecar(file.sidecar)
            if sidecar.outcome is Outcome.COMPLETE or sidecar.fetched_at >= vanished_since:
                names.add(file.name)
        return names

    def failures(self) -> dict[str, Failure]:
        """Recordings that were asked for in vain, by name."""
        found = {}
        for file in self.parts:
            try:
                found[file.name] = msgspec.json.decode((file.parts / _FAILURE_NAME).read_bytes(), type=Failure)
            except (FileNotFoundError, ValueError):
                continue  # only the order of asking hangs on it
        return found


def shelf(places: Places) -> Shelf:
    """What stands in the audio folder of this tenant."""
    found = Shelf()
    kinds = {_SOUND: found.sounds, _SIDECAR: found.sidecars, _PARTS: found.parts}
    for folder in places.audio.glob("*/"):
        for entry in os.scandir(folder):
            name, dot, rest = entry.name.partition(".")  # no name of ours has a dot
            if name and dot + rest in kinds:
                kinds[dot + rest].add(AudioFile(folder, name))
    return found


def tidy(places: Places) -> None:
    """Remove what a process that died left half-way: files being written, parts of recordings that are complete.

    Ask only while holding the feed's lock: then nobody is at work on them.
    """
    for pattern in (f"*/.*{_ASIDE}", f"*/*{_PARTS}/.*{_ASIDE}"):
        for aside in places.audio.glob(pattern):
            aside.unlink()
    found = shelf(places)
    for file in found.parts & found.sidecars:
        if load_sidecar(file.sidecar).outcome is Outcome.COMPLETE:
            shutil.rmtree(file.parts)


def sidecars(places: Places) -> Iterator[tuple[Sidecar, Path | None]]:
    """Every sidecar, and its sound if that stands.

    Raises:
        LakeError: a sidecar cannot be read.
    """
    found = shelf(places)
    for file in found.sidecars:
        yield load_sidecar(file.sidecar), file.sound if file in found.sounds else None


def load_sidecar(path: Path) -> Sidecar:
    """What became of a recording's audio.

    Raises:
        LakeError: the file cannot be read; it names it.
    """
    try:
        sidecar = msgspec.json.decode(path.read_bytes(), type=Sidecar)
    except (ValueError, OSError) as error:
        message = (
            f"{path} cannot be read ({type(error).__name__}). Restore it from a back-up, or delete it: then the audio "
            "is downloaded again, if the API still has it"
        )
        raise LakeError(message) from error
    if sidecar.format != FORMAT:
        message = f"{path} has format {sidecar.format}; this version knows {FORMAT}. Update unite-pipeline"
        raise LakeError(message)
    return sidecar


def _make_private(folder: Path) -> None:
    """Make a folder that its owner alone can enter; its name is on disk when this returns."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
        sync_folder(each.parent)
