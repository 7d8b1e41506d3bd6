"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from unite_pipeline.lake.durable import replace_durably, reserved, sync_folder, write_durably


def test_a_file_is_written_with_its_folders(tmp_path):
    """The content stands at the path, its folders are made, and nothing else is left beside it."""
    path = tmp_path / "a" / "b" / "page"
    write_durably(path, b"\x00content\n")
    assert path.read_bytes() == b"\x00content\n"
    assert [each.name for each in path.parent.iterdir()] == ["page"]


def test_an_old_file_is_replaced(tmp_path):
    """The new content takes the old one's place."""
    path = tmp_path / "page"
    write_durably(path, b"old and longer")
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["page"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644], ids=oct)
@pytest.mark.parametrize("was_there", [False, True], ids=["new", "over-an-open-one"])
def test_a_mode_is_kept(tmp_path, mode, was_there):
    """A secret is made for its owner alone, also over a file that others could read."""
    path = tmp_path / "login_token"
    if was_there:
        path.write_bytes(b"old")
        path.chmod(0o666)
    write_durably(path, b"secret", mode)
    assert path.stat().st_mode & 0o777 == mode & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("content", ["text instead of bytes", None], ids=["text", "none"])
def test_a_failed_write_leaves_the_old_file(tmp_path, content):
    """If writing fails the old file stands as it was, and the one aside is removed."""
    path = tmp_path / "page"
    write_durably(path, b"old")
    with pytest.raises(TypeError):
        write_durably(path, content)
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["page"]


def test_a_failed_rename_leaves_nothing(tmp_path):
    """If the place is taken by a folder nothing is left aside."""
    (tmp_path / "page" / "in it").mkdir(parents=True)
    with pytest.raises(OSError, match="page"):
        write_durably(tmp_path / "page", b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["page"]


def test_readers_see_whole_files_only(tmp_path):
    """While one writer replaces a file again and again, every reader sees one whole content."""
    path = tmp_path / "page"
    contents = {letter * 200_000 for letter in (b"a", b"b")}
    write_durably(path, b"a" * 200_000)
    is_over = threading.Event()
    seen: set[bytes] = set()

    def read() -> None:
        while not is_over.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        for content in contents:
            write_durably(path, content)
    is_over.set()
    reader.join()
    assert seen <= contents


def test_writers_do_not_meet(tmp_path):
    """Eight writers of one path at once all succeed, and one of their contents stands there whole."""
    path = tmp_path / "page"
    contents = [bytes([65 + at]) * 50_000 for at in range(8)]
    threads = [threading.Thread(target=write_durably, args=(path, content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert [each.name for each in tmp_path.iterdir()] == ["page"]


def test_a_finished_file_is_moved(tmp_path):
    """A file made aside takes its place at once, in folders made for it."""
    aside, path = tmp_path / "aside", tmp_path / "new" / "part.parquet"
    aside.write_bytes(b"whole")
    replace_durably(aside, path)
    assert (path.read_bytes(), aside.exists()) == (b"whole", False)
    aside.write_bytes(b"newer")
    replace_durably(aside, path)
    assert path.read_bytes() == b"newer"


def test_moving_nothing_leaves_the_old_file(tmp_path):
    """If there is nothing to move, what stands at the place stays."""
    (tmp_path / "page").write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        replace_durably(tmp_path / "aside", tmp_path / "page")
    assert (tmp_path / "page").read_bytes() == b"old"


def test_folders_are_synced_without_leaks(tmp_path):
    """Making a folder's names durable leaves no descriptor open."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        sync_folder(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_reserved_place_is_filled(tmp_path):
    """Room is on disk before the content is had, closed to others; then the content alone stands at the path."""
    path = tmp_path / "a" / "login_token"
    with reserved(path, room_bytes=4096, mode=0o600) as place:
        (aside,) = path.parent.iterdir()
        assert (aside, aside.stat().st_size, aside.stat().st_mode & 0o777) == (place.aside, 4096, 0o600)
        place.fill(b"secret\n")
        assert path.read_bytes() == b"secret\n"
    assert [each.name for each in path.parent.iterdir()] == ["login_token"]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt], ids=lambda error: error.__name__)
def test_a_place_that_is_not_filled_leaves_nothing(tmp_path, error):
    """If nothing comes to fill it, the old file stands as it was and the one aside is gone."""
    path = tmp_path / "login_token"
    path.write_bytes(b"old")
    with pytest.raises(error), reserved(path, room_bytes=10, mode=0o600):
        raise error
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["login_token"]


def test_a_place_that_cannot_be_is_told_at_once(tmp_path):
    """A folder in its place, or a file in its folder's place, is an error that names the path, before the body runs."""
    (tmp_path / "login_token").mkdir()
    with pytest.raises(IsADirectoryError) as raised, reserved(tmp_path / "login_token", room_bytes=10, mode=0o600):
        raise AssertionError
    assert raised.value.filename == str(tmp_path / "login_token")
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"), reserved(tmp_path / "file" / "login_token", room_bytes=1, mode=0o600):
        raise AssertionError


def test_a_content_that_cannot_be_renamed_is_kept_aside(tmp_path):
    """If the place was taken meanwhile, the content stays in the file aside, whole."""
    path = tmp_path / "login_token"
    with reserved(path, room_bytes=4096, mode=0o600) as place:
        path.mkdir()
        with pytest.raises(IsADirectoryError):
            place.fill(b"secret\n")
    assert place.aside.read_bytes() == b"secret\n"
