"""Reference figures: the shipped ones are the sourced ones; a user's file is taken whole or named line by line."""

from __future__ import annotations

import contextlib
import csv
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import codes
from config.catalogue import load_catalogue
from config.faults import ConfigErrors
from config.reference import COLUMNS, INDICATORS, REFERENCE, ReferenceFigure, load_reference, read_reference_file
from config.reference_cells import one_typo
from config.spoken import spoken

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data" / "reference"
HEADER = ",".join(COLUMNS)
GOOD = "in,2020,convicted,7,,A ministry"


def write(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "own.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def faults(path: Path) -> list[tuple[int | None, str, str, str]]:
    with pytest.raises(ConfigErrors) as caught:
        read_reference_file(path, this_year=2026)
    assert {one.file for one in caught.value.errors} == {str(path)}
    assert all(one.remedy for one in caught.value.errors)
    return [(one.line, one.key, one.problem, one.remedy) for one in caught.value.errors]


def test_the_shipped_figures() -> None:
    figures = load_reference()
    assert Counter(one.indicator for one in figures) == {
        "population": 217, "press_freedom_score": 890, "press_freedom_rank": 890,
        "investigated": 1087, "prosecuted": 1599, "convicted": 1670, "victims_identified": 1754,
    }  # fmt: skip
    assert len({one.key for one in figures}) == len(figures)
    assert min(one.year for one in figures if one.indicator.startswith("press_freedom")) == 2022
    assert {one.value_text for one in figures if one.value is None} == {"<5"}
    assert load_reference() is figures


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent: only the founders' machines have it")
def test_every_shipped_line_is_a_sourced_one() -> None:
    def rows(path: Path) -> list[dict[str, str]]:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def line(row: dict[str, str], indicator: str, value: str, text: str = "") -> tuple[str, ...]:
        return (row["country"], row["year"], indicator, value, text, row["source"])

    sourced = [line(row, "population", row["population"]) for row in rows(SHARED / "population.csv")]
    for row in rows(SHARED / "press_freedom.csv"):
        if int(row["year"]) >= 2022:
            sourced.append(line(row, "press_freedom_score", row["score"]))
            sourced.append(line(row, "press_freedom_rank", row["rank"]))
    sourced += [
        line(row, row["indicator"], row["value"], row["value_text"]) for row in rows(SHARED / "official_tip.csv")
    ]
    shipped = [tuple(row.values()) for path in REFERENCE.glob("*.csv") for row in rows(path)]
    assert Counter(shipped) == Counter(sourced)


def test_the_figures_are_packaged() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"][
        "targets"
    ]
    assert "config" in wheel["wheel"]["packages"]
    assert {path.name for path in REFERENCE.iterdir()} == {
        "README.md", "official_tip.csv", "population.csv", "press_freedom.csv",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "figure", "text"),
    [
        ("NP,2026,convicted,12,,s", ("np", 2026, "convicted", 12.0, None), "12"),
        ("xk,1990,convicted,,<5,s", ("xk", 1990, "convicted", None, "<5"), "<5"),
        (" np , 2020 ,press_freedom_score, 63.30 ,,s", ("np", 2020, "press_freedom_score", 63.3, None), "63.3"),
        ('np,2020,raids_in_2020,0,,"s, t ""u"""', ("np", 2020, "raids_in_2020", 0.0, None), "0"),
        ("in,2024,population,1450935791,,s", ("in", 2024, "population", 1450935791.0, None), "1450935791"),
        ("np,2020,convicted,12.0,,s", ("np", 2020, "convicted", 12.0, None), "12"),
    ],
)
def test_a_good_line(tmp_path: Path, line: str, figure: tuple[object, ...], text: str) -> None:
    (one,) = read_reference_file(write(tmp_path, line), this_year=2026)
    assert (one.country, one.year, one.indicator, one.value, one.value_text) == figure
    assert one.text == text


@pytest.mark.parametrize(
    ("line", "key", "problem", "remedy"),
    [
        ("Nepal,2020,convicted,1,,s", "country", "no country code", "did you mean np (Nepal)?"),
        ("NPL,2020,convicted,1,,s", "country", "no country code", "did you mean np (Nepal)?"),
        ("uk,2020,convicted,1,,s", "country", "no country code", "did you mean gb"),
        ("World,2020,convicted,1,,s", "country", "no country code", "a region is no country"),
        ("EU,2020,convicted,1,,s", "country", "no country code", "a region is no country"),
        (",2020,convicted,1,,s", "country", "missing", "ISO 3166-1"),
        ("np,20,convicted,1,,s", "year", "is no year", "four digits"),
        ("np,2020.0,convicted,1,,s", "year", "is no year", "four digits"),
        ("np,٢٠٢٠,convicted,1,,s", "year", "is no year", "four digits"),
        ("np,2027,convicted,1,,s", "year", "in the future", "1990 to 2026"),
        ("np,1989,convicted,1,,s", "year", "before 1990", "1990 to 2026"),
        ("np,2020,convictde,1,,s", "indicator", "unknown indicator", "did you mean convicted?"),
        ("np,2020,Convicted,1,,s", "indicator", "unknown indicator", "did you mean convicted?"),
        ("np,2020,my count,1,,s", "indicator", "is no name", "my_count"),
        (f"np,2020,{'a' * 65},1,,s", "indicator", "65 signs", "at most 64"),
        ("np,2020,,1,,s", "indicator", "missing", "victims_identified"),
        ("np,2020,convicted,-3,,s", "value", "negative", "0 or more"),
        ("np,2020,convicted,−3,,s", "value", "negative", "0 or more"),
        ("np,2020,convicted,nan,,s", "value", "no number", "never zero"),
        ("np,2020,convicted,Infinity,,s", "value", "no number", "never zero"),
        ("np,2020,convicted,..,,s", "value", "no number", "never zero"),
        ("np,2020,convicted,many,,s", "value", "no number", "never zero"),
        ("np,2020,convicted,1e6,,s", "value", "no number", "digits alone"),
        ("np,2020,convicted,<5,,s", "value", "no number", "belongs in value_text"),
        ('np,2020,convicted,"1,234",,s', "value", "thousands separator", "write 1234"),
        ('np,2020,population,"12,34,567",,s', "value", "thousands separator", "write 1234567"),
        ("np,2020,population,1 234 567,,s", "value", "thousands separator", "write 1234567"),
        ("np,2020,population,1.234,,s", "value", "not a whole number", "write 1234 if"),
        ('np,2020,press_freedom_score,"63,3",,s', "value", "comma", "write 63.3"),
        ("np,2020,convicted,1.5,,s", "value", "not a whole number", "whole"),
        ("np,2020,press_freedom_score,100.1,,s", "value", "too large", "at most 100"),
        ("np,2020,press_freedom_rank,0,,s", "value", "too small", "1 or more"),
        (f"np,2020,convicted,{'9' * 400},,s", "value", "too large", "at most 1000000000000"),
        ("np,2020,convicted,,,s", "value", "neither", "never zero"),
        ("np,2020,convicted,1,<5,s", "value_text", "both", "keep"),
        ("np,2020,convicted,,12,s", "value_text", "is a number", "in value"),
        ("np,2020,convicted,,n/a,s", "value_text", "no figure", "never zero"),
        ("np,2020,convicted,1,,", "source", "missing", "who published"),
        ("np,2020,convicted,1,,-", "source", "missing", "who published"),
        ("np,2020,convicted,1", "", "4 cells, the header has 6", "commas"),
        ("np,2020,convicted,1,234,,s", "", "7 cells, the header has 6", "1234"),
        ('np,2020,convicted,1,,"s', "", "quote that is not closed", "doubled"),
        ("np,2020,convicted,1,,a\x1b[31mb", "", "control character (U+001B)", "delete"),
        ("np,2020,convicted,1,,a\x00b", "", "control character (U+0000)", "delete"),
    ],
)
def test_a_bad_line_is_named_with_its_remedy(
    tmp_path: Path, line: str, key: str, problem: str, remedy: str
) -> None:
    ((number, where, what, how),) = faults(write(tmp_path, GOOD, line))
    assert (number, where) == (3, key)
    assert problem in what
    assert remedy in how


def test_every_bad_line_is_named_at_once(tmp_path: Path) -> None:
    lines = ["zz,2020,convicted,1,,s", GOOD, "np,2020,convicted,-1,,", "", ",,,,,", GOOD.replace("7", "8"), "np"]
    found = faults(write(tmp_path, *lines))
    assert [(line, key) for line, key, _, _ in found] == [
        (2, "country"),
        (4, "source"),
        (4, "value"),
        (7, ""),
        (8, ""),
    ]
    assert found[3][2] == "in 2020 convicted stands there twice: lines 3 and 7"


@pytest.mark.parametrize(
    ("body", "line", "problem"),
    [
        (b"", None, "the file is empty"),
        (b"\n\n,,,\n", None, "the file is empty"),
        (HEADER.encode(), 1, "no figures below the header"),
        (GOOD.encode(), 1, "no header"),
        (HEADER.replace(",", ";").encode() + b"\nnp;2020;convicted;1;;s", 1, "semicolons"),
        (HEADER.replace(",", "\t").encode() + b"\nnp\t2020", 1, "tabs"),
        (f"{HEADER}\n{GOOD}".encode("utf-16"), None, "UTF-16"),
        (f"{HEADER}\n{GOOD}".encode() + b"\xe8", 2, "not UTF-8 (byte 0xe8)"),
        (b"PK\x03\x04 a spreadsheet", None, "spreadsheet"),
        (HEADER.encode() + b",note\nnp,2020,convicted,1,,s,n", 1, 'unknown column "note"'),
        (b"year,indicator,value,value_text,source\n2020,convicted,1,,s", 1, "missing column"),
        (b"country," + HEADER.encode() + b"\nnp,np,2020,convicted,1,,s", 1, "twice"),
    ],
)
def test_a_file_that_is_no_reference_file(tmp_path: Path, body: bytes, line: int | None, problem: str) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(body)
    ((number, _, what, _),) = faults(path)
    assert (number, problem in what) == (line, True), what


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot be read" in faults(tmp_path / "absent.csv")[0][2]
    assert "cannot be read" in faults(tmp_path)[0][2]


def test_what_spreadsheets_write_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    lines = ["source,country,year,indicator,value_text,value", "s,np,2020,convicted,,1", ",,,,,", ""]
    path.write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    (one,) = read_reference_file(path, this_year=2026)
    assert (one.country, one.value, one.source) == ("np", 1.0, "s")


TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40)


@settings(max_examples=50, deadline=None)
@given(
    country=st.sampled_from(sorted(codes.countries())),
    year=st.integers(1990, 2026),
    value=st.integers(0, 10**12),
    source=TEXTS.map(lambda text: f"Report {text}".strip()),
)
def test_what_was_written_reads_back(
    tmp_path_factory: pytest.TempPathFactory, country: str, year: int, value: int, source: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([COLUMNS, (country, year, "convicted", value, "", source)])
    (one,) = read_reference_file(path, this_year=2026)
    expected = ReferenceFigure(
        country=country, year=year, indicator="convicted", value=float(value), value_text=None, source=source
    )
    assert (one, one.text) == (expected, str(value))


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from(f"{HEADER};\t\n\r\"'-.<5٣²½e\x00\u2028\ufeff"), max_size=60), st.booleans())
def test_any_text_is_figures_or_named_faults(
    tmp_path_factory: pytest.TempPathFactory, text: str, with_header: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes((f"{HEADER}\n{text}" if with_header else text).encode())
    found: tuple[object, ...] = ()
    with contextlib.suppress(ConfigErrors):
        found = read_reference_file(path, this_year=2026)
    if found == ():
        assert all(problem and "\x00" not in problem for _, _, problem, _ in faults(path))


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(sorted(INDICATORS)), st.data())
def test_one_slip_is_a_typo_and_two_are_not(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    slips = [word[:at] + word[at + 1 :], f"{word[:at]}0{word[at:]}", f"{word[:at]}0{word[at + 1 :]}", swapped]
    assert all(one_typo(slip, word) for slip in slips)
    assert not one_typo(f"0{word}0", word)


@pytest.mark.parametrize(
    ("country", "code", "share", "official"),
    [
        ("np", "ne", 0.44, True),
        ("no", "no", 1.0, True),  # nb and nn are folded into what the catalogue writes
        ("ph", "tl", 0.6, True),  # CLDR: fil
        ("tw", "zh", 0.95, True),  # CLDR: zh_Hant
        ("rs", "sr", 0.99, True),  # and sr_Latn
        ("in", "bn", 0.081, False),  # official in some states only
        ("xk", "sq", 0.92, True),
        ("sn", "wo", 0.7, True),  # in fact
    ],
)
def test_languages_spoken(country: str, code: str, share: float, official: bool) -> None:
    found = {one.code: one for one in spoken(country)}
    assert len(found) == len(spoken(country))
    assert (found[code].share, found[code].official) == (pytest.approx(share, abs=0.02), official)


def test_languages_of_every_country_are_written_as_the_catalogue_writes_them() -> None:
    every = {code: spoken(code) for code in codes.countries()}
    assert {code for code, found in every.items() if not found} <= {"aq", "bv", "cp", "hm"}  # nobody lives there
    assert all(0 <= one.share <= 1 and one.code.isalpha() for found in every.values() for one in found)
    written = {language for source in load_catalogue().sources.values() for language in source.languages}
    assert written - {one.code for found in every.values() for one in found} == set()
    with pytest.raises(KeyError):
        spoken("zz")
