"""The login token's place: there before it is asked for, and never lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from unite_pipeline.errors import ConfigurationError, LakeError
from unite_pipeline.installation import login_token, place_for_login_token
from unite_pipeline.settings import Settings, load_settings

CANARY = "canary-login-token"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation without a login token."""
    return load_settings(data_dir=tmp_path / "data", login_token=None)


def test_a_login_token_is_stored(settings):
    """A token that is put in its place is the one that is used, and only its owner reads it."""
    with place_for_login_token(settings) as store:
        store(CANARY)
    assert login_token(settings) == CANARY
    assert (settings.data_dir / "login_token").stat().st_mode & 0o777 == 0o600


def test_a_variable_that_would_win_is_refused(settings, tmp_path):
    """With UNITE_LOGIN_TOKEN set no place is made, since nobody would ever look there; the old file stays."""
    with place_for_login_token(settings) as store:
        store("old")
    overridden = load_settings(data_dir=tmp_path / "data", login_token=CANARY)
    with (
        pytest.raises(ConfigurationError, match="UNITE_LOGIN_TOKEN is set") as raised,
        place_for_login_token(overridden),
    ):
        raise AssertionError
    assert CANARY not in str(raised.value)
    assert login_token(settings) == "old"


def test_a_token_that_cannot_be_stored_is_not_lost(settings):
    """If the place was taken meanwhile, the error says that the invitation is used up and where the token stands."""
    path = settings.data_dir / "login_token"
    with place_for_login_token(settings) as store:
        path.mkdir()
        with pytest.raises(LakeError, match="The invitation is used up") as raised:
            store(CANARY)
    (aside,) = [each for each in settings.data_dir.iterdir() if each != path]
    assert aside.read_text() == f"{CANARY}\n"
    assert str(aside) in str(raised.value)
    assert CANARY not in str(raised.value)
