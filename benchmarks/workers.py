"""Two workers against one: pages a second of `extract`'s own loop, over local processes and over Ray.

Refuses the workers' start: a back-fill of hours pays it once. All else counts: the archive is read, bytes travel,
rows are saved by the one driver, on a machine whose cores the driver and the workers share.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from extraction.model import Article, PageHints
from extraction.version import EXTRACTOR_VERSION
from storage.records import FetchedPage, RunKind
from storage.store import Store
from tipwatch.demo.pages import story_page
from tipwatch.demo.stories import Kind, Story, load_stories
from tipwatch.errors import CommandError
from tipwatch.executors import Executor, ExecutorKind
from tipwatch.jobs.cell import Task
from tipwatch.jobs.extract import Limits, facts_of_articles, texts_of_pages, workers_of
from tipwatch.jobs.run import running, wall_clock
from tipwatch.jobs.tools import ARTICLE, READ, WARM_PAGE

PAGES = 240
ROUNDS = 3
TODAY = dt.date(2026, 11, 22)
FETCHED = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
BASE = "http://newsroom.example"


def ratio(pages: int = PAGES, rounds: int = ROUNDS) -> Mapping[str, object]:
    """`ours`, `peer`: pages a second of two local workers and of one, the best of the rounds, in turn; `ray`: the
    same over Ray on this machine, or why not."""
    stories = _stories(pages)
    one, two = _rates(ExecutorKind.LOCAL, stories, rounds)
    try:
        ray_one, ray_two = _rates(ExecutorKind.RAY, stories, rounds)
        ray = f"{ray_two:.1f}/s against {ray_one:.1f}/s = {ray_two / ray_one:.2f} (goal >= 1.7)"
    except CommandError as error:
        ray = error.what
    return {"ours": two, "peer": one, "ratio": two / one, "ray": ray}


def _stories(pages: int) -> list[Story]:
    """Stories that a gate keeps, mostly: prosecutions and near misses of the demo's outlets."""
    told = [
        story
        for code, outlet in sorted(load_stories(TODAY).items())
        if code != "mx"
        for story in outlet
        if story.kind in {Kind.PROSECUTION, Kind.NEAR_MISS}
    ]
    return [
        replace(story, slug=f"{story.slug}-{n}", blocks=(f"Edition {n}. {story.blocks[0]}", *story.blocks[1:]))
        for n, story in ((n, told[n % len(told)]) for n in range(pages))
    ]


def _rates(kind: ExecutorKind, stories: list[Story], rounds: int) -> tuple[float, float]:
    """Pages a second with one worker and with two; the workers of a count live through all rounds."""
    best: list[float] = []
    for count in (1, 2):
        limits = Limits(workers=count, executor=kind)
        pages = workers_of(limits, limits.article_tools, limits.article_headroom)
        articles = workers_of(limits, limits.reading_tools, limits.read_headroom)
        with pages, articles:
            _warm(pages, articles, count)
            best.append(max(_rate(stories, pages, articles, limits) for _ in range(rounds)))
    return best[0], best[1]


def _warm(pages: Executor, articles: Executor, count: int) -> None:
    """Enough small items that every worker has started and had one."""
    hints = PageHints(url=f"{BASE}/warm", fetched_at=FETCHED, content_type="text/html")
    story = Article(id="warm", url="", text="The court sat on Monday. " * 200, language="en")
    for workers, tool, item in ((pages, ARTICLE, (WARM_PAGE, hints)), (articles, READ, story)):
        for _ in range(2):
            list(workers.run(Task(tool=tool, item=item, seconds=60.0, tag=n) for n in range(20 * count)))


def _rate(stories: list[Story], pages: Executor, articles: Executor, limits: Limits) -> float:
    with tempfile.TemporaryDirectory() as name, Store.open(f"sqlite:///{name}/x.db", Path(name) / "a") as store:
        for story in stories:
            store.pages.keep(_page(story), None, None, FETCHED)
        with running(store, RunKind.EXTRACT, wall_clock) as run:
            begun = time.perf_counter()
            refs = store.pages.unextracted(EXTRACTOR_VERSION, len(stories))
            texts_of_pages(run, pages, refs, limits, lambda _: None)
            unread = store.articles.unread(EXTRACTOR_VERSION, len(stories))
            facts_of_articles(run, articles, unread, limits, lambda _: None)
            seconds = time.perf_counter() - begun
        if run.counts["read"] < len(stories) or any(key.startswith("quarantined") for key in run.counts):
            raise RuntimeError(f"the benchmark lost pages: {dict(run.counts)}")
    return len(stories) / seconds


def _page(story: Story) -> FetchedPage:
    url = f"{BASE}/{story.slug}"
    return FetchedPage(
        source_id="bench",
        url=url,
        final_url=url,
        canonical_url=url,
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        body=story_page(story, BASE, ()),
        fetched_at=FETCHED,
    )


if __name__ == "__main__":
    print(dict(ratio()))
