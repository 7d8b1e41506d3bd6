"""The configuration of a Dagster instance: upgrades reach it, but not what was changed by hand."""

from __future__ import annotations

import hashlib
import stat
from importlib import resources
from pathlib import Path

import pytest
import yaml

from unite_pipeline.instance import changed_by_hand, close_instance, prepare
from unite_pipeline.lake.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A data directory."""
    return Places(tmp_path / "data", "main")


def shipped(name: str) -> bytes:
    """A file of the configuration as this version ships it."""
    return resources.files("unite_pipeline").joinpath(name).read_bytes()


@pytest.mark.parametrize("name", ["dagster.yaml", "workspace.yaml"])
def test_what_is_written_is_what_is_shipped(places: Places, name: str) -> None:
    """A new instance gets the shipped configuration, and nothing counts as changed by hand."""
    written = prepare(places) / name
    assert yaml.safe_load(written.read_bytes()) == yaml.safe_load(shipped(name))
    assert changed_by_hand(places) == []


def test_an_earlier_version_is_replaced(places: Places) -> None:
    """A file that stands as an earlier version wrote it is replaced by the one of this version."""
    home = prepare(places)
    now = (home / "dagster.yaml").read_bytes()
    earlier = b"telemetry: {enabled: true}\n"
    head = now.splitlines()[0].replace(_told(shipped("dagster.yaml")), _told(earlier))
    (home / "dagster.yaml").write_bytes(head + b"\n" + earlier)
    assert changed_by_hand(places) == []
    prepare(places)
    assert (home / "dagster.yaml").read_bytes() == now


def _told(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest()[:16].encode()


def test_the_versions_before_are_known(places: Places) -> None:
    """A file of a version that did not yet tell what it had written is replaced too."""
    home = prepare(places)
    written = (home / "workspace.yaml").read_bytes()
    (home / "workspace.yaml").write_bytes(shipped("workspace.yaml"))  # the same since the first version
    assert changed_by_hand(places) == []
    prepare(places)
    assert (home / "workspace.yaml").read_bytes() == written


@pytest.mark.parametrize("change", [b"#\n", b"nux: {enabled: true}\n"], ids=["comment", "value"])
def test_what_was_changed_by_hand_stays(places: Places, change: bytes) -> None:
    """A file that somebody added a line to is left as it is, and named."""
    path = prepare(places) / "dagster.yaml"
    changed = path.read_bytes() + change
    path.write_bytes(changed)
    prepare(places)
    assert path.read_bytes() == changed
    assert changed_by_hand(places) == [path]


def test_the_folder_is_closed(places: Places) -> None:
    """A folder that a server of Dagster made for all to read is closed to others; a missing one is not made."""
    close_instance(places)
    assert not places.dagster.exists()
    places.dagster.mkdir(parents=True)
    places.dagster.chmod(0o755)
    close_instance(places)
    assert stat.S_IMODE(places.dagster.stat().st_mode) == 0o700
