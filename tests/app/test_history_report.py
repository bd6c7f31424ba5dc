"""The report on the generated history: it names what was planted, and is not fooled by it.

Refuses a smaller world as proof: the same checks run on a million source-days and stories (slow).
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from benchmarks.history import DATABASE, SOURCES, write_history
from benchmarks.planted import Planted
from config.catalogue import load_catalogue
from extraction.version import EXTRACTOR_VERSION
from storage.records import ExportStage
from storage.records.sources import SourceFacts
from storage.store import Store
from tests.app import history_checks as checks
from tipwatch.report.assemble import ReportOrder, assemble
from tipwatch.report.content import Report
from tipwatch.report.overview import Overview

READ_LANGUAGES = ("en", "es", "fr", "id", "it", "pt")
SMALL = 0.02


@pytest.fixture(
    scope="module", params=[SMALL, pytest.param(1.0, marks=pytest.mark.slow)], ids=["small", "a million"]
)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Planted, Report]:
    folder: Path = tmp_path_factory.mktemp("history")
    planted = write_history(folder, seed=5, scale=request.param)
    facts = [SourceFacts.of(one) for one in load_catalogue(folder / SOURCES).sources.values()]
    with Store.open(f"sqlite:///{folder / DATABASE}", folder / "archive") as store:
        overview = Overview(store=store, facts=facts, read_languages=READ_LANGUAGES)
        order = ReportOrder(
            made_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            reader_version=EXTRACTOR_VERSION,
            stage=ExportStage.CHARGED,
        )
        report = assemble(overview, order)
    shutil.rmtree(folder)
    return planted, report


@pytest.mark.timeout(900)  # a million rows are written and counted first: 100 CPU-seconds
@pytest.mark.parametrize(
    "check",
    [
        checks.names_each_event,
        checks.volume_change_is_named,
        checks.panel_is_flat,
        checks.full_is_flagged,
        checks.reader_is_separated,
        checks.reasons_of_empty_countries,
        checks.estimates_cover_truth,
        checks.syndication_is_measured,
        checks.gaps_are_estimated,
    ],
    ids=lambda check: check.__name__,
)
def test_report(made: tuple[Planted, Report], check: checks.Check) -> None:
    planted, report = made
    assert (report.since, report.until) == (planted.first, planted.last)
    check(report, planted)
