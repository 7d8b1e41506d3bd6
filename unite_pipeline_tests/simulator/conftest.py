"""A company, a clock the test moves, and a plain user of the simulated API."""

import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import pytest

from unite_pipeline.simulator import Company, CompanyPlan, Simulator

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class Clock:
    """Time that stands still until the test moves it."""

    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now

    def move(self, seconds):
        self.now += timedelta(seconds=seconds)


class ApiUser:
    """Logs in and posts forms, as any third party would; knows nothing of our client."""

    def __init__(self, sim):
        self.sim = sim
        self.login_token = sim.new_login_token()
        self.token = None

    def log_in(self):
        self.token = self.post("applogin", logintoken=self.login_token)["data"]["accesstoken"]
        return self.token

    def answer(self, endpoint, /, headers=None, **form):
        if self.token is None and endpoint not in ("applogin", "appprovision"):
            self.log_in()
        fields = {} if self.token is None else {"accesstoken": self.token}
        pairs = []
        for name, value in {**fields, **form}.items():
            if isinstance(value, (list, tuple)):
                pairs += [(f"{name}[]", item) for item in value]
            else:
                pairs.append((name, value))
        return self.sim.handle(path=f"/unite/v1/{endpoint}", headers=headers or {}, body=urlencode(pairs).encode())

    def post(self, endpoint, /, headers=None, **form):
        return json.loads(self.answer(endpoint, headers, **form).body)

    def calls(self, first, last, /, **form):
        """Posts one listcdrlogs with every filter open and a page for all, unless told otherwise."""
        window = {
            "filter_datestart": f"{first} 00:00:00",
            "filter_dateend": f"{last} 23:59:59",
            "filter_inbound": 1,
            "filter_outbound": 1,
            "filter_internal": 1,
            "filter_external": 1,
            "filter_answered": 0,
            "pagelimit": 0,
        }
        return self.post("listcdrlogs", **{**window, **form})


@pytest.fixture(scope="session")
def company():
    """The default company, as small as the plan makes it; it never changes, so all tests share it."""
    return Company(CompanyPlan())


@pytest.fixture
def clock():
    """A clock that stands at half past ten on a Monday, local time."""
    return Clock()


@pytest.fixture
def make_api(company, clock):
    """Returns a maker of users of a fresh simulator with a budget no test meets by accident."""

    def make(**options):
        return ApiUser(Simulator(options.pop("company", company), clock, **{"limit": 10_000, **options}))

    return make


@pytest.fixture
def api(make_api):
    """A user of a fresh simulator."""
    return make_api()


@pytest.fixture
def sim(api):
    """The simulator that `api` uses."""
    return api.sim


@pytest.fixture
def monday():
    """A closed working day with calls of every kind."""
    return date(2026, 11, 16)
