"""The newsroom's stories, read from files: TOML between two lines of +++, then paragraphs.

Refuses fixed dates: a story says how many days old it is, so that the demo looks the same on any day.
"""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tipwatch.demo.outlets import OUTLETS

FOLDER = Path(__file__).parent / "stories"
_FENCE = "+++\n"


class Kind(StrEnum):
    """What a story is, by its author."""

    PROSECUTION = "prosecution"
    NEAR_MISS = "near_miss"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Aside:
    """What stands beside a story and is not part of it: a reader's comment, or a box about another story."""

    head: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """One story. `key` is `<outlet>/<slug>`; `blocks` are paragraphs, those that begin with "- " lists."""

    key: str
    slug: str
    title: str
    section: str
    kind: Kind
    byline: str
    published: dt.datetime
    blocks: tuple[str, ...]
    photo: str | None = None
    comments: tuple[Aside, ...] = ()
    related: tuple[Aside, ...] = ()
    planted: bool = False  # the page hides text that no reader sees


def load_stories(today: dt.date) -> Mapping[str, tuple[Story, ...]]:
    """Every outlet's stories, newest first, dated back from `today`."""
    return {
        code: tuple(
            sorted(
                (_read(path, today) for path in sorted((FOLDER / code).glob("*.md"))),
                key=lambda story: story.published,
                reverse=True,
            )
        )
        for code in OUTLETS
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What a careful reader finds: `accused` is story key -> name -> stage; `never` must appear nowhere."""

    accused: Mapping[str, Mapping[str, str]]
    never: tuple[str, ...]


def load_expected() -> Expected:
    """The author's own answers, for the tests. The demo prints only what was read."""
    raw = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
    return Expected(
        accused={
            key: {person["name"]: person["stage"] for person in persons} for key, persons in raw["accused"].items()
        },
        never=tuple(entry["name"] for entry in raw["must_not_appear"]),
    )


def _split(path: Path) -> tuple[dict[str, Any], str]:
    _, front, body = path.read_text(encoding="utf-8").split(_FENCE, 2)
    return tomllib.loads(front), body


def _read(path: Path, today: dt.date) -> Story:
    code, slug = path.parent.name, path.stem
    front, body = _split(path)
    if "copy_of" in front:  # an agency's story, printed word for word by two outlets
        _, body = _split(FOLDER / f"{front['copy_of']}.md")
    day = today - dt.timedelta(days=front["days_ago"])
    return Story(
        key=f"{code}/{slug}",
        slug=slug,
        title=front["title"],
        section=front["section"],
        kind=Kind(front["kind"]),
        byline=front["byline"],
        published=dt.datetime.combine(day, dt.time(front["hour"], 5), OUTLETS[code].zone),
        blocks=tuple(block for block in body.strip().split("\n\n") if block),
        photo=front.get("photo"),
        comments=tuple(Aside(head=entry["name"], text=entry["text"]) for entry in front.get("comments", [])),
        related=tuple(Aside(head=entry["title"], text=entry["caption"]) for entry in front.get("related", [])),
        planted=front.get("hidden", False),
    )
