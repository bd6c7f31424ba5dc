"""The same page, article or report, twice, in any order, by several at once, changes nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.records import Poll, PollKind
from storage.store import Store
from tests.storage.samples import NOW, V1, article, dump, page, report, source

ROOT = Path(__file__).resolve().parents[2]
STORIES = 4
DELIVERIES = tuple((kind, n) for n in range(STORIES) for kind in ("page", "copy", "report", "poll"))


def deliver(store: Store, kind: str, n: int) -> None:
    """One delivery; a report whose article is not there yet is brought again later, as the extract job does."""
    match kind:
        case "page":
            kept = store.pages.keep(page(n), None, None, NOW)
            store.articles.save(article(n), kept.page_id, V1, NOW)
        case "copy":  # the same text at another address of another source
            url = f"https://mirror.example/{n}"
            other = page(n, "np_mirror", url=url, final_url=url, canonical_url=url)
            kept = store.pages.keep(other, None, None, NOW)
            copied = article(n, "np_mirror", url=url, canonical_url=url)
            store.articles.save(copied, kept.page_id, V1, NOW)
        case "report":
            store.articles.save_report(report(n), NOW)
        case "poll":
            poll = Poll(
                source_id="in_herald", url=f"https://herald.example/feed{n}", at=NOW, kind=PollKind.FEED, ok=True
            )
            store.polls.record(poll)


def expected(folder: Path) -> dict[str, list[tuple[str, ...]]]:
    """What the store holds when each delivery came once, in order."""
    url = f"sqlite:///{folder / 'once.db'}"
    with Store.open(url, folder / "once") as store:
        for kind, n in (*DELIVERIES, *(("report", n) for n in range(STORIES))):
            deliver(store, kind, n)
    return dump(url)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=st.permutations(DELIVERIES), again=st.lists(st.sampled_from(DELIVERIES), max_size=8))
def test_any_order_and_repetition(order: list[tuple[str, int]], again: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'any.db'}"
        with Store.open(url, folder / "any") as store:
            for kind, n in (*order, *again, *(("report", n) for n in range(STORIES))):
                deliver(store, kind, n)
        assert dump(url) == expected(folder)


def test_four_threads_three_times(store: Store, migrated_url: str, tmp_path: Path) -> None:
    def work(offset: int) -> None:
        for _ in range(3):
            for kind, n in DELIVERIES[offset:] + DELIVERIES[:offset]:
                deliver(store, kind, n)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, (0, 3, 7, 11)))
    for n in range(STORIES):
        deliver(store, "report", n)
    here, there = dump(migrated_url), expected(tmp_path)
    assert {name: len(rows) for name, rows in here.items()} == {name: len(rows) for name, rows in there.items()}
    polls = [one for one in store.coverage.by_day() if one.measure.value == "poll_ok"]
    assert [one.n for one in polls] == [STORIES]


WORKER = """
import sys
from pathlib import Path
from storage.store import Store
from tests.storage.test_idempotence import DELIVERIES, deliver
offset = int(sys.argv[3])
with Store.open(sys.argv[1], Path(sys.argv[2])) as store:
    for kind, n in 2 * (DELIVERIES[offset:] + DELIVERIES[:offset]):
        deliver(store, kind, n)
"""


def test_four_processes_on_an_empty_database(sqlite_url: str, tmp_path: Path) -> None:
    """They also race for the migration."""
    archive = str(tmp_path / "archive")
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, sqlite_url, archive, str(offset)], cwd=ROOT)
        for offset in (0, 3, 7, 11)
    ]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0, 0, 0]
    with Store.open(sqlite_url, tmp_path / "archive") as store:
        for n in range(STORIES):
            deliver(store, "report", n)
    assert dump(sqlite_url) == expected(tmp_path)


def test_a_source_synced_twice_has_one_status(store: Store) -> None:
    assert store.coverage.sync_sources([source()], NOW) == 1
    assert store.coverage.sync_sources([source()], NOW) == 0
    assert len(store.coverage.status_history("in_herald")) == 1
