"""Time as an argument: three ways to read or spend it, so that a test can move it.

Here: the clock. Not here: calendars and local days (`extract/days.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Clock:
    """The machine's clocks.

    Args:
        boot: seconds since the machine started, sleep included; no adjustment of the wall clock moves it.
        utc: the wall clock as an aware instant; for records, never for measuring a wait.
        sleep: waits that many seconds.
        boot_id: tells one start of the machine from another, since `boot` begins anew with each.
    """

    boot: Callable[[], float]
    utc: Callable[[], datetime]
    sleep: Callable[[float], None]
    boot_id: str


def machine_clock() -> Clock:
    """The clock of this machine."""
    return Clock(boot=_boot_seconds, utc=lambda: datetime.now(UTC), sleep=time.sleep, boot_id=_boot_id())


def _boot_seconds() -> float:
    # macOS has no CLOCK_BOOTTIME; its monotonic clock is the nearest thing.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        # macOS names no boot; the instant of it does, to the few minutes that the wall clock may be adjusted by.
        return f"booted {round((time.time() - _boot_seconds()) / 600)}"
