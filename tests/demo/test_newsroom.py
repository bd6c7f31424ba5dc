"""The invented newsroom serves what it says: stories, announcements, and the traps that the demo is about."""

from __future__ import annotations

import datetime as dt
import gzip
import http.client
from collections import Counter
from collections.abc import Iterator
from html import unescape

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from config.catalogue import load_catalogue
from crawlers.discovery.feeds import read_feed
from crawlers.discovery.listings import read_listing
from crawlers.discovery.sitemaps import read_sitemap
from tipwatch.demo.__main__ import demo
from tipwatch.demo.newsroom import Newsroom, build_site
from tipwatch.demo.outlets import OUTLETS
from tipwatch.demo.pages import story_path
from tipwatch.demo.stage import FolderTaken, prepare
from tipwatch.demo.stories import Kind, load_expected, load_stories
from tipwatch.demo.walkthrough import StepFailed, run_commands

TODAY = dt.date(2026, 3, 1)
NOW = dt.datetime(2026, 3, 1, 23, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(TODAY) as room:
        yield room


def get(newsroom: Newsroom, code: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(newsroom.hosts[code], timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def test_the_mix_is_what_the_demo_promises(newsroom: Newsroom) -> None:
    stories = [story for part in newsroom.stories.values() for story in part]
    kinds = Counter(story.kind for story in stories)
    assert len(stories) >= 64
    assert kinds[Kind.PROSECUTION] >= 20
    assert kinds[Kind.NEAR_MISS] >= 12
    assert len({story.key for story in stories}) == len(stories)


def test_every_story_is_served_with_its_title_and_text(newsroom: Newsroom) -> None:
    for code, stories in newsroom.stories.items():
        for story in stories:
            status, headers, body = get(newsroom, code, story_path(story))
            page = unescape(body.decode(OUTLETS[code].charset))
            assert status == 200
            assert headers["Content-Type"].startswith("text/html")
            assert "<h1" in page
            assert story.title in page
            assert all(line.removeprefix("- ") in page for block in story.blocks for line in block.split("\n"))


def test_the_listener_is_on_loopback_alone(newsroom: Newsroom) -> None:
    assert {host.partition(":")[0] for host in newsroom.hosts.values()} == {"127.0.0.1"}
    assert len(set(newsroom.hosts.values())) == 4


def test_the_feed_holds_its_window_and_no_more(newsroom: Newsroom) -> None:
    stories = newsroom.stories["in"]
    _, headers, body = get(newsroom, "in", "/feed/latest.xml")
    entries = read_feed(body, f"http://{newsroom.hosts['in']}/feed/latest.xml", headers["Content-Type"], NOW)
    assert [entry.url for entry in entries] == [newsroom.url_of(story) for story in stories[:17]]
    assert len(stories) == 19
    assert [entry.when for entry in entries] == [story.published for story in stories[:17]]


def test_a_feed_that_has_not_changed_answers_304(newsroom: Newsroom) -> None:
    _, headers, _ = get(newsroom, "in", "/feed/latest.xml")
    status, _, body = get(newsroom, "in", "/feed/latest.xml", **{"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")


def test_the_second_feed_of_the_weekly_is_dead(newsroom: Newsroom) -> None:
    assert get(newsroom, "mx", "/rss/justicia.xml")[0] == 410


def test_the_sitemaps_lead_to_every_story_but_the_old_one(newsroom: Newsroom) -> None:
    month = dt.timedelta(days=30)
    _, _, body = get(newsroom, "ng", "/sitemap_index.xml")
    index = read_sitemap(body, NOW, month, "sitemap-(news|archive)")
    assert len(index.children) == 2
    found: set[str] = set()
    for child in index.children:
        _, _, document = get(newsroom, "ng", "/" + child.rpartition("/")[2])
        plain = gzip.decompress(document) if child.endswith(".gz") else document
        found |= {entry.url for entry in read_sitemap(plain, NOW, month, None).entries}
    stories = newsroom.stories["ng"]
    assert found == {newsroom.url_of(story) for story in stories if story.slug != "archive-harbour-marathon"}


def test_the_listing_leads_page_by_page_to_every_story(newsroom: Newsroom, tmp_path_factory) -> None:
    directory = tmp_path_factory.mktemp("demo") / "out"
    prepare(directory, newsroom)
    (selectors,) = load_catalogue(directory / "sources").sources["gb_calder_vale_examiner"].discover
    found: list[str] = []
    url: str | None = selectors.url
    while url is not None:
        _, _, body = get(newsroom, "gb", url.partition(newsroom.hosts["gb"])[2])
        page = read_listing(body.decode(), url, selectors)
        found += [entry.url for entry in page.entries]
        url = page.next_page
    closed = [link for link in found if "/members/" in link]
    assert len(closed) == 1  # robots.txt forbids it; the crawl must leave it
    assert set(found) - set(closed) == {newsroom.url_of(story) for story in newsroom.stories["gb"]}


def test_the_catalogue_is_valid_and_its_folder_is_not_taken_from_others(newsroom: Newsroom, tmp_path) -> None:
    directory = tmp_path / "out"
    prepare(directory, newsroom)
    prepare(directory, newsroom)  # a demo clears what a demo wrote
    assert sorted(load_catalogue(directory / "sources").sources) == sorted(o.source_id for o in OUTLETS.values())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(FolderTaken):
        prepare(tmp_path / "mine", newsroom)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"


def test_what_must_never_be_named_is_on_the_pages_but_in_no_story(newsroom: Newsroom) -> None:
    pages = {
        story.key: get(newsroom, code, story_path(story))[2].decode(OUTLETS[code].charset)
        for code, stories in newsroom.stories.items()
        for story in stories
    }
    texts = "\n".join(
        block
        for stories in newsroom.stories.values()
        for story in stories
        for block in (story.title, *story.blocks)
    )
    never = load_expected().never
    assert len(never) >= 15
    for name in never:
        assert name.split()[-1] not in texts
        assert sum(name.split()[-1] in page for page in pages.values()) == 1, name


def test_expected_answers_stand_in_their_stories() -> None:
    stories = {story.key: story for part in load_stories(TODAY).values() for story in part}
    for key, accused in load_expected().accused.items():
        assert stories[key].kind is Kind.PROSECUTION
        text = "\n".join(stories[key].blocks)
        assert all(name in text or name.split()[0] in text for name in accused), key
    told = {key for key, story in stories.items() if story.kind is Kind.PROSECUTION}
    assert told == set(load_expected().accused)


def test_the_agency_story_is_the_same_word_for_word() -> None:
    stories = {story.key: story for part in load_stories(TODAY).values() for story in part}
    ours, theirs = (
        stories["in/goa-salon-agents-charge-sheet"],
        stories["ng/three-charged-nigerian-women-goa-villa"],
    )
    assert (ours.title, ours.blocks) == (theirs.title, theirs.blocks)


@settings(max_examples=20, deadline=None)
@given(today=st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2060, 12, 31)))
def test_on_any_day_no_story_is_from_the_future(today: dt.date) -> None:
    for code, stories in load_stories(today).items():
        assert all(story.published.date() < today for story in stories)
        assert [s.published for s in stories] == sorted((s.published for s in stories), reverse=True)
        assert build_site(OUTLETS[code], stories, "http://127.0.0.1:1").keys() >= {"/robots.txt", "/"}


def test_a_folder_of_somebody_else_ends_the_demo_with_a_sentence(tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    done = CliRunner().invoke(demo, ["--output", str(tmp_path)])
    assert done.exit_code == 2
    assert str(tmp_path) in done.stderr
    assert "Traceback" not in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_command_that_fails_ends_the_demo_with_its_own_words(newsroom: Newsroom, tmp_path) -> None:
    directory = tmp_path / "out"
    prepare(directory, newsroom)
    (directory / "sources" / "in" / "sahyadri_ledger.yml").write_text("title: [\n")
    with pytest.raises(StepFailed, match=r"sahyadri_ledger\.yml"):
        run_commands(directory, lambda _: None, lambda _: None)
