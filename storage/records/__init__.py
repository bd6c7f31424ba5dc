"""The frozen records that cross storage's door, in both directions.

Refuses rows and sessions: nothing here knows SQL, and nothing from SQLAlchemy ever leaves `storage`.
"""

from storage.records.coverage import (
    CountryCoverage,
    CoverageCounts,
    DayCount,
    Measure,
    SourceCoverage,
    ZeroReason,
)
from storage.records.exports import ExportFormat, ExportResult, ExportRow, ExportStage
from storage.records.ingests import FileProgress, SiftedSlice
from storage.records.pages import (
    ArchivePointer,
    FetchedPage,
    PageKept,
    PageRef,
    SavedArticle,
    StoredQuarantine,
)
from storage.records.references import ImportResult, OwnFigure
from storage.records.runs import FailureClass, Poll, PollKind, RunKind, RunOutcome, RunRecord
from storage.records.series import CoverageEvent, EventKind
from storage.records.sources import RobotsAnswer, SourceCheck, SourceFacts, StatusChange

__all__ = [
    "ArchivePointer",
    "CountryCoverage",
    "CoverageCounts",
    "CoverageEvent",
    "DayCount",
    "EventKind",
    "ExportFormat",
    "ExportResult",
    "ExportRow",
    "ExportStage",
    "FailureClass",
    "FetchedPage",
    "FileProgress",
    "ImportResult",
    "Measure",
    "OwnFigure",
    "PageKept",
    "PageRef",
    "Poll",
    "PollKind",
    "RobotsAnswer",
    "RunKind",
    "RunOutcome",
    "RunRecord",
    "SavedArticle",
    "SiftedSlice",
    "SourceCheck",
    "SourceCoverage",
    "SourceFacts",
    "StatusChange",
    "StoredQuarantine",
    "ZeroReason",
]
