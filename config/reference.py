"""Reads figures that are not ours: people, freedom of the press, convictions, each with its year and source.

Refuses a file with any bad line: every one is named with its remedy, and none of its figures is taken.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config import codes
from config.faults import ConfigError, ConfigErrors
from config.reference_cells import (
    CONTROL,
    DECIMAL_COMMA,
    LEAVE_OUT,
    NAME,
    NEGATIVE,
    NO_FIGURE,
    NUMBER,
    THOUSANDS,
    country_remedy,
    no_number,
    one_typo,
    quoted,
)
from config.validation import did_you_mean

REFERENCE = Path(__file__).resolve().parent / "reference"
COLUMNS = ("country", "year", "indicator", "value", "value_text", "source")
FIRST_YEAR = 1990
SHIPPED_UNTIL = 2026  # the newest year among the shipped figures; raise it with them
MAX_BYTES = 16 * 1024 * 1024
LARGEST = 1e12
LONGEST = {"indicator": 64, "value_text": 40, "source": 300}  # signs


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator:
    """What a figure of a known name may be: `least` to `most`, `whole` where it counts persons or papers."""

    meaning: str
    whole: bool = True
    least: float = 0
    most: float = LARGEST


INDICATORS: Mapping[str, Indicator] = {
    "population": Indicator(meaning="people who live there"),
    "press_freedom_score": Indicator(meaning="RSF score, 0 to 100, higher is freer", whole=False, most=100),
    "press_freedom_rank": Indicator(meaning="RSF rank, 1 is the freest", least=1),
    "investigated": Indicator(meaning="persons suspected, arrested or cautioned for trafficking"),
    "prosecuted": Indicator(meaning="persons prosecuted for trafficking"),
    "convicted": Indicator(meaning="persons convicted of trafficking"),
    "victims_identified": Indicator(meaning="victims of trafficking that the authorities detected"),
    "newspapers": Indicator(meaning="newspapers that appear"),
}
"""The names that tipwatch itself reads. A user may import others: they are listed, and compared with nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceFigure:
    """One figure of one country and year. Either `value` or `value_text` is there, never both.

    `value_text` is what the source prints instead of a number: "<5" is no known number, and may be 0.
    """

    country: str
    year: int
    indicator: str
    value: float | None
    value_text: str | None
    source: str

    @property
    def text(self) -> str:
        """The figure as written, without separators: `1234`, `63.3`, `<5`."""
        if self.value is None:
            return self.value_text or ""
        return str(int(self.value)) if self.value.is_integer() else repr(self.value)

    @property
    def key(self) -> tuple[str, int, str]:
        """Country, year, indicator: what a figure is the figure of."""
        return (self.country, self.year, self.indicator)

    @property
    def says(self) -> tuple[float | None, str | None, str]:
        """Value, text and source: what the figure says."""
        return (self.value, self.value_text, self.source)


@functools.cache
def load_reference() -> tuple[ReferenceFigure, ...]:
    """The shipped figures of `config/reference/*.csv`. Raises ConfigErrors."""
    figures: list[ReferenceFigure] = []
    for path in sorted(REFERENCE.glob("*.csv")):
        figures += read_reference_file(path, this_year=SHIPPED_UNTIL)
    return tuple(figures)


def read_reference_file(path: Path, *, this_year: int) -> tuple[ReferenceFigure, ...]:
    """A user's figures, in the order of the file; none may be of a year after `this_year`.

    CSV in UTF-8 with the columns `country,year,indicator,value,value_text,source` in any order.
    Raises ConfigErrors with every bad line.
    """
    file = str(path)
    lines = re.split(r"\r\n|\n|\r", _decode(_read(path, file), file))
    return _Reader(file, this_year).read(lines)


class _Reader:
    """Walks one file once; `errors` gathers what it refuses."""

    def __init__(self, file: str, this_year: int) -> None:
        self.file = file
        self.this_year = this_year
        self.errors: list[ConfigError] = []
        self.first: dict[tuple[str, int, str], int] = {}

    def read(self, lines: Sequence[str]) -> tuple[ReferenceFigure, ...]:
        filled = [(n, line) for n, line in enumerate(lines, start=1) if line.strip(" \t,;") != ""]
        header = f"the first line is {','.join(COLUMNS)}, then a line for each figure"
        if not filled:
            raise ConfigErrors([self._error(None, "", "the file is empty", header)])
        columns = self._header(*filled[0])
        figures = [self._figure(n, line, columns) for n, line in filled[1:]] if columns is not None else []
        if columns is not None and len(filled) == 1:
            self._fault(filled[0][0], "", "no figures below the header", header)
        if self.errors:
            raise ConfigErrors(self.errors)
        return tuple(figure for figure in figures if figure is not None)

    def _header(self, n: int, line: str) -> tuple[str, ...] | None:
        """The columns in their order; None when the lines below cannot be read by them."""
        for sign, called in ((";", "semicolons"), ("\t", "tabs")):
            if sign in line and "," not in line:
                self._fault(n, "", f"cells separated by {called}", "save the file as CSV with commas, in UTF-8")
                return None
        names = [name.strip().lower() for name in self._cells(n, line) or ()]
        if not names:
            return None
        if not set(names) & set(COLUMNS):
            self._fault(n, "", "no header", f"the first line is {','.join(COLUMNS)}")
            return None
        for name in dict.fromkeys(names):
            if name in COLUMNS and names.count(name) > 1:
                self._fault(n, name, "a column that stands there twice", "keep one of the two")
            elif name not in COLUMNS:
                near = did_you_mean(name, set(COLUMNS) - set(names))
                ask = f"did you mean {near}?" if near else f"remove it; the columns are {','.join(COLUMNS)}"
                self._fault(n, "", f"unknown column {quoted(name)}", ask)
        for name in COLUMNS:
            if name not in names:
                self._fault(n, name, "missing column", f"the first line is {','.join(COLUMNS)}")
        return tuple(names) if all(names.count(name) == 1 for name in COLUMNS) else None

    def _figure(self, n: int, line: str, columns: Sequence[str]) -> ReferenceFigure | None:
        cells = self._cells(n, line)
        if cells is None:
            return None
        if len(cells) != len(columns):
            problem = f"{len(cells)} cells, the header has {len(columns)}"
            remedy = "quote a text that holds a comma, and write 1234, not 1,234"
            self._fault(n, "", problem, remedy if len(cells) > len(columns) else "add the missing commas")
            return None
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
        before = len(self.errors)
        for name, most in LONGEST.items():
            if len(row[name]) > most:
                self._fault(n, name, f"{len(row[name])} signs long", f"write at most {most}")
        country, year = self._country(n, row["country"]), self._year(n, row["year"])
        indicator = self._indicator(n, row["indicator"])
        value = self._value(n, row["indicator"], row["value"], row["value_text"])
        if row["source"].lower() in NO_FIGURE | {""}:
            self._fault(n, "source", "missing", "say who published the figure, and in which release")
        if country is not None and year is not None and indicator is not None:
            first = self.first.setdefault((country, year, indicator), n)
            if first != n:
                again = f"{country} {year} {indicator} stands there twice: lines {first} and {n}"
                self._fault(n, "", again, "keep one of the two")
        if len(self.errors) > before or country is None or year is None or indicator is None:
            return None
        return ReferenceFigure(
            country=country, year=year, indicator=indicator, value=value,
            value_text=row["value_text"] or None, source=row["source"],
        )  # fmt: skip

    def _cells(self, n: int, line: str) -> list[str] | None:
        """One line's cells. A figure stands on one line, so that an open quote spoils that line alone."""
        control = CONTROL.search(line)
        if control is not None:
            self._fault(n, "", f"a control character (U+{ord(control[0]):04X})", "delete it")
            return None
        try:
            return next(csv.reader([line], strict=True))
        except csv.Error as error:
            closed = "a quote that is not closed on its line" if "end of data" in str(error) else str(error)
            self._fault(
                n, "", closed, 'a text with a comma stands in quotes, a quote in it is doubled: "so ""a"""'
            )
            return None

    def _country(self, n: int, given: str) -> str | None:
        if given.lower() in codes.countries():
            return given.lower()
        if given == "":
            self._fault(n, "country", "missing", "write two letters of ISO 3166-1, as in np")
            return None
        self._fault(n, "country", f"{quoted(given)} is no country code", country_remedy(given))
        return None

    def _year(self, n: int, given: str) -> int | None:
        if re.fullmatch(r"[0-9]{4}", given) is None:
            self._fault(n, "year", f"{quoted(given)} is no year", "write one year in four digits, as in 2024")
            return None
        year = int(given)
        if not FIRST_YEAR <= year <= self.this_year:
            remedy = f"write a year from {FIRST_YEAR} to {self.this_year}"
            self._fault(
                n,
                "year",
                f"{year} is in the future" if year > self.this_year else f"{year} is before {FIRST_YEAR}",
                remedy,
            )
            return None
        return year

    def _indicator(self, n: int, given: str) -> str | None:
        if given in INDICATORS:
            return given
        snake = re.sub(r"[^a-z0-9]+", "_", given.lower()).strip("_")
        near = next((known for known in INDICATORS if one_typo(snake, known)), None)
        if given == "":
            self._fault(n, "indicator", "missing", f"one of {', '.join(INDICATORS)}, or a name of your own")
        elif near is not None:
            self._fault(n, "indicator", f"unknown indicator {quoted(given)}", f"did you mean {near}?")
        elif NAME.fullmatch(given) is None:
            write = f"write {snake}" if NAME.fullmatch(snake) else "as in convicted"
            self._fault(n, "indicator", f"{quoted(given)} is no name", f"small letters, digits and _: {write}")
        else:
            return given
        return None

    def _value(self, n: int, indicator: str, value: str, text: str) -> float | None:
        """The number; None where `text` stands instead, and where a fault was found."""
        if value == "":
            if text == "":
                self._fault(n, "value", "neither value nor value_text", LEAVE_OUT)
            elif text.lower() in NO_FIGURE:
                self._fault(n, "value_text", f"{quoted(text)} is no figure", LEAVE_OUT)
            elif any(kind.fullmatch(text) for kind in (NUMBER, NEGATIVE, THOUSANDS, DECIMAL_COMMA)):
                self._fault(
                    n, "value_text", f"{quoted(text)} is a number", "write it in value, as in 1234 or 63.3"
                )
            return None
        if text != "":
            remedy = "keep value for a number, or value_text for what is printed instead of one (<5)"
            self._fault(n, "value_text", "value and value_text are both there", remedy)
        if NUMBER.fullmatch(value) is None:
            self._fault(n, "value", *no_number(value))
            return None
        number, known = float(value), INDICATORS.get(indicator, Indicator(meaning="", whole=False))
        if not known.least <= number <= known.most:
            wanted = (
                f"{indicator} is {known.least:g} or more" if number < known.least else f"at most {known.most:.0f}"
            )
            shown = value if len(value) <= 20 else f"{value[:20]}…"
            self._fault(n, "value", f"{shown} is too {'small' if number < known.least else 'large'}", wanted)
        elif known.whole and not number.is_integer():
            digits = value.replace(".", "")
            thousands = f"write {digits} if {value} means thousands" if THOUSANDS.fullmatch(value) else None
            self._fault(
                n, "value", f"{value} is not a whole number", thousands or f"{indicator} counts whole ones"
            )
        return number

    def _fault(self, line: int, key: str, problem: str, remedy: str) -> None:
        self.errors.append(self._error(line, key, problem, remedy))

    def _error(self, line: int | None, key: str, problem: str, remedy: str) -> ConfigError:
        return ConfigError(file=self.file, line=line, key=key, problem=problem, remedy=remedy)


def _read(path: Path, file: str) -> bytes:
    try:
        with path.open("rb") as stream:
            body = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _whole(file, f"cannot be read ({error.strerror})", "check the path and its permissions") from error
    if len(body) > MAX_BYTES:
        raise _whole(file, f"larger than {MAX_BYTES // 1024 // 1024} MiB", "split it")
    return body


def _decode(body: bytes, file: str) -> str:
    remedy = 'save it as "CSV UTF-8", with commas'
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _whole(file, "a spreadsheet, not a CSV file", remedy)
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _whole(file, "UTF-16, not UTF-8", remedy)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise _whole(file, f"not UTF-8 (byte 0x{body[error.start]:02x})", remedy, line) from error


def _whole(file: str, problem: str, remedy: str, line: int | None = None) -> ConfigErrors:
    return ConfigErrors([ConfigError(file=file, line=line, key="", problem=problem, remedy=remedy)])
