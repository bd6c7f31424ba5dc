"""Metrics: every figure from a real store on both databases, the text file in one step, the port for us only.

Refuses stubs: a store with runs, pages, records and a feed. Names are invented.
"""

from __future__ import annotations

import datetime as dt
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from config.settings import Settings
from extraction.version import EXTRACTOR_VERSION
from storage.records import RunKind, RunOutcome
from storage.records.clients import Access
from storage.schema import SchemaState
from storage.store import Store
from tests.app.outlet import ROOT, Installation
from tests.app.test_commands import in_process
from tests.app.test_due import a_source
from tests.storage.samples import NOW, article, page, report
from tipwatch.api.metrics_port import metrics_port
from tipwatch.errors import CommandError, ExitCode
from tipwatch.jobs.measures import COUNT_AT_MOST, measure
from tipwatch.jobs.scrape import Scraper
from tipwatch.metrics import exposition, write_textfile

HOUR = dt.timedelta(hours=1)
OUR_LABELS = {"version", "reader", "state", "kind", "outcome", "source", "reason", "feed", "route", "status"}


@pytest.fixture
def store(migrated_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store; the test runs on SQLite and on PostgreSQL."""
    with Store.open(migrated_url, tmp_path / "archive") as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def figures(text: bytes) -> dict[tuple[str, ...], float]:
    """(name, label values …) -> value, as Prometheus' own parser reads it."""
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        for one in family.samples:
            assert set(one.labels) <= OUR_LABELS, one
            found[(one.name.removeprefix("tipwatch_"), *one.labels.values())] = one.value
    return found


def crawled(store: Store, source: str, at: dt.datetime, outcome: RunOutcome | None, **counts: int) -> None:
    run = store.runs.start(RunKind.CRAWL, source, "w1", at)
    if outcome is not None:
        store.runs.finish(run, outcome, at + HOUR / 60, counts)


def test_every_figure_is_what_the_store_holds(store: Store, tmp_path: Path) -> None:
    sources = [a_source(name) for name in ("in_well", "in_late", "in_bad", "in_new")]
    crawled(store, "in_well", NOW - HOUR / 4, RunOutcome.DONE, gaps=2, pending=5)
    crawled(store, "in_late", NOW - 30 * HOUR, RunOutcome.PARTIAL, pending=1)
    for hours in (9, 8, 7):
        crawled(store, "in_bad", NOW - hours * HOUR, RunOutcome.FAILED)
    crawled(store, "gone_source", NOW - HOUR, None)
    made = store.runs.start(RunKind.EXPORT, None, "w1", NOW - 2 * HOUR)
    store.runs.finish(made, RunOutcome.DONE, NOW - HOUR, {"rows": 42})
    for n in range(3):
        store.pages.keep(page(n), None, None, NOW)
    store.articles.save_many([(article(n), None) for n in range(2)], EXTRACTOR_VERSION, NOW)
    store.articles.save_report(report(0), NOW)
    store.clients.note_accesses(
        [
            Access(at=NOW - HOUR / 60, client="acme", route="/v1/search", status=200, subject=None, bytes=9, ms=ms)
            for ms in (40, 900)
        ]
        + [Access(at=NOW - HOUR, client="acme", route="/v1/index", status=200, subject=None, bytes=9, ms=5)]
    )
    settings = Settings(data_dir=tmp_path / "data", database_url="postgresql://nobody@nowhere/x")
    found = measure(store, sources, settings, NOW)
    seen = figures(exposition(found, SchemaState.CURRENT, 0.25))
    expected = {
        ("database_up",): 1, ("schema_state", "current"): 1, ("schema_state", "older"): 0,
        ("measure_seconds",): 0.25,
        ("runs_last_day", "crawl", "done"): 1, ("runs_last_day", "crawl", "failed"): 3,
        ("runs_last_day", "crawl", "partial"): 0, ("runs_last_day", "crawl", "open"): 1,
        ("runs_last_day", "export", "done"): 1, ("runs_last_day", "deliver", "failed"): 0,
        ("last_success_timestamp_seconds", "export"): (NOW - HOUR).timestamp(),
        ("last_success_timestamp_seconds", "crawl"): (NOW - HOUR / 4 + HOUR / 60).timestamp(),
        ("last_run_timestamp_seconds", "crawl"): (NOW - HOUR / 4).timestamp(),
        ("sources",): 4, ("sources_never_crawled",): 1, ("sources_overdue",): 1, ("sources_held",): 0,
        ("source_failures", "in_bad"): 3, ("coverage_gaps",): 2, ("addresses_pending",): 6,
        ("pages_waiting",): 3, ("articles_waiting",): 2, ("export_rows",): 42,
        ("api_requests_recent", "/v1/search", "200"): 2, ("api_slowest_recent_seconds", "/v1/search", "200"): 0.9,
    }  # fmt: skip
    assert {key: seen[key] for key in expected} == expected
    assert ("source_failures", "in_well") not in seen
    assert ("api_requests_recent", "/v1/index", "200") not in seen
    assert ("last_success_timestamp_seconds", "ingest") not in seen
    assert seen["mentions_to_resolve",] == store.resolution.waiting() > 0
    assert {key[1] for key in seen if key[0] == "review_queue"} == {
        "unreviewed", "doubtful", "reopened", "lost", "conflict", "match", "takedown"
    }  # fmt: skip
    assert seen["disk_free_bytes",] > 0


def test_a_backlog_is_counted_only_so_far(store: Store) -> None:
    for n in range(5):
        store.pages.keep(page(n), None, None, NOW)
    assert store.gauges.backlog(EXTRACTOR_VERSION, 3) == (3, 0)
    assert store.gauges.backlog(EXTRACTOR_VERSION, COUNT_AT_MOST) == (5, 0)


def test_no_name_is_in_a_scrape(store: Store, tmp_path: Path) -> None:
    """Of nobody whom the store holds: labels are kinds and ids."""
    store.articles.save_many([(article(n), None) for n in range(4)], EXTRACTOR_VERSION, NOW)
    store.articles.save_reports([report(n) for n in range(4)], NOW)
    store.resolution.resolve(NOW)
    names = {person.name for n in range(4) for person in report(n).accused}
    assert names
    text = exposition(
        measure(store, [a_source()], Settings(data_dir=tmp_path), NOW), SchemaState.CURRENT, 0.1
    ).decode()
    assert [part for name in names for part in name.split() if part.casefold() in text.casefold()] == []


def test_the_command_prints_and_writes_in_one_step(desk: Installation) -> None:
    desk.watch(None, "daily")
    Store.open(desk.database_url, desk.archive).close()
    printed = in_process(desk, "metrics")
    assert printed.exit_code == ExitCode.DONE, printed.output
    assert figures(printed.stdout.encode())["sources",] == 1
    target = desk.folder / "tipwatch.prom"
    assert in_process(desk, "metrics", "--textfile", str(target)).exit_code == ExitCode.DONE
    assert figures(target.read_bytes())["database_up",] == 1
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert [path.name for path in desk.folder.iterdir() if "prom" in path.name] == ["tipwatch.prom"]


def test_a_database_that_is_not_there_is_told_and_not_made(desk: Installation) -> None:
    desk.watch(None, "daily")
    done = in_process(desk, "metrics", "--textfile", str(desk.folder / "x.prom"))
    assert done.exit_code == ExitCode.ENVIRONMENT
    seen = figures((desk.folder / "x.prom").read_bytes())
    assert (seen["database_up",], seen["schema_state", "empty"]) == (0, 1)
    assert not (desk.folder / "data").exists()
    away = {"TIPWATCH_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    done = in_process(desk, "metrics", env=away)
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert figures(done.stdout.encode())["database_up",] == 0


def test_a_text_file_is_refused_or_left_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"\.prom"):
        write_textfile(tmp_path / "tipwatch.txt", b"x")
    with pytest.raises(CommandError) as refused:
        write_textfile(tmp_path / "nowhere" / "tipwatch.prom", b"x")
    assert refused.value.code is ExitCode.ENVIRONMENT
    target = tmp_path / "tipwatch.prom"
    target.mkdir()
    with pytest.raises(CommandError, match="stays"):
        write_textfile(target, b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["tipwatch.prom"]


def test_the_port_is_for_this_machine_and_one_path(desk: Installation) -> None:
    Store.open(desk.database_url, desk.archive).close()
    settings = Settings(data_dir=desk.folder / "data", database_url=desk.database_url)
    scraper = Scraper(settings, lambda: [a_source()], lambda: NOW)
    with metrics_port(0, scraper.scrape) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        answer = client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert figures(answer.content)["sources",] == 1
        assert client.get("/metrics", headers={"Host": f"rebound.example:{port}"}).status_code == 403
        assert client.get("/metrics", headers={"Host": f"localhost:{port}"}).status_code == 200
        assert client.get("/other").status_code == 404
        assert client.post("/metrics").status_code == 501
        assert "Python" not in answer.headers["server"]
        with pytest.raises(CommandError, match="taken"), metrics_port(port, scraper.scrape):
            pass
    scraper.close()


def test_many_scrapes_ask_the_database_once(desk: Installation) -> None:
    Store.open(desk.database_url, desk.archive).close()
    asked = []

    def sources() -> list[object]:
        asked.append(1)
        return [a_source()]

    scraper = Scraper(Settings(data_dir=desk.folder, database_url=desk.database_url), sources, lambda: NOW)  # type: ignore[arg-type]
    assert len({scraper.scrape()[0] for _ in range(20)}) == 1
    assert len(asked) == 1
    scraper.close()


def test_failures_are_told_of_sources_of_the_catalogue_only(store: Store, tmp_path: Path) -> None:
    crawled(store, "in_bad", NOW - HOUR, RunOutcome.FAILED)
    settings = Settings(data_dir=tmp_path)
    assert measure(store, [a_source("in_bad")], settings, NOW).sources.failures == {"in_bad": 1}
    assert measure(store, [a_source("in_other")], settings, NOW).sources.failures == {}


@pytest.mark.slow
def test_serve_gives_the_figures_of_all_its_workers(desk: Installation) -> None:
    pytest.importorskip("followthemoney")
    pytest.importorskip("fastapi")
    from tests.feed.test_api_command import free_port, with_a_feed

    key, port, figures_port = with_a_feed(desk), free_port(), free_port()
    running = subprocess.Popen(
        [sys.executable, "-m", "tipwatch", "serve", "--feed", "feed", "--port", str(port), "--workers", "2",
         "--metrics", str(figures_port)],
        cwd=desk.folder, env={**desk.env, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}"
        for _ in range(600):
            assert running.poll() is None
            try:
                if httpx.get(f"{base}/healthz", timeout=60).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.2)
        for _ in range(20):  # a connection each, so that both workers are asked
            assert (
                httpx.get(f"{base}/v1/index", headers={"Authorization": f"Bearer {key}"}, timeout=60).status_code
                == 200
            )
        for _ in range(60):
            seen = figures(httpx.get(f"http://127.0.0.1:{figures_port}/metrics", timeout=60).content)
            if seen.get(("api_requests_recent", "/v1/index", "200")) == 20:
                break
            time.sleep(1)
        assert seen["api_requests_recent", "/v1/index", "200"] == 20
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://{_own_address()}:{figures_port}/metrics", timeout=10)
    finally:
        running.terminate()
        _, err = running.communicate(timeout=60)
    assert b"Traceback" not in err


def _own_address() -> str:
    """An address of this machine that is not the loopback's; a name that is nobody's where there is none."""
    found = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()
    return next((one for one in found if "." in one), "192.0.2.1")
