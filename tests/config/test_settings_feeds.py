"""Feeds of the settings: a file becomes a plan, and what could leak or collide is refused by its line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from config.faults import ConfigErrors
from config.feeds import DeliveryPlan, FeedPlan, FeedStageName
from config.settings import load_settings

WHOLE = """\
contact: desk@example.org
feeds:
  convicted:
    directory: /srv/feeds/convicted
  charged:
    directory: /srv/feeds/charged
    at: 05:30
    stage: charged
    include_unreviewed: true
    min_score: 0.9
    base_url: https://feeds.example.org/charged/
    min_persons: 100
    max_persons: 9000
    min_countries: 5
    deliver:
      - to: sftp://tip@taker.example:2222/feed
        key: /srv/keys/feed.key
        webhook: https://taker.example/hooks/feed?t=1
      - to: s3://bucket/feed
        endpoint: https://s3.example
        tries: 3
        timeout: 30
"""


def read(tmp_path: Path, text: str) -> tuple[FeedPlan, ...]:
    (tmp_path / "tipwatch.yml").write_text(text, encoding="utf-8")
    return load_settings({}, tmp_path / "tipwatch.yml").feeds


def test_a_feed_is_a_plan(tmp_path: Path) -> None:
    plain, whole = read(tmp_path, WHOLE)
    assert plain == FeedPlan(name="convicted", directory=Path("/srv/feeds/convicted"))
    assert whole == FeedPlan(
        name="charged", directory=Path("/srv/feeds/charged"), at=dt.time(5, 30), stage=FeedStageName.CHARGED,
        include_unreviewed=True, min_score=0.9, base_url="https://feeds.example.org/charged", min_persons=100,
        max_persons=9000, min_countries=5,
        deliver=(
            DeliveryPlan(
                to="sftp://tip@taker.example:2222/feed", key=Path("/srv/keys/feed.key"),
                webhook="https://taker.example/hooks/feed?t=1",
            ),
            DeliveryPlan(to="s3://bucket/feed", endpoint="https://s3.example", tries=3, timeout=30.0),
        ),
    )  # fmt: skip
    assert len({one.id for one in whole.deliver}) == 2
    assert read(tmp_path, "contact: desk@example.org") == ()


@pytest.mark.parametrize(
    ("text", "line", "key", "problem"),
    [
        ("feeds:\n  a:\n    stage: charged", 2, "feeds.a.directory", "missing"),
        ("feeds:\n  a:\n    directory: x\n    at: '5:30'", 4, "feeds.a.at", "time of day"),
        ("feeds:\n  a:\n    directory: x\n    at: '24:00'", 4, "feeds.a.at", "time of day"),
        ("feeds:\n  a:\n    directory: x\n    stage: acquitted", 4, "feeds.a.stage", "allowed"),
        ("feeds:\n  a:\n    directory: x\n    min_score: 0.6", 4, "feeds.a.min_score", "0.75"),
        ("feeds:\n  a:\n    directory: x\n    base_url: /srv", 4, "feeds.a.base_url", "no web address"),
        ("feeds:\n  a:\n    directory: x\n    deliver:\n      - key: k", 5, "feeds.a.deliver[0].to", "missing"),
        ("feeds:\n  a:\n    directory: x\n    deliver:\n      - to: sftp://u:hush@h/f", 5, "feeds.a.deliver[0].to",
         "password"),
        ("feeds:\n  a:\n    directory: x\n    deliver:\n      - to: hush@h", 5, "feeds.a.deliver[0].to",
         "no address"),
        ("feeds:\n  a:\n    directory: x\n    at: 16:30", 4, "feeds.a.at", "quote it"),
        ("feeds:\n  a:\n    directory: x\n    deliver:\n      - to: s3://b/f\n        webhook: hush", 6,
         "feeds.a.deliver[0].webhook", "no web address"),
        ("feeds:\n  a:\n    directory: x\n    deliver:\n      - to: s3://b/f\n      - to: s3://b/f", 2, "feeds.a",
         "twice"),
        ("feeds:\n  a:\n    directory: x\n  b:\n    directory: x/y", 1, "feeds", "one folder"),
        ("feeds:\n  A feed:\n    directory: x", 1, "feeds", "no name"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, text: str, line: int, key: str, problem: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        read(tmp_path, text)
    (error,) = caught.value.errors
    assert (error.line, error.key) == (line, key)
    assert problem in f"{error.problem} {error.remedy}"
    assert "hush" not in str(error)


def test_no_variable_holds_feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigErrors) as caught:
        load_settings({"TIPWATCH_FEEDS": "convicted"})
    assert caught.value.errors[0].problem == "unknown variable"
