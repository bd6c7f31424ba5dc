"""A person is taken down: gone from every file and answer, deleted once, and gone for good.

Refuses to look at what the jobs say they did: every byte of every file is searched. Everybody is invented.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from urllib.parse import unquote

import pytest

from config.gate_lexicons import load_gate_lexicons
from config.reading_lexicons import load_reading_lexicons
from extraction.model import Article
from extraction.reader import Reader
from extraction.text import extract_article
from extraction.version import EXTRACTOR_VERSION
from storage.records import ExportFormat, ExportStage, FetchedPage
from storage.records.clients import ClientScope
from storage.records.feed import FeedStage
from storage.store import Store
from tests.app.outlet import page
from tests.feed.test_feed_job import CONVICTED
from tests.storage.samples import NOW
from tests.storage.test_exports import write

pytest.importorskip("followthemoney")
pytest.importorskip("fastapi")

from tests.feed.api_samples import asking, problem
from tipwatch.api.application import api
from tipwatch.jobs.feed import FeedOrder, feed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

Record = Callable[[str, object], None]

QUINCE = ("Arlo Quince", "Rivertown", "41")
HOLLIS = ("Barnaby Hollis", "Lakeport", "52")
NEWER = "text-9001.read-9001"


def told_of(of: tuple[str, str, str]) -> str:
    """The sample's story about somebody else, elsewhere."""
    body = CONVICTED
    for before, now in zip(QUINCE, of, strict=True):
        body = body.replace(before, now).replace(before.split()[-1], now.split()[-1])
    return body


class Desk:
    """A store and everything that is written of it, each time a day later."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder, self.now = store, folder, NOW
        self.reader = Reader(load_reading_lexicons(), load_gate_lexicons())

    def crawl(self, slug: str, headline: str, body: str) -> None:
        """A page comes, as the crawl brings it."""
        url = f"https://daily.example/news/{slug}"
        fetched = FetchedPage(
            source_id="in_daily", url=url, final_url=url, canonical_url=url, status=200,
            headers=(("Content-Type", "text/html; charset=utf-8"),), body=page(headline, body),
            fetched_at=self.now,
        )  # fmt: skip
        self.store.pages.keep(fetched, None, None, self.now)

    def read(self, version: str = EXTRACTOR_VERSION) -> int:
        """Whatever this version has not read; the number of stories."""
        for ref in self.store.pages.unextracted(version, 100):
            article = extract_article(self.store.pages.read(ref), ref.hints())
            assert isinstance(article, Article)
            self.store.articles.save(article, ref.page_id, version, self.now)
        unread = self.store.articles.unread(version, 100)
        reports = [replace(self.reader.read(one), extractor_version=version) for one in unread]
        self.store.articles.save_reports(reports, self.now)
        return len(unread)

    def export(self) -> None:
        """Every list in every format, and both feeds."""
        self.now += dt.timedelta(days=1)
        self.store.resolution.resolve(self.now)
        for stage, kind in product(ExportStage, ExportFormat):
            write(self.store, self.folder / f"{stage.value}-{kind.value}", stage=stage, format=kind)
        for listed in FeedStage:
            order = FeedOrder(
                directory=self.folder / f"feed-{listed.value}",
                stage=listed,
                include_unreviewed=True,
                min_score=0.75,
            )
            feed(self.store, [], order, lambda: self.now)

    def files_with(self, word: str) -> list[str]:
        """Files that hold a word, whatever its case and the escapes of JSON and of addresses."""
        found = []
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                raw = path.read_bytes().decode("utf-8-sig")
                said = "\n".join((raw, unquote(raw), raw.encode().decode("unicode_escape", "replace"))).casefold()
                found += [str(path.relative_to(self.folder))] if word.casefold() in said else []
        return found

    def targets(self, listed: FeedStage) -> dict[str, str]:
        """Ids of a feed's persons by name."""
        text = (self.folder / f"feed-{listed.value}" / "entities.ftm.json").read_text(encoding="utf-8")
        return {one["caption"]: one["id"] for one in map(json.loads, text.splitlines()) if one["target"]}

    def told(self, listed: FeedStage, person: str) -> list[str]:
        """What today's delta does to a person."""
        text = (self.folder / f"feed-{listed.value}" / "entities.delta.json").read_text(encoding="utf-8")
        return [one["op"] for one in map(json.loads, text.splitlines()) if one["entity"]["id"] == person]


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    with Store.open(sqlite_url, tmp_path / "archive") as store:
        yield Desk(store, tmp_path / "exports")


def test_a_takedown_is_everywhere_and_for_good(desk: Desk, record_property: Record) -> None:
    record_property("row", "takedown of a person")
    for one in (QUINCE, HOLLIS):
        desk.crawl(one[1].lower(), f"Man convicted of human trafficking in {one[1]}", told_of(one))
    assert desk.read() == 2
    desk.export()
    named = desk.files_with("hollis")
    hollis = desk.targets(FeedStage.CONVICTED)[HOLLIS[0]]
    quince = desk.targets(FeedStage.CONVICTED)[QUINCE[0]]
    assert {name.partition("/")[0] for name in named} >= {
        "charged-csv", "charged-jsonl", "convicted-csv", "convicted-jsonl", "feed-convicted", "feed-charged",
    }  # fmt: skip

    shelf = desk.folder / "feed-convicted"
    _, key = desk.store.clients.add("acme", frozenset(ClientScope), 6000, None, "console.test", NOW)
    with asking(api(desk.store, shelf, lambda: desk.now), key) as client:
        assert client.get(f"/v1/entities/{hollis}").status_code == 200
        desk.store.takedowns.take_down(hollis.removeprefix("tw-"), "letter 17", "mira", desk.now)
        problem(client.get(f"/v1/entities/{hollis}"), 410, "withdrawn")
        assert "Hollis" not in client.get("/v1/search", params={"q": HOLLIS[0]}).text
        problem(client.get("/v1/files/names.txt"), 503, "stale-withdrawals")

    desk.export()
    deletions = {listed: desk.told(listed, hollis) for listed in FeedStage}
    after = desk.files_with("hollis")

    desk.now += dt.timedelta(days=1)
    desk.crawl(HOLLIS[1].lower(), f"Man convicted of human trafficking in {HOLLIS[1]}", told_of(HOLLIS))
    desk.crawl("changed", "Lakeport man loses his appeal", told_of(HOLLIS).replace("on Monday", "in May"))
    again = desk.read() + desk.read(NEWER)
    desk.export()
    later = desk.files_with("hollis")
    told_later = {listed: desk.told(listed, hollis) for listed in FeedStage}
    with asking(api(desk.store, shelf, lambda: desk.now), key) as client:
        problem(client.get(f"/v1/entities/{hollis}"), 404, "no-entity")
        assert "Hollis" not in client.get("/v1/search", params={"q": HOLLIS[0]}).text
        assert client.get(f"/v1/entities/{quince}").status_code == 200
    record_property(
        "figure",
        f"named in {len(named)} files before, {len(after)} after, {len(later)} after {again} stories came or were "
        f"read again; deletions per feed {', '.join(str(len(ops)) for ops in deletions.values())}",
    )
    assert after == later == []
    assert set(map(tuple, deletions.values())) == {("DEL",)}
    assert set(map(tuple, told_later.values())) == {()}
    assert again >= 4
    assert desk.files_with("quince") != []
