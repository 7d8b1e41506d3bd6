"""The manifest of a read: what was asked, what came, and whether that is proven (docs/raw-layer.md).

Here: its shape, and reading it back. Writing is `raw.py`; deciding what is proven is `extract/`.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import msgspec

from unite_pipeline.errors import LakeError

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
        for path in self.feed_root.glob(f"*/*/{MANIFEST_NAME}"):
            if path not in self._reads:
                self._reads[path] = Read(path.parent, _load(path))
        return sorted(self._reads.values(), key=lambda read: (read.manifest.fetched_at, read.manifest.read_id))


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
