"""Whether a data directory can be had, in words that say what to do.

Here: trying it. Not here: what is put into it.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from unite_pipeline.errors import ConfigurationError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_LEAVE = (errno.EACCES, errno.EPERM)


def make_directory(root: Path) -> None:
    """Make the data directory if it is missing, and try whether it can be written to.

    Raises:
        ConfigurationError: it cannot; says what to do.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        _try_writing(root)
    except OSError as error:
        raise ConfigurationError(_in_words(root, error)) from error


def check_directory(root: Path) -> None:
    """Whether the data directory is there or could be made; what was made to find out is removed again.

    Raises:
        ConfigurationError: it is not, and cannot be.
    """
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(_in_words(root, error)) from error
    finally:
        for folder in missing:
            with suppress(OSError):  # not made, or somebody put something into it
                folder.rmdir()


def _try_writing(root: Path) -> None:
    try:
        with TemporaryFile(dir=root):
            pass
    except OSError as error:
        if error.errno not in _NO_ROOM:  # how much room there is is looked at by itself
            raise


def _in_words(root: Path, error: OSError) -> str:
    if error.errno in _NO_ROOM:
        return f"{root} cannot be made, the disk is full: make room, or set UNITE_DATA_DIR to another disk"
    if error.errno in _NO_LEAVE:
        return (
            f"{root} cannot be written to by the user that runs this: run it as the one it belongs to, give it to this "
            "one (chown), or set UNITE_DATA_DIR to a folder of his"
        )
    if error.errno == errno.EROFS:
        return f"{root} is on a disk that is mounted read-only: mount it for writing, or set UNITE_DATA_DIR to another"
    return f"{root} cannot be made ({error.strerror}): set UNITE_DATA_DIR to a folder on a local disk"
