"""The settings of one installation: the only place that reads the environment.

Here: names, defaults, validation (interface: settings). Not here: what the settings are used for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opening_hours import validate
from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from unite_pipeline.errors import ConfigurationError

PREFIX = "UNITE_"
_DOT_ENV = ".env"
ALL_EXTENSIONS = "*"
DEFAULT_COUNTRY = "NL"
DEFAULT_OPENING_HOURS = "Mo-Fr 08:30-17:30; PH off"
EARLIEST_START = date(2000, 1, 1)
"""Earlier than the calls of any Unite telephone system."""
_NAME_A_DAY = f"name a day from {EARLIEST_START} on, as YYYY-MM-DD"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _slug(value: str) -> str:
    # A letter first, so that no reader of the lake takes a tenant for a number.
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", value):
        message = "use a letter followed by letters, digits, '-' or '_', all in lower case"
        raise ValueError(message)
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = "name a time zone of the IANA database, such as Europe/Amsterdam"
        raise ValueError(message) from error
    return value


def _country(value: str) -> str:
    if value.upper() not in SUPPORTED_REGIONS:
        message = "name a country by its two letters (ISO 3166), such as NL"
        raise ValueError(message)
    return value.upper()


def _opening_hours(value: str) -> str:
    if not validate(value):
        message = f"write opening hours as OpenStreetMap does, such as {DEFAULT_OPENING_HOURS} (PH: public holidays)"
        raise ValueError(message)
    return value.strip()


def _base_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_bare = bool(parts.hostname) and "@" not in parts.netloc and not (parts.query or parts.fragment)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        is_whole = parts.port != 0  # reading it checks it
    except ValueError:
        is_bare = is_safe = is_whole = False
    if not (is_bare and is_safe and is_whole):
        message = (
            "give an address that begins with https:// (plain http only on this machine, for the simulator), "
            "without a user, a query or a fragment"
        )
        raise ValueError(message)
    return value.rstrip("/")


def _extensions(value: str) -> str:
    numbers = list(dict.fromkeys(each.strip() for each in value.split(",") if each.strip()))
    if numbers != [ALL_EXTENSIONS] and not all(re.fullmatch(r"[0-9]{1,15}", each) for each in numbers):
        message = "name extensions by number, such as 0201,0202, or give * for all; leave it empty for no audio"
        raise ValueError(message)
    return ",".join(numbers)


def _owners(value: str) -> str:
    owners = list(dict.fromkeys(each.strip() for each in value.split(",") if each.strip()))
    if not all(re.fullmatch(r"team:[A-Za-z0-9_-]{1,63}", each) for each in owners):
        message = (
            "name teams, such as team:telephony or team:telephony,team:data; a person's address does not belong here"
        )
        raise ValueError(message)
    return ",".join(owners)


def _git_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_good = not value or (parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc)
    except ValueError:
        is_good = False
    if not is_good:
        message = "give the https:// address of the repository's pages, without a user; or leave it empty for no links"
        raise ValueError(message)
    return value.rstrip("/").removesuffix(".git")


def _git_branch(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", value):
        message = "name a branch or a tag, such as main"
        raise ValueError(message)
    return value


def _hook(value: SecretStr | None) -> SecretStr | None:
    text = "" if value is None else value.get_secret_value().strip()
    try:
        parts = urlsplit(text)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except ValueError:
        is_safe = False
    if text and not (is_safe and parts.hostname):
        message = "give an address that begins with https:// (plain http only on this machine)"
        raise ValueError(message)
    return SecretStr(text) if text else None


def _addresses(value: str) -> str:
    addresses = list(dict.fromkeys(each.strip() for each in value.split(",") if each.strip()))
    if not all(re.fullmatch(r"[^@\s,<>\"]+@[^@\s,<>\"]+", each) for each in addresses):
        message = "name mail addresses, such as operators@acme.example, several separated by commas"
        raise ValueError(message)
    return ",".join(addresses)


def _one_address(value: str) -> str:
    if "," in _addresses(value):
        message = "name one mail address"
        raise ValueError(message)
    return value.strip()


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:-]*", value):
        message = "name the mail server, such as mail.acme.example"
        raise ValueError(message)
    return value


def _folder(value: Path) -> Path:
    try:
        path = value.expanduser().absolute()
    except RuntimeError as error:
        message = "name another folder: there is no such user's home directory"
        raise ValueError(message) from error
    try:
        is_taken = any(each.exists() and not each.is_dir() for each in (path, *path.parents))
    except OSError as error:  # else it would be taken for a `.env` that cannot be read
        message = "name a folder that the user who runs this may enter, or run this as the user it belongs to"
        raise ValueError(message) from error
    if is_taken:
        message = "name a folder: there is a file in its place, or in that of a folder above it"
        raise ValueError(message)
    return path


def _day_in_full(value: Any) -> Any:
    # pydantic would read a number as seconds since 1970.
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        raise ValueError(_NAME_A_DAY)
    return value


def _first_day(value: date) -> date:
    # A slip of the pen in the year would want a thousand years of days.
    if value < EARLIEST_START:
        raise ValueError(_NAME_A_DAY)
    return value


def _trimmed(value: SecretStr | None) -> SecretStr | None:
    # Read from a file, as orchestrators do, a token brings its line break along.
    token = "" if value is None else value.get_secret_value().strip()
    return SecretStr(token) if token else None


class Settings(BaseSettings):
    """What one installation is told, from the environment or a `.env` file in the working directory.

    Units stand in the names: `_s` is seconds, `_days` local days.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=_DOT_ENV,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    base_url: Annotated[str, AfterValidator(_base_url)] = "https://api.voipzeker.nl/unite/v1"
    login_token: Annotated[SecretStr | None, AfterValidator(_trimmed)] = None
    tenant: Annotated[str, AfterValidator(_slug)] = "main"
    data_dir: Annotated[Path, AfterValidator(_folder)] = Field(default=Path("data"), validate_default=True)
    start_date: Annotated[date, BeforeValidator(_day_in_full), AfterValidator(_first_day)] = date(2025, 1, 1)
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Amsterdam"
    country: Annotated[str, AfterValidator(_country)] = DEFAULT_COUNTRY
    opening_hours: Annotated[str, AfterValidator(_opening_hours)] = DEFAULT_OPENING_HOURS
    service_level_s: int = Field(default=20, ge=1, le=3_600)
    short_abandon_s: int = Field(default=5, ge=0, le=3_600)
    short_call_s: int = Field(default=10, ge=0, le=3_600)
    repeat_within_h: int = Field(default=24, ge=1, le=168)
    lookback_days: int = Field(default=2, ge=0, le=60)
    rate_limit: int = Field(default=30, ge=1, le=10_000)
    rate_period_s: float = Field(default=60.0, gt=0, le=86_400)
    timeout_s: float = Field(default=60.0, gt=0, le=3_600)
    audio_extensions: Annotated[str, AfterValidator(_extensions)] = ""
    audio_requests: int = Field(default=300, ge=0, le=1_000_000)
    owners: Annotated[str, AfterValidator(_owners)] = "team:telephony"
    git_url: Annotated[str, AfterValidator(_git_url)] = ""
    git_branch: Annotated[str, AfterValidator(_git_branch)] = "main"
    alert_webhook_url: Annotated[SecretStr | None, AfterValidator(_hook)] = None
    alert_mail_to: Annotated[str, AfterValidator(_addresses)] = ""
    smtp_host: Annotated[str, AfterValidator(_host)] = Field(default="", validate_default=True)
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: Annotated[SecretStr | None, AfterValidator(_trimmed)] = None
    smtp_from: Annotated[str, AfterValidator(_one_address)] = ""
    report_names: bool = False

    @field_validator("smtp_host")
    @classmethod
    def _mail_needs_a_server(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("alert_mail_to") and not value:
            message = "name the mail server that sends to UNITE_ALERT_MAIL_TO"
            raise ValueError(message)
        return value

    @field_validator("smtp_security")
    @classmethod
    def _mail_is_not_sent_in_the_clear(cls, value: str, info: ValidationInfo) -> str:
        if value == "none" and info.data.get("smtp_host", "") not in ("", *_LOOPBACK):
            message = "none is for a mail server on this machine; use starttls or tls"
            raise ValueError(message)
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the API's naive timestamps and date filters."""
        return ZoneInfo(self.timezone)

    @property
    def audio_numbers(self) -> frozenset[str]:
        """Numbers of the extensions whose audio is wanted, or only `ALL_EXTENSIONS`; empty: audio is off."""
        return frozenset(each for each in self.audio_extensions.split(",") if each)

    @property
    def owner_teams(self) -> list[str]:
        """The teams that Dagster shows as owners of every asset."""
        return [each for each in self.owners.split(",") if each]

    @property
    def alert_recipients(self) -> list[str]:
        """Who is written to of failures; empty: nobody."""
        return [each for each in self.alert_mail_to.split(",") if each]


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process.

    Args:
        overrides: values that win over the environment, by field name.

    Raises:
        ConfigurationError: names every wrong variable at once, and no value; or `.env`, if it cannot be read.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise ConfigurationError(_explain(error)) from None
    except UnicodeDecodeError:
        # `from None`: the error quotes the file, which may hold the login token.
        message = "The file .env in the working directory is not UTF-8. Save it as UTF-8 text"
        raise ConfigurationError(message) from None
    except OSError as error:
        message = f"The file .env in the working directory cannot be read ({error.strerror}). Check its permissions"
        raise ConfigurationError(message) from None


def unknown_names() -> dict[str, str | None]:
    """Variables that look like ours and are no settings, in the environment or `.env`, each with the name it may mean.

    Nothing else tells of them: what is misspelt is as if it were not set.
    """
    known = [name.upper() for name in Settings.model_fields]
    try:
        text = Path(_DOT_ENV).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    in_file = re.findall(rf"^[ \t]*(?:export[ \t]+)?({PREFIX}\w+)[ \t]*=", text, re.MULTILINE | re.IGNORECASE)
    found = {}
    for name in sorted({*os.environ, *in_file}):
        ours = name.upper().removeprefix(PREFIX)
        if name.upper().startswith(PREFIX) and ours not in known:
            nearest = get_close_matches(ours, known, 1)  # without what all begin with, which makes all alike
            found[name] = f"{PREFIX}{nearest[0]}" if nearest else None
    return found


def _explain(error: ValidationError) -> str:
    faults = []
    for fault in error.errors(include_input=False, include_url=False):
        name = str(fault["loc"][0])
        ours = fault["msg"].removeprefix("Value error, ") if fault["type"] == "value_error" else None
        faults.append(f"  {PREFIX}{name.upper()}: {ours or _expected(name) or fault['msg']}")
    return "\n".join(["These settings are wrong (environment or .env; see .env.example):", *faults])


def _expected(name: str) -> str | None:
    """What a setting may be, in our words: pydantic's are for those who write programs with it."""
    field = Settings.model_fields[name]
    least, above, most = (_bound(field.metadata, each) for each in ("ge", "gt", "le"))
    sentences = {
        int: f"give a whole number from {least} to {most}",
        float: f"give a number above {above}, {most} at most, with a point if it has a fraction",
        bool: "give true or false",
        date: _NAME_A_DAY,
    }
    if get_origin(field.annotation) is Literal:
        *rest, last = get_args(field.annotation)
        return f"give {', '.join(rest)} or {last}"
    return next((text for kind, text in sentences.items() if field.annotation is kind), None)


def _bound(metadata: Sequence[Any], kind: str) -> Any:
    return next((getattr(each, kind) for each in metadata if hasattr(each, kind)), None)
