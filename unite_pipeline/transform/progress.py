"""Which reads a lake table holds already, and which SQL made it: one small file beside the table.

Here: that file. It is committed together with the rows it speaks of. Not here: deciding what to do next.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table

_NAME = "_reads.json"


class Progress(msgspec.Struct, frozen=True):
    """What a table was made of.

    Args:
        code: hash of the SQL, the columns and the time zone that made it.
        reads: every read in it, with the local days it covers (none for feeds without days). Never forgotten, not
            even when the raw files are gone: that is how we know that a partition cannot be made again.
    """

    code: str = ""
    reads: dict[str, list[date]] = {}

    def gone_reads(self, present: set[str]) -> set[str]:
        """Reads that are in the table, and no longer in the raw layer."""
        return set(self.reads) - present


def progress_file(places: Places, table: Table) -> Path:
    """Where it stands; the first table of a group speaks for the group."""
    return places.table(table.name) / _NAME


def load_progress(places: Places, table: Table) -> Progress:
    """What the table holds; nothing if it was never made.

    Raises:
        LakeError: the file is not readable.
    """
    file = progress_file(places, table)
    try:
        return msgspec.json.decode(file.read_bytes(), type=Progress)
    except FileNotFoundError:
        return Progress()
    except (ValueError, OSError) as error:
        message = (
            f"{file} cannot be read ({type(error).__name__}). Delete it: the next run makes the table again from "
            "the raw layer, without one request."
        )
        raise LakeError(message) from error


def encode_progress(progress: Progress) -> bytes:
    """The file's content."""
    return msgspec.json.encode(progress)
