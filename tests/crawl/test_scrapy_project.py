"""Scrapy's own commands on our project, and the refusals before anything is asked for."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from config.settings import Settings
from crawlers.identity import CrawlRefused, is_dead, user_agent, worker_name
from tests.crawl.fault_server import FaultServer, feed, story
from tests.crawl.newsroom import Newsroom


def test_list_shows_a_spider_for_each_yaml_quickly(tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    for n in range(320):
        room.add(
            f"paper{n}", [f'{{feed: "https://paper{n}.example/feed"}}'], homepage=f"https://paper{n}.example/"
        )
    began = time.perf_counter()
    listed = room.scrapy("list")
    seconds = time.perf_counter() - began
    assert listed.returncode == 0, listed.stderr
    assert sorted(listed.stdout.split()) == sorted(f"in_paper{n}" for n in range(320))
    assert seconds < 6, f"{seconds:.1f} s (goal 3 s on an idle machine)"


def test_scrapy_crawl(tmp_path: Path) -> None:
    with FaultServer() as server:
        server.routes = {"/feed": feed([server.url("/one")]), "/one": story("one")}
        room = Newsroom(tmp_path, [server.host])
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        crawled = room.scrapy("crawl", "in_one")
        assert crawled.returncode == 0, crawled.stderr
        assert server.url("/one") not in crawled.stderr
    with sqlite3.connect(tmp_path / "tipwatch.db") as connection:
        assert connection.execute("SELECT outcome, count(*) FROM frontier").fetchall() == [("kept", 1)]
        assert connection.execute("SELECT outcome FROM crawl_run").fetchall() == [("done",)]
        assert connection.execute("SELECT holder FROM host_slot").fetchall() == [(None,)]


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("in_one", {"TIPWATCH_CONTACT": ""}, "TIPWATCH_CONTACT"),
        ("in_two", {}, "in_two"),
        ("in_paused", {}, "paused"),
    ],
)
def test_scrapy_crawl_refuses_with_a_sentence(
    tmp_path: Path, name: str, change: dict[str, str], sentence: str
) -> None:
    room = Newsroom(tmp_path, settings=change)
    room.add("one", ['{feed: "https://one.example/feed"}'], homepage="https://one.example/")
    room.add("paused", ['{feed: "https://p.example/feed"}'], homepage="https://p.example/")
    path = tmp_path / "sources" / "in" / "paused.yml"
    path.write_text(path.read_text().replace("state: active", "state: paused"))
    refused = room.scrapy("crawl", name)
    assert refused.returncode != 0
    assert sentence in refused.stdout + refused.stderr


def test_a_faulty_catalogue_is_a_sentence(tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    room.add("one", ['{feed: "https://one.example/feed"}'], homepage="https://one.example/", more="nonsense: 1")
    refused = room.scrapy("list")
    assert refused.returncode == 2
    assert "nonsense" in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("contact", [None, "", "  "])
def test_nobody_crawls_anonymously(contact: str | None) -> None:
    with pytest.raises(CrawlRefused) as refused:
        user_agent(Settings(contact=contact))
    assert "TIPWATCH_CONTACT" in refused.value.remedy


def test_the_user_agent_is_one_clean_line() -> None:
    assert user_agent(Settings(contact="desk@x.example\r\nX-Evil: 1")).startswith("tipwatch/")
    assert "\n" not in user_agent(Settings(contact="desk@x.example\r\nX-Evil: 1"))


def test_a_worker_knows_the_dead() -> None:
    machine, pid, started = worker_name().split("/")
    assert not is_dead(worker_name())
    assert is_dead(f"{machine}/{pid}/{int(started) + 1}")  # the number was given to another process
    assert is_dead(f"{machine}/4194999/12345")
    assert not is_dead(f"elsewhere:0:0/{pid}/{started}")
    assert not is_dead("nonsense")


def test_a_crash_of_one_source_does_not_stop_the_others(tmp_path: Path) -> None:
    with FaultServer() as server:
        server.routes = {"/feed": feed([server.url("/one")]), "/one": story("one")}
        room = Newsroom(tmp_path, [server.host])
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        room.add("crash", [f'{{feed: "{server.url("/feed2")}"}}'], homepage=server.url("/"))
        # The spider of `crash` cannot even be built: its patterns are not what the catalogue promises.
        room.prelude = (
            "import crawlers.spider as s\n"
            "real = s.SourceSpider.__init__\n"
            "def broken(self, *a, **k):\n"
            "    if self.source.id == 'in_crash': raise RuntimeError('broken')\n"
            "    real(self, *a, **k)\n"
            "s.SourceSpider.__init__ = broken\n"
        )
        done = room.crawl()
        assert done["in_one"]["counts"]["kept"] == 1
        assert "in_crash" not in done
        assert "crawl.crashed" in room.log()
