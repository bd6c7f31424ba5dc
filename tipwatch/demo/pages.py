"""A story as its outlet's page: the house's own template, with navigation, boxes, comments and metadata around it.

Refuses markup from a story: everything that an author or a reader wrote is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from tipwatch.demo.outlets import OUTLETS, Outlet
from tipwatch.demo.stories import Aside, Story

_TEMPLATES = Path(__file__).parent / "templates"
_MONTHS_ES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)


def story_path(story: Story) -> str:
    """The path of a story's page on its outlet's host."""
    outlet = _outlet(story)
    return outlet.path.format(section=story.section, slug=story.slug, published=story.published)


def story_page(story: Story, base: str, latest: Sequence[Story]) -> bytes:
    """The whole page in its outlet's charset. `base` is scheme, host and port; `latest` fills a box."""
    outlet = _outlet(story)
    url = base + story_path(story)
    html = _template(f"{outlet.code}.story.html").substitute(
        title=escape(story.title),
        url=escape(url),
        byline=escape(story.byline),
        section=escape(story.section),
        iso=story.published.isoformat(),
        human=human_date(story, outlet),
        summary=escape(_summary(story)),
        jsonld=_jsonld(story, url, outlet),
        body=_body(story.blocks),
        photo="" if story.photo is None else _photo(story.photo),
        latest="".join(_link(other) for other in latest if other.key != story.key),
        related=_related(story.related),
        comments=_comments(story.comments),
        planted=_template("planted.html").template if story.planted else "",
    )
    return html.encode(outlet.charset, errors="xmlcharrefreplace")


def human_date(story: Story, outlet: Outlet) -> str:
    """The date as the outlet prints it."""
    when = story.published
    if outlet.language == "es":
        return f"{when.day} de {_MONTHS_ES[when.month - 1]} de {when.year}"
    return f"{when.day} {when:%B %Y}, {when:%H:%M}"


def _outlet(story: Story) -> Outlet:
    return OUTLETS[story.key.partition("/")[0]]


@cache
def _template(name: str) -> Template:
    return Template((_TEMPLATES / name).read_text(encoding="utf-8"))


def _summary(story: Story) -> str:
    return story.blocks[0][:155] if story.blocks else story.title


def _jsonld(story: Story, url: str, outlet: Outlet) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": story.published.isoformat(),
        "mainEntityOfPage": url,
        "author": {"@type": "Person", "name": story.byline},
        "publisher": {"@type": "Organization", "name": outlet.title},
    }
    return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def _body(blocks: Sequence[str]) -> str:
    return "\n".join(_block(block) for block in blocks)


def _block(block: str) -> str:
    lines = block.split("\n")
    lead = [line for line in lines if not line.startswith("- ")]
    items = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    parts = [f"<p>{escape(' '.join(lead), quote=False)}</p>"] if lead else []
    if items:
        parts += ["<ul>", *(f"<li>{escape(item, quote=False)}</li>" for item in items), "</ul>"]
    return "\n".join(parts)


def _photo(caption: str) -> str:
    return f'<figure><img src="/photo.jpg" alt=""><figcaption>{escape(caption)}</figcaption></figure>'


def _link(story: Story) -> str:
    return f'<li><a href="{escape(story_path(story))}">{escape(story.title)}</a></li>'


def _related(boxes: Sequence[Aside]) -> str:
    if not boxes:
        return ""
    items = "".join(
        f'<div class="related-item"><img src="/thumb.jpg" alt=""><p class="caption">{escape(box.text)}</p>'
        f"<h4>{escape(box.head)}</h4></div>"
        for box in boxes
    )
    return f'<section class="related-stories"><h3>Related stories</h3>{items}</section>'


def _comments(comments: Sequence[Aside]) -> str:
    if not comments:
        return ""
    items = "".join(
        f'<li class="comment"><b class="comment-author">{escape(comment.head)}</b>'
        f"<p>{escape(comment.text)}</p></li>"
        for comment in comments
    )
    return (
        f'<section id="comments" class="comments-area"><h3>{len(comments)} comments</h3><ol>{items}</ol></section>'
    )
