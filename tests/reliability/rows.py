"""The faults that tipwatch must survive, in order, and the tests that show it.

Refuses a list of tests kept by hand: a test belongs to a row because it says `record_property("row", "<fault>")`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A fault, and what must hold while and after it happens."""

    fault: str
    holds: str


def _row(fault: str, holds: str) -> Row:
    return Row(fault=fault, holds=holds)


ROWS = (
    _row("bomb (gzip, br, zstd)", "no body over 10 MiB accepted; memory grows < 50 MB"),
    _row(
        "kill -9 while crawling, 20 random points",
        "0 URLs lost, 0 duplicate rows, refetched at most what was in flight",
    ),
    _row("kill -9 while writing, 100 times", "nothing acknowledged lost, nothing torn, integrity check ok"),
    _row(
        "disk full",
        "no corrupt database or archive; the previous export intact; goes on after space is freed",
    ),
    _row("same delivery three times, shuffled, 4 workers", "row counts as with one"),
    _row("two crawls at once", "per host one request in flight, the delay kept, no URL fetched twice"),
    _row("clock jumps a day", "no burst below the delay, no lease stuck"),
    _row("robots.txt 4xx, 5xx, time-out, redirects, 600 kB", "as RFC 9309, 8 of 8"),
    _row(
        "SSRF by link, redirect, DNS: 20 private forms (v4, v6, mapped, decimal, link-local)",
        "0 connections; a test's loopback only by explicit setting",
    ),
    _row("XXE, billion laughs in sitemap, RSS, Atom, OPML", "no file read, no request, < 1 s"),
    _row("calendar trap, session ids", "at most 200 URLs a trap; other hosts unhurt"),
    _row("huge or hostile page", "quarantined within 5 s, worker below 600 MB, the rest goes on"),
    _row("slow drip", "cut at the total time-out"),
    _row("poison page that makes the extractor raise", "quarantined with its reason, replayable; the rest done"),
    _row("same article in 12 encodings", "the same names"),
    _row("30 malformed dates", 'no future date, no guess of "now", no crash'),
    _row("15 ways to hide text, 20 comment layouts", "0 names from them"),
    _row("spreadsheet formulas in 40 cells", "none active; JSON exact to the byte"),
    _row("40 injections into the review page", "none unescaped; no `javascript:` link; CSRF refused"),
    _row(
        "a run yields 30 % less, or double",
        "the export is refused and the old one stays, or a warning is given",
    ),
    _row("one of 50 sites breaks its layout", "the alarm names exactly that site in one run"),
    _row(
        "takedown of a person",
        "gone from every export and the API, one DEL in the delta, stays gone after re-crawl and re-extraction",
    ),
)


def by_row() -> dict[str, list[str]]:
    """Fault -> pytest's ids (`tests/crawl/test_killed.py::test_...`), found in the tests' own words."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "record_property(" in text:
            for name, fault in _told(ast.parse(text)):
                found.setdefault(fault, []).append(f"{path.relative_to(ROOT)}::{name}")
    return found


def _told(module: ast.Module) -> list[tuple[str, str]]:
    """(test's name, fault) of each function that records a row."""
    found = []
    for function in module.body:
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            for call in ast.walk(function):
                match call:
                    case ast.Call(
                        func=ast.Name(id="record_property"),
                        args=[ast.Constant(value="row"), ast.Constant(value=str(fault))],
                    ):
                        found.append((function.name, fault))
    return found
