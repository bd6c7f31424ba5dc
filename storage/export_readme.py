"""The README that lies beside every export: what its numbers can and cannot mean.

Refuses a list without its limits: whoever opens the folder finds them before the names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from extraction.accuracy import AccuracyCard
from storage.records.coverage import CountryCoverage
from storage.records.exports import ExportStage

WHO = {
    ExportStage.CHARGED: (
        "persons whom a named source reports as formally charged or further: charged, on trial, pleaded guilty, "
        "convicted or sentenced"
    ),
    ExportStage.CONVICTED: (
        "persons of whom a named source reports that they pleaded guilty, were convicted or were sentenced"
    ),
}

TEXT = """\
# Accused in trafficking cases, stage "{stage}"

Written by tipwatch at {written} from texts first seen {period}.
Rows: {rows} in `{main}`, {cleared_rows} in `{cleared}`. Read by: {versions}.

## What a row is
One person in one story. Listed are {who}.
An exact copy of the story at another address is the same row (`other_urls`); two different stories about one
person are two rows with one `person_id`, where we are sure that they are one; in doubt they are two persons.
`case_ids` are the proceedings. `record_id` stays when a story is read again: quote it to have a row corrected.
`perpetrator` is "yes" only where a court or a plea has established guilt and no later story took it back. Everyone
else is accused, and presumed innocent. `stage` is what *that* story reported on its day; `person_stage` is what
stands for the person in that case now, over all stories that we know.
`reviewed` is "accepted" or "corrected" where a human has compared the row with the text; `corrected_fields` are
then the human's word, and `quote` stays the passage that the machine read.
`quote` is the passage (characters `quote_start` to `quote_end` of the story's text) from which the stage was read;
names of people who are not accused are replaced by [victim], [official] and the like. `rule` says what read it;
`score` is the reader's own doubt about the person, from 0 to 1, and no promise.
`palermo_acts`, `palermo_means`, `palermo_purposes` and `ilo_indicators` are what the *story* says was done to
victims, by whomever: no court need have found it, it need not concern the person of the row, and no human has
compared it. Empty: the story says nothing of it, or we did not see it. `offences_purposes` are of `offences`.

## How well the reader reads
Measured on invented stories that nobody built it with: of the persons it names, how many are accused in
truth; of those accused, how many it names; how often stage and nationality are right. In brackets the 95 %
interval: the sets are small. `accuracy.json` has every field. A language that is not here was not measured.

{accuracy}

## What waits for review
Persons with a score below {min_score} are not listed: {waiting_rows} rows of this stage wait until a human has
accepted them. `{cleared}` has them whatever their score, since it takes people off lists. `waiting_review` in
`coverage.csv` counts all who wait, by country and at any stage; they are part of its `named_accused`.

## What a row is not
- Not a finding of ours. It is what a source wrote, read by a machine. Open `url` and read before you act.
- Not an identity. Many people share a name; no row tells which of them it is.
- Not current. Somebody listed here may have been cleared in a story that we never saw, or in one that we did not
  recognise as the same person's. Compare every name with `{cleared}` before you use it.
- `{cleared}` lists persons whose case a source reports as ended by acquittal, dismissal or reversal, with all
  earlier rows of that person in that case, and those of whom a conviction and an acquittal are reported and the
  order is not known. It is there to take people *off* lists, never to put them on one.
- Who was taken down on request, or rejected by a human, is in neither file.
- Minors are never listed, nor are victims, witnesses or officials.

## What the numbers can mean
Counts follow press coverage and our own reach, not crime. A country with few rows may have few cases, few sources
in our catalogue, a press that names nobody, or a language that we do not read yet. `coverage.csv` says which, by
country: sources, days watched, polls that worked, window gaps (stories that we missed), pages dropped and kept,
stories on topic, and for every zero its reason (`why_none_named`, `zeros`). Never compare two countries or
periods without it.
In `coverage.csv`, `named_accused` counts persons in the stories of sources that cover the country, wherever the
case is heard; a source that covers several countries counts in each, so columns do not add up. `prosecuted_here`
counts persons whose prosecution was read to be in the country, from any source.

Countries in `coverage.csv`: {countries}. With at least one named accused: {named}. With none: {silent}; the
reasons: {reasons}.

## Files
{files}

CSV files are UTF-8 with a byte order mark. A cell that begins with "'" began with a sign that a spreadsheet would
have run as a formula; the JSON lines format has the exact text. The same database gives the same bytes, save this
README and `manifest.json`, which name the time of writing.
"""


COLUMNS = (
    ("accused", "precision", "named and accused"),
    ("accused", "recall", "accused and named"),
    ("status", "accuracy", "stage"),
    ("nationality", "accuracy", "nationality"),
    ("whole_record", "accuracy", "whole record"),
)


def accuracy_table(card: AccuracyCard) -> str:
    """A line a language in Markdown, with 95 % intervals."""
    lines = [
        f"| language | stories | {' | '.join(head for *_, head in COLUMNS)} |",
        f"|---|---|{'---|' * len(COLUMNS)}",
    ]
    for one in card.languages:
        found = {(m.field, m.measure): f"{m.value:.2f} ({m.low:.2f} to {m.high:.2f})" for m in one.measures}
        cells = [found.get((field, measure), "not measured") for field, measure, _ in COLUMNS]
        lines.append(f"| {one.language} | {one.articles} | {' | '.join(cells)} |")
    return "\n".join(lines)


def readme(
    stage: ExportStage,
    coverage: Sequence[CountryCoverage],
    now: dt.datetime,
    facts: Mapping[str, object],
    files: Mapping[str, tuple[str, int]],
) -> str:
    """The text. `facts` are the fields that the caller counted; `files` maps a name to its SHA-256 and bytes."""
    silent = [one for one in coverage if one.counts.named_accused == 0]
    reasons: dict[str, int] = {}
    for one in silent:
        reason = one.zeros["named_accused"].value if "named_accused" in one.zeros else "unknown"
        reasons[reason] = reasons.get(reason, 0) + 1
    listed = ", ".join(f"{reason} ({n})" for reason, n in sorted(reasons.items())) or "there is none"
    return TEXT.format(
        stage=stage.value,
        who=WHO[stage],
        written=now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        countries=len(coverage),
        named=len(coverage) - len(silent),
        silent=len(silent),
        reasons=listed,
        files="\n".join(f"- `{name}`: {size} bytes, SHA-256 {digest}" for name, (digest, size) in files.items()),
        **facts,
    )
