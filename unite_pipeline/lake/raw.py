"""Landing reads in the raw layer: begin, a page at a time, finish; and what a read that was cut off left behind.

Here: files and names (docs/raw-layer.md). Not here: what is asked or proven (`extract/`), typing rows (`transform/`).
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow as pa

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.durable import sync_folder, write_durably
from unite_pipeline.lake.manifests import MANIFEST_NAME, Manifest, Part, encode

BEGUN_NAME = "begun.json"
_PARTS_NAME = "parts.json"
_PAGE_NAME = re.compile(r"(?P<number>\d{4,})-of-(?P<itemcount>\d+|unknown)\.ndjson\.zst")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What a read set out to ask, written before its first page."""

    format: int = 1
    feed: str
    tenant: str
    read_id: str
    timezone: str
    started_at: datetime
    asked: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class PageFile:
    """One page on disk."""

    path: Path
    number: int
    itemcount: int | None

    def rows(self) -> list[bytes]:
        """The rows of the page, as received."""
        return read_rows(self.path)


class RawRead:
    """A read that is under way: a folder that pages are landed in, and the manifest that ends it."""

    def __init__(self, folder: Path, begun: Begun) -> None:
        self.folder = folder
        self.begun = begun

    def land(self, part: str, number: int, itemcount: int | None, rows: Sequence[bytes]) -> str:
        """Put a page on disk, durably, and return its name."""
        name = f"{number:04d}-of-{'unknown' if itemcount is None else itemcount}.ndjson.zst"
        write_durably(self.folder / part / name, compress(rows))
        sync_folder(self.folder)
        return name

    def pages(self, part: str) -> list[PageFile]:
        """The pages of a part on disk, in the order they were asked for."""
        return _pages(self.folder / part)

    def adopt(self, part: str, pages: Iterable[PageFile]) -> None:
        """Take over pages that a read of the same window, cut off, has landed."""
        for page in pages:
            target = self.folder / part / page.path.name
            write_durably(target, page.path.read_bytes())

    def drop(self, part: str) -> None:
        """Forget the pages of a part: it is started afresh, or an earlier read holds the same rows."""
        shutil.rmtree(self.folder / part, ignore_errors=True)

    def note(self, parts: Iterable[Part]) -> None:
        """Write down which parts are finished, for whoever closes this read if we are cut off."""
        write_durably(self.folder / _PARTS_NAME, msgspec.json.encode(tuple(parts)))

    def discard(self) -> None:
        """Remove the folder: nothing had come that is worth keeping."""
        shutil.rmtree(self.folder)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest: from here on the read counts."""
        write_durably(self.folder / MANIFEST_NAME, encode(manifest))
        (self.folder / _PARTS_NAME).unlink(missing_ok=True)


def begin(feed_root: Path, begun: Begun) -> RawRead:
    """Open a read's folder and write down what it asks."""
    folder = feed_root / begun.started_at.astimezone(UTC).strftime("%Y-%m") / begun.read_id
    write_durably(folder / BEGUN_NAME, msgspec.json.encode(begun))
    sync_folder(folder.parent)
    return RawRead(folder, begun)


def new_read_id(started_at: datetime) -> str:
    """A name for a read: its UTC start to the microsecond, and something for two in the same one."""
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(2)}"


def unfinished_reads(feed_root: Path) -> Iterator[RawRead]:
    """Reads without a manifest, oldest first. Ask only while holding the feed's lock: then nobody is at work on them.

    A folder in which not even `begun.json` came to stand is removed: nothing was asked. One that holds pages without it
    was damaged from outside, and is left alone.
    """
    for folder in sorted(feed_root.glob("*/*/")):
        if (folder / MANIFEST_NAME).exists():
            continue
        try:
            begun = msgspec.json.decode((folder / BEGUN_NAME).read_bytes(), type=Begun)
        except FileNotFoundError:
            if not any(folder.glob("*/*.ndjson.zst")):
                shutil.rmtree(folder, ignore_errors=True)
            continue
        except ValueError as error:  # no JSON, or no UTF-8
            message = f"{folder / BEGUN_NAME} cannot be read. Move its folder out of the data directory"
            raise LakeError(message) from error
        yield RawRead(folder, begun)


def close_as_cut_off(read: RawRead, reason: str) -> Manifest | None:
    """End a read that was cut off: its rows stay, nothing of it is proven.

    Returns:
        The manifest, or None where no page had come: then the folder is removed.
    """
    for aside in read.folder.rglob(".*.tmp"):
        aside.unlink()  # was being written when the process died
    parts = _parts_on_disk(read.folder)
    times = [path.stat().st_mtime for path in read.folder.glob("*/*.ndjson.zst")]
    if not any(part.pages for part in parts):
        read.discard()
        return None
    newest = max(times, default=read.begun.started_at.timestamp())
    begun = read.begun
    manifest = Manifest(
        feed=begun.feed,
        tenant=begun.tenant,
        read_id=begun.read_id,
        timezone=begun.timezone,
        started_at=begun.started_at,
        fetched_at=max(datetime.fromtimestamp(newest, UTC), begun.started_at),
        requests=sum(part.requests for part in parts),
        is_complete=False,
        is_cut_off=True,
        reason=reason,
        asked=begun.asked,
        parts=tuple(parts),
    )
    read.finish(manifest)
    return manifest


def part_name(identifier: str) -> str:
    """A folder name for an identifier of the vendor's: itself where it is plain, else its bytes in hexadecimal."""
    is_plain = _PLAIN_NAME.fullmatch(identifier) and not identifier.startswith("x-")
    return identifier if is_plain else f"x-{identifier.encode().hex()}"


def identifier_of(name: str) -> str | None:
    """The identifier that `part_name` made this name of; None if it made no such name."""
    try:
        identifier = bytes.fromhex(name.removeprefix("x-")).decode() if name.startswith("x-") else name
    except ValueError:
        return None
    return identifier if part_name(identifier) == name else None


def content_hash(rows: Iterable[bytes]) -> str:
    """A fingerprint of a set of rows, whatever their order."""
    digest = hashlib.sha256()
    for row_hash in sorted(hashlib.sha256(row).digest() for row in rows):
        digest.update(row_hash)
    return digest.hexdigest()


def compress(rows: Iterable[bytes]) -> bytes:
    """Rows as zstd-compressed NDJSON."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(b"".join(row + b"\n" for row in rows))
    return bytes(sink.getvalue().to_pybytes())


def read_rows(path: Path) -> list[bytes]:
    """The rows of a page file.

    Raises:
        LakeError: the file is not there, or not whole; it names it.
    """
    try:
        with pa.input_stream(path, compression="zstd") as stream:
            content = stream.read()
        is_whole = path.stat().st_size > 0  # no rows are a few bytes as well
    except OSError:
        is_whole = False
    if not is_whole:
        message = f"{path} cannot be read. Restore it from a back-up, or move its read's folder out and sync again"
        raise LakeError(message)
    return [line for line in content.split(b"\n") if line]


def _pages(folder: Path) -> list[PageFile]:
    found = []
    for path in folder.glob("*.ndjson.zst"):
        match = _PAGE_NAME.fullmatch(path.name)
        if match:
            count = match["itemcount"]
            found.append(PageFile(path, int(match["number"]), None if count == "unknown" else int(count)))
    return sorted(found, key=lambda page: page.number)


def _parts_on_disk(folder: Path) -> list[Part]:
    try:
        finished = msgspec.json.decode((folder / _PARTS_NAME).read_bytes(), type=list[Part])
    except FileNotFoundError:
        finished = []
    except ValueError as error:
        message = f"{folder / _PARTS_NAME} cannot be read. Move its folder out of the data directory"
        raise LakeError(message) from error
    names = {part.part for part in finished}
    others = [_cut_off_part(each) for each in sorted(folder.iterdir()) if each.is_dir() and each.name not in names]
    return [*finished, *(part for part in others if part.pages)]


def _cut_off_part(folder: Path) -> Part:
    pages = _pages(folder)
    rows = sum(len(page.rows()) for page in pages)
    return Part(
        part=folder.name,
        itemcount=pages[-1].itemcount if pages else None,
        received_rows=rows,
        landed_rows=rows,
        requests=len(pages),
        pages=tuple(page.path.name for page in pages),
    )
