"""The report page: marks where they belong, disagreements first, and nothing in it that a browser would run."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.gold_samples import TEXT, article, gold, person, write_lines, write_set
from tipwatch.evaluation.cards import text
from tipwatch.evaluation.marks import FALSE, FOUND, MISSED, Mark, marks
from tipwatch.evaluation.outcomes import compare
from tipwatch.evaluation.page import page_names, set_page, write
from tipwatch.evaluation.readings import Span
from tipwatch.evaluation.records import article_record
from tipwatch.evaluation.results import Result
from tipwatch.evaluation.run import evaluate
from tipwatch.evaluation.sets import read_set, set_files

PEOPLE = [
    person("Arlo Quince", age=41),
    person("Bela Morrow"),
    person("Cora Dunmore", "official"),
    person("Dina Vale", "victim"),
    person("Evan Holt", "lawyer"),
]


class Page(HTMLParser):
    """Tags with their attributes, and the text of marks and of everything."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.data.append(data)


def scored(
    folder: Path, articles: list[dict[str, Any]], truth: list[dict[str, Any]], said: list[dict[str, Any]]
) -> Result:
    stem = write_set(folder, "small", articles, truth)
    (found,) = evaluate([read_set(*set_files(stem))], (), write_lines(folder / "said.jsonl", said)).results
    return found


def prediction(key: str, *persons: dict[str, Any], relevant: bool = True) -> dict[str, Any]:
    return {"id": key, "relevant": relevant, "persons": list(persons), "countries": {"prosecution": ["IN"]}}


def labelled(found: tuple[Mark, ...]) -> dict[str, set[str]]:
    by: dict[str, set[str]] = {}
    for one in found:
        by.setdefault(one.label, set()).add(TEXT[one.start : one.end])
    return by


def test_everybody_is_marked_by_full_name_and_by_its_parts() -> None:
    truth = article_record(gold("a", *PEOPLE))
    said = article_record(prediction("a", person("Arlo Quince"), person("Dina Vale")))
    assert labelled(marks(TEXT, compare(truth, said), ())) == {
        FOUND: {"Arlo Quince", "Quince"},
        MISSED: {"Bela Morrow", "Morrow"},
        FALSE: {"Dina Vale"},
        "official": {"Cora Dunmore"},
        "lawyer": {"Evan Holt"},
    }


def test_a_shared_family_name_marks_nobody() -> None:
    truth = article_record(gold("a", person("Arlo Quince"), person("Bela Quince")))
    found = marks("Arlo Quince and Bela Quince. Quince fled.", compare(truth, truth), ())
    assert [(one.start, one.end) for one in found] == [(0, 11), (16, 27)]


@given(
    st.lists(st.tuples(st.integers(-5, 220), st.integers(-5, 220), st.sampled_from(["stage", "age", "offences"])))
)
def test_marks_never_overlap_nor_leave_the_text(spans: list[tuple[int, int, str]]) -> None:
    truth = article_record(gold("a", *PEOPLE))
    proofs = [Span(start=a, end=b, fact=fact, rule="r@1") for a, b, fact in spans]
    end = 0
    for one in marks(TEXT, compare(truth, truth), proofs):
        assert end <= one.start < one.end <= len(TEXT)
        end = one.end


def test_the_gravest_disagreement_comes_first(tmp_path: Path) -> None:
    truth = [gold(key, *PEOPLE) for key in ("right", "missed", "victim", "off")]
    said = [
        prediction("right", *PEOPLE[:2]),
        prediction("missed", PEOPLE[0]),
        prediction("victim", *PEOPLE[:2], person("Dina Vale")),
        prediction("off", *PEOPLE[:2], relevant=False),
    ]
    html = set_page(scored(tmp_path, [article(row["id"]) for row in truth], truth, said))
    order = [html.index(f"<bdi>{key}</bdi> ·") for key in ("victim", "missed", "off", "right")]
    assert order == sorted(order)
    card = html[order[0] : order[1]]
    assert "Dina Vale\u2060<small>false accused</small>" in card
    assert "Gold: <ins>victim</ins>" in card


@pytest.mark.parametrize("whole", [TEXT, f"  {TEXT}\n\n{TEXT} ", "a < b & c > d \"e\" 'f' Arlo Quince\n", ""])
def test_a_marked_text_is_the_text(whole: str) -> None:
    truth = article_record(gold("a", *PEOPLE))
    drawn = text(whole, marks(whole, compare(truth, None), ()))
    inside = re.sub(r"^<div[^>]*>|</div>$", "", drawn.strip("\n"))
    plain = re.sub(r"<small>.*?</small>|<(?!br>)[^>]*>|\u2060", "", inside).replace("<br>", "\n")
    assert unescape(plain) == whole


def test_wrong_fields_show_what_was_said_and_what_is(tmp_path: Path) -> None:
    wrong = PEOPLE[0] | {
        "status": "sentenced",
        "age": 14,
        "nationality": "NG",
        "offences": ["smuggling"],
        "score": 0.71,
    }
    html = set_page(scored(tmp_path, [article("a")], [gold("a", PEOPLE[0])], [prediction("a", wrong)]))
    for words in (
        "status:</span> <del>sentenced</del> → <ins>charged</ins>",
        "age:</span> <del>14</del> → <ins>41</ins>",
        "nationality:</span> <del>NG</del> → <ins>none</ins>",
        "offences:</span> <del>smuggling</del>, <ins>sex_trafficking</ins>",
        "score 0.71",
    ):
        assert words in html


def test_filters_count_and_hide_without_script(tmp_path: Path) -> None:
    truth = [gold("a", *PEOPLE), gold("b", *PEOPLE)]
    said = [prediction("a", *PEOPLE[:2]), prediction("b", PEOPLE[0])]
    html = set_page(scored(tmp_path, [article("a"), article("b")], truth, said))
    assert '<label for="f-missed">missed <b>1</b></label>' in html
    assert '<label for="f-agrees">agree <b>1</b></label>' in html
    assert "#f-missed:checked ~ main .card:not(.missed) { display: none; }" in html
    assert [classes for tag, attrs in Page(html).tags if tag == "article" and (classes := attrs["class"])] == [
        "card missed disagrees",
        "card agrees",
    ]


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</mark></div></main><iframe src=//evil.example>",
    "<!--",
    "-->",
    "]]>",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "<style>*{display:none}</style>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>",
    "<a href=javascript:alert(1)>x</a>",
    "{text}",
    "{label}{bg}",
    "{0}",
    "%s",
    "<object data=x>",
    "<form action=//evil.example><input>",
    "\u202egnp.exe",
    "\x00<b>",
    "<details open ontoggle=alert(1)>",
]
TAGS = (
    "html head meta title style body h1 h2 h3 h4 p a b i u ul li div span mark small br bdi del ins input nav "
    "label main article header details summary table thead tbody tr th td"
)
ALLOWED = frozenset(TAGS.split())


@pytest.mark.parametrize("payload", HOSTILE)
def test_nothing_from_outside_becomes_markup(tmp_path: Path, payload: str) -> None:
    name = f"Arlo {payload} Quince"
    story = article(
        "a",
        title=payload,
        source=payload,
        text=f"{payload}\n{name} was charged. {TEXT} {payload}",
        url=f"javascript:{payload}",
    )
    wrong = person(name, status=payload, nationality=payload, offences=[payload], aliases=[payload])
    truth = gold(
        "a", person(f"Bela {payload} Morrow", nationality=payload, offences=[payload]), person(payload, "victim")
    )
    found = scored(tmp_path, [story], [truth | {"why": payload}], [prediction("a", wrong, relevant=False)])
    for path in write(tmp_path / "out", [found], [], [], lambda _: payload):
        html = path.read_text(encoding="utf-8")
        assert "content=\"default-src 'none'; style-src 'unsafe-inline'" in html
        for tag, attrs in Page(html).tags:
            assert tag in ALLOWED
            assert not [key for key in attrs if key.startswith("on") or key in {"src", "action", "srcdoc"}]
            assert not (attrs.get("href") or "").lower().startswith(("javascript:", "data:", "//"))
            assert (tag == "meta") == ("content" in attrs or "charset" in attrs)
        assert sum(tag == "style" for tag, _ in Page(html).tags) == 1


def test_pages_ask_for_nothing_from_elsewhere(tmp_path: Path) -> None:
    found = scored(tmp_path, [article("a")], [gold("a", *PEOPLE)], [])
    for path in write(tmp_path / "out", [found], [], [], lambda _: "newspaper"):
        html = path.read_text(encoding="utf-8")
        assert re.findall(r"url\(|@import|<link|<script|<img", html) == []
        links = [attrs["href"] for tag, attrs in Page(html).tags if tag == "a"]
        assert set(links) <= {"index.html", "small.html", "https://daily.example/a"}


def test_page_names_are_safe_and_apart() -> None:
    names = page_names(["../../etc/x", "index", "a b", "a_b", "A_B", "..."])
    assert len({name.casefold() for name in names.values()}) == 6
    assert all(re.fullmatch(r"[\w-][\w.-]*\.html", name) for name in names.values())
    assert "index.html" not in names.values()
