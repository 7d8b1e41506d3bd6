"""The report as a file: made when the warehouse is another than the one it was made from, and put in place at once.

Here: when, and where to. Not here: what stands in it (`page.py`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from unite_pipeline.errors import WarehouseError
from unite_pipeline.lake.durable import write_durably
from unite_pipeline.lake.engine import Limits
from unite_pipeline.lake.places import Places
from unite_pipeline.report.page import render
from unite_pipeline.report.source import PACKAGE, reading

_STAMP = re.compile(rb'<meta name="unite-pipeline-made-from" content="([0-9a-f]{64})">')
_HEAD_BYTES = 4096
_MODE = 0o600
"""It tells of people's work, and may name them: for its owner's eyes, until they hand it on."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a build came to.

    Args:
        path: where the report stands.
        is_made: whether it was made anew; if not, it was of this warehouse already.
        size_bytes: its size.
    """

    path: Path
    is_made: bool
    size_bytes: int


def build_report(places: Places, *, has_names: bool, is_forced: bool = False, limits: Limits | None = None) -> Report:
    """Make the report of the published warehouse, if the one that stands is not of it.

    Args:
        places: the data directory.
        has_names: whether extensions are shown by name.
        is_forced: make it in any case.
        limits: memory and threads of the engine.

    Raises:
        WarehouseError: there is no warehouse, or it cannot be read; the last report stays as it was.
    """
    stamp = _stamp(places.warehouse, has_names=has_names)
    is_made = is_forced or stamp != _stamp_in(places.report)
    if is_made:
        with reading(places.warehouse, limits) as source:
            page = render(source, has_names=has_names, stamp=stamp)
        write_durably(places.report, page.html.encode(), _MODE)
    return Report(places.report, is_made, places.report.stat().st_size)


def _stamp(warehouse: Path, *, has_names: bool) -> str:
    """What decides the page: this very file of the warehouse, our code, and whether names are shown."""
    try:
        file = warehouse.stat()
    except FileNotFoundError:
        message = f"There is no warehouse to report on: {warehouse}. `unite-pipeline sync` makes it"
        raise WarehouseError(message) from None
    stamp = hashlib.sha256(repr((file.st_mtime_ns, file.st_size, file.st_ino, has_names)).encode())
    for name, content in sorted(_files(resources.files(PACKAGE), "")):
        stamp.update(name.encode() + b"\0" + content + b"\0")
    return stamp.hexdigest()


def _files(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for each in folder.iterdir():
        if each.is_dir():
            found += _files(each, f"{path}{each.name}/")
        elif each.name.endswith((".py", ".sql", ".toml", ".html", ".css")):
            found.append((path + each.name, each.read_bytes()))
    return found


def _stamp_in(report: Path) -> str | None:
    try:
        with report.open("rb") as file:
            found = _STAMP.search(file.read(_HEAD_BYTES))
    except FileNotFoundError:
        return None
    return None if found is None else found[1].decode()
