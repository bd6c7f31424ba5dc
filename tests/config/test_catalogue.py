"""The packaged catalogue as a whole, and each of its sources."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import pytest

from config.catalogue import PACKAGED, load_catalogue
from config.faults import ConfigErrors
from config.source import Level, Source, SourceState
from config.source_file import ListingPart, SitemapPart, SourceFile

CATALOGUE = load_catalogue()
REQUIRED = (
    "in", "np", "bd", "pk", "ph", "th", "my", "id", "hk", "ke", "ng", "gh", "za", "ug", "gb", "ro", "es", "mx",
    "br", "co", "us",
)  # fmt: skip


def of(country: str) -> tuple[Source, ...]:
    return CATALOGUE.select(country=country)


def test_size() -> None:
    assert len(CATALOGUE.sources) >= 420
    assert len({source.country for source in CATALOGUE.sources.values()}) >= 90


@pytest.mark.parametrize("country", REQUIRED)
def test_countries_that_must_be_watched(country: str) -> None:
    assert len(of(country)) >= 5


def test_local_press_of_the_united_states() -> None:
    near = [source for source in of("us") if source.level in (Level.LOCAL, Level.REGIONAL)]
    assert len([source for source in near if not source.publisher.official]) >= 30
    assert len([source for source in near if source.publisher.official]) >= 5


@pytest.mark.parametrize("source", CATALOGUE.sources.values(), ids=lambda source: source.id)
def test_each_source(source: Source) -> None:
    assert Path(source.file).is_file()
    assert source.id == f"{Path(source.file).parent.name}_{Path(source.file).stem}"
    assert source.country in source.countries
    assert urlsplit(source.homepage).path == "/"
    # Nobody has reached any of them from here, and no file may say otherwise.
    assert source.status.state is SourceState.UNVERIFIED
    assert "nobody has reached it" in source.status.reason
    assert source.politeness.delay >= 5
    assert source.expected.max_month >= 10 * max(source.expected.min_month, 1)


def test_one_homepage_one_outlet() -> None:
    """Editions share a host, but then not a title."""
    seen: dict[tuple[str, str], str] = {}
    for source in CATALOGUE.sources.values():
        key = (urlsplit(source.homepage).netloc.removeprefix("www."), source.title)
        assert key not in seen, f"{source.id} and {seen[key]}"
        seen[key] = source.id


def test_titles_are_clean() -> None:
    for source in CATALOGUE.sources.values():
        assert source.title == source.title.strip()
        assert not source.title.lower().startswith(("http", "www.")), source.id
        assert "|" not in source.title, source.id
        assert "rss" not in source.title.lower().split(), source.id


def test_loads_in_time() -> None:
    """600 files in two seconds, on a machine that also does other things."""
    started = perf_counter()
    load_catalogue(PACKAGED)
    assert perf_counter() - started < 2.0 * max(1.0, len(CATALOGUE.sources) / 600)


def test_sorted_and_frozen() -> None:
    assert list(CATALOGUE.sources) == sorted(CATALOGUE.sources)
    with pytest.raises(TypeError):
        CATALOGUE.sources["x"] = of("np")[0]  # type: ignore[index]


def test_select() -> None:
    assert [s.id for s in CATALOGUE.select(("np_kathmandupost", "in_thehindu"))] == [
        "in_thehindu",
        "np_kathmandupost",
    ]
    assert CATALOGUE.select(("in_thehindu",), country="np") == ()
    assert {s.country for s in CATALOGUE.select(country="NP")} == {"np"}
    assert CATALOGUE.select(states=(SourceState.RETIRED,)) == ()
    assert len(CATALOGUE.select()) == len(CATALOGUE.sources)


@pytest.mark.parametrize(
    ("arguments", "key", "remedy"),
    [
        ({"ids": ("in_thehndu",)}, "in_thehndu", "did you mean in_thehindu"),
        ({"ids": ("zzz",)}, "zzz", "tipwatch source list"),
        ({"country": "uk"}, "country", "did you mean gb"),
        ({"ids": ("in_thehindu",), "states": (SourceState.ACTIVE,)}, "in_thehindu", "status.state"),
    ],
)
def test_select_refuses(arguments: dict[str, object], key: str, remedy: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        CATALOGUE.select(**arguments)  # type: ignore[arg-type]
    (error,) = caught.value.errors
    assert error.key == key
    assert remedy in error.remedy


def test_the_table_in_the_docs_is_current() -> None:
    root = PACKAGED.parents[1]
    done = subprocess.run(
        [sys.executable, "tools/sources_table.py", "--check"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_example_in_the_docs_is_a_source(tmp_path: Path) -> None:
    page = (PACKAGED.parents[1] / "docs" / "sources.md").read_text("utf-8")
    path = tmp_path / "in" / "dailyexample.yml"
    path.parent.mkdir()
    path.write_text(page.partition("```yaml\n")[2].partition("```")[0], "utf-8")
    (source,) = load_catalogue(tmp_path).sources.values()
    assert (source.id, source.languages, len(source.discover)) == ("in_dailyexample", ("en", "no"), 3)
    written = set(SourceFile.model_fields) | set(ListingPart.model_fields) | set(SitemapPart.model_fields)
    assert [name for name in sorted(written) if f"{name}:" not in page] == []
