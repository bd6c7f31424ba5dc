"""Malformed sources: each fault with its file, line, key and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from config.catalogue import load_catalogue
from config.faults import ConfigError, ConfigErrors
from config.source_file import SourceFile
from config.validation import load_yaml

GOOD = """\
title: The Daily Example
homepage: https://daily.example/
publisher:
  name: Example Press
  kind: newspaper
  ownership: private
  official: false
countries: [in]
languages: [en, hi]
level: local
discover:
  - feed: https://daily.example/rss
  - sitemap: https://daily.example/news.xml
  - listing: https://daily.example/court
    item: article.teaser
    next_page: a.next::attr(href)
politeness: {delay: 5, pages_per_run: 100}
expected: {min: 10, max: 400}
status:
  state: unverified
  reason: written for a test
  date: 2026-11-22
"""

# what is replaced, by what, line, key, words of the problem, words of the remedy
FAULTS = [
    ("title:", "titel:", 1, "titel", "unknown key", "did you mean title"),
    ("title: The Daily Example\n", "", 1, "title", "missing", "add `title:`"),
    ("title: The Daily Example", "title: 24", 1, "title", "not a text", 'quote it: "24"'),
    ("title: The Daily Example", 'title: " "', 1, "title", "at least 1 character", "name"),
    ("The Daily Example", "The Daily: Example", 1, "", "not valid YAML", "quotes"),
    ("homepage: https:", "homepage: ftp:", 2, "homepage", "no web address", "https://host/path"),
    ("//daily.example/\n", "//desk:secret@daily.example/\n", 2, "homepage", "password", "remove"),
    ("https://daily.example/\n", "https:///\n", 2, "homepage", "no host", "https://host/path"),
    ("https://daily.example/\n", "https://daily.example:99999/\n", 2, "homepage", "no address", "https://host"),
    (
        "https://daily.example/\n",
        "https://daily.example/#top\n",
        2,
        "homepage",
        "fragment",
        "https://daily.example/",
    ),
    ("publisher:\n", "publisher: Example\nx:\n", 3, "publisher", 'it is "Example"', "name, kind, ownership"),
    ("kind: newspaper", "kind: newpaper", 5, "publisher.kind", "allowed", "did you mean newspaper"),
    ("  ownership: private\n", "", 3, "publisher.ownership", "missing", "public_service"),
    ("official: false", "official: no", 7, "publisher.official", "reads no as false", "write `false`"),
    ("official: false", 'official: "false"', 7, "publisher.official", "boolean", "true for police"),
    ("[in]", "[no]", 8, "countries[0]", "reads no as false", 'quote it: "no"'),
    ("[in]", "[in, uk]", 8, "countries[1]", "no country code", "did you mean gb"),
    ("[in]", "[IN]", 8, "countries[0]", "no country code", "lower case: in"),
    ("[in]", "[in, Nepal]", 8, "countries[1]", "no country code", "did you mean np (Nepal)"),
    ("[in]", "[in, eu]", 8, "countries[1]", "no country code", ""),
    ("[in]", "[in, in]", 8, "countries", "stands twice", "keep one"),
    ("[in]", "[np]", 8, "countries", "lies in the folder in/", "move the file"),
    ("[in]", "[]", 8, "countries", "at least 1 item", "the folder's among them"),
    ("[en, hi]", "[en, eng]", 9, "languages[1]", "no language code", "did you mean en"),
    ("[en, hi]", "[English]", 9, "languages[0]", "no language code", "did you mean en (English)"),
    ("level: local", "level: locla", 10, "level", "allowed", "did you mean local"),
    (
        "  - feed: https://daily.example/rss\n",
        "  - rss: https://daily.example/rss\n",
        12,
        "discover[0]",
        "not exactly",
        "- feed:",
    ),
    (
        "  - feed: https://daily.example/rss\n",
        "  - {feed: 'https://a.example', sitemap: 'https://a.example'}\n",
        12,
        "discover[0]",
        "not exactly",
        "one each",
    ),
    ("news.xml\n", "news.xml\n    max_age: 3\n", 14, "discover[1].max_age", "unknown key", "max_age_days"),
    (
        "news.xml\n",
        "news.xml\n    follow: '(news'\n",
        14,
        "discover[1].follow",
        "no regular expression",
        "backslash",
    ),
    ("    item: article.teaser\n", "", 14, "discover[2].item", "missing", "CSS selector"),
    ("article.teaser", "article..teaser", 15, "discover[2].item", "no CSS selector", "article.teaser h2 a"),
    ("article.teaser", "a::attr(href)", 15, "discover[2].item", "no element", "write a"),
    ("a.next::attr(href)", "a.next", 16, "discover[2].next_page", "no text", "a.next::attr(href)"),
    ("delay: 5", "delay: fast", 17, "politeness.delay", "number", "seconds between requests"),
    ("delay: 5", "delay: -1", 17, "politeness.delay", "greater than or equal to 0", "seconds"),
    ("delay: 5, ", "delay: 5, delay: 6, ", 17, "politeness.delay", "twice (first on line 17)", "keep one"),
    ("pages_per_run: 100", "pages_per_run: 1:40", 17, "politeness.pages_per_run", "base 60", "quote it"),
    ("min: 10,", "min: 1000,", 18, "expected", "min 1000 is above max 400", "swap"),
    ("  reason: written for a test\n", "", 19, "status.reason", "missing", "why, in a sentence"),
    ("  date: 2026-11-22\n", "", 19, "status.date", "missing", "YYYY-MM-DD"),
    ("2026-11-22", "2026-22-11", 22, "status.date", "no date", "YYYY-MM-DD"),
    ("state: unverified", "state: unverifed", 20, "status.state", "allowed", "did you mean unverified"),
    ("  reason:", "\treason:", 21, "", "a tab", "spaces"),
    ("level: local", "level: &l local\ninclude: [*l]", 11, "include[0]", "alias", "write the value out"),
    ("level: local", "level: local\nnotes: &Co Weekly", 11, "", "anchor (`&Co`)", "quote"),
    ("level: local", "<<: {level: local}", 10, "", "merge key", "write the keys out"),
    ("level: local", "level: !!python/name:os.system local", 10, "level", "text", ""),
    ("level: local", "level: local\nexclude: ['[']", 11, "exclude[0]", "no regular expression", "backslash"),
    ("level: local", "level: local\non: 4", 11, "on", "YAML does not read this key", 'quote it: "on"'),
    ("level: local", "level: local\n---\ntitle: two", 11, "", "more than one", "one file"),
]


def faults_of(folder: Path) -> ConfigErrors:
    with pytest.raises(ConfigErrors) as caught:
        load_catalogue(folder)
    return caught.value


def put(folder: Path, text: str | bytes, name: str = "in/daily.yml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_good_one_loads(tmp_path: Path) -> None:
    put(tmp_path, GOOD)
    source = load_catalogue(tmp_path).sources["in_daily"]
    assert [type(part).__name__ for part in source.discover] == ["Feed", "Sitemap", "Listing"]
    assert (source.country, source.expected.max_month, source.interval_minutes) == ("in", 400, 60)


@pytest.mark.parametrize(("old", "new", "line", "key", "problem", "remedy"), FAULTS)
def test_fault(tmp_path: Path, old: str, new: str, line: int, key: str, problem: str, remedy: str) -> None:
    assert old in GOOD
    path = put(tmp_path, GOOD.replace(old, new, 1))
    errors = faults_of(tmp_path).errors
    found = [error for error in errors if error.key == key]
    assert found, [str(error) for error in errors]
    assert (found[0].file, found[0].line) == (str(path), line)
    assert problem in found[0].problem
    assert remedy in found[0].remedy
    assert found[0].remedy


@pytest.mark.parametrize(
    ("body", "line", "problem"),
    [
        (b"", 1, "empty"),
        (b"# only a comment\n", 1, "empty"),
        (b"- a\n- b\n", 1, "not a mapping"),
        (GOOD.encode().replace(b"Example Press", b"Pr\xe9sse"), 4, "not UTF-8"),
        (GOOD.encode("utf-16"), 1, "not UTF-8"),
        (b"title: a\nhomepage: b\x00c\n", 2, "control character"),
        (b"title: [" + b"[" * 50_000, 1, "nested too deeply"),
        (b"- " * 50_000, 1, "nested too deeply"),
        (b"{a: " * 5_000, 1, "nested too deeply"),
        (b"a: " + b'["]", ' * 50_000, 1, "nested too deeply"),
        (b"a: " + b"[" * 400 + b"]" * 400, 1, "nested too deeply"),
        (b"? " * 50_000, 1, "nested too deeply"),
        (b"title: [\n", 2, "not valid YAML"),
    ],
)
def test_unreadable_file(tmp_path: Path, body: bytes, line: int, problem: str) -> None:
    path = put(tmp_path, body)
    (error,) = faults_of(tmp_path).errors
    assert (error.file, error.line) == (str(path), line)
    assert problem in error.problem


def test_a_bomb_of_aliases_costs_nothing(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    put(tmp_path, "\n".join(rows))
    assert all("alias" in error.problem for error in faults_of(tmp_path).errors)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    put(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())
    assert "in_daily" in load_catalogue(tmp_path).sources


@pytest.mark.parametrize(
    ("name", "problem", "remedy"),
    [
        ("xx/daily.yml", '"xx" is no country code', "ISO 3166"),
        ("uk/daily.yml", '"uk" is no country code', "did you mean gb"),
        (f"in/{'a' * 91}.yml", "not a source's file name", "at most 90"),
        ("in/Daily.yml", "not a source's file name", "a-z"),
        ("in/daily.yaml", "not a source's file name", ".yml"),
        ("in/daily-news.yml", "not a source's file name", "_"),
        ("in/deep/daily.yml", "not a source's file name", ".yml"),
        ("daily.yml", "beside the country folders", "<iso2>/"),
    ],
)
def test_wrong_place(tmp_path: Path, name: str, problem: str, remedy: str) -> None:
    put(tmp_path, GOOD, name)
    (error,) = faults_of(tmp_path).errors
    assert problem in error.problem
    assert remedy in error.remedy


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    put(tmp_path, GOOD.replace("level: local", "level: x").replace("delay: 5", "delay: x"), "in/one.yml")
    put(tmp_path, "", "in/two.yml")
    put(tmp_path, GOOD.replace("[in]", "[np]"), "np/three.yml")
    put(tmp_path, GOOD, "in/four.yml")
    files = [Path(error.file).name for error in faults_of(tmp_path).errors]
    # three.yml is whole, but its addresses are those of four.yml.
    assert files == ["one.yml", "one.yml", "two.yml", "three.yml", "three.yml", "three.yml"]


def test_an_address_may_stand_in_one_source_only(tmp_path: Path) -> None:
    first = put(tmp_path, GOOD)
    other = GOOD.replace("https://daily.example/rss", "http://www.daily.example/rss/")
    put(tmp_path, re.sub(r"  - (sitemap|listing).*\n(    .*\n)*", "", other), "in/second.yml")
    (error,) = faults_of(tmp_path).errors
    assert (error.line, error.key) == (12, "discover[0]")
    assert f"already in {first}:12" in error.problem


def test_no_folder(tmp_path: Path) -> None:
    (error,) = faults_of(tmp_path / "absent").errors
    assert error.problem == "no such folder"


@settings(max_examples=150, deadline=None)
@given(
    position=st.integers(0, len(GOOD)),
    cut=st.integers(0, 12),
    noise=st.text(max_size=6),
)
def test_any_damage_ends_in_a_source_or_in_faults(
    tmp_path_factory: pytest.TempPathFactory, position: int, cut: int, noise: str
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "daily.yml"
    path.write_bytes((GOOD[:position] + noise + GOOD[position + cut :]).encode("utf-8", "surrogatepass"))
    lines = GOOD.count("\n") + noise.count("\n") + 2
    found: tuple[ConfigError, ...] = ()
    try:
        load_yaml(path, SourceFile)
    except ConfigErrors as faults:
        found = faults.errors
        event("refused")
    assert all(error.problem and error.remedy and error.line in range(1, lines + 1) for error in found)
