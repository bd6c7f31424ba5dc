"""Many leave a feed at once: cleared by a court they go out, lost by a reading they stop the feed.

Refuses real names: everybody here is put together out of syllables.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from extraction.model import CaseReport, Stage
from storage.errors import ExportRefused
from storage.store import Store
from tests.storage.samples import NOW
from tests.storage.test_people import tell
from tipwatch.feed.write import FeedResult
from tipwatch.jobs.feed import FeedOrder, feed

pytest.importorskip("followthemoney")

LATER = NOW + dt.timedelta(days=1)
NEWER = "text-1.read-900"
ONSETS = ("Bran", "Dov", "Fel", "Gor", "Hask", "Jor", "Kel", "Lum", "Mord", "Narv")
ENDS = ("imir", "osta", "ewyn", "ukka")
PEOPLE = [f"{first}{end} {other.lower().capitalize()}{end[::-1]}son" for end in ENDS for first, other in
          zip(ONSETS, ONSETS[3:] + ONSETS[:3], strict=True)]  # fmt: skip


def written(store: Store, folder: Path, now: dt.datetime) -> FeedResult:
    order = FeedOrder(directory=folder, include_unreviewed=True, min_score=0.75)
    return feed(store, [], order, lambda: now)


@pytest.fixture
def full(store: Store, tmp_path: Path) -> Path:
    """A feed of forty persons, ten a story."""
    for n in range(4):
        ten: list[tuple[str, Stage, int | None]] = [
            (name, Stage.SENTENCED, 30 + n) for name in PEOPLE[10 * n : 10 * n + 10]
        ]
        tell(store, ten, f"2025-02-1{n}", words=f"Mirpur {n}")
    assert written(store, tmp_path / "feed", NOW).targets == len(PEOPLE) == len(set(PEOPLE)) == 40
    return tmp_path / "feed"


def test_a_court_that_clears_thirty_of_forty_is_heard_at_once(store: Store, full: Path) -> None:
    for n in range(3):
        ten: list[tuple[str, Stage, int | None]] = [
            (name, Stage.ACQUITTED, 30 + n) for name in PEOPLE[10 * n : 10 * n + 10]
        ]
        tell(store, ten, f"2025-09-1{n}", words=f"Mirpur {n}")
    result = written(store, full, LATER)
    assert (result.targets, result.version_before is None) == (10, False)
    assert "30 targets of the last feed are gone, 30 of them acquitted" in result.warnings[0]
    assert result.warnings[0] in json.loads((full / "index.json").read_text(encoding="utf-8"))["issues"]
    for name in PEOPLE[:30]:
        assert name.encode() not in (full / "entities.ftm.json").read_bytes()


def test_a_reading_that_loses_thirty_of_forty_is_refused(store: Store, full: Path) -> None:
    held = (full / "entities.ftm.json").read_bytes()
    for n in range(3):
        (hit, *_) = store.people.search(PEOPLE[10 * n])
        (story,) = {one.article_id for one in store.people.person(hit.id).records}
        empty = CaseReport(
            article_id=story, relevant=True, relevance_score=0.9, extractor_version=NEWER, accused=()
        )
        assert store.articles.save_report(empty, LATER)
    with pytest.raises(ExportRefused, match="10 targets, the last one has 40"):
        written(store, full, LATER)
    assert (full / "entities.ftm.json").read_bytes() == held
