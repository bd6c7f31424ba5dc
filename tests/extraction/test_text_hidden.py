# ruff: noqa: E501 - tables of sentences and markup
"""A name that a reader's browser does not show must not reach an article: ways to hide it, and legitimate text."""

import datetime as dt

import pytest

from extraction.model import Article, PageHints
from extraction.text import extract_article

PLANTED = "Otto Hollenquist was sentenced for trafficking women on Tuesday after a trial of four weeks."
STORY = [
    "A court in the harbour town sentenced two brothers to twelve years in prison on Monday for trafficking.",
    "The judge said that they had promised nine women work in a hotel and had taken their passports on arrival.",
    "Prosecutors told the court that the women were held in a flat above a shop and were driven to clients at night.",
    "The brothers denied the charges throughout the trial and their lawyer said that they would lodge an appeal.",
]
HINTS = PageHints(url="https://news.example/2024/05/17/harbour", fetched_at=dt.datetime(2024, 6, 1, tzinfo=dt.UTC))


def page(planted: str = "", *, head: str = "", place: int = 2, after: str = "") -> bytes:
    paragraphs = [f"<p>{text}</p>" for text in STORY]
    paragraphs.insert(place, planted)
    return (
        f"<!doctype html><html lang=en><head><title>Brothers jailed over harbour flat | The Example</title>{head}</head>"
        f"<body><header><a href=/>Home</a></header><main><article><h1>Brothers jailed over harbour flat</h1>"
        f"{''.join(paragraphs)}</article>{after}</main><footer><p>All rights reserved by the Example.</p></footer>"
        f"</body></html>"
    ).encode()


def text_of(body: bytes) -> str:
    article = extract_article(body, HINTS)
    assert isinstance(article, Article), article
    for sentence in STORY:
        assert sentence in article.text
    return article.text


HIDING = {
    "hidden": f"<p hidden>{PLANTED}</p>",
    "hidden until found": f'<div hidden="until-found"><p>{PLANTED}</p></div>',
    "aria-hidden": f'<div aria-hidden="true"><p>{PLANTED}</p></div>',
    "display none": f'<p style="display:none">{PLANTED}</p>',
    "display none important": f'<p style="DISPLAY : none !important">{PLANTED}</p>',
    "visibility": f'<p style="visibility: hidden;">{PLANTED}</p>',
    "opacity": f'<p style="opacity:0">{PLANTED}</p>',
    "opacity low": f'<p style="opacity: .01">{PLANTED}</p>',
    "off-screen left": f'<p style="position:absolute;left:-9999px">{PLANTED}</p>',
    "off-screen top": f'<p style="position:fixed; top:-5000px">{PLANTED}</p>',
    "off-screen em": f'<p style="position:absolute; left:-999em">{PLANTED}</p>',
    "off-screen margin": f'<p style="margin-left:-10000px">{PLANTED}</p>',
    "text-indent": f'<p style="text-indent:-9999px">{PLANTED}</p>',
    "font-size": f'<p style="font-size:0">{PLANTED}</p>',
    "font-size tiny": f'<p style="font-size:1px">{PLANTED}</p>',
    "font shorthand": f'<p style="font:0/0 a">{PLANTED}</p>',
    "clip": f'<p style="position:absolute;clip:rect(0 0 0 0)">{PLANTED}</p>',
    "clip commas": f'<p style="position:absolute;clip: rect(1px, 1px, 1px, 1px)">{PLANTED}</p>',
    "clip-path": f'<p style="clip-path: inset(50%)">{PLANTED}</p>',
    "zero box": f'<div style="height:0;overflow:hidden"><p>{PLANTED}</p></div>',
    "one pixel": f'<div style="width:1px;height:1px;overflow:hidden"><p>{PLANTED}</p></div>',
    "max-height": f'<div style="max-height:0px; overflow-y:hidden"><p>{PLANTED}</p></div>',
    "white on white": f'<p style="color:#fff;background:#ffffff">{PLANTED}</p>',
    "white on paper": f'<p style="color:white">{PLANTED}</p>',
    "nearly white": f'<p style="color: rgb(254, 254, 254)">{PLANTED}</p>',
    "black on black": f'<div style="background-color:#000"><p style="color:#010101">{PLANTED}</p></div>',
    "ink inherited": f'<div style="color:#fff"><p>{PLANTED}</p></div>',
    "font tag": f'<p><font color="#FFFFFF">{PLANTED}</font></p>',
    "transparent": f'<p style="color:transparent">{PLANTED}</p>',
    "alpha": f'<p style="color:rgba(0,0,0,0)">{PLANTED}</p>',
    "scale": f'<p style="transform:scale(0)">{PLANTED}</p>',
    "translate": f'<p style="transform: translateX(-9999px)">{PLANTED}</p>',
    "z-index": f'<p style="position:absolute;z-index:-1">{PLANTED}</p>',
    "content-visibility": f'<div style="content-visibility:hidden"><p>{PLANTED}</p></div>',
    "filter": f'<p style="filter: opacity(0)">{PLANTED}</p>',
    "template": f"<template><p>{PLANTED}</p></template>",
    "noscript": f"<noscript><p>{PLANTED}</p></noscript>",
    "dialog": f"<dialog><p>{PLANTED}</p></dialog>",
    "details": f"<details><summary>More</summary><p>{PLANTED}</p></details>",
    "popover": f"<div popover><p>{PLANTED}</p></div>",
    "comment": f"<!-- <p>{PLANTED}</p> -->",
    "script": f'<script type="text/html"><p>{PLANTED}</p></script>',
    "textarea": f"<textarea>{PLANTED}</textarea>",
    "select": f"<select><option>{PLANTED}</option></select>",
    "svg": f"<svg><text>{PLANTED}</text><desc>{PLANTED}</desc></svg>",
    "iframe": f"<iframe>{PLANTED}</iframe>",
    "object": f"<object><p>{PLANTED}</p></object>",
    "video": f"<video><p>{PLANTED}</p></video>",
    "sr-only": f'<p class="sr-only">{PLANTED}</p>',
    "bootstrap": f'<p class="lead d-none">{PLANTED}</p>',
    "screen-reader-text": f'<span class="screen-reader-text">{PLANTED}</span>',
    "blockquote": f'<blockquote style="display:none"><p>{PLANTED}</p></blockquote>',
    "nested": f'<div style="display:none"><div><div><p style="display:block">{PLANTED}</p></div></div></div>',
    "alt and title": f'<p><img alt="{PLANTED}" title="{PLANTED}" src="a.png"></p>',
    "data attribute": f'<p data-text="{PLANTED}" aria-label="{PLANTED}"></p>',
}


@pytest.mark.parametrize("planted", HIDING.values(), ids=HIDING.keys())
@pytest.mark.parametrize("place", [0, 2, 4])
def test_inline_hiding(planted: str, place: int) -> None:
    assert "Hollenquist" not in text_of(page(planted, place=place))


SHEETS = {
    ".x{display:none}": '<p class="a x">{}</p>',
    "p.x , .y { visibility : hidden }": '<p class="x">{}</p>',
    "#secret{position:absolute;left:-9999px}": '<p id="secret">{}</p>',
    "article .x{opacity:0}": '<div class="x"><p>{}</p></div>',
    "main > article > p.x{font-size:0px}": '<p class="x">{}</p>',
    "@media screen{.x{display:none}}": '<p class="x">{}</p>',
    "/* .x{} */ .x{color:#fff;background:#fff}": '<p class="x">{}</p>',
    ".card{background:#000} .x{color:#000}": '<div class="card"><p class="x">{}</p></div>',
    "aside{display:none}": "<aside><p>{}</p></aside>",
    ".x{display:block} .x{display:none}": '<p class="x">{}</p>',
    ".x{display:none!important} p.x{display:block}": '<p class="x">{}</p>',
    "[hidden]{display:none}.x{text-indent:-9999px}": '<p class="x">{}</p>',
    "@charset 'utf-8'; .x{clip:rect(0,0,0,0);position:absolute}": '<p class="x">{}</p>',
}


@pytest.mark.parametrize(("css", "markup"), SHEETS.items(), ids=SHEETS.keys())
def test_hiding_by_style_blocks(css: str, markup: str) -> None:
    assert "Hollenquist" not in text_of(page(markup.format(PLANTED), head=f"<style>{css}</style>"))


SHOWN = {
    "print only": ("@media print{.x{display:none}}", '<p class="x">{}</p>'),
    "other media": ("@media (max-width:300px){.x{display:none}}", '<p class="x">{}</p>'),
    "overridden": (".x{display:none} .x{display:block}", '<p class="x">{}</p>'),
    "overridden by specificity": ("p.x{display:block} .x{display:none}", '<p class="x">{}</p>'),
    "other element": ("div.x{display:none}", '<p class="x">{}</p>'),
    "other parent": (".nav .x{display:none}", '<p class="x">{}</p>'),
    "tailwind": ("", '<div class="hidden md:block"><p>{}</p></div>'),
    "white on a picture": ("", '<div style="background:url(a.jpg)"><p style="color:#fff">{}</p></div>'),
    "white on black": ("", '<div style="background:#000"><p style="color:#fff">{}</p></div>'),
    "white on black by class": (
        ".dark{background-color:black}",
        '<div class="dark"><p style="color:#fff">{}</p></div>',
    ),
    "open details": ("", "<details open><summary>More</summary><p>{}</p></details>"),
    "aria-hidden false": ("", '<p aria-hidden="false">{}</p>'),
    "visible overflow": ("", '<p style="height:0">{}</p>'),
    "small shift": ("", '<p style="position:relative;left:-10px;text-indent:-20px">{}</p>'),
    "plain": ("", "<p>{}</p>"),
}


@pytest.mark.parametrize(("css", "markup"), SHOWN.values(), ids=SHOWN.keys())
def test_shown_text_stays(css: str, markup: str) -> None:
    assert "Hollenquist" in text_of(page(markup.format(PLANTED), head=f"<style>{css}</style>" if css else ""))


@pytest.mark.parametrize(
    "head",
    [
        f'<meta name="description" content="{PLANTED}">',
        f'<meta property="og:title" content="{PLANTED}">',
        f'<meta name="author" content="x"><script type="application/ld+json">{{"articleBody": "{PLANTED}"}}</script>',
        f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{PLANTED}"}}</script>',
        f"<noscript><p>{PLANTED}</p></noscript>",
    ],
)
def test_metadata_is_no_text(head: str) -> None:
    assert "Hollenquist" not in text_of(page(head=head))


def test_a_loading_state_hides_nothing() -> None:
    """Critical CSS hides the whole story until the site's own sheet comes; that is no hidden text."""
    body = (
        page()
        .replace(b"<article>", b'<article class="body">')
        .replace(b"</head>", b"<style>.body{display:none}#wrap{opacity:0}</style></head>")
    )
    text_of(body)


def test_an_open_dialogue_hides_nothing() -> None:
    """Scripts mark the whole page `aria-hidden` while a dialogue is open; saved so, it is still the page."""
    text_of(page().replace(b"<main>", b"<main><div aria-hidden=true>").replace(b"</main>", b"</div></main>"))


def test_text_after_a_hidden_element_stays() -> None:
    body = page(
        f"<p>The trial began <span hidden>{PLANTED}</span>in the spring of that year in the same courthouse.</p>"
    )
    text = text_of(body)
    assert "The trial began in the spring" in text
    assert "Hollenquist" not in text


def test_style_for_browsers_without_scripts_hides_nothing() -> None:
    head = "<noscript><style>.x{display:none}</style></noscript>"
    assert "Hollenquist" in text_of(page(f'<p class="x">{PLANTED}</p>', head=head))


@pytest.mark.parametrize(
    "end", ["</html>", "</body></html>", "</HTML >", "<html><body><p>Advert</p></body></html>"]
)
def test_a_story_goes_on_after_the_end_of_a_document_in_it(end: str) -> None:
    assert text_of(page(end, place=0))


@pytest.mark.parametrize("way", ["opacity:0", "font-size:0", "position:absolute;left:-9999px", "color:#fff"])
def test_the_only_paragraph_of_a_page_without_paragraphs_may_be_hidden(way: str) -> None:
    hidden = f"<div style='{way}'><p>{PLANTED}</p></div>"
    body = page(hidden).replace(b"<p>", b"<div>").replace(b"</p>", b"</div>")
    body = body.replace(f"<div>{PLANTED}</div>".encode(), f"<p>{PLANTED}</p>".encode())
    assert PLANTED in body.decode()
    assert "Hollenquist" not in text_of(body)
