"""The manifest of a read: what was asked, what came, and whether that is proven (docs/raw-layer.md).

Here: its shape, and reading it back. Writing is `raw.py`; deciding what is proven is `extract/`.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

import msgspec

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.read_index import WORTH_WRITING, Entry, load_index, write_index

MANIFEST_NAME = "manifest.json"
FORMAT = 1


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One list that was walked within a read.

    Counts are rows. `rows_from` names the read that holds the rows where they are the same as then.
    """

    part: str
    extension_id: str | None = None
    itemcount: int | None = None
    received_rows: int = 0
    landed_rows: int = 0
    known_rows: int = 0
    requests: int = 0
    pages: tuple[str, ...] = ()
    content_hash: str | None = None
    is_complete: bool = False
    is_presumed: bool = False
    rows_from: str | None = None
    callrecordcount: int | None = None
    listed_at: datetime | None = None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What `coverage` shows of a read: a local day of calls, or the moment of a list. Instants are UTC."""

    window_start: datetime
    window_end: datetime
    day: date | None = None
    expected_rows: int | None = None
    received_rows: int = 0
    is_complete: bool = False
    is_final: bool = False
    is_presumed: bool = False


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The proof of one read, as it stands in its manifest.json."""

    format: int = FORMAT
    feed: str
    tenant: str
    read_id: str
    timezone: str
    started_at: datetime
    fetched_at: datetime
    requests: int
    is_complete: bool
    is_cut_off: bool = False
    is_permitted: bool = True
    reason: str | None = None
    asked: dict[str, str] = {}
    parts: tuple[Part, ...] = ()
    windows: tuple[Window, ...] = ()
    callrecordcounts: dict[str, int | None] | None = None


class Read(msgspec.Struct, frozen=True):
    """A finished read: its manifest and the folder its pages stand in."""

    folder: Path
    manifest: Manifest

    def page_files(self, part: Part) -> list[Path]:
        """The page files of a part in the order they were asked for; none where the rows stand in another read."""
        return [self.folder / part.part / page for page in part.pages]


def finished_reads(raw_root: Path, feed: str, tenant: str) -> list[Read]:
    """All finished reads of a feed, oldest first (by `fetched_at`, then `read_id`).

    Raises:
        LakeError: a manifest cannot be read; it names the file.
    """
    return ReadLog(raw_root / feed / f"tenant={tenant}").reads()


class ReadLog:
    """The finished reads of one feed, for somebody who looks more than once: each manifest is read once only."""

    def __init__(self, feed_root: Path) -> None:
        self.feed_root = feed_root
        self._reads: dict[Path, Read] = {}

    def reads(self) -> list[Read]:
        """All finished reads as of now, oldest first (by `fetched_at`, then `read_id`)."""
        for month in self.feed_root.glob("*/"):
            self._look_into(month)
        return sorted(self._reads.values(), key=lambda read: (read.manifest.fetched_at, read.manifest.read_id))

    def _look_into(self, month: Path) -> None:
        """Take in the manifests of a month that are not known yet: from its index, or each from its file."""
        stamps = {name: told for name, told in _stamps(month).items() if month / name not in self._reads}
        if not stamps:
            return
        known = load_index(month)
        unwritten = [name for name, told in stamps.items() if name not in known or known[name].stamp != told]
        for name in unwritten:
            self._reads[month / name] = Read(month / name, _load(month / name / MANIFEST_NAME))
        for name in stamps.keys() - set(unwritten):
            self._reads[month / name] = Read(month / name, _INDEXED.decode(known[name].manifest))
        if len(unwritten) >= WORTH_WRITING:
            here = {path.name: read for path, read in self._reads.items() if path.parent == month}
            told = {**{name: entry.stamp for name, entry in known.items()}, **stamps}
            entries = {name: Entry(told[name], msgspec.Raw(_INDEXES.encode(read.manifest)))
                       for name, read in here.items() if name in told}  # fmt: skip
            write_index(month, entries)


_INDEXED = msgspec.msgpack.Decoder(Manifest)
_INDEXES = msgspec.msgpack.Encoder()


def _stamps(month: Path) -> dict[str, str]:
    """What tells the manifest of each read of a month from another, by the name of its folder."""
    found = {}
    for name in os.listdir(month):  # noqa: PTH208  paths as objects would cost more than all else here
        try:
            facts = os.stat(f"{month}/{name}/{MANIFEST_NAME}")  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            continue
        found[name] = f"{facts.st_size}-{facts.st_mtime_ns}-{facts.st_ino}"
    return found


def encode(manifest: Manifest) -> bytes:
    """The manifest as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def _load(path: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.DecodeError, OSError) as error:
        message = (
            f"The manifest {path} cannot be read ({type(error).__name__}). It is the proof of what was fetched. "
            "Restore it from a back-up, or move its folder out of the data directory and sync those days again."
        )
        raise LakeError(message) from error
    if manifest.format != FORMAT:
        message = (
            f"The manifest {path} has format {manifest.format}; this version knows {FORMAT}. Update unite-pipeline."
        )
        raise LakeError(message)
    return manifest
