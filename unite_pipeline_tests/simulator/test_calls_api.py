"""listcdrlogs tells the truth: defaults, filters, windows, order, pages and publication."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unite_pipeline.simulator import Company, CompanyPlan
from unite_pipeline.simulator.protocol.calls import CallQuery
from unite_pipeline.simulator.protocol.exchange import Form
from unite_pipeline.simulator.protocol.rows import local_text

FIRST, LAST = date(2026, 11, 9), date(2026, 11, 15)
QUADRANTS = list(product(("internal", "external"), (1, 2)))


def keys(envelope):
    """Returns the keys of a page, in order."""
    return [row["uniqueid"] for row in envelope["data"]]


def matches(call, direction, scope, answered):
    """Tells from the truth whether a call passes the five filters."""
    return direction[call.direction] and scope[call.scope] and (answered == 0 or call.answered == (answered == 1))


def test_absent_filters_mean_answered_outbound_external(api, sim):
    """A request that names no filter gets answered outbound external calls only."""
    window = {"filter_datestart": f"{FIRST} 00:00:00", "filter_dateend": f"{LAST} 23:59:59", "pagelimit": 0}
    expected = [
        call.uniqueid
        for call in sim.truth.calls(FIRST, LAST)
        if call.answered and call.direction == "out" and call.scope == "external"
    ]
    assert keys(api.post("listcdrlogs", **window)) == expected
    assert len(expected) > 50


@pytest.mark.parametrize("answered", [0, 1, 2], ids=["all", "answered", "missed"])
@pytest.mark.parametrize(("inbound", "outbound"), [(0, 0), (0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize(("internal", "external"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_filters_combine_with_and(api, sim, inbound, outbound, internal, external, answered):
    """Every combination of the five filters selects exactly the calls whose truth fits, in order."""
    envelope = api.calls(
        FIRST, FIRST, filter_inbound=inbound, filter_outbound=outbound, filter_internal=internal,
        filter_external=external, filter_answered=answered,
    )  # fmt: skip
    wanted = ({"in": inbound, "out": outbound}, {"internal": internal, "external": external}, answered)
    assert keys(envelope) == [c.uniqueid for c in sim.truth.calls(FIRST, FIRST) if matches(c, *wanted)]


def test_quadrants_are_disjoint_and_complete(api, sim):
    """The four quadrants share no call and together are the control count with every filter open."""
    control = api.calls(FIRST, LAST, pagelimit=1)
    parts = [
        keys(
            api.calls(
                FIRST,
                LAST,
                filter_internal=int(s == "internal"),
                filter_external=int(s == "external"),
                filter_answered=a,
            )
        )
        for s, a in QUADRANTS
    ]
    together = [key for part in parts for key in part]
    assert all(parts)
    assert len(together) == len(set(together)) == int(control["pagination"]["itemcount"])
    assert set(together) == {call.uniqueid for call in sim.truth.calls(FIRST, LAST)}


def test_rows_equal_the_truth(api, sim):
    """Each row's fields are the true call's, in the vendor's names and spelling."""
    for row, call in zip(api.calls(FIRST, LAST)["data"], sim.truth.calls(FIRST, LAST), strict=True):
        assert row["uniqueid"] == call.uniqueid
        assert datetime.fromisoformat(row["calltime"]) == call.started_at_local
        assert (row["billsecond"], row["duration"]) == (str(call.talk_s), str(call.duration_s))
        assert row["direction"] == call.direction
        legs = [(leg["number"], leg["desc"], leg["number_formatted"]) for leg in row["call_chain"]]
        assert legs == [(leg.number, leg.description, leg.number_formatted) for leg in call.legs]


def test_number_formats_follow_the_number(api, sim):
    """Outside numbers have all formats as text, inside ones the owner's country, anonymous ones PHP's empty array."""
    shapes = {}
    for row, call in zip(api.calls(FIRST, LAST)["data"], sim.truth.calls(FIRST, LAST), strict=True):
        for leg, true_leg in zip(row["call_chain"], call.legs, strict=True):
            formats = leg["number_formats"]
            kind = "anonymous" if not leg["number"] else "full" if true_leg.country else "inside"
            shapes.setdefault(kind, set()).add(tuple(formats))
            if kind == "full":
                assert formats["CountryID"] == true_leg.country
                assert formats["ITU"] == leg["number"]
                assert formats["isValidNumber"] == ("0" if true_leg.country == "NL" else "1")
    full = ("CountryID", "National", "International", "ITU", "isValidNumber", "owner_country")
    assert shapes == {"anonymous": {()}, "full": {full}, "inside": {("owner_country",)}}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.integers(0, 8 * 86400),
    length=st.integers(0, 3 * 86400),
    size=st.sampled_from([1, 7, 50, 299, 300]),
)
def test_any_window_in_any_pages_is_the_truth(api, sim, first, length, size):
    """Whatever the window and page size, walking the pages gives the true calls of that window once each, in order."""
    start = datetime(2026, 10, 23) + timedelta(seconds=first)  # noqa: DTZ001 - the API's filters are local
    end = start + timedelta(seconds=length)
    expected = [
        call.uniqueid for call in sim.truth.calls(start.date(), end.date()) if start <= call.started_at_local <= end
    ]
    window = {"filter_datestart": f"{start}", "filter_dateend": f"{end}", "pagelimit": size}
    got, page = [], 0
    while not got or len(got) % size == 0:
        page += 1
        envelope = api.calls(FIRST, FIRST, **window, showpage=page)
        assert envelope["pagination"]["itemcount"] == str(len(expected))
        if not envelope["data"]:
            break
        got += keys(envelope)
    assert got == expected


def test_both_ends_of_the_window_count(company, monday):
    """A call at exactly the first or last second asked for is in the window, one a microsecond outside is not."""
    query = CallQuery.of(Form(b"filter_datestart=2026-11-16+10%3A00%3A00&filter_dateend=2026-11-16+11%3A00%3A00"))
    call = company.day(monday).calls[0]
    moment = timedelta(microseconds=1)
    times = [query.start - moment, query.start, query.end, query.end + moment]
    covered = [query.covers(replace(call, started_at_local=at)) for at in times]
    assert covered == [False, True, True, False]


def test_local_time_rules_the_window_on_a_day_of_25_hours(api, sim):
    """Asking for 02:00 to 03:00 on the clock-change day gives the calls of both passes, sorted by wall clock."""
    day = date(2026, 10, 25)
    window = {"filter_datestart": f"{day} 02:00:00", "filter_dateend": f"{day} 03:00:00"}
    envelope = api.calls(day, day, **window)
    true = [call for call in sim.truth.calls(day, day) if call.is_ambiguous_local_time]
    assert keys(envelope) == [call.uniqueid for call in true]
    assert {call.started_at.hour for call in true} == {0, 1}
    times = [row["calltime"] for row in envelope["data"]]
    assert times == sorted(times)


def test_a_call_appears_at_its_hang_up(api, sim, clock, company, monday):
    """A call is listed from the moment it is published and not a moment before; the truth says the same."""
    call = next(c for c in company.day(monday).calls if c.talk_s > 60)
    clock.now = call.published_at - timedelta(milliseconds=1)
    before = keys(api.calls(monday, monday))
    assert [c.uniqueid for c in sim.truth.calls(monday, monday)] == before
    clock.now = call.published_at
    after = keys(api.calls(monday, monday))
    assert call.uniqueid not in before
    assert set(after) == {*before, call.uniqueid}
    assert [c.uniqueid for c in sim.truth.calls(monday, monday)] == after


def test_the_future_is_empty(api):
    """A window after the clock has no calls."""
    envelope = api.calls("2026-11-24", "2027-01-31")
    assert (envelope["data"], envelope["pagination"]) == ([], {"itemcount": "0", "pagecount": "0"})


@pytest.mark.parametrize(
    ("asked", "rows", "pages"),
    [
        pytest.param({}, 10, None, id="default-10"),
        pytest.param({"pagelimit": 300}, 300, None, id="300"),
        pytest.param({"pagelimit": 301}, 300, None, id="capped-at-300"),
        pytest.param({"pagelimit": 0}, None, "1", id="0-is-all"),
    ],
)
def test_page_limit(api, sim, asked, rows, pages):
    """The page limit defaults to 10, is capped at 300, and 0 gives everything on one page."""
    total = len(sim.truth.calls(date(2026, 11, 1), date(2026, 11, 15)))
    envelope = api.calls("2026-11-01", "2026-11-15", **{"pagelimit": "", **asked})
    assert len(envelope["data"]) == (rows or total)
    assert envelope["pagination"] == {
        "itemcount": str(total),
        "pagecount": pages or str(-(-total // rows)),
    }


def test_a_page_past_the_end_is_empty(api):
    """A page beyond the last page gives no rows and the true counts."""
    envelope = api.calls(FIRST, FIRST, pagelimit=300, showpage=99)
    assert envelope["data"] == []
    assert int(envelope["pagination"]["itemcount"]) > 0


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        pytest.param({"sorttype": 1}, lambda c: c.started_at_local, id="calltime-descending"),
        pytest.param({"sortkey": "duration"}, lambda c: c.duration_s, id="duration-ascending"),
        pytest.param({"sortkey": "duration", "sorttype": 1}, lambda c: c.duration_s, id="duration-descending"),
    ],
)
def test_sorting(api, sim, asked, order):
    """The sort key and type sort by calltime or duration, either way, over pages."""
    true = {call.uniqueid: call for call in sim.truth.calls(FIRST, LAST)}
    got = [
        true[key] for page in range(1, 4) for key in keys(api.calls(FIRST, LAST, **asked, pagelimit=100, showpage=page))
    ]
    values = [order(call) for call in got]
    assert values == sorted(values, reverse=asked.get("sorttype") == 1)
    assert len(set(got)) == 300


def test_lists_of_numbers_and_text_narrow_the_result(api, sim):
    """usernamelist[] and phonenumberlist[] keep calls with such a hop, stext those whose row contains the text."""
    call = next(c for c in sim.truth.calls(FIRST, LAST) if c.direction == "in" and c.caller_number and c.answered_by)
    with_hop = [
        c.uniqueid
        for c in sim.truth.calls(FIRST, LAST)
        if any(leg.number in (call.answered_by, call.caller_number) for leg in c.legs)
    ]
    lists = {"usernamelist": [call.answered_by], "phonenumberlist": [call.caller_number]}
    assert keys(api.calls(FIRST, LAST, **lists)) == with_hop
    assert keys(api.calls(FIRST, LAST, stext=call.uniqueid.upper())) == [call.uniqueid]


@pytest.mark.parametrize(
    "asked",
    [
        {"filter_datestart": ""},
        {"filter_dateend": "2026-11-09"},
        {"filter_datestart": "09-11-2026 00:00:00"},
        {"filter_answered": 3},
        {"filter_internal": "yes"},
        {"sortkey": "uniqueid"},
        {"showpage": 0},
        {"pagelimit": -1},
    ],
    ids=lambda asked: "-".join(map(str, *asked.items())),
)
def test_nonsense_is_a_bad_request(api, asked):
    """A filter that cannot be read is HTTP 400 with an error envelope, never a silent default."""
    answer = api.answer(
        "listcdrlogs", **{"filter_datestart": f"{FIRST} 00:00:00", "filter_dateend": f"{LAST} 00:00:00", **asked}
    )
    assert answer.status == 400
    assert b'"status":false' in answer.body


def test_times_are_spelled_as_postgresql_does():
    """Trailing zeros of a fraction are cut, and a whole second has no fraction."""
    texts = [
        local_text(datetime(2026, 10, 25, 2, 30, 5, us, tzinfo=UTC).replace(tzinfo=None)) for us in (0, 120_000, 7)
    ]
    assert texts == ["2026-10-25 02:30:05", "2026-10-25 02:30:05.12", "2026-10-25 02:30:05.000007"]


def test_a_late_call_appears_late(make_api, clock):
    """With late filing, a day's count grows after the day is over until the last call is published."""
    company = Company(CompanyPlan(late_share=0.5, late_max_s=86_400))
    api = make_api(company=company)
    day = date(2026, 11, 16)
    clock.now = datetime(2026, 11, 16, 23, 5, tzinfo=UTC)
    early = int(api.calls(day, day)["pagination"]["itemcount"])
    clock.move(86_400)
    api.log_in()
    late = int(api.calls(day, day)["pagination"]["itemcount"])
    assert early < late == len(company.day(day).calls)
