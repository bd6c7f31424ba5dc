# ruff: noqa: E501 - tables of sentences and markup
"""A name that only readers or other stories' teasers mention must not reach an article: layouts of comments and boxes."""

import datetime as dt

import pytest

from extraction.model import Article, PageHints
from extraction.text import extract_article

LONG = "Otto Hollenquist was sentenced for trafficking too, as everybody in our town knows and nobody dares to say aloud."
STORY = [
    "A court in the harbour town sentenced two brothers to twelve years in prison on Monday for trafficking.",
    "The judge said that they had promised nine women work in a hotel and had taken their passports on arrival.",
    "Prosecutors told the court that the women were held in a flat above a shop and were driven to clients at night.",
    "The brothers denied the charges throughout the trial and their lawyer said that they would lodge an appeal.",
]
HINTS = PageHints(url="https://news.example/2024/05/17/harbour", fetched_at=dt.datetime(2024, 6, 1, tzinfo=dt.UTC))

COMMENTS = {
    "wordpress list": '<div id="comments" class="comments-area"><h2 class="comments-title">2 thoughts on “Brothers”</h2>'
    '<ol class="commentlist"><li class="comment even" id="comment-12"><div class="comment-body"><p>{0}</p></div></li></ol></div>',
    "wordpress bare": '<ol class="comment-list"><li id="li-comment-7"><article id="div-comment-7"><p>{0}</p></article></li></ol>',
    "wordpress respond": '<div id="respond" class="comment-respond"><h3>Leave a Reply</h3><p>{0}</p></div>',
    "disqus": '<div id="disqus_thread"><div class="post-message"><p>{0}</p></div></div>',
    "disqus old": '<div id="dsq-content"><ul id="dsq-comments"><li class="dsq-comment"><p>{0}</p></li></ul></div>',
    "facebook": '<div class="fb-comments"><div><p>{0}</p></div></div>',
    "facebook tag": "<fb:comments><p>{0}</p></fb:comments>",
    "drupal": '<section class="comments comment-wrapper" id="comments"><div class="comment ajax-comment"><p>{0}</p></div></section>',
    "joomla": '<div id="jc"><div id="jcomments"><div class="comment-body"><p>{0}</p></div></div></div>',
    "blogger": '<div class="comments" id="comments"><div id="comment_block"><dl id="comments-block"><dd><p>{0}</p></dd></dl></div></div>',
    "coral": '<div id="coral_thread"><div class="coral coral-comment"><p>{0}</p></div></div>',
    "viafoura": '<div class="viafoura"><vf-conversations><p>{0}</p></vf-conversations></div>',
    "openweb": '<div data-spotim-module="conversation" class="spot-im-frame-inpage"><p>{0}</p></div>',
    "microdata": '<div itemscope itemtype="https://schema.org/Comment"><p itemprop="text">{0}</p></div>',
    "microdata user": '<div itemprop="comment" itemscope itemtype="http://schema.org/UserComments"><p>{0}</p></div>',
    "house camel": '<div class="commentList"><div class="commentItem"><p>{0}</p></div></div>',
    "house under": '<div class="reader_comments"><p>{0}</p></div>',
    "bem": '<div class="c-comments__list"><div class="c-comment__body"><p>{0}</p></div></div>',
    "heading only": "<section><h3>Comments (3)</h3><div><p>{0}</p></div></section>",
    "heading as sibling": "<h3>12 Comments</h3><div><p>{0}</p></div><div><p>{0}</p></div>",
    "heading strong": "<div><strong>Join the conversation</strong><div><p>{0}</p></div></div>",
    "spanish": '<div id="comentarios"><p>{0}</p></div>',
    "spanish heading": "<div><h4>Comentarios (4)</h4><div><p>{0}</p></div></div>",
    "portuguese": "<div><h3>Deixe um comentário</h3><div><p>{0}</p></div></div>",
    "french": '<section class="commentaires"><p>{0}</p></section>',
    "french heading": "<div><h3>3 commentaires</h3><ul><li><p>{0}</p></li></ul></div>",
    "indonesian": '<div class="komentar"><p>{0}</p></div>',
    "indonesian heading": "<div><h3>Tulis Komentar</h3><div><p>{0}</p></div></div>",
    "german": '<div class="kommentare"><p>{0}</p></div>',
    "russian heading": "<div><h3>Комментарии (5)</h3><div><p>{0}</p></div></div>",
    "arabic heading": "<div><h3>التعليقات</h3><div><p>{0}</p></div></div>",
    "vuukle": '<div id="vuukle-comments"><p>{0}</p></div>',
    "testid": '<div data-testid="comments-section"><p>{0}</p></div>',
}
OTHERS = {
    "related": '<div class="related-posts"><h3>Related</h3><p>{0}</p></div>',
    "jetpack": '<div id="jp-relatedposts" class="jp-relatedposts"><p>{0}</p></div>',
    "aside related": '<aside class="related"><p>{0}</p></aside>',
    "most read": '<div class="most-read"><p>{0}</p></div>',
    "taboola": '<div id="taboola-below-article" class="trc_related_container"><p>{0}</p></div>',
    "outbrain": '<div class="OUTBRAIN"><p>{0}</p></div>',
    "read more": '<div class="read-more-box"><p>{0}</p></div>',
    "recommended": '<section class="recommended-stories"><p>{0}</p></section>',
    "spanish": '<div class="notas-relacionadas"><p>{0}</p></div>',
    "portuguese": '<div class="leia-tambem"><p>{0}</p></div>',
    "french": '<div class="a-lire-aussi"><p>{0}</p></div>',
    "indonesian": '<div class="baca-juga"><p>{0}</p></div>',
    "newsletter": '<div class="newsletter-signup"><p>{0}</p></div>',
    "trending": '<div class="trending_now"><p>{0}</p></div>',
}


def page(box: str, *, inside: bool, attributes: str = "") -> bytes:
    story = "".join(f"<p>{text}</p>" for text in STORY)
    return (
        f"<!doctype html><html><head><title>Brothers jailed over harbour flat | The Example</title></head>"
        f"<body class='single comments-open'><div id=page><article {attributes}><h1>Brothers jailed over harbour flat</h1>"
        f"{story}{box if inside else ''}</article>{'' if inside else box}</div><footer><p>All rights reserved.</p></footer>"
        f"</body></html>"
    ).encode()


def text_of(body: bytes) -> str:
    article = extract_article(body, HINTS)
    assert isinstance(article, Article), article
    for sentence in STORY:
        assert sentence in article.text
    return article.text


@pytest.mark.parametrize("inside", [False, True], ids=["after the article", "in the article"])
@pytest.mark.parametrize(
    "box", [*COMMENTS.values(), *OTHERS.values()], ids=[*COMMENTS, *(f"other {k}" for k in OTHERS)]
)
def test_boxes_name_nobody(box: str, inside: bool) -> None:
    assert "Hollenquist" not in text_of(page(box.format(LONG), inside=inside))


@pytest.mark.parametrize(
    "attributes",
    [
        'class="post comments-enabled"',
        'class="comment"',  # opinion sections are called so
        'id="comments-story" class="commentary"',
        'class="article related"',
        'class="most-read-story" itemprop="articleBody"',
    ],
)
def test_a_story_is_no_comment(attributes: str) -> None:
    text_of(page("", inside=False, attributes=attributes))


@pytest.mark.parametrize(
    "paragraph",
    [
        "<p>Comments by the minister drew sharp criticism from the opposition in parliament on Tuesday.</p>",
        "<p><strong>Comments</strong> by the minister drew sharp criticism from the opposition in parliament on Tuesday.</p>",
        '<p class="comment-count-note">The minister drew sharp criticism from the opposition in parliament on Tuesday.</p>',
        "<blockquote><p>The minister drew sharp criticism from the opposition in parliament on Tuesday.</p></blockquote>",
    ],
)
def test_words_about_comments_stay(paragraph: str) -> None:
    assert "drew sharp criticism" in text_of(page(paragraph, inside=True))


TEASER = "Otto Hollenquist sentenced for trafficking six women in the capital"


@pytest.mark.parametrize(
    "markup",
    [
        '<p><a href="/b">{0}</a></p>',
        '<p><strong><a href="/b">{0}</a></strong></p>',
        '<p>Read also: <a href="/b">{0}</a></p>',
        '<p><strong>ALSO READ |</strong> <a href="/b">{0}</a></p>',
        '<blockquote><p>Lea también: <a href="/b">{0}</a></p></blockquote>',
        '<p>Leia também: <a href="/b">{0}</a></p>',
        '<p>À lire aussi : <a href="/b">{0}</a></p>',
        '<p>Baca juga: <a href="/b">{0}</a></p>',
        '<h4><a href="/b">{0}</a></h4>',
    ],
)
def test_teasers_of_other_stories_go(markup: str) -> None:
    box = (
        markup.format(TEASER)
        + "<p>Both men were taken to the prison on the northern edge of the town after the verdict.</p>"
    )
    text = text_of(page(box, inside=True))
    assert "Hollenquist" not in text
    assert "northern edge" in text


@pytest.mark.parametrize(
    "paragraph",
    [
        '<p>The judge, <a href="/j">Otto Hollenquist</a>, said that the men had shown no remorse during the trial.</p>',
        '<p>Read in court, <a href="/d">the statement</a> of Otto Hollenquist described the journey across the border.</p>',
        '<p>Related charges against <a href="/d">Otto Hollenquist</a> were dropped by the prosecutors in the spring.</p>',
    ],
)
def test_sentences_with_links_stay(paragraph: str) -> None:
    assert "Hollenquist" in text_of(page(paragraph, inside=True))
