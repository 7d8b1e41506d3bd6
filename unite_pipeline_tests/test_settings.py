"""The settings of one installation: names, defaults, and what is said of wrong ones."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from unite_pipeline.cli.dev import _environment
from unite_pipeline.errors import ConfigurationError
from unite_pipeline.settings import Settings, load_settings, unknown_names

CANARY = "canary-value"

DEFAULTS = {
    "UNITE_BASE_URL": ("base_url", "https://api.voipzeker.nl/unite/v1"),
    "UNITE_LOGIN_TOKEN": ("login_token", None),
    "UNITE_TENANT": ("tenant", "main"),
    "UNITE_START_DATE": ("start_date", date(2025, 1, 1)),
    "UNITE_TIMEZONE": ("timezone", "Europe/Amsterdam"),
    "UNITE_COUNTRY": ("country", "NL"),
    "UNITE_OPENING_HOURS": ("opening_hours", "Mo-Fr 08:30-17:30; PH off"),
    "UNITE_SERVICE_LEVEL_S": ("service_level_s", 20),
    "UNITE_SHORT_ABANDON_S": ("short_abandon_s", 5),
    "UNITE_SHORT_CALL_S": ("short_call_s", 10),
    "UNITE_REPEAT_WITHIN_H": ("repeat_within_h", 24),
    "UNITE_LOOKBACK_DAYS": ("lookback_days", 2),
    "UNITE_RATE_LIMIT": ("rate_limit", 30),
    "UNITE_RATE_PERIOD_S": ("rate_period_s", 60.0),
    "UNITE_TIMEOUT_S": ("timeout_s", 60.0),
    "UNITE_AUDIO_EXTENSIONS": ("audio_extensions", ""),
    "UNITE_AUDIO_REQUESTS": ("audio_requests", 300),
    "UNITE_OWNERS": ("owners", "team:telephony"),
    "UNITE_GIT_URL": ("git_url", ""),
    "UNITE_GIT_BRANCH": ("git_branch", "main"),
    "UNITE_ALERT_WEBHOOK_URL": ("alert_webhook_url", None),
    "UNITE_ALERT_MAIL_TO": ("alert_mail_to", ""),
    "UNITE_SMTP_HOST": ("smtp_host", ""),
    "UNITE_SMTP_PORT": ("smtp_port", 587),
    "UNITE_SMTP_SECURITY": ("smtp_security", "starttls"),
    "UNITE_SMTP_USER": ("smtp_user", ""),
    "UNITE_SMTP_PASSWORD": ("smtp_password", None),
    "UNITE_SMTP_FROM": ("smtp_from", ""),
    "UNITE_REPORT_NAMES": ("report_names", False),
}
OTHERS = {
    "UNITE_BASE_URL": ("https://pbx.example/v2/", "https://pbx.example/v2"),
    "UNITE_TENANT": ("acme-nl_2", "acme-nl_2"),
    "UNITE_START_DATE": ("2026-02-28", date(2026, 2, 28)),
    "UNITE_TIMEZONE": ("America/Curacao", "America/Curacao"),
    "UNITE_COUNTRY": ("be", "BE"),
    "UNITE_OPENING_HOURS": ("24/7", "24/7"),
    "UNITE_SERVICE_LEVEL_S": ("30", 30),
    "UNITE_SHORT_ABANDON_S": ("0", 0),
    "UNITE_SHORT_CALL_S": ("5", 5),
    "UNITE_REPEAT_WITHIN_H": ("72", 72),
    "UNITE_LOOKBACK_DAYS": ("0", 0),
    "UNITE_RATE_LIMIT": ("5", 5),
    "UNITE_RATE_PERIOD_S": ("1.5", 1.5),
    "UNITE_TIMEOUT_S": ("0.25", 0.25),
    "UNITE_AUDIO_EXTENSIONS": ("0201,0202", "0201,0202"),
    "UNITE_AUDIO_REQUESTS": ("0", 0),
    "UNITE_OWNERS": ("team:data, team:telephony", "team:data,team:telephony"),
    "UNITE_GIT_URL": ("https://git.example/acme/unite.git", "https://git.example/acme/unite"),
    "UNITE_GIT_BRANCH": ("v1.0", "v1.0"),
    "UNITE_SMTP_HOST": ("mail.acme.example", "mail.acme.example"),
    "UNITE_SMTP_PORT": ("465", 465),
    "UNITE_SMTP_SECURITY": ("tls", "tls"),
    "UNITE_SMTP_USER": ("sender", "sender"),
    "UNITE_SMTP_FROM": ("unite@acme.example", "unite@acme.example"),
    "UNITE_REPORT_NAMES": ("true", True),
}
WRONG = {
    "UNITE_BASE_URL": "ftp://" + CANARY,
    "UNITE_TENANT": "No " + CANARY,
    "UNITE_START_DATE": CANARY,
    "UNITE_TIMEZONE": "Mars/" + CANARY,
    "UNITE_COUNTRY": CANARY,
    "UNITE_OPENING_HOURS": CANARY,
    "UNITE_SERVICE_LEVEL_S": CANARY,
    "UNITE_SHORT_ABANDON_S": CANARY,
    "UNITE_SHORT_CALL_S": CANARY,
    "UNITE_REPEAT_WITHIN_H": CANARY,
    "UNITE_LOOKBACK_DAYS": CANARY,
    "UNITE_RATE_LIMIT": CANARY,
    "UNITE_RATE_PERIOD_S": CANARY,
    "UNITE_TIMEOUT_S": CANARY,
    "UNITE_AUDIO_EXTENSIONS": CANARY,
    "UNITE_AUDIO_REQUESTS": CANARY,
    "UNITE_OWNERS": CANARY,
    "UNITE_GIT_URL": "http://" + CANARY,
    "UNITE_GIT_BRANCH": "-" + CANARY,
    "UNITE_ALERT_WEBHOOK_URL": "http://" + CANARY,
    "UNITE_ALERT_MAIL_TO": CANARY,
    "UNITE_SMTP_HOST": "no host " + CANARY,
    "UNITE_SMTP_PORT": CANARY,
    "UNITE_SMTP_SECURITY": CANARY,
    "UNITE_SMTP_FROM": CANARY,
    "UNITE_REPORT_NAMES": CANARY,
    "UNITE_DATA_DIR": "~nobody-" + CANARY + "/data",
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """An empty working directory and an environment without a variable of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [*DEFAULTS, "UNITE_DATA_DIR"]:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_these_are_all_settings():
    """.env.example lists every setting, and no other."""
    known = {*(field for field, _ in DEFAULTS.values()), "data_dir"}
    assert set(Settings.model_fields) == known


@pytest.mark.parametrize(("field", "expected"), DEFAULTS.values(), ids=DEFAULTS)
def test_defaults(field, expected):
    """Without environment and `.env` each setting is what the interface says."""
    assert getattr(load_settings(), field) == expected


def test_the_data_directory(folder, monkeypatch):
    """`data` in the working directory by default; a relative or a home path is made absolute at once."""
    assert load_settings().data_dir == folder / "data"
    monkeypatch.setenv("UNITE_DATA_DIR", "elsewhere/x")
    assert load_settings().data_dir == folder / "elsewhere" / "x"
    monkeypatch.setenv("UNITE_DATA_DIR", "~/x")
    assert load_settings().data_dir == Path.home() / "x"


@pytest.mark.parametrize("source", ["environment", "dot-env"])
@pytest.mark.parametrize("name", OTHERS)
def test_each_variable_is_read(folder, monkeypatch, name, source):
    """Each variable is read from the environment, and from `.env` in the working directory."""
    value, expected = OTHERS[name]
    if source == "environment":
        monkeypatch.setenv(name, value)
    else:
        (folder / ".env").write_text(f"# ours\nOTHER_TOOL=1\n{name}={value}\n")
    assert getattr(load_settings(), DEFAULTS[name][0]) == expected


def test_the_environment_wins_over_the_file(folder, monkeypatch):
    """What stands in the environment wins over `.env`, and an override over both."""
    (folder / ".env").write_text("UNITE_TENANT=file\nUNITE_RATE_LIMIT=7\n")
    monkeypatch.setenv("UNITE_TENANT", "environment")
    settings = load_settings()
    assert (settings.tenant, settings.rate_limit) == ("environment", 7)
    assert load_settings(tenant="override").tenant == "override"


@pytest.mark.parametrize("source", ["environment", "dot-env"])
@pytest.mark.parametrize(
    ("name", "field", "expected"), [(name, *rest) for name, rest in DEFAULTS.items()], ids=DEFAULTS
)
def test_empty_is_unset(folder, monkeypatch, name, field, expected, source):
    """A variable that is there and empty is as if it were not."""
    if source == "environment":
        monkeypatch.setenv(name, "")
    else:
        (folder / ".env").write_text(f"{name}=\n")
    assert getattr(load_settings(), field) == expected


def test_every_fault_at_once(monkeypatch):
    """All wrong variables are named in one message, and no value of any."""
    for name, value in WRONG.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("UNITE_LOGIN_TOKEN", CANARY)
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    text = str(raised.value)
    assert [name for name in WRONG if f"\n  {name}: " not in text] == []
    assert "UNITE_LOGIN_TOKEN" not in text
    assert text.count("\n") == len(WRONG)
    assert CANARY not in text
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tenant", "Main"), ("tenant", "1st"), ("tenant", "a/b"), ("tenant", ".."), ("tenant", "a" * 64),
        ("tenant", "main\n"), ("timezone", "Europe"), ("timezone", "../../etc/passwd"), ("timezone", "/etc/passwd"),
        ("timezone", "Europe/Amsterdam\n"), ("country", "EU"), ("country", "001"), ("country", "NLD"),
        ("country", "NL\n"), ("lookback_days", -1), ("lookback_days", 61), ("lookback_days", 1.5),
        ("rate_limit", 0), ("rate_limit", 10_001), ("rate_period_s", 0), ("rate_period_s", "nan"),
        ("rate_period_s", "inf"), ("timeout_s", 0), ("timeout_s", -1), ("timeout_s", "inf"),
        ("start_date", "2026-02-30"), ("start_date", "01-02-2026"), ("start_date", "1999-12-31"),
        ("start_date", "0001-01-01"), ("start_date", "20250101"), ("start_date", "0"),
        ("audio_extensions", "0201;0202"), ("audio_extensions", "0201,*"), ("audio_extensions", "02 01"),
        ("audio_extensions", "0201\n0202"), ("audio_extensions", "\u0661"), ("audio_requests", -1),
        ("audio_requests", 1_000_001),
    ],
)  # fmt: skip
def test_values_out_of_bounds(field, value):
    """A value out of its bounds is refused, and the message names its variable."""
    with pytest.raises(ConfigurationError, match=f"UNITE_{field.upper()}: "):
        load_settings(**{field: value})


def test_the_first_day_is_told_in_full():
    """The message of a start date that is too early says which days may be named, and how."""
    with pytest.raises(ConfigurationError, match="from 2000-01-01 on, as YYYY-MM-DD"):
        load_settings(start_date="0202-01-01")
    assert load_settings(start_date="2000-01-01").start_date == date(2000, 1, 1)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("UNITE_SERVICE_LEVEL_S", "soon", "give a whole number from 1 to 3600"),
        ("UNITE_SERVICE_LEVEL_S", "1.5", "give a whole number from 1 to 3600"),
        ("UNITE_RATE_LIMIT", "0", "give a whole number from 1 to 10000"),
        ("UNITE_RATE_PERIOD_S", "0", "give a number above 0, 86400 at most, with a point if it has a fraction"),
        ("UNITE_RATE_PERIOD_S", "1,5", "give a number above 0, 86400 at most, with a point if it has a fraction"),
        ("UNITE_REPORT_NAMES", "ja", "give true or false"),
        ("UNITE_START_DATE", "01-03-2026", "name a day from 2000-01-01 on, as YYYY-MM-DD"),
        ("UNITE_START_DATE", "2026-02-30", "name a day from 2000-01-01 on, as YYYY-MM-DD"),
        ("UNITE_START_DATE", "2026", "name a day from 2000-01-01 on, as YYYY-MM-DD"),
        ("UNITE_START_DATE", "1772323200", "name a day from 2000-01-01 on, as YYYY-MM-DD"),
        ("UNITE_SMTP_SECURITY", "ssl", "give starttls, tls or none"),
    ],
)
def test_what_a_setting_may_be_is_told(monkeypatch, name, value, said):
    """A value of the wrong kind, or out of bounds, is answered by what the setting may be, in our words."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    assert str(raised.value).splitlines()[1:] == [f"  {name}: {said}"]


def test_no_setting_is_told_in_a_librarys_words(monkeypatch):
    """Of every setting that can be wrong, what is said begins with what to do."""
    for name, value in WRONG.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    told = [line.split(": ", 1)[1].split()[0] for line in str(raised.value).splitlines()[1:]]
    assert set(told) <= {"give", "name", "use", "write", "no"}


def test_names_that_are_no_settings(folder, monkeypatch):
    """What is misspelt is found in the environment and in `.env`, with the name that is nearest if one is near."""
    monkeypatch.setenv("UNITE_AUDIO_EXTENSION", "0201")
    monkeypatch.setenv("UNITE_TENANT", "acme")
    (folder / ".env").write_text(
        "#UNITE_OLD=1\nexport UNITE_RATELIMIT = 5\nunite_timezone=Europe/Amsterdam\nUNITE_ZZZ=1\nOTHER_X=1\n"
    )
    assert unknown_names() == {
        "UNITE_AUDIO_EXTENSION": "UNITE_AUDIO_EXTENSIONS",
        "UNITE_RATELIMIT": "UNITE_RATE_LIMIT",
        "UNITE_ZZZ": None,
    }


@pytest.mark.parametrize("below", ["", "deeper/down"], ids=["itself", "above-it"])
def test_a_data_directory_that_is_a_file(folder, monkeypatch, below):
    """A file where the data directory, or a folder above it, should be is told under the variable's name at once."""
    (folder / "taken").write_text("not a folder")
    monkeypatch.setenv("UNITE_DATA_DIR", str(folder / "taken" / below))
    with pytest.raises(ConfigurationError, match="UNITE_DATA_DIR: name a folder"):
        load_settings()


def test_a_dot_env_that_is_not_text(folder):
    """A `.env` in another encoding is told by its name and remedy, and nothing of it is quoted."""
    (folder / ".env").write_bytes(f"UNITE_LOGIN_TOKEN={CANARY}\nUNITE_TENANT=caf\xe9\n".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"The file \.env .* not UTF-8") as raised:
        load_settings()
    assert CANARY not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.fixture
def nobody(monkeypatch):
    """A folder with a `.env` that nobody may read, entered by somebody who is not the superuser."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.chdir(folder)
        (folder / ".env").touch(mode=0o000)
        was = os.geteuid()
        if was == 0:
            os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(was)


@pytest.mark.usefixtures("nobody")
def test_a_dot_env_that_may_not_be_read():
    """A `.env` that belongs to somebody else is told by its name."""
    with pytest.raises(ConfigurationError, match=r"The file \.env .* cannot be read"):
        load_settings()


@pytest.mark.parametrize("source", ["environment", "dot-env"])
@pytest.mark.parametrize(("value", "expected"), [(f"{CANARY}\n", CANARY), (f" {CANARY}\t", CANARY), (" \n", None)])
def test_the_login_token_is_trimmed(folder, monkeypatch, source, value, expected):
    """A line break or blank around the login token, as reading it from a file leaves one, is no part of it."""
    if source == "environment":
        monkeypatch.setenv("UNITE_LOGIN_TOKEN", value)
    else:
        (folder / ".env").write_text(f'UNITE_LOGIN_TOKEN="{value}"\n')
    token = load_settings().login_token
    assert (None if token is None else token.get_secret_value()) == expected


@pytest.mark.parametrize(
    "url",
    ["https://pbx.example/v1", "http://127.0.0.1:8080/unite/v1", "http://localhost/x", "http://[::1]:9/x",
     "http://localhost"],
)  # fmt: skip
def test_addresses_that_may_be_asked(url):
    """HTTPS anywhere, plain HTTP on this machine."""
    assert load_settings(base_url=url).base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://pbx.example/v1", "http://127.0.0.1.pbx.example/", "http://localhost.example/", "http://127.0.0.10/",
        "http://localhost@pbx.example/", "http://localhost:80@pbx.example/", "http://127.0.0.1:pw@pbx.example/",
        "http://10.0.0.1/", "ftp://localhost/", "pbx.example", "https://", "https:///v1", "https://user:pw@pbx.example/",
        "https://pbx.example/v1?x=1", "https://pbx.example/v1#x", "https://[::1", "https://pbx.example:port/",
    ],
)  # fmt: skip
def test_addresses_that_may_not(url):
    """No plain HTTP to another machine however it is dressed up, and nothing a path cannot be added to."""
    with pytest.raises(ConfigurationError, match="UNITE_BASE_URL: ") as raised:
        load_settings(base_url=url)
    assert "pbx" not in str(raised.value)


def test_the_login_token_is_masked(monkeypatch):
    """The login token shows in no repr, text or dump; asked for by name it is there."""
    monkeypatch.setenv("UNITE_LOGIN_TOKEN", CANARY)
    settings = load_settings()
    assert CANARY not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"
    assert settings.login_token.get_secret_value() == CANARY


def test_secrets_of_alerts_are_masked(monkeypatch):
    """The webhook's address and the mail server's password show in no repr, text or dump."""
    monkeypatch.setenv("UNITE_ALERT_WEBHOOK_URL", f"https://hooks.example/{CANARY}")
    monkeypatch.setenv("UNITE_SMTP_PASSWORD", f"{CANARY}\n")
    settings = load_settings()
    assert CANARY not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"
    assert settings.alert_webhook_url.get_secret_value() == f"https://hooks.example/{CANARY}"
    assert settings.smtp_password.get_secret_value() == CANARY


def test_mail_needs_a_server():
    """Recipients without a mail server are told under the variable that is missing."""
    with pytest.raises(ConfigurationError, match="UNITE_SMTP_HOST: name the mail server"):
        load_settings(alert_mail_to="a@acme.example")
    settings = load_settings(alert_mail_to="a@acme.example, b@acme.example", smtp_host="mail.acme.example")
    assert settings.alert_recipients == ["a@acme.example", "b@acme.example"]


def test_mail_in_the_clear_stays_on_this_machine():
    """A mail server elsewhere is spoken to under TLS, whatever is set."""
    with pytest.raises(ConfigurationError, match="UNITE_SMTP_SECURITY: none is for a mail server on this machine"):
        load_settings(smtp_host="mail.acme.example", smtp_security="none")
    assert load_settings(smtp_host="localhost", smtp_security="none").smtp_security == "none"


@pytest.mark.parametrize(
    ("given", "numbers"),
    [("", set()), (" , ", set()), ("*", {"*"}), ("0201", {"0201"}), (" 0201, 0202,0201, ", {"0201", "0202"})],
    ids=["empty", "blanks", "all", "one", "several"],
)
def test_the_extensions_whose_audio_is_wanted(given, numbers):
    """Numbers as text, each once, blanks around them passed over; nothing named is no audio."""
    assert load_settings(audio_extensions=given).audio_numbers == numbers


def test_dagsters_processes_get_the_same_settings(monkeypatch):
    """What `dev` hands to the processes that it starts is read there as the same settings, secrets included."""
    settings = load_settings(
        login_token=CANARY, alert_webhook_url="https://hooks.example/x", smtp_password=CANARY, audio_extensions="0201"
    )
    handed = _environment(settings)
    assert "None" not in handed.values()
    for name, value in handed.items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_settings_do_not_change():
    """The settings of a process are frozen."""
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().tenant = "other"


def test_the_zone():
    """The zone is the one that is named."""
    assert load_settings(timezone="UTC").zone == ZoneInfo("UTC")
