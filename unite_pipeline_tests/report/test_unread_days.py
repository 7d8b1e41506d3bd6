"""Days that nobody has read: in no figure, drawn apart, told at the head; and the day that still runs."""

# ruff: noqa: DTZ001, RUF001  wall-clock times have no zone, and ranges have a dash

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from xml.etree.ElementTree import Element

import pytest

from unite_pipeline.report.words import NOTHING
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline.transform import rebuild_lake
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.report.conftest import NIGHT
from unite_pipeline_tests.report.pages import Reported, reported, words
from unite_pipeline_tests.report.test_little_data import call, made
from unite_pipeline_tests.warehouse.conftest import Writer
from unite_pipeline_tests.warehouse.metrics.awkward import put_calls

FIRST, LAST = date(2026, 10, 1), date(2026, 11, 9)
READ = ((FIRST, date(2026, 10, 13)), (date(2026, 10, 15), date(2026, 10, 25)), (date(2026, 11, 2), date(2026, 11, 10)))
UNREAD = [date(2026, 10, 14), *(date(2026, 10, 26) + timedelta(days=each) for each in range(7))]
DAYS = [FIRST + timedelta(days=each) for each in range((LAST - FIRST).days + 1)]
WHOLE = [day for day in DAYS if day not in UNREAD]


@pytest.fixture(scope="module")
def gaps(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """The default company, of which one day and one whole week were not read."""
    bench = Bench(tmp_path_factory.mktemp("gaps") / "data", now=NIGHT, plan=CompanyPlan())
    for first, last in READ:
        bench.sync_calls(first, last)
    bench.sync_lists()
    rebuild_lake(bench.places, TIMEZONE)
    build_warehouse(bench.places)
    return reported(bench.places, last_day=LAST)


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """A company on its first day, read at noon."""
    noon = datetime(2026, 11, 9, 12, tzinfo=UTC)
    bench = Bench(tmp_path_factory.mktemp("first") / "data", now=noon, plan=CompanyPlan(first_day=noon.date()))
    bench.sync_everything()
    rebuild_lake(bench.places, TIMEZONE)
    build_warehouse(bench.places)
    return reported(bench.places)


def test_an_unread_day_is_no_zero(gaps: Reported) -> None:
    """A day that was not read says so in the table, has a grey column, and no day without calls is taken for one."""
    rows = dict(zip(DAYS, gaps.rows("days"), strict=True))
    assert [day for day, row in rows.items() if row[1] == "niet gelezen"] == UNREAD
    assert {rows[day][2:5] for day in UNREAD} == {(NOTHING, NOTHING, NOTHING)}
    assert gaps.drawn("days", "unread") == len(UNREAD)
    assert gaps.drawn("mix", "unread") == gaps.drawn("reachability", "unread") == 1
    assert "niet (volledig) gelezen" in words(gaps.figure("days"))


def test_the_mean_of_seven_days_breaks(gaps: Reported) -> None:
    """The line has a value only where a day and the six before it were all read."""
    has_mean = [mean != NOTHING for (mean,) in gaps.columns("days", 4)]
    assert has_mean == [place >= 6 and not set(DAYS[place - 6 : place + 1]) & set(UNREAD) for place in range(len(DAYS))]


def test_means_are_over_days_that_were_read(gaps: Reported) -> None:
    """Calls a weekday and hour, lines by the hour and calls an open day are divided by days that were read."""
    weekdays = dict.fromkeys(("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"), 0)
    for day in WHOLE:
        weekdays[list(weekdays)[day.weekday()]] += 1
    for weekday, _, offered, a_day, *_ in gaps.rows("weekday_and_hour"):
        assert a_day == pytest.approx(offered / weekdays[weekday])
    open_days = [day for day in WHOLE if day.weekday() < 5]
    assert gaps.n("lines") == len(open_days)
    mean = gaps.query(f"select count(*) / {len(open_days)} from calls where is_offered and isodow(call_date) < 6")[0][0]
    assert f"komen gemiddeld {mean:.0f} oproepen" in gaps.words()


def test_days_of_a_week(gaps: Reported) -> None:
    """Each week tells how many of its days were read, and one with fewer than seven is drawn apart."""
    assert gaps.columns("mix", 1) == [(4,), (7,), (6,), (7,), (0,), (7,), (1,)]
    assert gaps.drawn("reachability", "answer-dot hollow") == 3
    assert gaps.drawn("reachability", "answer-dot") == 3
    assert gaps.drawn("mix", "inbound partial") == 3


def test_the_head_warns(gaps: Reported, company: Reported) -> None:
    """Where days of the period are unread the head says how many and which; where none is, it does not warn."""
    assert gaps.warning is not None
    assert "8 van 40 dagen zijn niet volledig gelezen (14 okt, 26 okt t/m 1 nov)" in gaps.warning
    assert "zonder 8 niet gelezen dagen" in gaps.words()
    assert company.warning is None


def test_weeks_to_compare_with_are_whole(gaps: Reported) -> None:
    """A week with an unread day is neither the week before nor counted, and the small line has gaps there."""
    text = gaps.words()
    assert "Week 45, 2 nov t/m 8 nov" in text
    assert "3 volledig gelezen weken, deze meegeteld; de week ervoor is niet volledig gelezen" in text
    for metric in gaps.cards:
        card = gaps.card(metric)
        assert "week ervoor" not in words(card)
        assert "trend" not in {part for each in card.iter() for part in (each.get("class") or "").split()}
        assert _spark(card) == {"spark-line": 0, "spark-alone": 3, "spark-dot": 1}
    counts = [gaps.query(f"select count(*) from calls where is_offered and is_counted and call_date between "
                         f"date '{monday}' and date '{monday}' + 6")[0][0]
              for monday in ("2026-10-05", "2026-10-19", "2026-11-02")]  # fmt: skip
    assert f"3 weken: {min(counts)}\u00a0– {max(counts)}" in words(gaps.card("offered"))


def _spark(card: Element) -> dict[str, int]:
    """Marks of the small line by class."""
    kinds = [each.get("class") for each in card.iter()]
    return {kind: kinds.count(kind) for kind in ("spark-line", "spark-alone", "spark-dot")}


def test_calls_of_a_day_that_is_not_proven(lake: Writer) -> None:
    """Calls that came of a day whose count did not agree are in no figure: they may be half of them."""
    days = [date(2026, 3, 2) + timedelta(days=each) for each in range(3)]
    put_calls(lake, [call(f"c{day}", datetime(2026, 3, day.day, 10), answered=day.day != 3) for day in days])
    report = made(lake, days[0], days[-1], unread=frozenset({days[1]}))
    assert report.cards["offered"] == report.n("days") == report.n("mix") == report.n("reachability") == 2
    assert report.cards["answer_ratio"] == 1
    assert report.warning is not None
    assert "1 van 3 dagen is niet volledig gelezen (3 mrt)" in report.warning


def test_no_day_was_read_whole(lake: Writer) -> None:
    """Where no day was read whole the page has no figures, and says of which days and what will change it."""
    day = date(2026, 3, 2)
    put_calls(lake, [call("c1", datetime(2026, 3, 2, 10), answered=True)])
    report = made(lake, day, day, unread=frozenset({day}))
    assert report.figures == []
    assert "nog geen dag volledig gelezen" in report.words("nl")
    assert "no day was read whole" in report.words("en")


def test_the_first_day_still_runs(first_day: Reported) -> None:
    """Before any day is over there is no mean and nothing proven, only how many calls came up to the read."""
    offered = first_day.query("select count(*) from calls where is_offered and is_counted")[0][0]
    assert offered > 5
    assert first_day.figures == []
    assert first_day.cards == {}
    text = first_day.words()
    assert f"De eerste dag loopt nog. Tot 9 november 2026, 13:00 zijn {offered} oproepen van buiten gelezen." in text
    assert "bewezen" not in text
    assert "gemiddeld" not in text
