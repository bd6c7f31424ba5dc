"""Stories from elsewhere, one JSON object a line: id, url, source, country, language, date, title, text.

Refuses to guess: a line that is not such a story is an error with file, line, key and remedy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from extraction.model import Article
from tipwatch.errors import CommandError

MAX_LINE = 10 * 1024 * 1024
"""Bytes a line, as for a page's body: no story is longer, and memory stays bounded."""

_REQUIRED = ("id", "text")
_OPTIONAL = ("url", "source", "country", "language", "date", "title")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2}([T ].*)?)?)?")
_HALF_PAIR = re.compile("[\ud800-\udfff]")


class BadLineError(CommandError):
    """A line that is no story."""

    def __init__(self, file: str, line: int, key: str | None, problem: str, remedy: str) -> None:
        subject = f" {key}:" if key else ""
        super().__init__(f"{file}:{line}:{subject} {problem}", remedy)
        self.line = line


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """A bad line that was passed over on request."""

    error: BadLineError


def read_stories(stream: IO[bytes], file: str, *, skip_bad: bool = False) -> Iterator[Article | Skipped]:
    """Articles in the order of the lines; blank lines are passed over. One line is in memory at a time.

    Raises BadLineError, or yields it as `Skipped` with `skip_bad`.
    """
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        too_long = len(line) > MAX_LINE
        if too_long:
            _pass_over(stream, line)
        elif not line.strip():
            continue
        try:
            yield read_story(b"" if too_long else line, file, number, too_long=too_long)
        except BadLineError as error:
            if not skip_bad:
                raise
            yield Skipped(error=error)


def read_story(line: bytes, file: str, number: int, *, too_long: bool = False) -> Article:
    """One line as an `Article`, its `text` to the code point. Raises BadLineError."""

    def bad(key: str | None, problem: str, remedy: str) -> BadLineError:
        return BadLineError(file, number, key, problem, remedy)

    if too_long:
        raise bad(None, "longer than 10 MiB", "No story is; is this file one JSON object a line?")
    try:
        data: Any = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except UnicodeDecodeError as error:
        raise bad(None, f"not UTF-8 at byte {error.start}", "Convert the file to UTF-8.") from error
    except json.JSONDecodeError as error:
        problem = f"not JSON: {error.msg} at character {error.colno}"
        raise bad(None, problem, "Write one JSON object a line.") from error
    except (RecursionError, ValueError) as error:
        raise bad(None, "not JSON that can be read", "Write one plain JSON object a line.") from error
    if not isinstance(data, dict):
        raise bad(None, f"a JSON {type(data).__name__}, not an object", 'Write {"id": …, "text": …}.')
    for key in _REQUIRED:
        if key not in data:
            raise bad(key, "missing", f"Every story needs {' and '.join(_REQUIRED)}.")
        if not isinstance(data[key], str) or (key == "id" and not data[key]):
            raise bad(key, f"{_kind(data[key])}, not a text", "Write it in quotes.")
    for key in _OPTIONAL:
        if data.get(key) is not None and not isinstance(data[key], str):
            raise bad(key, f"{_kind(data[key])}, not a text", "Write it in quotes, or null.")
    field = {key: _whole(data[key]) or None if data.get(key) is not None else None for key in _OPTIONAL}
    country, date = field["country"], field["date"]
    if country is not None and _COUNTRY.fullmatch(country) is None:
        raise bad("country", f"{country!r} is no country code", "Write ISO 3166-1 alpha-2, such as in, or null.")
    if date is not None and _DATE.fullmatch(date) is None:
        raise bad("date", f"{date!r} is no date", "Write 2024-05-31, 2024-05, 2024, or null.")
    language = field["language"]
    return Article(
        id=_whole(data["id"]),
        url=field["url"] or "",
        text=_whole(data["text"]),
        title=field["title"],
        published=None if date is None else date[:10],
        published_rule=None if date is None else "input",
        language=None if language is None else language.lower()[:2],
        source=field["source"],
        country=None if country is None else country.lower(),
    )


def _whole(text: str) -> str:
    """Half a surrogate pair, which JSON allows and UTF-8 does not, becomes one replacement character."""
    return _HALF_PAIR.sub("\ufffd", text)


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "empty"
        case list():
            return "a list"
        case _:
            return "an object"


def _pass_over(stream: IO[bytes], line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_LINE)
