"""One article of the report page: its text with marks, and beside it every person, the disagreements first.

Refuses markup from outside: every value is escaped, and only http and https become links.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import urlsplit

from spacy import displacy

from extraction.model import Article
from tipwatch.evaluation.marks import FALSE, FOUND, MISSED, Mark
from tipwatch.evaluation.outcomes import FalseAccused, Found, Outcome
from tipwatch.evaluation.records import PersonRecord

COLOURS = {
    FALSE: "#ffb4ab",
    MISSED: "#ffd08a",
    FOUND: "#bfe3cb",
    "victim": "#e4c9f0",
    "official": "#c9dcf5",
    "lawyer": "#cfe8ee",
    "witness": "#e6dccb",
    "other": "#e3e6ea",
    "stage": "#fff3a8",
    "penalty": "#ffe3b8",
    "nationality": "#ddf0c8",
    "age": "#ececec",
    "offences": "#fbdfe6",
}
TEMPLATE = '<mark style="background: {bg}">{text}\u2060<small>{label}</small></mark>'
KINDS = ("false", "missed", "relevance", "status", "age", "nationality", "offences", "country", "extra")
"""Kinds of disagreement: classes of a card, and the filters of the page, the gravest first."""
NAMED = {"extra": "dates, penalties, statutes", "country": "countries", "false": "false accused"}
NONE = "none"


def kinds(outcome: Outcome) -> dict[str, int]:
    """How many disagreements of each kind; kinds without any are left out."""
    counts = dict.fromkeys(KINDS, 0)
    counts["false"] = len(outcome.false)
    counts["missed"] = len(outcome.missed)
    counts["relevance"] = int(outcome.gold.relevant != outcome.said.relevant)
    counts["country"] = len(outcome.countries_false | outcome.countries_missed)
    for found in outcome.found:
        counts["offences"] += found.gold.offences != found.said.offences
        for name, field in found.fields.items():
            counts[name if name in counts else "extra"] += not field.right
    return {name: n for name, n in counts.items() if n}


def gravity(outcome: Outcome) -> tuple[int, ...]:
    """Sorts the articles: a victim or an official called accused comes first, then kind by kind."""
    counts = kinds(outcome)
    hurt = sum(one.role in {"victim", "witness", "official", "lawyer"} for one in outcome.false)
    return (-hurt, *(-counts.get(kind, 0) for kind in KINDS))


def card(article: Article, outcome: Outcome, marked: Sequence[Mark]) -> str:
    """The article as HTML."""
    counts = kinds(outcome)
    classes = " ".join(["card", *counts, *(["disagrees"] if counts else ["agrees"])])
    tags = "".join(
        f'<span class="tag {kind if kind in {"false", "missed", "relevance"} else "wrong"}">'
        f"{escape(NAMED.get(kind, kind))} {n}</span>"
        for kind, n in counts.items()
    )
    left, right = text(article.text, marked), side(outcome)
    body = f'<div class="split"><div class="text">{left}</div><div class="side"><div>{right}</div></div></div>'
    if not counts:
        body = f"<details><summary>Agrees; show the text</summary>{body}</details>"
    return (
        f'<article class="{classes}"><header><h3>{_title(article)}</h3>'
        f'<p class="soft">{_where(article)}</p><p>{tags}</p></header>{body}</article>\n'
    )


def text(whole: str, marked: Sequence[Mark]) -> str:
    """The text with its marks, drawn by displaCy."""
    ents = [{"start": m.start, "end": m.end, "label": m.label} for m in marked]
    drawn = displacy.render(
        {"text": whole, "ents": ents, "title": None},
        style="ent",
        manual=True,
        page=False,
        jupyter=False,
        options={"colors": COLOURS, "template": TEMPLATE},
    )
    return str(drawn)


def side(outcome: Outcome) -> str:
    """Relevance, countries and persons, the disagreements first."""
    return "".join([*_article_lines(outcome), *map(_false, outcome.false), *map(_missed, outcome.missed),
                    *map(_found, sorted(outcome.found, key=_is_right))]) or (
        '<p class="soft">Nobody is accused, and nobody was called so.</p>'
    )  # fmt: skip


def _article_lines(outcome: Outcome) -> Iterator[str]:
    if outcome.gold.relevant != outcome.said.relevant:
        said, want = ("on topic", "off topic") if outcome.said.relevant else ("off topic", "on topic")
        why = f'<p class="soft">{escape(outcome.gold.why)}</p>' if outcome.gold.why else ""
        yield _block("relevance", "relevance", f"<p>{_change(said, want)}</p>{why}")
    if outcome.countries_false or outcome.countries_missed:
        said = ", ".join(sorted(outcome.said.prosecution)) or NONE
        want = ", ".join(sorted(outcome.gold.prosecution)) or NONE
        yield _block("wrong", "countries", f"<p>{_change(said, want)}</p>")


def _false(one: FalseAccused) -> str:
    return _person(
        "false",
        "false accused",
        one.said,
        [f"<p>Gold: <ins>{escape(one.role)}</ins></p>", _whole(one.said, "said")],
    )


def _missed(one: PersonRecord) -> str:
    return _person("missed", "missed", one, [_whole(one, "is")])


def _found(one: Found) -> str:
    lines = [
        f'<p><span class="key">{escape(name.replace("_", " "))}:</span> {_change(field.said, field.want)}</p>'
        for name, field in one.fields.items()
        if not field.right
    ]
    if one.missing or one.surplus:
        shared = ", ".join(map(escape, sorted(one.gold.offences & one.said.offences)))
        words = [shared, *(f"<del>{escape(o)}</del>" for o in sorted(one.surplus)),
                 *(f"<ins>{escape(o)}</ins>" for o in sorted(one.missing))]  # fmt: skip
        lines.append(f'<p><span class="key">offences:</span> {", ".join(word for word in words if word)}</p>')
    right = _is_right(one)
    return _person(
        "right" if right else "wrong", "right" if right else "wrong", one.said, lines or [_whole(one.gold, "is")]
    )


def _is_right(one: Found) -> bool:
    return one.exact and all(field.right for field in one.fields.values())


def _person(kind: str, tag: str, one: PersonRecord, lines: Sequence[str]) -> str:
    score = "" if one.score is None else f' <span class="soft">score {one.score:.2f}</span>'
    return _block(kind, tag, "".join(lines), f"<bdi>{escape(one.name)}</bdi>{score}")


def _block(kind: str, tag: str, body: str, head: str = "") -> str:
    return f'<div class="person"><h4><span class="tag {kind}">{tag}</span>{head}</h4>{body}</div>'


def _whole(one: PersonRecord, word: str) -> str:
    values = [one.status, None if one.age is None else f"{one.age} years", one.nationality, *sorted(one.offences)]
    return f'<p><span class="key">{word}:</span> {escape(", ".join(str(v) for v in values if v) or NONE)}</p>'


def _change(said: object, want: object) -> str:
    before, after = (escape(str(NONE if value is None else value)) for value in (said, want))
    return f"<del>{before}</del> → <ins>{after}</ins>"


def _title(article: Article) -> str:
    title = f"<bdi>{escape(article.title or article.id)}</bdi>"
    if urlsplit(article.url).scheme in {"http", "https"}:
        return f'<a href="{escape(article.url, quote=True)}" rel="noreferrer noopener">{title}</a>'
    return title


def _where(article: Article) -> str:
    parts = (article.id, article.source, article.country, article.published)
    return " · ".join(f"<bdi>{escape(part)}</bdi>" for part in parts if part)
