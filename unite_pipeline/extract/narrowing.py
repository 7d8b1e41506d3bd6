"""What a sync makes of days that the API fails on: fewer days at a time, then a day elsewhere, then an end.

Here: the lesson of each failure and success. Not here: asking (`cdr_logs.py`).
Source: contract 41: the vendor may have a longest range, or trouble with one day.
"""

from __future__ import annotations

from dataclasses import dataclass

from unite_pipeline.extract.days import DayRange

_QUARTER = 4
_ENOUGH_IN_A_ROW, _ENOUGH_AFTER_SUCCESS = 2, 5


@dataclass(slots=True)
class Narrowing:
    """What failures and successes of one sync have taught so far.

    Args:
        most_days: so many days may be read at once; None: as many as planned.
        most_counted: so many days may be counted at once; None: all.
        is_probing: days failed one after the other. One bad day takes its neighbours with it, since windows reach a
            second into them: only a day elsewhere can tell whether it is the days at all. It is read next, by itself.
    """

    most_days: int | None = None
    most_counted: int | None = None
    is_probing: bool = False
    _days_after_success: int | None = None
    _failed_alone: int = 0
    _has_succeeded: bool = False

    def read_went_well(self) -> None:
        """A window was read: after the single day that was tried, a quarter of the former window."""
        self._went_well()
        if self._days_after_success is not None:
            self.most_days, self._days_after_success = self._days_after_success, None

    def count_went_well(self) -> None:
        """Days were counted: twice as many the next time."""
        self._went_well()
        if self.most_counted is not None:
            self.most_counted *= 2

    def read_failed(self, days: DayRange, error: Exception) -> bool:
        """Ask for fewer days from now on, first for a single one.

        Returns:
            True if it was a single day: it is not asked again in this sync.

        Raises:
            Exception: `error`, if the day elsewhere failed as well; then it is not the days.
        """
        if len(days) > 1:
            self.most_days, self._days_after_success = 1, max(len(days) // _QUARTER, 1)
            return False
        if self.is_probing:
            raise error
        self._failed_by_itself()
        return True

    def count_failed(self, days: DayRange) -> bool:
        """Count half as many days from now on; True if it was a single day, which is not counted in this sync."""
        if len(days) > 1:
            self.most_counted = len(days) // 2
            return False
        self._failed_by_itself()
        return True

    def _went_well(self) -> None:
        self._failed_alone, self._has_succeeded, self.is_probing = 0, True, False

    def _failed_by_itself(self) -> None:
        self._failed_alone += 1
        enough = _ENOUGH_AFTER_SUCCESS if self._has_succeeded else _ENOUGH_IN_A_ROW
        self.is_probing = self._failed_alone >= enough
