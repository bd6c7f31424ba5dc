"""Records of exports: one row a person and case, and what an export run did.

Refuses a name without stage, source, address and quote.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from extraction.model import Offence, Stage


class ExportStage(StrEnum):
    """How far a case must have got. `charged` includes everyone further; cleared persons are in neither."""

    CHARGED = "charged"
    CONVICTED = "convicted"

    @property
    def stages(self) -> frozenset[Stage]:
        """The stages that this list holds."""
        convicted = frozenset({Stage.PLEADED_GUILTY, Stage.CONVICTED, Stage.SENTENCED})
        match self:
            case ExportStage.CHARGED:
                return convicted | {Stage.CHARGED, Stage.ON_TRIAL}
            case ExportStage.CONVICTED:
                return convicted


class ExportFormat(StrEnum):
    """CSV for people with spreadsheets (made safe), JSON lines for programs (exact)."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportRow:
    """One accused in one story. Field order is the order of columns.

    `record_id` is the mention's id: it stays when the text is read again, or the name is corrected. `quote` is the
    text from `quote_start` to `quote_end` that proves the stage; names of persons who are not accused are replaced
    by "[victim]", "[official]" and the like. `penalty_parts` are the parts of `penalty` ("months=144",
    "suspended", "fine_amount=50000"), once each. `perpetrator` is True when a court or a plea has established
    guilt, and no later story took it back. `reviewed` is "accepted", "corrected" or empty; of a corrected record
    `corrected_fields` are a human's word, while `quote` stays what the machine read. `person_stage` is what stands
    for the person in that case now, over all stories; None until it was told who the person is. The last four are
    what the story says of the crime, whoever did it: no court need have found it, and no human has compared it.
    """

    record_id: str
    name: str
    aliases: tuple[str, ...]
    age: int | None
    nationality: str | None
    stage: Stage
    stage_date: str | None
    perpetrator: bool
    offences: tuple[Offence, ...]
    offences_iccs: tuple[str, ...]  # ICCS classes of `offences`
    offences_purposes: tuple[str, ...]  # Palermo purposes of `offences`
    charges: tuple[str, ...]
    statutes: tuple[str, ...]
    penalty: tuple[str, ...]
    penalty_parts: tuple[str, ...]
    country_prosecution: tuple[str, ...]
    country_offence: tuple[str, ...]
    country_accused_origin: tuple[str, ...]
    country_victim_origin: tuple[str, ...]
    country_transit: tuple[str, ...]
    country_destination: tuple[str, ...]
    country_reporting: tuple[str, ...]
    source: str | None
    source_title: str | None
    source_country: str | None
    publisher: str | None
    official_source: bool | None
    url: str
    other_urls: tuple[str, ...]
    article_date: str | None
    title: str | None
    quote: str
    quote_start: int
    quote_end: int
    rule: str
    score: float
    article_id: str
    extractor_version: str
    first_seen: dt.datetime
    person_id: str | None
    case_ids: tuple[str, ...]
    reviewed: str
    person_stage: Stage | None
    corrected_fields: tuple[str, ...]
    palermo_acts: tuple[str, ...]
    palermo_means: tuple[str, ...]
    palermo_purposes: tuple[str, ...]
    ilo_indicators: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportResult:
    """What an export wrote. `waiting_rows` have too low a score to be listed, and no human has spoken of them.

    `warning` is a sentence when the run looks odd (twice the rows of the last one).
    """

    directory: Path
    files: tuple[Path, ...]
    rows: int
    cleared_rows: int
    waiting_rows: int
    previous_rows: int | None
    warning: str | None
