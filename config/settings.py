"""Settings of one installation: `TIPWATCH_*` in the environment, else `tipwatch.yml`, else the defaults.

Refuses a name that it does not know, in the file as in the environment: a misspelt delay must not mean
the default.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails

from config.document import Document, read_document
from config.feeds import FeedFile, FeedPlan, checked_feeds, feed_plans
from config.validation import ConfigError, ConfigErrors, did_you_mean, explain, fault, validate
from extraction.model.terms import SURE

PREFIX = "TIPWATCH_"
FILE_VARIABLE = "TIPWATCH_SETTINGS"
# The test suite's own switches; never settings.
TEST_PREFIXES = ("TIPWATCH_TEST_", "TIPWATCH_REQUIRE_")
DEFAULT_FILE = Path("tipwatch.yml")
ELSEWHERE = frozenset({"TIPWATCH_LOG_FORMAT", "TIPWATCH_RAY_ADDRESS"})
"""Variables that a command's option reads; no settings of an installation."""
FILE_ONLY = frozenset({"feeds"})
"""Settings that no variable can hold."""
_OTHERS = ELSEWHERE | {FILE_VARIABLE}
_ENVIRONMENT = "environment"
_CONTACT = re.compile(r"(https?://[^\s/]+\.[^\s]+|[^@\s]+@[^@\s]+\.[^@\s]+)")
_HOST_PORT = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/]+):[0-9]{1,5}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What one installation decides. Paths are relative to the working directory; `origin` says what was read.

    `contact` (a mail address or web page) goes into the user agent; without it nothing is fetched.
    `allow_private` lists `host:port` pairs that may resolve to private addresses: for tests and the demo only.
    `delay` and `request_timeout` are seconds (the time-out is total), `max_body_bytes` counts after decompression,
    `host_budget` is pages per host and run. `min_score` is the least score of an accused that an export lists,
    in [0, 1]; below it a person waits for review. `min_cell` is the
    least count of victims' attributes that is shown. `retain_..._days` say after how many days `tipwatch prune`
    takes what is not needed any more; reasons and what stays: docs/retention.md.
    """

    contact: str | None = None
    database_url: str = "sqlite:///data/tipwatch.db"
    data_dir: Path = Path("data")
    sources_dir: Path | None = None
    allow_private: tuple[str, ...] = ()
    max_body_bytes: int = 10 * 1024 * 1024
    request_timeout: float = 30.0
    delay: float = 5.0
    host_budget: int = 200
    max_depth: int = 3
    feed_interval_minutes: int = 60
    min_score: float = SURE
    min_cell: int = 11
    retain_pages_days: int = 730
    retain_rejected_days: int = 180
    retain_cleared_days: int = 730
    retain_doubtful_days: int = 365
    retain_users_days: int = 365
    retain_accesses_days: int = 730
    feeds: tuple[FeedPlan, ...] = ()
    origin: str = "defaults"

    @property
    def archive_dir(self) -> Path:
        """Where WARC files lie."""
        return self.data_dir / "archive"


def _listed(value: object) -> object:
    """A comma-separated text (the environment has no lists) as a list."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class SettingsFile(BaseModel):
    """Border schema of `tipwatch.yml` and of the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contact: str | None = Field(None, description="a mail address or a web page where site owners reach you")
    database_url: str | None = Field(None, description="sqlite:///path/to/file.db or postgresql://user@host/name")
    data_dir: Path = Field(Path("data"), description="a folder")
    sources_dir: Path | None = Field(None, description="a folder of <iso2>/<name>.yml")
    allow_private: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field(
        (), description="host:port pairs, comma-separated in the environment"
    )
    max_body_bytes: int = Field(10 * 1024 * 1024, ge=1024, le=1024**3, description="bytes, 1024 to 1073741824")
    request_timeout: float = Field(
        30.0, gt=0, le=600, allow_inf_nan=False, description="seconds, above 0, up to 600"
    )
    delay: float = Field(5.0, ge=0, le=3600, allow_inf_nan=False, description="seconds, 0 to 3600")
    host_budget: int = Field(200, ge=1, le=100_000, description="pages, 1 to 100000")
    max_depth: int = Field(3, ge=0, le=20, description="links, 0 to 20")
    feed_interval_minutes: int = Field(60, ge=1, le=44_640, description="minutes, 1 to 44640")
    min_score: float = Field(SURE, ge=0, le=1, allow_inf_nan=False, description="a score, 0 to 1")
    min_cell: int = Field(11, ge=1, le=1000, description="a count, 1 to 1000")
    retain_pages_days: int = Field(730, ge=30, le=36_500, description="days, 30 to 36500")
    retain_rejected_days: int = Field(180, ge=30, le=36_500, description="days, 30 to 36500")
    retain_cleared_days: int = Field(730, ge=30, le=36_500, description="days, 30 to 36500")
    retain_doubtful_days: int = Field(365, ge=30, le=36_500, description="days, 30 to 36500")
    retain_users_days: int = Field(365, ge=30, le=36_500, description="days, 30 to 36500")
    retain_accesses_days: int = Field(730, ge=30, le=36_500, description="days, 30 to 36500")

    feeds: Annotated[dict[str, FeedFile], AfterValidator(checked_feeds)] = Field(
        default_factory=dict, description="names of feeds, each with `directory:`; see docs/schedule.md"
    )

    @field_validator("contact")
    @classmethod
    def _contact(cls, value: str | None) -> str | None:
        if value is not None and _CONTACT.fullmatch(value.strip()) is None:
            raise fault(f'"{value}" is neither a mail address nor a web page', "write one: desk@example.org")
        return None if value is None else value.strip()

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
            # The value is not repeated: it may hold a password.
            raise fault("neither SQLite nor PostgreSQL", "write sqlite:///file.db or postgresql://user@host/name")
        return value

    @field_validator("allow_private")
    @classmethod
    def _allow_private(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pair in value:
            if _HOST_PORT.fullmatch(pair) is None:
                raise fault(f'"{pair}" is not host:port', "write 127.0.0.1:8000")
        return value


def load_settings(env: Mapping[str, str] = os.environ, file: Path | None = None) -> Settings:
    """Read the settings; `file` wins over `TIPWATCH_SETTINGS`, which wins over `tipwatch.yml` here (optional).

    Raises ConfigErrors with the faults of the file and of the environment together.
    """
    errors: list[ConfigError] = []
    values: dict[str, Any] = {}
    origins: list[str] = []
    named = file if file is not None else _named(env)
    path = named if named is not None else DEFAULT_FILE
    if named is not None or path.exists():
        try:
            read = validate(read_document(path, may_be_empty=True), SettingsFile)
            values |= {name: getattr(read, name) for name in read.model_fields_set}
            origins.append(str(path))
        except ConfigErrors as found:
            errors += found.errors
    try:
        read = _from_environment(env)
        values |= {name: getattr(read, name) for name in read.model_fields_set}
        origins += [_ENVIRONMENT] if read.model_fields_set else []
    except ConfigErrors as found:
        errors += found.errors
    if errors:
        raise ConfigErrors(errors)
    if values.get("database_url") is None:
        values["database_url"] = f"sqlite:///{(values.get('data_dir', Path('data')) / 'tipwatch.db').as_posix()}"
    if "feeds" in values:
        values["feeds"] = feed_plans(values["feeds"])
    return Settings(**values, origin=" and ".join(origins) or "defaults")


def _named(env: Mapping[str, str]) -> Path | None:
    name = env.get(FILE_VARIABLE, "")
    return Path(name) if name else None


def _from_environment(env: Mapping[str, str]) -> SettingsFile:
    known = {PREFIX + name.upper(): name for name in SettingsFile.model_fields if name not in FILE_ONLY}
    errors: list[ConfigError] = []
    data: dict[str, Any] = {}
    for variable, value in env.items():
        if not variable.startswith(PREFIX) or variable.startswith(TEST_PREFIXES) or variable in _OTHERS:
            continue
        if variable in known:
            if value != "":  # set to nothing is how a shell or a unit file unsets
                data[known[variable]] = value
            continue
        near = did_you_mean(variable.removeprefix(PREFIX), known.values())
        meant = f"did you mean {PREFIX}{near.upper()}?" if near else f"unset it; known: {', '.join(sorted(known))}"
        errors.append(_in_environment(variable, "unknown variable", meant))
    try:
        read = SettingsFile.model_validate(data)
    except ValidationError as error:
        errors += [_explain_variable(d, data) for d in error.errors(include_url=False)]
    if errors:
        raise ConfigErrors(errors)
    return read


def _explain_variable(detail: ErrorDetails, data: dict[str, Any]) -> ConfigError:
    document = Document(file=_ENVIRONMENT, data=data, lines={(): 1})
    plain = explain(detail, SettingsFile, document)
    return _in_environment(f"{PREFIX}{str(detail['loc'][0]).upper()}", plain.problem, plain.remedy)


def _in_environment(variable: str, problem: str, remedy: str) -> ConfigError:
    return ConfigError(file=_ENVIRONMENT, line=None, key=variable, problem=problem, remedy=remedy)
