"""End to end: pages in an archive file, read and resolved; then an acquittal's page, and a takedown.

Refuses to look at what the job says it did: every byte of every file of the folder is searched. All are invented.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from config.gate_lexicons import load_gate_lexicons
from config.reading_lexicons import load_reading_lexicons
from extraction.model import Article
from extraction.reader import Reader
from extraction.relevance import Gate
from extraction.text import extract_article
from extraction.version import EXTRACTOR_VERSION
from storage.records.feed import FeedStage
from storage.store import Store
from tests.app.outlet import page
from tests.app.warcs import Tape
from tests.feed.test_feed_job import ACQUITTED, CONVICTED, operations
from tests.storage.samples import NOW
from tipwatch.jobs.feed import FeedOrder, feed
from tipwatch.jobs.ingest import Hosts, ingest

pytest.importorskip("followthemoney")
pytestmark = pytest.mark.filterwarnings("ignore:.*Unclosed file:ResourceWarning")  # warcio's writer leaves them

GATE = Gate(list(load_gate_lexicons().values()))
SITE = "https://daily.example/news"
QUINCE = ("Arlo Quince", "Rivertown", "41")
HOLLIS = ("Barnaby Hollis", "Lakeport", "52")
ODELL = ("Fergus Odell", "Stonebridge", "37")


def story(told: str, of: tuple[str, str, str]) -> str:
    """The sample's story of somebody else, elsewhere."""
    for before, now in zip(QUINCE, of, strict=True):
        told = told.replace(before, now).replace(before.split()[-1], now.split()[-1])
    return told


class Desk:
    """A store, a feed's folder, and a clock that tells a day later each time something is written."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder, self.feed = store, folder, folder / "feed"
        self.now, self.tapes = NOW, 0
        self.reader = Reader(load_reading_lexicons(), load_gate_lexicons())

    def clock(self) -> dt.datetime:
        return self.now

    def read(self, *stories: tuple[str, bytes]) -> None:
        """Pages by the way of every page: archive file, gate, archive, text, reading (here without a cell)."""
        self.tapes += 1
        tape = Tape(self.folder / f"{self.tapes}.warc.gz").info()
        for slug, body in stories:
            tape.response(f"{SITE}/{slug}", body)
        taken = ingest(self.store, tape.close(), self.clock, GATE, hosts=Hosts([]), max_body=10_000_000)
        assert taken.kept == len(stories)
        for ref in self.store.pages.unextracted(EXTRACTOR_VERSION, 100):
            text = extract_article(self.store.pages.read(ref), ref.hints())
            assert isinstance(text, Article)
            self.store.articles.save(text, ref.page_id, EXTRACTOR_VERSION, self.now)
        unread = self.store.articles.unread(EXTRACTOR_VERSION, 100)
        assert len(unread) == len(stories)
        self.store.articles.save_reports([self.reader.read(one) for one in unread], self.now)

    def write(self) -> dict[str, str]:
        """The next day's feed; what its delta does, by entity."""
        self.now += dt.timedelta(days=1)
        order = FeedOrder(
            directory=self.feed, stage=FeedStage.CONVICTED, include_unreviewed=True, min_score=0.75,
            base_url="https://feeds.example/convicted",
        )  # fmt: skip
        feed(self.store, [], order, self.clock)
        return operations(self.feed)

    def targets(self) -> dict[str, str]:
        """Ids of persons by their names."""
        lines = map(json.loads, (self.feed / "entities.ftm.json").read_bytes().splitlines())
        return {one["caption"]: one["id"] for one in lines if one["target"]}

    def files_with(self, *words: str) -> list[str]:
        """Files that hold one of these, whatever the case and the escapes of JSON and of addresses."""
        found = []
        for path in sorted(self.feed.rglob("*")):
            if path.is_file():
                raw = path.read_bytes().decode("utf-8-sig")
                said = "\n".join((raw, unquote(raw), raw.encode().decode("unicode_escape", "replace"))).casefold()
                found += [path.name for word in words if word.casefold() in said]
        return found

    def entities_of(self, target: str) -> set[str]:
        """Ids of a person's cases, parts, proofs and stories."""
        lines = [json.loads(line) for line in (self.feed / "entities.ftm.json").read_bytes().splitlines()]
        found = {target}
        for _ in range(2):
            for one in lines:
                points = {value for values in one["properties"].values() for value in values}
                if one["schema"] in {"CourtCaseParty", "Documentation"} and target in points:
                    found |= {one["id"]} | {point for point in points if point.startswith(("tw-a-", "tw-c-"))}
        return found


@pytest.mark.slow
def test_an_acquittal_that_is_read_and_a_takedown_are_gone_from_every_byte(
    sqlite_store: Store, tmp_path: Path
) -> None:
    desk = Desk(sqlite_store, tmp_path)
    headline = "Man convicted of human trafficking in {}"
    desk.read(
        *(
            (f"convicted-{n}", page(headline.format(one[1]), story(CONVICTED, one)))
            for n, one in enumerate((QUINCE, HOLLIS, ODELL))
        )
    )
    added = desk.write()
    targets = desk.targets()
    assert set(targets) == {QUINCE[0], HOLLIS[0], ODELL[0]}
    assert {added[one] for one in targets.values()} == {"ADD"}
    quince, hollis, odell = (desk.entities_of(targets[one[0]]) for one in (QUINCE, HOLLIS, ODELL))
    assert {len(one) for one in (quince, hollis, odell)} == {5}, "person, case, part, proof, story"
    assert {"names.txt", "evidence.jsonl"} <= set(desk.files_with("quince"))
    assert {"names.txt", "evidence.jsonl"} <= set(desk.files_with("hollis"))

    desk.read(("appeal", page("Man acquitted of human trafficking in Rivertown", ACQUITTED)))
    desk.store.takedowns.take_down(targets[HOLLIS[0]].removeprefix("tw-"), "letter 17", "mira", desk.now)
    told = desk.write()
    assert {key: op for key, op in told.items() if op == "DEL"} == dict.fromkeys(quince | hollis, "DEL")
    assert odell.isdisjoint(told)
    assert desk.targets() == {ODELL[0]: targets[ODELL[0]]}
    assert desk.files_with("quince", "hollis", "rivertown", "lakeport", "convicted-0", "convicted-1") == []
    deleted = {json.loads(line)["entity"]["id"] for line in (desk.feed / "entities.delta.json").open("rb")}
    assert deleted == quince | hollis
    for path in desk.feed.rglob("*"):  # by id they stand in deletions alone
        if path.is_file():
            lines = [line for line in path.read_bytes().splitlines() if targets[QUINCE[0]].encode() in line]
            assert all(line.startswith(b'{"op":"DEL"') for line in lines), path.name

    lakeport = page("Lakeport man loses appeal", story(CONVICTED, HOLLIS).replace("on Monday", "in May"))
    desk.read(("again", lakeport))
    assert targets[HOLLIS[0]] not in desk.write()
    assert desk.files_with("hollis", "quince") == []
    assert desk.targets() == {ODELL[0]: targets[ODELL[0]]}

    gate = {"include_unreviewed": True, "min_score": 0.75}
    ids = [one.removeprefix("tw-") for one in targets.values()]
    still = desk.store.feed.still_listed(ids, FeedStage.CONVICTED, **gate)  # type: ignore[arg-type]
    assert still == {targets[ODELL[0]].removeprefix("tw-")}
