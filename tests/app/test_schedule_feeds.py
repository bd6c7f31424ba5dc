"""`tipwatch schedule` and `status` with feeds in the settings: by the commands alone, in real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.app.outlet import Installation
from tipwatch.errors import ExitCode

pytest.importorskip("followthemoney", reason="the extra tipwatch[feed] is not installed")
pytest.importorskip("cryptography", reason="the extra tipwatch[deliver] is not installed")

FEEDS = """\
feeds:
  convicted:
    directory: feeds/convicted
    deliver:
      - to: file://{taker}
  charged:
    directory: feeds/charged
    stage: charged
    min_persons: {least}
"""


def say(desk: Installation, least: int) -> None:
    text = FEEDS.format(taker=(desk.folder / "taker").resolve(), least=least)
    (desk.folder / "tipwatch.yml").write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_feeds_alone_are_written_delivered_and_shown(tmp_path: Path) -> None:
    desk = Installation(tmp_path)
    desk.watch(None, "daily")
    say(desk, least=1)
    shown = desk.run("schedule", "--dry-run")
    assert b"Feed convicted is due; nothing was written." in shown.stdout, shown.stderr
    done = desk.run("schedule", "--only-feeds", "--once")
    assert done.returncode == ExitCode.NEEDS_A_LOOK, done.stderr
    assert b"Feed convicted: 0 targets, version 2" in done.stdout
    assert f"Feed convicted: delivered to {(desk.folder / 'taker').resolve()}.".encode() in done.stdout
    assert b"Feed charged: The feed would have 0 targets, fewer than the 1 asserted." in done.stderr
    assert (desk.folder / "taker" / "index.json").is_file()
    state = desk.run("status", "--format", "json")
    assert state.returncode == ExitCode.NEEDS_A_LOOK
    found = json.loads(state.stdout)
    assert [(one["feed"], one["target"] is None, one["outcome"]) for one in found["feeds"]] == [
        ("convicted", True, "done"), ("convicted", False, "done"), ("charged", True, "refused"),
    ]  # fmt: skip
    assert next(one for one in found["broken"] if one.startswith("feed ")).startswith("feed charged: ")
    say(desk, least=0)
    assert b"Nothing was due." in desk.run("schedule", "--only-feeds", "--once").stdout, (
        "five minutes have not passed"
    )
    table = desk.run("status").stdout.decode()
    assert "  to file:///" in table
    assert "Broken: feed charged: the last run refused" in table


def test_only_feeds_without_a_feed_is_refused(tmp_path: Path) -> None:
    desk = Installation(tmp_path)
    desk.watch(None, "daily")
    done = desk.run("schedule", "--only-feeds", "--once")
    assert done.returncode == ExitCode.BAD_INPUT
    assert b"The settings name no feed." in done.stderr
