"""Many manifests in one file a month, so that whoever wants all of them need not open each.

Only there to be quick: a manifest whose file is another than when it was written down is read again, and the index may
be deleted at any time. Here: that file. Not here: what a manifest says (`manifests.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from unite_pipeline.lake.durable import write_durably

INDEX_NAME = ".manifests-2.msgpack"
"""Another one with each change of an entry or a manifest: whoever goes back to an earlier version finds his own."""
WORTH_WRITING = 64
"""So many manifests of a month may be in no index: opening them costs less than to write it anew each time."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A manifest as it stood in its file, what tells that file from another, and what reads are put in order by."""

    stamp: str
    read_id: str
    fetched_at: datetime
    manifest: msgspec.Raw


def load_index(month: Path) -> dict[str, Entry]:
    """The manifests that were written down for a month, by the folder of their read; none if that is not usable."""
    try:
        return msgspec.msgpack.decode((month / INDEX_NAME).read_bytes(), type=dict[str, Entry])
    except (OSError, ValueError):  # also where a text is no UTF-8
        return {}


def write_index(month: Path, entries: Mapping[str, Entry]) -> None:
    """Write down the manifests of a month; where that is not possible, they are opened one by one as before."""
    with suppress(OSError):
        write_durably(month / INDEX_NAME, msgspec.msgpack.encode(entries))
