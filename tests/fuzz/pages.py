# ruff: noqa: E501 - tables of markup
"""A grammar of bad HTML: unclosed and crossed tags, nested tables, odd attributes, entities, every charset.

Refuses loose quotes and raw text in `tree`: there a browser would show what stands in a hidden element, too.
"""

from __future__ import annotations

from hypothesis import strategies as st

TAGS = (
    "p", "div", "span", "table", "tr", "td", "tbody", "ul", "li", "h1", "h2", "a", "b", "i", "blockquote", "article",
    "section", "main", "aside", "figure", "figcaption", "form", "center", "font", "pre", "dl", "dt", "dd", "time",
    "nav", "header", "footer", "details", "summary", "fb:comments", "o:p", "x-story", "label", "button", "ins", "br",
    "hr", "img", "wbr", "q", "cite", "sub", "address", "body", "html", "head", "strong", "em", "mark", "abbr", "code",
)  # fmt: skip
HIDDEN = (
    "<div hidden>{}</div>", "<span style='display:none'>{}</span>", "<div style='display:none'><p>{}</p></div>",
    "<template><p>{}</p></template>", "<div aria-hidden='true'>{}</div>", "<div class='sr-only'>{}</div>",
    "<div style='position:absolute;left:-9999px'>{}</div>", "<span style='font-size:0'>{}</span>",
    "<span style='opacity:0'>{}</span>", "<span style='color:#fff'>{}</span>", "<script>var a='{}'</script>",
    "<noscript><i>{}</i></noscript>", "<!-- {} -->", "<svg><text>{}</text></svg>", "<textarea>{}</textarea>",
    "<select><option>{}</option></select>", "<dialog>{}</dialog>", "<div class='xq7'>{}</div>",
    "<div style='visibility: hidden'>{}</div>", "<div style='clip-path:inset(100%)'>{}</div>",
)  # fmt: skip
HIDING_SHEET = "<style>.xq7{display:none}</style>"
_ATTRIBUTES = (
    " class='story'", " id=main", " class='comments'", " itemprop=articleBody", " style='color:red'", " href='/a'",
    " style='width:calc('", " style=';:;:'", " class=''", " datetime='2024-13-45'", " datetime=2024-05-01", " lang=xx",
    " itemtype='http://schema.org/Comment'", " role=comment", " colspan=99999", " rowspan=-1", " align=center", " =x",
    " a=1 a=2 a=3", " data-x='&quot;&lt;&#0;&#x110000;&#xD800;'", " xml:lang='en'", " xlink:href='#'",
    " background=x", " bgcolor='#zzzzzz'",
)  # fmt: skip
_WORDS = (
    "The court", "sentenced", "two brothers", "to ten years", "for trafficking", "women", ".", "&nbsp;", "&amp;amp;",
    "&#0;", "&#xD800;", "&#x10FFFF;", "&#99999999999;", "&notanentity;", "&lt;b&gt;", "&copy", "\u202e", "\u200b",
    "\ufeff", "\u0000", "\ud7ff", "\U0001f600", "e\u0301" * 30, "\u0130", "नई दिल्ली", "東京地裁", "محكمة", "a" * 200,
    "1 May 2024", "|", "||", "- - -", "...", "\n\n", "\t", "\r", "\x0b", "\x85", "\u2028",
)  # fmt: skip
TOKENS = (
    *(token.encode() for token in (
        "<", ">", "</", "<p", "<div>", "</div>", "<table>", "<td>", "</table>", "<b><i>", "</b></i>", "<!--", "-->",
        "<!", "<?", "<![CDATA[", "]]>", "<script>", "</script>", "<style>", "</style>", "<title>", "<textarea>",
        "<plaintext>", "<a href='", "'", '"', "=", "&", "&#", "&#x", ";", "&amp", "\0", "\ufeff", "\u00ad", " ", "\n",
        "a", "1", "1 ", "01", "|", "comments", "May ", "2024", "2024-05-01", ",", ".", "-", "/*", "*/", "{", "}", "(",
        ")", "0 0 ", "@media screen{", ".x{display:none}", "<meta charset=utf-16>", "<meta charset=utf-7>",
        "<base href='http://['>", "<link rel=canonical href='//['>", "<svg><p>", "<math><mi>", "<select><p>",
        "<frameset>", "<iframe>", "<details>", "<noscript>", "<time datetime='2024-05-01'>", "<h1>", "<br>", "<li>",
        '<script type="application/ld+json">{"datePublished":"', "<meta property=article:published_time content='",
    )),
    b"\xff", b"\xc3", b"\x80", b"\xed\xa0\x80", b"\x1b$B", b"\xfe\xff",
)  # fmt: skip
CHARSETS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "shift_jis", "gb18030", "koi8-r", "iso2022_jp")

attributes = st.lists(st.sampled_from(_ATTRIBUTES), max_size=3).map("".join)
text = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=12).map(" ".join)


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def build(tag: str, given: str, inside: list[str], close: str | None) -> str:
        return f"<{tag}{given}>{''.join(inside)}" + ("" if close is None else f"</{close}>")

    closing = st.one_of(st.none(), st.sampled_from(TAGS))
    tags = st.sampled_from(TAGS)
    proper = st.builds(lambda tag, g, c: build(tag, g, c, tag), tags, attributes, st.lists(children, max_size=4))
    return proper | st.builds(build, tags, attributes, st.lists(children, max_size=4), closing)


tree = st.recursive(text | st.sampled_from(("<!-- c -->", "<br/>", "<img src=x>", "")), _element, max_leaves=25)
nested = st.builds(
    lambda unit, deep, core: unit * deep + core,
    st.lists(st.sampled_from(TAGS).map("<{}>".format), min_size=1, max_size=3).map("".join),
    st.integers(1, 300),
    text,
)
encoded = st.builds(
    lambda page, name, liar: (page.encode(name, "xmlcharrefreplace"), liar),
    tree,
    st.sampled_from(CHARSETS),
    st.sampled_from(
        (None, "text/html", *(f"text/html; charset={name}" for name in (*CHARSETS, "x-unknown", "hex")))
    ),
)
