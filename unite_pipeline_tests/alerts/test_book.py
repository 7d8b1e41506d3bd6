"""What is told and how often: once a failure, once a recovery, and nothing lost on the way."""

from __future__ import annotations

import msgspec

from unite_pipeline.alerts.alert import Alert, Kind
from unite_pipeline.alerts.book import MAX_ATTEMPTS, REPEAT_AFTER_S, Book, Ended
from unite_pipeline.alerts.delivery import DeliveryError

HOUR = 3600.0
BEGAN = 1_800_000_000.0


class Ear:
    """Somebody who is told, and hears nothing while deaf."""

    def __init__(self, name: str = "ear") -> None:
        self.name = name
        self.heard: list[Alert] = []
        self.is_deaf = False

    def send(self, alert: Alert) -> None:
        if self.is_deaf:
            raise DeliveryError(f"{self.name}: deaf")
        self.heard.append(alert)


def ended(hour: float, failure: str = "", job: str = "sync", kind: Kind = Kind.FAILED) -> Ended:
    """A run that ended so many hours after the beginning."""
    at = BEGAN + hour * HOUR
    return Ended(f"{job} at {hour}", job, at, kind if failure else None, failure, "why", "what to do")


def tell(book: Book, ear: Ear, *runs: Ended) -> list[tuple[Kind, str, int]]:
    """Note runs and deliver; returns what was heard of them."""
    before = len(ear.heard)
    for run in runs:
        book.note(run, "acme", [ear.name])
        assert book.deliver([ear], run.ended_at).problems == []
    return [(each.kind, each.failure, each.repeats) for each in ear.heard[before:]]


def test_the_same_failure_is_told_once() -> None:
    """A job that fails each hour for the same reason is told at once, and every six hours how often since."""
    book, ear = Book(since=0), Ear()
    assert tell(book, ear, *(ended(hour, "down") for hour in range(12))) == [
        (Kind.FAILED, "down", 0),
        (Kind.FAILED, "down", 5),
    ]
    assert REPEAT_AFTER_S == 6 * HOUR


def test_working_again_is_told_once() -> None:
    """The first run that goes well after a failure that was told is told, further ones are not."""
    book, ear = Book(since=0), Ear()
    assert tell(book, ear, ended(0, "down"), ended(1), ended(2)) == [
        (Kind.FAILED, "down", 0),
        (Kind.WORKING_AGAIN, "", 0),
    ]
    assert tell(Book(since=0), ear, ended(0), ended(1)) == []


def test_two_reasons_and_two_jobs_are_told_apart() -> None:
    """Another reason, or another job, is told although one was told just now; one recovery ends all of a job."""
    book, ear = Book(since=0), Ear()
    heard = tell(book, ear, ended(0, "a"), ended(0.1, "b"), ended(0.2, "a", job="audio"), ended(1))
    assert [kind for kind, _, _ in heard] == [Kind.FAILED, Kind.FAILED, Kind.FAILED, Kind.WORKING_AGAIN]
    assert [each.job for each in ear.heard] == ["sync", "sync", "audio", "sync"]


def test_no_storm_where_failures_come_and_go() -> None:
    """A job that fails every other hour for two days is told of no more than twice in six hours."""
    book, ear = Book(since=0), Ear()
    tell(book, ear, *(ended(hour, "flaky" if hour % 2 else "") for hour in range(48)))
    assert len(ear.heard) <= 2 * 48 / 6


def test_what_does_not_get_through_is_kept() -> None:
    """An alert stays until it is delivered, is tried with growing pauses, and survives in the cursor meanwhile."""
    book, ear = Book(since=0), Ear()
    ear.is_deaf = True
    book.note(ended(0, "down"), "acme", ["ear"])
    tries = 0
    for minute in range(20):
        tries += len(book.deliver([ear], BEGAN + 60 * minute).problems)
        book = msgspec.json.decode(msgspec.json.encode(book), type=Book)
    assert tries == 5  # after 0, 1, 3, 7 and 15 minutes
    ear.is_deaf = False
    assert book.deliver([ear], BEGAN + 3 * HOUR).problems == []
    assert [each.failure for each in ear.heard] == ["down"]
    assert book.deliver([ear], BEGAN + 9 * HOUR).problems == []
    assert len(ear.heard) == 1


def test_tries_are_bounded() -> None:
    """An alert that never gets through is given up after fifteen tries, which is said, and does not count as sent."""
    book, ear = Book(since=0), Ear()
    ear.is_deaf = True
    book.note(ended(0, "down"), "acme", ["ear"])
    said = [book.deliver([ear], BEGAN + HOUR * hour) for hour in range(40)]
    assert sum(bool(each.problems) for each in said) == MAX_ATTEMPTS
    assert sum(each.sent for each in said) == 0
    assert said[MAX_ATTEMPTS - 1].problems[-1] == "given up after 15 tries: [unite-pipeline acme] sync failed: down"
    assert book.pending == []


def test_one_who_heard_is_not_told_again() -> None:
    """Where one of two did not hear, only he is told again; who is named no longer is not waited for."""
    book, good, bad = Book(since=0), Ear("good"), Ear("bad")
    bad.is_deaf = True
    book.note(ended(0, "down"), "acme", ["good", "bad"])
    assert book.deliver([good, bad], BEGAN).problems == ["bad: deaf"]
    bad.is_deaf = False
    assert book.deliver([good, bad], BEGAN + HOUR).problems == []
    assert (len(good.heard), len(bad.heard)) == (1, 1)
    book.note(ended(8, "down"), "acme", ["gone"])
    assert book.deliver([good], BEGAN + 8 * HOUR).problems == []
    assert (len(good.heard), book.pending) == (1, [])


def test_a_run_is_noted_once() -> None:
    """A run that is seen twice, since its tags changed after its end, counts once."""
    book, ear = Book(since=0), Ear()
    run = ended(0, "down")
    assert len(tell(book, ear, run, run)) == 1
    assert book.told["sync\ndown"].repeats == 0


def test_a_slow_receiver_does_not_hold_the_sensor() -> None:
    """A look ends after half a minute; what is left is sent by the next one."""
    book, ear = Book(since=0), Ear()
    for number in range(3):
        book.note(ended(number, f"failure {number}"), "acme", ["ear"])
    ticks = iter([0.0, 1.0, 31.0, 32.0])
    book.deliver([ear], BEGAN + 4 * HOUR, lambda: next(ticks))
    assert [each.failure for each in ear.heard] == ["failure 0"]
    book.deliver([ear], BEGAN + 4 * HOUR)
    assert len(ear.heard) == 3


class Slow(Ear):
    """Somebody who hears nothing, and takes half a minute to say so."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.clock_s = 0.0

    def send(self, alert: Alert) -> None:
        self.clock_s += 31.0
        raise DeliveryError(f"{self.name}: slow")


def test_one_who_is_slow_costs_no_other_anything() -> None:
    """Where one takes a whole look's time, the other is told by the next look, once, and the slow one is tried on."""
    book, slow, good = Book(since=0), Slow("slow"), Ear("good")
    book.note(ended(0, "down"), "acme", ["slow", "good"])
    looks = []
    for minute in range(6):
        looks.append(book.deliver([slow, good], BEGAN + 60 * minute, lambda: slow.clock_s))
        book = msgspec.json.decode(msgspec.json.encode(book), type=Book)
    assert [each.sent for each in looks] == [0, 1, 0, 0, 0, 0]
    assert [bool(each.problems) for each in looks] == [True, True, False, True, False, False]
    assert [each.failure for each in good.heard] == ["down"]


def test_one_who_breaks_keeps_nobody_from_being_told() -> None:
    """An error that nobody foresaw is told by its kind and tried again; what was sent is noted, so it is sent once."""

    class Broken(Ear):
        def send(self, alert: Alert) -> None:
            raise KeyError("canary address")

    book, broken, good = Book(since=0), Broken("broken"), Ear("good")
    book.note(ended(0, "down"), "acme", ["good", "broken"])
    for minute in range(2):
        assert book.deliver([good, broken], BEGAN + 60 * minute).problems == ["broken: KeyError"]
    assert len(good.heard) == 1


def test_what_is_dropped_is_told() -> None:
    """Of more alerts than are kept the oldest are dropped, and the next look says how many, once."""
    book, ear = Book(since=0), Ear()
    for number in range(53):
        book.note(ended(number / 60, f"failure {number}"), "acme", ["ear"])
    told = book.deliver([ear], BEGAN + HOUR)
    assert told.problems == [
        "the 3 oldest were dropped: more than 50 were on their way. See the page Runs for what failed"
    ]
    assert told.sent == 50
    assert ear.heard[0].failure == "failure 3"
    assert book.deliver([ear], BEGAN + HOUR).problems == []
