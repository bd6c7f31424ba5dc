"""The README beside a feed: what its files can and cannot mean, for whoever loads them.

Refuses a feed without its limits: they stand here before the formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage.records.feed import FeedStage
from tipwatch.feed.dataset import SUMMARY, TITLES
from tipwatch.feed.files import FILES
from tipwatch.feed.tally import Tally

TEXT = """\
# {title}

{summary}
{targets} persons and organisations, {entities} entities, {countries} countries of prosecution.
Gate: stage `{stage}`; {reviewed}.

## Before you act on a name
- It is what a source wrote, read by a machine. Open the story (`sourceUrl`) and the quote (`evidence.jsonl`)
  first.
- A name is not an identity. `birthDate` has the two years that an age in the press leaves possible.
- Programme `TW-CONVICTED`: a court or a plea has established guilt, as reported. `TW-ACCUSED`: charged,
  presumed innocent; no topic of crime, only `poi`, and `role` "accused" in `CourtCaseParty`. `TW-UNREVIEWED`:
  no human has compared the record with its story. `program_ids` of `targets.simple.csv` has the same words.
- Whoever is acquitted, whose case is dismissed or quashed, who is taken down or told to be somebody else is
  gone from every file, and a `DEL` in the next delta. Apply deltas the day they come.
- Counts follow the press and our reach, not crime: never compare countries without `coverage.csv`.

## Files
| file | what |
|---|---|
{files}

`index.json` has sizes, SHA-1 (`checksum`) and SHA-256 of all of them; it is written last.

**Full and delta.** `entities.ftm.json` has an entity a line, sorted by id. `entities.delta.json` leads from the
version before (`delta.from_version`, with the SHA-1 of its full file in `delta.from_checksum`) to this one: add
the lines of `ADD`, replace those of `MOD`, drop those of `DEL`, sort by id: the bytes are those of today's full
file, whose SHA-1 is `delta.to_checksum`. `deltas/` has the last 30 versions that changed something; an entity
stands only in the newest one that touched it, so apply them oldest first, let `MOD` add and `DEL` of an unknown
id pass. Who is further behind loads the full file.

**Ids** are stable and hold no name: `tw-` with the person's id of tipwatch. Persons that turn out to be one
keep one id; the others are deleted and stand in `referents`.

**Topics** come parent and child together: `crime`, `crime.traffick`, `crime.traffick.human`, `forced.labor`.
The last three only for convictions of that; a conviction of pimping or smuggling alone is `crime`.

**evidence.jsonl**: positions count characters of the text that was extracted from the page, whose bytes have
the digest `tw:digest`. Names of others are masked; where `tw:masked` is true, find the place by position.

**offences.csv** has charges as worded; ICCS class and Palermo purpose (`offences_purposes`) of their categories.
`palermo_acts`, `palermo_means`, `palermo_purposes` and `ilo_indicators` are what the *story* says was done to
victims, by whomever: no court need have found it, it need not concern the person of the row, and no human has
compared it. Empty: the story says nothing of it, or we did not see it. Their quotes stand in `evidence.jsonl` with
the article as `source` and motivation `classifying`.
**perpetrators.htcds.csv** has no accused in it.

CSV files for loaders (`targets.simple.csv`, `statements.csv`) are UTF-8 without a byte order mark; in the first
a cell that a spreadsheet would run begins with "'", the second is exact and not for spreadsheets. The other CSV
files are for spreadsheets. The same rows give the same bytes; `index.json` and `catalog.json` alone name the
time of writing.
"""


def readme(stage: FeedStage, gate: Mapping[str, Any], tally: Tally) -> str:
    """The text of one feed."""
    unreviewed = f"unreviewed records with a score of {gate['min_score']:g} or more are in it, marked"
    return TEXT.format(
        title=TITLES[stage],
        summary=SUMMARY[stage],
        targets=tally.targets,
        entities=tally.entities,
        countries=len(tally.countries),
        stage=stage.value,
        reviewed=unreviewed
        if gate["include_unreviewed"]
        else "only records that a human has accepted or corrected",
        files="\n".join(f"| `{name}` | {title} |" for name, (_, title) in FILES.items()),
    )
