"""The simulator over real HTTP on loopback, and its back door."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from http.client import IncompleteRead
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from unite_pipeline.simulator import Simulator
from unite_pipeline.simulator.server import serve

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def post(served, endpoint, /, **form):
    """Posts one form and returns the decoded answer."""
    with urlopen(f"{served.base_url}/{endpoint}", urlencode(form).encode(), timeout=10) as answer:
        return json.load(answer)


def back_door(served, path, *, method="GET", body=None):
    """Asks the back door and returns the body."""
    request = Request(f"{served.origin}/_simulator/{path}", data=body, method=method)
    with urlopen(request, timeout=10) as answer:
        return answer.read()


@pytest.fixture(scope="module")
def served(company):
    """A simulator over the shared company at a fixed time, on a free port."""
    with serve(Simulator(company, lambda: NOW, limit=1000)) as running:
        yield running


@pytest.fixture
def token(served):
    """A fresh access token; faults are cleared around the test."""
    served.sim.faults.clear()
    yield post(served, "applogin", logintoken=served.sim.new_login_token())["data"]["accesstoken"]
    served.sim.faults.clear()


def test_base_url_is_on_loopback(served):
    """The root a client is given is on loopback, with a port that was free."""
    assert served.base_url == f"http://127.0.0.1:{served.port}/unite/v1"
    assert served.port > 0


def test_provision_login_and_read_over_http(served):
    """The whole way in works over HTTP: invitation, login token, access token, calls."""
    login_token = post(served, "appprovision", invitationid=served.sim.enable_invitation())["data"]["logintoken"]
    token = post(served, "applogin", logintoken=login_token)["data"]["accesstoken"]
    window = {"filter_datestart": "2026-10-05 00:00:00", "filter_dateend": "2026-10-05 23:59:59"}
    envelope = post(served, "listcdrlogs", accesstoken=token, **window, pagelimit=300)
    assert envelope["status"] is True
    assert len(envelope["data"]) > 10


def test_get_is_not_allowed_over_http(served):
    """A GET on an endpoint is 405."""
    with pytest.raises(HTTPError) as caught:
        urlopen(f"{served.base_url}/listcdrlogs", timeout=10)
    assert caught.value.code == 405
    caught.value.close()


def test_faults_can_be_switched_on_from_outside(served, token):
    """POST faults switches faults on, GET lists them, DELETE clears them; a wrong name is 400."""
    body = json.dumps(
        [{"name": "not_allowed", "endpoint": "listswitches", "day": None}, {"name": "late_rows", "day": "2026-10-05"}]
    )
    assert json.loads(back_door(served, "faults", method="POST", body=body.encode())) == ["not_allowed", "late_rows"]
    assert post(served, "listswitches", accesstoken=token)["errorCode"] == 1
    assert json.loads(back_door(served, "faults")) == ["not_allowed", "late_rows"]
    assert json.loads(back_door(served, "faults", method="DELETE")) == []
    with pytest.raises(HTTPError) as caught:
        back_door(served, "faults", method="POST", body=b'[{"name": "no_such_fault"}]')
    assert caught.value.code == 400
    caught.value.close()


def test_a_cut_connection_is_cut_over_http(served, token):
    """The client gets half of the promised bytes and then the end."""
    back_door(served, "faults", method="POST", body=b'[{"name": "cut_connection"}]')
    with pytest.raises(IncompleteRead) as caught:
        post(served, "listswitches", accesstoken=token)
    assert len(caught.value.partial) == caught.value.expected


def test_a_hanging_server_times_out_over_http(served, token):
    """A client that waits less than the fault's delay sees a timeout."""
    back_door(served, "faults", method="POST", body=b'[{"name": "timeout", "delay_s": 0.5}]')
    with pytest.raises(TimeoutError):
        urlopen(f"{served.base_url}/listswitches", urlencode({"accesstoken": token}).encode(), timeout=0.1)


def test_the_back_door_tells_truth_and_requests(served, token):
    """Truth and requests come as JSON lines equal to what the simulator holds, without tokens."""
    calls = back_door(served, "truth/calls?from=2026-10-05&to=2026-10-06").splitlines()
    true = served.sim.truth.calls(date(2026, 10, 5), date(2026, 10, 6))
    assert [json.loads(line)["uniqueid"] for line in calls] == [call.uniqueid for call in true]
    assert json.loads(calls[0])["legs"][0]["number"] == true[0].legs[0].number
    for name, truth in (
        ("recordings", served.sim.truth.recordings), ("extensions", served.sim.truth.extensions),
        ("contacts", served.sim.truth.contacts), ("flows", served.sim.truth.flows),
        ("switches", served.sim.truth.switches), ("numbers", served.sim.truth.numbers),
    ):  # fmt: skip
        assert len(back_door(served, f"truth/{name}").splitlines()) == len(truth())
    requests = back_door(served, "requests")
    assert len(requests.splitlines()) == len(served.sim.requests)
    assert token.encode() not in requests


def test_the_summary_counts(served, token):
    """The summary has clock, plan, counts by endpoint and the faults switched on."""
    summary = json.loads(back_door(served, "summary"))
    assert summary["plan"]["seed"] == served.sim.company.plan.seed
    assert summary["request_count"] == len(served.sim.requests) == sum(summary["requests_by_endpoint"].values())
    assert (summary["refused_count"], summary["write_count"]) == (0, 0)


@pytest.mark.parametrize(
    ("path", "status"),
    [("nothing", 404), ("truth/calls", 400), ("truth/calls?from=yesterday&to=today", 400)],
)
def test_the_back_door_refuses_nonsense(served, path, status):
    """What the back door does not know is 404, days it cannot read are 400."""
    with pytest.raises(HTTPError) as caught:
        back_door(served, path)
    assert caught.value.code == status
    caught.value.close()


def test_many_clients_at_once_never_exceed_the_limit(company):
    """Of 80 requests from 8 threads exactly 30 are admitted."""
    with serve(Simulator(company, lambda: NOW, limit=30)) as running:
        login_token = running.sim.new_login_token()

        def ask(_):
            try:
                return post(running, "applogin", logintoken=login_token)["status"]
            except HTTPError as error:
                error.close()
                return error.code

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(ask, range(80)))
    assert (outcomes.count(True), outcomes.count(429)) == (30, 50)
    assert running.sim.refused_count == 50
