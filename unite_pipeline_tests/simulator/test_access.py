"""Who comes in, for how long, and how often."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unite_pipeline.simulator.protocol.limits import RequestLimit


def test_an_invitation_buys_one_login_token(api, sim):
    """The invitation works once; used or wrong ones are error 100; a new one can be enabled."""
    invitation = sim.invitation_id
    assert len(invitation) == 6
    token = api.post("appprovision", invitationid=invitation)["data"]["logintoken"]
    assert sim.invitation_id is None
    assert api.post("appprovision", invitationid=invitation)["errorCode"] == 100
    assert api.post("applogin", logintoken=token)["status"] is True
    assert sim.enable_invitation() != invitation
    assert api.post("appprovision", invitationid=sim.invitation_id)["status"] is True


def test_an_access_token_lives_half_an_hour(api, clock):
    """One second before its end the token is good, at its end the answer is error 90 until a new login."""
    api.log_in()
    clock.move(1799)
    assert api.post("listswitches")["status"] is True
    clock.move(1)
    assert api.post("listswitches") == {"status": False, "errorCode": 90, "message": "Access token value renew"}
    api.log_in()
    assert api.post("listswitches")["status"] is True


@pytest.mark.parametrize("token", ["", "never-issued"])
def test_an_unknown_token_is_error_21(api, token):
    """A token that was never given, or none, is error 21."""
    api.token = token
    assert api.post("listswitches")["errorCode"] == 21


def test_a_new_login_leaves_the_old_token_alone(api):
    """By default both tokens of one login work."""
    old = api.log_in()
    api.log_in()
    api.token = old
    assert api.post("listswitches")["status"] is True


def test_a_new_login_may_end_the_old_token(make_api):
    """With single_token the older access token becomes unknown at the next login."""
    api = make_api(single_token=True)
    old = api.log_in()
    new = api.log_in()
    codes = []
    for api.token in (old, new):
        codes.append(api.post("listswitches").get("errorCode"))
    assert codes == [21, 0]


def test_a_revoked_login_token_lets_nobody_in(api, sim):
    """After revocation neither the login token nor its access tokens work."""
    api.log_in()
    sim.revoke_login_token()
    assert api.post("applogin", logintoken=api.login_token)["errorCode"] == 21
    assert api.post("listswitches")["errorCode"] == 21


def test_the_31st_request_of_a_minute_is_refused(make_api, clock):
    """30 requests pass, login included; the next is 429 until 60 s after the first, and refusals do not count."""
    api = make_api(limit=30)
    api.log_in()
    statuses = [api.answer("listswitches").status for _ in range(29)]
    assert statuses == [200] * 29
    clock.move(59.9)
    assert [api.answer("listswitches").status for _ in range(3)] == [429] * 3
    assert api.sim.refused_count == 3
    clock.move(0.1)
    assert [api.answer("listswitches").status for _ in range(31)] == [200] * 30 + [429]


def test_the_budget_belongs_to_the_login(make_api):
    """Another access token of the same login shares the budget, another login has its own."""
    api = make_api(limit=3)
    api.log_in()
    api.log_in()
    assert [api.answer("listswitches").status for _ in range(2)] == [200, 429]
    api.login_token, api.token = api.sim.new_login_token(), None
    api.log_in()
    assert api.answer("listswitches").status == 200


def test_a_minute_may_tick(make_api, clock):
    """With window="fixed" the budget is full again at the next whole minute, so 60 can pass within a second of it."""
    api = make_api(limit=30, window="fixed")
    clock.move(59)
    api.log_in()
    assert [api.answer("listswitches").status for _ in range(30)] == [200] * 29 + [429]
    clock.move(1)
    assert [api.answer("listswitches").status for _ in range(31)] == [200] * 30 + [429]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.floats(0, 7, allow_nan=False), min_size=40, max_size=150))
def test_no_60_seconds_ever_see_a_31st_request(clock, gaps):
    """However requests come, no window of 60 s admits more than 30, and none is refused while fewer were admitted."""
    limit = RequestLimit(30, 60.0, "sliding")
    now, admitted = clock.now, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        recent = [at for at in admitted if (now - at).total_seconds() < 60 - 1e-3]
        surely_old = [at for at in admitted if (now - at).total_seconds() < 60 + 1e-3]
        passed = limit.admits("someone", now)
        if passed:
            admitted.append(now)
        assert not (passed and len(recent) >= 30)
        assert passed or len(surely_old) >= 30


def test_a_request_over_20_kb_is_too_large(api):
    """Headers and body of 20,000 bytes pass, one more is 413."""
    api.log_in()
    base = len(f"accesstoken={api.token}&stext=")
    assert api.answer("listswitches", stext="x" * (20_000 - base)).status == 200
    assert api.answer("listswitches", stext="x" * (20_001 - base)).status == 413
    assert api.answer("listswitches", {"x-noise": "y" * 11}, stext="x" * (19_978 - base)).status == 200
    assert api.answer("listswitches", {"x-noise": "y" * 12}, stext="x" * (19_978 - base)).status == 413


def test_every_secret_ever_given_is_told(api, sim):
    """Invitations, login tokens and access tokens are told in order, those that are no longer good too."""
    first = sim.invitation_id
    login_token = api.post("appprovision", invitationid=first)["data"]["logintoken"]
    old, new = (api.post("applogin", logintoken=login_token)["data"]["accesstoken"] for _ in range(2))
    second = sim.enable_invitation()
    sim.revoke_login_token()
    assert [each for each in sim.issued_secrets if each[1] not in (api.login_token, api.token)] == [
        ("invitation", first),
        ("login token", login_token),
        ("access token", old),
        ("access token", new),
        ("invitation", second),
    ]


def test_requests_are_recorded_without_secrets(api, sim, clock):
    """The log has time, endpoint, status, error and form of each request, and no token or invitation."""
    invitation = sim.invitation_id
    api.post("appprovision", invitationid=invitation)
    clock.move(1)
    api.post("listextensionsstatus", extensionids=["a", "b"], pagelimit=5)
    first, login, last = sim.requests
    assert (first.endpoint, first.form) == ("appprovision", {})
    assert (login.endpoint, login.form) == ("applogin", {})
    assert (last.at, last.status, last.error_code) == (clock.now, 200, 107)
    assert last.form == {"extensionids[]": ["a", "b"], "pagelimit": "5"}
    assert sim.write_count == 0
    told = repr(sim.requests)
    assert not any(secret in told for secret in (invitation, api.token, api.login_token))
