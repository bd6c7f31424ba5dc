"""Writes docs/reliability.md: each fault that tipwatch must survive, the tests that show it, what they measured.

Refuses figures by hand: each comes out of a run of the tests, by `record_property("figure", ...)`.

    python -m tools.reliability                       # run them all (about 15 minutes), write the page
    python -m tools.reliability --row "slow drip"     # run one row's tests, print its line
    python -m tools.reliability --junit one.xml two.xml  # write the page from runs that were kept
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.reliability.rows import ROOT, ROWS, Row, by_row

MESSAGE = 160  # characters of a failed test's first line that the page shows
PAGE = ROOT / "docs" / "reliability.md"
SECONDS = 1800  # of one test at most, as those say of themselves that take long: a machine may be busy

HEAD = """\
# What happens when something goes wrong

Each row is a fault, what must hold, whether it does, what the last run measured, and the tests that show it. The
page is written by `python -m tools.reliability` out of a run of exactly these tests; a test of its own keeps rows
and names true. Find a row's tests by its words: `grep -rn 'slow drip' tests`; run one row with
`python -m tools.reliability --row 'slow drip'`. "Not run" is said of a test whose result the page was written
without, or that lacks something on that machine.

"""
COLUMNS = "| fault | must hold | holds | figure | test |\n|---|---|---|---|---|\n"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one test, or one variant of it, came to. `trouble` is None when it passed."""

    test: str
    variant: str
    figure: str
    trouble: str | None
    ran: bool
    date: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Run or read, write the page, and say what does not hold. 0 when everything that ran holds."""
    parser = argparse.ArgumentParser(prog="python -m tools.reliability", description=__doc__.splitlines()[0])
    parser.add_argument("--row", help="only this fault; prints its line and leaves the page alone")
    parser.add_argument("--junit", nargs="+", type=Path, help="read these results of pytest instead of running")
    parser.add_argument("--keep", type=Path, help="write the run's results here, for --junit")
    given = parser.parse_args(arguments)
    rows = [row for row in ROWS if given.row in (None, row.fault)]
    if not rows:
        parser.error(f"no row is called {given.row!r}; see docs/reliability.md")
    with tempfile.TemporaryDirectory() as folder:
        files = given.junit or [run(rows, given.keep or Path(folder) / "results.xml")]
        outcomes = list(read(files))
    lines = {row.fault: line_of(row, outcomes) for row in rows}
    print("".join(lines.values()), end="")
    if given.row is None:
        PAGE.write_text(page(lines, outcomes, len(files)), encoding="utf-8")
    failed = [one for one in outcomes if one.trouble is not None and one.ran]
    for one in failed:
        print(f"does not hold: {one.test} {one.trouble}", file=sys.stderr)
    return 1 if failed else 0


def run(rows: Sequence[Row], results: Path) -> Path:
    """Run the rows' tests, however long they take; failures are for the page to tell."""
    known = by_row()
    tests = [test for row in rows for test in known[row.fault]]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--override-ini=junit_family=xunit1",
    ]
    command += [f"--override-ini=timeout={SECONDS}", f"--junitxml={results}", *tests]
    subprocess.run(command, cwd=ROOT, check=False)
    return results


def read(files: Sequence[Path]) -> Iterator[Outcome]:
    """Outcomes of kept runs; a later file's word on a test replaces an earlier one's."""
    found: dict[str, list[Outcome]] = {}
    for file in files:
        here: dict[str, list[Outcome]] = {}
        for suite in ElementTree.parse(file).iter("testsuite"):  # noqa: S314 - pytest wrote it
            for case in suite.iter("testcase"):
                outcome = outcome_of(case, suite.attrib["timestamp"][:10])
                here.setdefault(outcome.test, []).append(outcome)
        found |= here
    for outcomes in found.values():
        yield from outcomes


def outcome_of(case: ElementTree.Element, date: str) -> Outcome:
    """One `testcase` of pytest's results."""
    name, _, variant = case.attrib["name"].partition("[")
    figures = [one.attrib["value"] for one in case.iter("property") if one.attrib["name"] == "figure"]
    trouble, ran = None, True
    for child in case:
        if child.tag in {"failure", "error"}:
            trouble = child.attrib.get("message", child.tag).splitlines()[0][:MESSAGE]
        if child.tag == "skipped":
            trouble, ran = child.attrib.get("message", "skipped"), child.attrib.get("type") == "pytest.xfail"
    path = case.attrib["classname"].replace(".", "/")
    return Outcome(
        test=f"{path}.py::{name}", variant=variant.rstrip("]"), figure="; ".join(figures), trouble=trouble,
        ran=ran, date=date,
    )  # fmt: skip


def line_of(row: Row, outcomes: Sequence[Outcome]) -> str:
    """The row's line."""
    tests = by_row()[row.fault]
    ours = [one for one in outcomes if one.test in tests]
    troubles = [str(one.trouble) for one in ours if one.trouble is not None and one.ran]
    away = [f"`{test}`: no result" for test in tests if test not in {one.test for one in ours}]
    away += [f"`{one.test}`: {one.trouble}" for one in ours if not one.ran]
    if troubles:
        verdict = "no: " + "; ".join(dict.fromkeys(troubles))
    elif all(not one.ran for one in ours):
        verdict = "not run: " + "; ".join(dict.fromkeys(away))
    elif away:
        verdict = "yes; not run: " + "; ".join(dict.fromkeys(away))
    else:
        verdict = "yes"
    figures = [f"{one.variant}: {one.figure}" if one.variant else one.figure for one in ours if one.figure]
    cells = [
        row.fault,
        row.holds,
        verdict,
        "<br>".join(figures) or "none",
        "<br>".join(f"`{one}`" for one in tests),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def page(lines: Mapping[str, str], outcomes: Sequence[Outcome], runs: int) -> str:
    """The whole page; `runs` of pytest gave the outcomes."""
    dates = sorted({one.date for one in outcomes})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    where = f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores"
    held = sum(" | yes" in line for line in lines.values())
    told = f"{runs} run{'s' if runs > 1 else ''} of {when}, {where}: {held} of {len(lines)} rows hold.\n\n"
    return HEAD + told + COLUMNS + "".join(lines.values())


if __name__ == "__main__":
    sys.exit(main())
