"""Feeds that the scheduler writes and delivers, as `tipwatch.yml` names them.

Refuses a password in an address, two feeds in one folder, and unreviewed records below the reader's own certainty.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from config.validation import fault
from extraction.model.terms import SURE

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SCHEMES = ("file", "sftp", "s3")
_TARGETS = "write file:///srv/feed, sftp://user@host:22/feed or s3://bucket/prefix"


class FeedStageName(StrEnum):
    """Whom a feed lists, as `tipwatch export --stage` says it."""

    CONVICTED = "convicted"
    CHARGED = "charged"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryPlan:
    """A target of a feed, and how it is reached; as the options of `tipwatch deliver`. `timeout` is seconds."""

    to: str
    key: Path | None = None
    identity: Path | None = None
    known_hosts: Path = Path("~/.ssh/known_hosts")
    endpoint: str | None = None
    webhook: str | None = None
    webhook_secret: Path | None = None
    tries: int = 2
    timeout: float = 60.0

    @property
    def id(self) -> str:
        """What runs call the target: a digest, since its address may name a user."""
        return hashlib.sha256(self.to.encode()).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedPlan:
    """A feed to write every day at `at` (UTC), and at once when somebody whom it names was withdrawn."""

    name: str
    directory: Path
    at: dt.time = dt.time(6, 0)
    stage: FeedStageName = FeedStageName.CONVICTED
    include_unreviewed: bool = False
    min_score: float = SURE
    base_url: str | None = None
    min_persons: int = 0
    max_persons: int | None = None
    min_countries: int = 0
    deliver: tuple[DeliveryPlan, ...] = ()


def _moment(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return dt.time.fromisoformat(value)
    raise fault("not a time of day", 'write it as "05:30", in UTC')


def _target(value: str) -> str:
    """The address is never repeated: it may hold a password."""
    try:
        parts = urlsplit(value)
        password = parts.password
    except ValueError:
        raise fault("no address", _TARGETS) from None
    if parts.scheme not in _SCHEMES or not (parts.netloc or parts.path.strip("/")):
        raise fault("no address of a target", _TARGETS)
    if password is not None:
        raise fault("an address with a password", "use a key for SFTP, AWS_* variables or ~/.aws for S3")
    return value


def _web(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise fault("no web address", "write https://feeds.example.org/convicted")
    return value.rstrip("/")


def _hook(value: str) -> str:
    if not value.startswith(("https://", "http://")):  # the rest is the webhook's own to judge
        raise fault("no web address", "write https://taker.example/hooks/feed")
    return value


class DeliveryFile(BaseModel):
    """Border schema of one target."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Annotated[str, AfterValidator(_target)] = Field(description=_TARGETS)
    key: Path | None = Field(None, description="a file made by `tipwatch deliver --new-key`")
    identity: Path | None = Field(None, description="a file with an SSH key")
    known_hosts: Path = Field(Path("~/.ssh/known_hosts"), description="a file with keys of hosts")
    endpoint: Annotated[str, AfterValidator(_web)] | None = Field(
        None, description="address of an S3-compatible server"
    )
    webhook: Annotated[str, AfterValidator(_hook)] | None = Field(None, description="a web address")
    webhook_secret: Path | None = Field(None, description="a file with whsec_…")
    tries: int = Field(2, ge=1, le=20, description="tries of each step, 1 to 20; the scheduler comes back")
    timeout: float = Field(60.0, ge=1, le=3600, allow_inf_nan=False, description="seconds of silence, 1 to 3600")

    def plan(self) -> DeliveryPlan:
        """As the application has it."""
        return DeliveryPlan(**dict(self))


class FeedFile(BaseModel):
    """Border schema of one feed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    directory: Path = Field(description="a folder that holds nothing else")
    at: Annotated[dt.time, BeforeValidator(_moment)] = Field(dt.time(6, 0), description='"HH:MM" in UTC')
    stage: FeedStageName = Field(FeedStageName.CONVICTED, description="convicted or charged")
    include_unreviewed: bool = Field(False, description="true or false")
    min_score: float = Field(SURE, ge=SURE, le=1, allow_inf_nan=False, description=f"a score, {SURE:g} to 1")
    base_url: Annotated[str, AfterValidator(_web)] | None = Field(None, description="where takers find the folder")
    min_persons: int = Field(0, ge=0, description="a count; with fewer the feed is refused")
    max_persons: int | None = Field(None, ge=0, description="a count; with more the feed comes with a warning")
    min_countries: int = Field(0, ge=0, le=300, description="a count; with fewer the feed is refused")
    deliver: tuple[DeliveryFile, ...] = Field((), description="a list of targets, each with `to:`")

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        if len({one.to for one in self.deliver}) < len(self.deliver):
            raise fault("a target is named twice", "name each target of a feed once")
        return self

    def plan(self, name: str) -> FeedPlan:
        """As the application has it."""
        return FeedPlan(name=name, **{**dict(self), "deliver": tuple(one.plan() for one in self.deliver)})


def checked_feeds(feeds: Mapping[str, FeedFile]) -> Mapping[str, FeedFile]:
    """The feeds, each in a folder of its own and outside the others'. Raises a fault."""
    for name in feeds:
        if _NAME.fullmatch(name) is None:
            raise fault(f'"{name}" is no name of a feed', "letters a to z, digits, - and _, 40 at most")
    for name, other in _pairs(feeds):
        one, two = feeds[name].directory.absolute(), feeds[other].directory.absolute()
        if one == two or one in two.parents or two in one.parents:
            raise fault(f"{name} and {other} lie in one folder", "give each feed a folder of its own")
    return feeds


def feed_plans(feeds: Mapping[str, FeedFile]) -> tuple[FeedPlan, ...]:
    """The feeds in the order of the file."""
    return tuple(one.plan(name) for name, one in feeds.items())


def _pairs(names: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    listed = list(names)
    return ((one, other) for k, one in enumerate(listed) for other in listed[k + 1 :])
