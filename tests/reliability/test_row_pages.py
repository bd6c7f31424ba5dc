"""Pages that are huge, hostile, hidden, oddly encoded or badly dated: bounded, and never a name or a day too many.

Refuses stubs: the real extractor and reader, the former also in the children that the job gives it.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import sys
import time
from collections.abc import Callable

import pytest

from config.gate_lexicons import load_gate_lexicons
from config.reading_lexicons import load_reading_lexicons
from extraction.dates import parse_date, published_date
from extraction.markup import parse
from extraction.model import Article, PageHints, Quarantine
from extraction.reader import Reader
from extraction.text import extract_article
from tests.app.outlet import CHARGED
from tests.app.outlet import page as story_page
from tests.extraction import test_dates as dates
from tests.extraction import test_text_comments as comments
from tests.extraction import test_text_hidden as hidden
from tests.extraction.test_text_hostile import COMPLEX, MIB
from tests.reliability.watching import Watching
from tipwatch.jobs.cell import Cells, Done, Task
from tipwatch.jobs.extract import Limits
from tipwatch.jobs.tools import ARTICLE, ARTICLE_TOOLS

Record = Callable[[str, object], None]

HINTS = PageHints(url="https://news.example/2024/05/17/a", fetched_at=dt.datetime(2024, 6, 1, tzinfo=dt.UTC))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(load_reading_lexicons(), load_gate_lexicons())


def names_of(reader: Reader, article: Article) -> tuple[str, ...]:
    """Everybody whom a reading names, in whatever role."""
    read = reader.read(article)
    return tuple(sorted([one.name for one in read.accused] + [one.name for one in read.others]))


def hostile_pages() -> dict[str, bytes]:
    """Pages that cost a stock extractor seconds and gigabytes, and plain huge ones."""
    pages = {name: f"<html><body><h1>Two jailed</h1>{markup}".encode() for name, markup in COMPLEX.items()}
    rnd = random.Random(8)
    pages["ten megabytes of noise"] = rnd.randbytes(10 * MIB)
    pages["ten megabytes in a line"] = b"<p>" + b"human trafficking " * (10 * MIB // 18)
    pages["ten megabytes of paragraphs"] = b"<p>The court heard of human trafficking.</p>\n" * (10 * MIB // 45)
    pages["ten megabytes of cells"] = b"<table>" + b"<tr><td>court<td>case" * (10 * MIB // 21)
    pages["ten megabytes of entities"] = b"<p>" + b"&amp;&#x41;" * (10 * MIB // 11)
    pages["ten megabytes of a script"] = b"<script>" + b"var a=[];" * (10 * MIB // 9)
    return pages


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the worker's memory is bounded on Linux alone")
def test_hostile_pages_are_quarantined_in_time_and_memory(record_property: Record) -> None:
    """In the child that the job gives it, with the job's own bounds, between stories that must get through."""
    record_property("row", "huge or hostile page")
    limits = Limits()
    pages = hostile_pages()
    body = story_page("Man charged with human trafficking in Rivertown", CHARGED)
    answers: dict[str, object] = {}
    good = 0
    seconds: dict[str, float] = {}
    with Watching() as watching, Cells(ARTICLE_TOOLS, headroom=limits.article_headroom) as cells:
        for name, page in pages.items():
            good += isinstance(answered(cells, body, 120.0), Article)  # a child is there when the next page comes
            began = time.monotonic()
            answers[name] = answered(cells, page, limits.article_seconds)
            seconds[name] = time.monotonic() - began
        good += isinstance(answered(cells, body, 120.0), Article)
    put_away = [name for name in pages if not isinstance(answers[name], Article)]
    slowest = max(seconds[name] for name in pages)
    record_property(
        "figure",
        f"{len(put_away)} of {len(pages)} pages quarantined, the slowest page after {slowest:.1f} s, worker "
        f"{watching.peak_mb} MB at most, {good} of {len(pages) + 1} stories between them read",
    )
    assert set(put_away) >= set(COMPLEX)
    busy = f"{slowest:.1f} s of wall clock, at a load of {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"
    assert slowest < limits.article_seconds + 1.0, busy  # the cut, and a second to see it
    assert limits.article_seconds <= 5.0
    assert 50 < watching.peak_mb < 600
    assert good == len(pages) + 1


def answered(cells: Cells, page: bytes, seconds: float) -> object:
    """What becomes of a page: an article, a quarantine, or how the child failed."""
    [(_, answer)] = cells.run([Task(tool=ARTICLE, item=(page, HINTS), seconds=seconds, tag=None)])
    return answer.value if isinstance(answer, Done) else answer


NAMES = ("José Peñarrubia Núñez", "Zoë Brückmann")
TOLD = (
    "<p>A court in Rivertown charged José Peñarrubia Núñez, 41, with human trafficking on Monday, they said.</p>"
    "<p>Zoë Brückmann, 38, was charged with human trafficking in the same case. According to prosecutors, Núñez "
    "recruited women with false promises of work in a hotel and forced them into prostitution.</p>"
    "<p>Both remain in custody until the next hearing in June, said the police. The trial is set for autumn.</p>"
)
ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "iso-8859-15",
    "cp850", "mac-roman", "cp1254",
)  # fmt: skip


@pytest.mark.slow
def test_twelve_encodings_name_the_same(reader: Reader, record_property: Record) -> None:
    """Declared by the server, and by the page alone where the page can."""
    record_property("row", "same article in 12 encodings")
    found: dict[tuple[str, ...], int] = {}
    tried = 0
    for encoding in ENCODINGS:
        for declared in ("header", "page"):
            if declared == "page" and encoding.startswith(("utf-16", "utf-32")) and encoding[-2:] in {"le", "be"}:
                continue  # a declaration in the page cannot be read before the page is; browsers ignore it
            html = story_page("Two charged with human trafficking in Rivertown", TOLD).decode()
            html = html.replace(
                '<meta charset="utf-8">', f'<meta charset="{encoding}">' if declared == "page" else ""
            )
            header = f"text/html; charset={encoding}" if declared == "header" else "text/html"
            article = extract_article(
                html.encode(encoding), PageHints(url=HINTS.url, fetched_at=HINTS.fetched_at, content_type=header)
            )
            assert isinstance(article, Article), (encoding, declared)
            names = names_of(reader, article)
            found[names] = found.get(names, 0) + 1
            tried += 1
    record_property("figure", f"{len(ENCODINGS)} encodings, {tried} pages: {len(found)} set of names")
    assert list(found) == [tuple(sorted(NAMES))]


def test_malformed_dates_are_no_dates(record_property: Record) -> None:
    """In a feed, in a page's metadata and in its JSON-LD, alone and through the whole extraction."""
    record_property("row", "30 malformed dates")
    today = {dt.date.today().isoformat(), dates.FETCHED.date().isoformat()}
    tried, future, now = 0, 0, 0
    for text in dates.MALFORMED:
        assert parse_date(text, latest=dates.LATEST) is None, text
        quoted = text.replace('"', "").replace("\x00", "")
        for head in (
            f'<meta property="article:published_time" content="{quoted}">',
            f'<script type="application/ld+json">{{"@type":"NewsArticle","datePublished":"{quoted}"}}</script>',
            f'<meta name="date" content="{quoted}"><time datetime="{quoted}">{quoted}</time>',
        ):
            html = f"<html><head>{head}</head><body><h1>Two jailed</h1>{dates.PROSE * 4}</body></html>"
            given = {"url": dates.URL, "fetched_at": dates.FETCHED, "feed_date": text}
            day, _ = published_date(parse(html), **given)
            article = extract_article(html.encode(), PageHints(**given))
            assert isinstance(article, Article), text
            for found in (day, article.published):
                tried += 1
                future += found is not None and found > dates.LATEST.isoformat()
                now += found in today
    record_property(
        "figure", f"{len(dates.MALFORMED)} dates, {tried} readings: {future} in the future, {now} guesses of now"
    )
    assert len(dates.MALFORMED) >= 30
    assert (future, now) == (0, 0)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_hidden_text_and_comments_name_nobody(reader: Reader, record_property: Record) -> None:
    """The planted sentence names somebody when it is shown, and nobody in any way to hide it or to comment."""
    record_property("row", "15 ways to hide text, 20 comment layouts")
    shown = extract_article(hidden.page(f"<p>{hidden.PLANTED}</p>"), hidden.HINTS)
    assert isinstance(shown, Article)
    assert "Hollenquist" in " ".join(names_of(reader, shown)), "else this test cannot fail"
    ways = [hidden.page(planted, place=place) for planted in hidden.HIDING.values() for place in (0, 2, 4)]
    ways += [
        hidden.page(markup.format(hidden.PLANTED), head=f"<style>{css}</style>")
        for css, markup in hidden.SHEETS.items()
    ]
    layouts = [
        comments.page(box.format(comments.LONG), inside=inside)
        for box in (*comments.COMMENTS.values(), *comments.OTHERS.values())
        for inside in (False, True)
    ]
    articles = [extract_article(body, hidden.HINTS) for body in (*ways, *layouts)]
    texts = {article.id: article for article in articles if isinstance(article, Article)}
    named = sum("Hollenquist" in article.text for article in texts.values())
    named += sum("Hollenquist" in " ".join(names_of(reader, article)) for article in texts.values())
    hiding = len(hidden.HIDING) + len(hidden.SHEETS)
    record_property(
        "figure",
        f"{hiding} ways to hide, {len(comments.COMMENTS)} comment layouts and {len(comments.OTHERS)} boxes, "
        f"{len(articles)} pages: {named} names",
    )
    assert not any(isinstance(article, Quarantine) for article in articles)
    assert named == 0
    assert hiding >= 15
    assert len(comments.COMMENTS) >= 20
