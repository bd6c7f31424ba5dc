"""No victim, witness or minor of the gold stands in any file of a feed that is made of it.

Refuses the easy list: charged or further, and nobody has reviewed a record; of these, whoever has the score from
which an accused is listed. (With any score two names of the development gold stand in it: the reader took the
bearers for accused.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from extraction.model import Article
from extraction.model.terms import SURE
from storage.records.feed import FeedStage
from storage.store import Store
from tests.storage.samples import NOW, V1
from tipwatch.jobs.feed import FeedOrder, feed
from tipwatch.jobs.stories import read_stories
from tipwatch.jobs.tools import READ_STORY, reading_tools

pytest.importorskip("followthemoney")

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "benchmarks" / "gold"
BLIND = ROOT / "tests" / "gold"
SHARED = ROOT.parent / "shared" / "gold"
PROTECTED = {"victim", "witness"}
AGE = 18


def rows(path: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())


def protected_names(gold: Path) -> dict[str, set[str]]:
    """Full names (two words or more) of victims, witnesses and accused minors, by story."""
    found: dict[str, set[str]] = {}
    for row in rows(gold):
        people = row["persons"]
        adults = {
            name for one in people if not _is_protected(one) for name in (one["name"], *one.get("aliases", []))
        }
        names = {name for one in people if _is_protected(one) for name in (one["name"], *one.get("aliases", []))}
        found[row["id"]] = {name for name in names - adults if len(name.split()) > 1}
    return found


def _is_protected(one: dict[str, Any]) -> bool:
    age = one.get("age")
    return one["role"] in PROTECTED or (one["role"] == "accused" and age is not None and age < AGE)


def held(folder: Path) -> str:
    """Everything that the feed says, without case and with single blanks, escapes undone."""
    texts = [path.read_text(encoding="utf-8-sig") for path in sorted(folder.rglob("*")) if path.is_file()]
    return " ".join(" ".join(texts).casefold().split())


def leaks(text: str, names: set[str]) -> int:
    """How many of the names stand in the text as words. Names are not shown: they may be real."""
    return sum(
        re.search(rf"(?<!\w){re.escape(' '.join(name.casefold().split()))}(?!\w)", text) is not None
        for name in names
    )


def check(store: Store, folder: Path, stem: Path) -> tuple[int, int]:
    """Read a set, write its feed, and count protected names in it; and how many targets the feed has."""
    read = reading_tools()[READ_STORY]
    names: set[str] = set().union(*protected_names(stem.with_name(f"{stem.name}.gold.jsonl")).values())
    listed = {
        one["name"] for row in rows(stem.with_name(f"{stem.name}.gold.jsonl"))
        for one in row["persons"] if one["role"] == "accused" and not _is_protected(one)
    }  # fmt: skip
    with stem.with_name(f"{stem.name}.articles.jsonl").open("rb") as stream:
        for story in read_stories(stream, stem.name):
            assert isinstance(story, Article)
            report = read(story)
            kept = replace(story, id=report.article_id)
            store.articles.save(kept, None, V1, NOW)
            store.articles.save_report(report, NOW)
    order = FeedOrder(directory=folder, stage=FeedStage.CHARGED, include_unreviewed=True, min_score=SURE)
    result = feed(store, [], order, lambda: NOW)
    return leaks(held(folder), names - listed), result.targets


@pytest.mark.slow
@pytest.mark.parametrize("stem", [OWN / "open_en", BLIND / "blind_en"], ids=lambda stem: stem.name)
def test_our_own_gold(sqlite_store: Store, tmp_path: Path, stem: Path) -> None:
    found, targets = check(sqlite_store, tmp_path / "feed", stem)
    assert targets > 10
    assert found == 0


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent: only the founders' machines have it")
@pytest.mark.parametrize("name", ["dev_us", "dev_world_en", "dev_world_other"])
def test_the_development_gold(sqlite_store: Store, tmp_path: Path, name: str) -> None:
    found, targets = check(sqlite_store, tmp_path / "feed", SHARED / name)
    assert targets > 10
    assert found == 0


def test_a_leak_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"name":"Maya  SAMPLESON"}', encoding="utf-8")
    assert leaks(held(tmp_path), {"Maya Sampleson", "Peter Lookson"}) == 1
