"""The manifest of a read: what was asked, what came, and whether that is proven (docs/raw-layer.md).

Here: its shape, and reading it back. Writing is `raw.py`; deciding what is proven is `extract/`.
"""

from __future__ import annotations

import operator
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


class Read:
    """A finished read: its manifest and the folder its pages stand in.

    A manifest from an index is decoded only when it is asked for: most of those who want reads want the newest ones.

    Args:
        folder: where it stands.
        manifest: the manifest, or its line in the index.
    """

    __slots__ = ("_folder", "_manifest", "fetched_at", "read_id")

    def __init__(self, folder: Path | str, manifest: Manifest | Entry) -> None:
        self._folder = folder
        self._manifest = manifest
        self.read_id = manifest.read_id
        self.fetched_at = manifest.fetched_at

    @property
    def folder(self) -> Path:
        """The folder its pages stand in."""
        return Path(self._folder)

    @property
    def manifest(self) -> Manifest:
        """What it says."""
        if isinstance(self._manifest, Entry):
            try:
                self._manifest = _INDEXED.decode(self._manifest.manifest)
            except ValueError:  # the index is damaged, and the manifest itself is there
                self._manifest = _load(self.folder / MANIFEST_NAME)
        return self._manifest

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
        self._reads: dict[str, Read] = {}

    def reads(self) -> list[Read]:
        """All finished reads as of now, oldest first (by `fetched_at`, then `read_id`)."""
        for month in self.feed_root.glob("*/"):
            self._look_into(month)
        return sorted(self._reads.values(), key=_age)

    def _look_into(self, month: Path) -> None:
        """Take in the manifests of a month that are not known yet: from its index, or each from its file."""
        here = f"{month}/"
        stamps = {name: told for name, told in _stamps(here).items() if here + name not in self._reads}
        if not stamps:
            return
        known = load_index(month)
        unwritten = []
        for name, told in stamps.items():
            entry = known.get(name)
            if entry is None or entry.stamp != told:
                unwritten.append(name)
            else:
                self._reads[here + name] = Read(here + name, entry)
        for name in unwritten:
            self._reads[here + name] = Read(here + name, _load(month / name / MANIFEST_NAME))
        if len(unwritten) >= WORTH_WRITING:
            entries = {name: entry for name, entry in known.items() if here + name in self._reads}
            for name in unwritten:
                read = self._reads[here + name]
                packed = msgspec.Raw(_INDEXES.encode(read.manifest))
                entries[name] = Entry(stamps[name], read.read_id, read.fetched_at, packed)
            write_index(month, entries)


_age = operator.attrgetter("fetched_at", "read_id")
_INDEXED = msgspec.msgpack.Decoder(Manifest)
_INDEXES = msgspec.msgpack.Encoder()


def _stamps(month: str) -> dict[str, str]:
    """What tells the manifest of each read of a month (its path, with a slash) from another, by the read's folder."""
    found = {}
    for name in os.listdir(month):  # noqa: PTH208  paths as objects would cost more than all else here
        try:
            facts = os.stat(f"{month}{name}/{MANIFEST_NAME}")  # noqa: PTH116
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
    except (ValueError, OSError) as error:  # no JSON, or no UTF-8
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
