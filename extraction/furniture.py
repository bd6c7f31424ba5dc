"""Takes out of a page's tree what is shown but is not the story: readers' comments, boxes of other stories.

Refuses to cut a story: an element that holds the headline or most of the page's paragraphs stays.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from extraction.markup import Budget
from extraction.visible import MAX_VISITS, drop, prose

_PROTECTED = frozenset({"html", "body", "main", "head"})

# Whole class or id names (lower case, "_" as "-") of comment containers: WordPress, Disqus, Facebook, Drupal,
# Joomla, Coral, Viafoura, OpenWeb (Spot.IM), Livefyre, Hyvor, Cackle, Remark42, Isso, Commento, Giscus, Vuukle and
# house-made ones.
_COMMENT_NAME = re.compile(
    r"^(?:"
    r"comments?|(?:user|reader|readers|article|post|story|node|page|blog|all|fb|facebook|site|news|public|"
    r"entry|view|"
    r"web|wp|js|c|m|the|new|single)-?comments?(?:-.*)?|"
    r"comments?-?(?:list|lists|area|section|sections|wrapper|wrap|container|block|box|content|contents|body|text|"
    r"thread|threads|feed|form|respond|holder|module|widget|tree|items?|inner|main|panel|root|app|outer|group|"
    r"template|template-.*|single|post|zone|view|react|embed|loop|reply|replies|entry|entries|bottom|wrapper-.*|"
    r"author|message|\d+|info|card|row|region|part|stream|viewport|tab|list-.*)|"
    r"li-comment-\d+|div-comment-\d+|commentlist|comment-?list-?.*|commentsarea|commentarea|comment-field.*|"
    r"disqus.*|dsq-.*|respond|reply-?(?:list|thread|form)|replies|discussion(?:-?(?:list|thread|area|"
    r"section|box))?|"
    r"fb-comments?.*|fbcomments?|coral-?.*|vf-comments?.*|viafoura.*|spot-?im.*|spotim.*|openweb.*|"
    r"livefyre.*|lf-.*|"
    r"hyvor-.*|cackle.*|mc-container|hypercomments.*|remark42.*|isso-.*|commento.*|giscus.*|utterances.*|vuukle.*|"
    r"graphcomment.*|muut.*|intensedebate.*|idc-.*|echo-?stream|gig-comments?.*|gigya-comments?.*|talkyard.*|"
    r"jcomments?.*|itemcomments.*|k2-?comments?.*|komento.*|kmt-.*|jlex.*|wpdiscuz.*|wpd-.*|wc-comment.*|"
    r"comentarios?(?:-.*)?|commentaires?(?:-.*)?|komentar(?:e|z|ze|ji|i)?(?:-.*)?|kommentare?n?(?:-.*)?|"
    r"kommentarer|"
    r"commenti(?:-.*)?|comentarii(?:-.*)?|reacties?(?:-.*)?|opiniones|yorumlar?(?:-.*)?|binh-?luan(?:-.*)?|"
    r"box-?komentar.*|kommentarbereich|leserkommentare?|leserbriefe|forum-?posts?|user-?reviews|"
    r"caja-?comentarios|lista-?comentarios|liste-?commentaires|tanggapan|kommentit|hozzaszolas(?:ok)?|kommentek"
    r")$"
)
# Boxes of other stories, adverts and sign-ups.
_OTHER_NAME = re.compile(
    r"^(?:(?:yarpp|jp)-?related.*|jp-relatedposts|related(?:-?(?:posts?|stor(?:y|ies)|articles?|news|"
    r"content|links?|"
    r"items?|topics?|box|block|section|container|wrapper|widget|coverage|reading|list|media|videos?))?(?:-.*)?|"
    r"(?:article|post|story|news|entry|inline|td|jeg|mvp|content)-?related.*|"
    r"recommended(?:-.*)?|recommendations?|read-?(?:more|also|next)(?:-.*)?|also-?read(?:-.*)?|"
    r"more-?(?:stories|news|"
    r"from|on|articles|posts|headlines|like-this)(?:-.*)?|most-?(?:read|popular|viewed|shared|commented|"
    r"recent)(?:-.*)?|"
    r"popular-?(?:posts?|stories|news|articles)(?:-.*)?|trending(?:-.*)?|latest-?(?:news|posts?|stories|"
    r"articles)(?:-.*)?|"
    r"you-?(?:may|might)-?(?:also-?)?like.*|up-?next|next-?(?:article|story|post)(?:-.*)?|prev-?next|"
    r"post-navigation|"
    r"nav-links|taboola.*|trc-.*|outbrain.*|ob-widget.*|mgid.*|revcontent.*|zergnet.*|dianomi.*|"
    r"newsletter(?:-.*)?|sponsored(?:-.*)?|advert(?:isement|orial|s)?|social-?(?:share|sharing|links)|"
    r"notas-?relacionadas.*|noticias-?relacionadas.*|relacionad[ao]s?(?:-.*)?|lea-?tambien|leia-?(?:mais|tambem)|"
    r"saiba-?mais|veja-?(?:mais|tambem)|articles?-?lies|a-?lire-?aussi|lire-?aussi|baca-?juga.*|berita-?terkait.*|"
    r"terkait|terpopuler|verwandte-?artikel|mehr-?zum-?thema|leggi-?anche|lees-?ook)$"
)
# What stands over readers' comments, alone on its line. Languages of the gate; "12 Comments", "Comments (12)".
_COMMENT_HEADING = re.compile(
    r"^\W*(?:\d[\d.,]*\s+)?(?:(?:reader|readers'?|user|all|post|latest|facebook)\s+)?(?:comments?|"
    r"join the (?:conversation|"
    r"discussion)|leave a (?:reply|comment)|post a comment|have your say|what do you think\??|discussion|"
    r"responses?|"
    r"replies|thoughts on .{0,200}|responses to .{0,200}|comentarios?|deja (?:un comentario|"
    r"una respuesta)|opiniones|"
    r"comentários?|deixe (?:um comentário|uma resposta)|deixar (?:um comentário|uma resposta)|commentaires?|"
    r"laisser un commentaire|vos (?:commentaires|réactions)|réactions?|komentar|tinggalkan (?:komentar|balasan)|"
    r"tulis komentar|ulasan|kommentare?|kommentar schreiben|leserkommentare?|reacties?|"
    r"laat een reactie achter|commenti|"
    r"lascia un commento|comentarii|lasă un (?:comentariu|răspuns)|komentarze|komentáře|komentáre|"
    r"komentari|kommentarer|"
    r"kommentit|hozzászólások|yorumlar?|bình luận|комментари[ийя]+|коментарі|коментари|σχόλια|تعليقات|"
    r"التعليقات|نظرات|"
    r"תגובות|टिप्पणियां|टिप्पणियाँ|प्रतिक्रिया|মন্তব্য|ความคิดเห็น|评论|評論|留言|コメント|댓글|mga komento|maoni)"
    r"\s*(?:[(\[]?\s*\d[\d.,]*\s*[)\]]?)?\s*:?\W*$",
    re.IGNORECASE,
)
# What leads a reader from the middle of a story to another one.
_TEASER = re.compile(
    r"^\W*(?:(?:also )?read(?: also| more| next| full)?|see also|more on this|related(?: stor(?:y|"
    r"ies)| news| article)?|"
    r"don'?t miss|must read|recommended|watch(?: also)?|next story|trending|lea (?:también|más|"
    r"además)|lee (?:también|más)|"
    r"te puede interesar|le puede interesar|te recomendamos|mira también|ver más|nota relacionada|"
    r"relacionad[ao]s?|leia "
    r"(?:também|mais)|veja (?:também|mais)|saiba mais|confira|à lire aussi|a lire aussi|lire aussi|"
    r"à lire|voir aussi|"
    r"lire également|baca juga|simak juga|lihat juga|baca lainnya|artikel terkait|lesen sie auch|"
    r"mehr zum thema|leggi anche|"
    r"lees ook|citește și|читайте также|читайте також|czytaj (?:też|także)|ayrıca oku|اقرأ أيضا|"
    r"यह भी पढ़ें|आगे पढ़ें|อ่านเพิ่มเติม|"
    r"xem thêm|basahin)\b",
    re.IGNORECASE,
)
_TEASER_LINKED = 0.5
_ONLY_LINK = 0.95
_TEASER_MAX = 300
_HEADINGS = ("h2", "h3", "h4", "h5", "h6", "strong", "b", "p", "div", "span", "legend", "summary", "caption")
_CONTAINERS = frozenset(
    (
        "div", "section", "aside", "ol", "ul", "dl", "article", "footer", "form", "table", "details", "li",
        "nav", "fb:comments", "figure", "p",
    )
)  # fmt: skip
_COMMENT_TYPES = re.compile(r"schema\.org/(?:User)?Comments?$", re.IGNORECASE)
_SHARE_COMMENTS = 0.7
_SHARE_OTHERS = 0.4


def remove_furniture(tree: HtmlElement) -> int:
    """Remove comments and boxes of other stories from `tree` in place; returns how many elements went."""
    budget = Budget("furniture", MAX_VISITS)
    total = prose(tree, budget)
    removed = 0
    stack = [tree]
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str):
            continue
        share = None if element.tag in _PROTECTED else _verdict(element)
        if share is not None and not _is_story(element, total, share, budget):
            drop(element)
            removed += 1
        else:
            stack.extend(element)
    return removed + _remove_teasers(tree) + _remove_by_heading(tree, total, budget)


def _remove_teasers(tree: HtmlElement) -> int:
    """Remove lines that only lead to another story: a paragraph that is one link, or "Read also:" and a link."""
    doomed = []
    for element in tree.iter("p", "h3", "h4", "h5", "h6", "blockquote"):
        links = list(element.iter("a"))
        if not links or element.tag in _PROTECTED or next(element.iter("h1"), None) is not None:
            continue
        text = _squeezed(element)
        if not text or len(text) > _TEASER_MAX:
            continue
        linked = sum(len(_squeezed(link)) for link in links) / len(text)
        if linked >= _ONLY_LINK or (linked >= _TEASER_LINKED and _TEASER.match(text)):
            doomed.append(element)
    for element in doomed:
        if element.getparent() is not None:
            drop(element)
    return len(doomed)


def _squeezed(element: HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())


def _verdict(element: HtmlElement) -> float | None:
    """The share of the page's prose up to which the element goes; None when nothing speaks against it."""
    if element.tag in ("fb:comments", "disqus"):
        return 1.0
    names = _names(element)
    if element.tag in _CONTAINERS or "-" in element.tag:
        if any(_COMMENT_NAME.match(name) for name in names) or _COMMENT_TYPES.search(
            element.get("itemtype") or ""
        ):
            return _SHARE_COMMENTS
        if (element.get("itemprop") or "").lower() in ("comment", "comments"):
            return _SHARE_COMMENTS
        if any(_OTHER_NAME.match(name) for name in names):
            return _SHARE_OTHERS
    return None


def _names(element: HtmlElement) -> list[str]:
    found = (element.get("class") or "").split()
    found += (element.get("id") or "").split()
    for attribute in ("data-component", "data-testid", "data-module", "data-widget", "aria-label", "role"):
        value = element.get(attribute)
        if value and len(value) <= 40:
            found.append("-".join(value.split()))
    return [_dashed(name) for name in found if len(name) <= 80]


def _dashed(name: str) -> str:
    """`commentList`, `comment_list` and `comment--list` as `comment-list`."""
    spread = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)
    return re.sub(r"[-_:.]+", "-", spread).strip("-").lower()


def _remove_by_heading(tree: HtmlElement, total: int, budget: Budget) -> int:
    removed = 0
    for element in list(tree.iter(*_HEADINGS)):
        text = _short_text(element)
        if text is None or not _COMMENT_HEADING.match(text) or not _attached(element, tree):
            continue
        parent = element.getparent()
        if parent is None:
            continue
        # A box of its own under this heading goes as a whole, else what follows the heading.
        before = element.getprevious()
        own_box = before is None and not (parent.text or "").strip() and parent.tag in _CONTAINERS
        following = [parent] if own_box else [element, *element.itersiblings()]
        if sum(prose(one, budget) for one in following) > _SHARE_COMMENTS * max(total, 1):
            continue
        if own_box and parent.tag in ("li", "p", "span"):
            continue
        for one in following:
            if not _holds_story(one):
                drop(one)
                removed += 1
    return removed


def _is_story(element: HtmlElement, total: int, share: float, budget: Budget) -> bool:
    return _holds_story(element) or prose(element, budget) > share * max(total, 1)


def _holds_story(element: HtmlElement) -> bool:
    if next(element.iter("h1"), None) is not None:
        return True
    return any(
        (one.get("itemprop") or "").lower() == "articlebody" for one in element.iter("div", "section", "article")
    )


def _short_text(element: HtmlElement) -> str | None:
    """The text of an element that may be a heading: a line, not too long; None for anything bigger."""
    if len(element) > 4 or len(element.text or "") > 240 or any(len(child) > 2 for child in element):
        return None
    text = " ".join("".join(element.itertext()).split())
    return text if 3 <= len(text) <= 240 else None


def _attached(element: HtmlElement, tree: HtmlElement) -> bool:
    """False for what went with a removed ancestor."""
    while (parent := element.getparent()) is not None:
        element = parent
    return element is tree
