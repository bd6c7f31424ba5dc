"""The form of a correction, and what to do with it when the record changed meanwhile.

Refuses to lose what a person wrote: fields that the user touched keep the user's words, the others follow what
stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm  # type: ignore[import-untyped]
from wtforms import (  # type: ignore[import-untyped]
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional  # type: ignore[import-untyped]
from wtforms.widgets import CheckboxInput, ListWidget  # type: ignore[import-untyped]

from config.codes import countries
from extraction.model import Offence, Stage
from storage.errors import ReviewInvalid
from storage.records.people import FACT_FIELDS, Facts, RecordView
from tipwatch.review.guard import NO_TEXT
from tipwatch.review.words import FIELDS, text

LONGEST_NAME = 200
NEW = Facts(name="", stage=Stage.CHARGED)


class CorrectionForm(FlaskForm):
    """What a reviewer may correct. Dates, countries and empty names are the store's to judge."""

    name = StringField(FIELDS["name"], [Length(max=LONGEST_NAME)])
    aliases = TextAreaField("Also called, one a line", [Length(max=2000)])
    stage = SelectField(FIELDS["stage"], choices=[SelectChoice(stage.value, text(stage)) for stage in Stage])
    stage_date = StringField("Date of stage: 2026, 2026-05 or 2026-05-31", [Length(max=32)])
    age = IntegerField(FIELDS["age"], [Optional(), NumberRange(min=1, max=120)])
    nationality = SelectField(
        FIELDS["nationality"],
        choices=[
            SelectChoice("", "not said"),
            *(SelectChoice(code, name) for code, name in sorted(countries().items(), key=lambda one: one[1])),
        ],
    )
    offences = SelectMultipleField(
        FIELDS["offences"],
        choices=[SelectChoice(offence.value, text(offence)) for offence in Offence],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A field that is not what it was when the page was made."""

    label: str
    before: str
    now: str
    both: bool  # the user had changed it too


def typed(facts: Facts | None) -> dict[str, str]:
    """Each field as the form writes it."""
    one = NEW if facts is None else facts
    return {
        "name": one.name, "aliases": "\n".join(one.aliases), "stage": one.stage.value,
        "stage_date": one.stage_date or "", "age": "" if one.age is None else str(one.age),
        "nationality": one.nationality or "", "offences": " ".join(sorted(one.offences)),
    }  # fmt: skip


def filled(view: RecordView) -> CorrectionForm:
    """The form with what stands."""
    values: dict[str, Any] = dict(typed(view.stands or view.machine))
    values["age"] = int(values["age"]) if values["age"] else None
    values["offences"] = values["offences"].split()
    return CorrectionForm(formdata=None, data=values)


def written(form: CorrectionForm) -> dict[str, str]:
    """What the user sent, as the form writes it."""
    sent = {name: str(form[name].data or "").strip() for name in FACT_FIELDS}
    sent["aliases"] = "\n".join(_lines(sent["aliases"]))
    sent["age"] = str((form.age.raw_data or [""])[0]).strip()
    sent["offences"] = " ".join(sorted(form.offences.data or []))
    return sent


def changes(form: CorrectionForm, facts: Facts | None) -> dict[str, Any]:
    """The fields that the user wrote otherwise, as the store takes them."""
    before, sent = typed(facts), written(form)
    values: dict[str, Any] = {
        "name": sent["name"], "aliases": tuple(_lines(sent["aliases"])), "stage": Stage(sent["stage"]),
        "stage_date": sent["stage_date"] or None, "age": form.age.data, "nationality": sent["nationality"] or None,
        "offences": tuple(Offence(one) for one in sent["offences"].split()),
    }  # fmt: skip
    return {name: values[name] for name in FACT_FIELDS if facts is None or sent[name] != before[name]}


def was(view: RecordView) -> str:
    """What the page showed, for the page's forms to carry."""
    return json.dumps(_state(view), sort_keys=True, ensure_ascii=True)


def carried(sent: str) -> Mapping[str, str]:
    """What a form carried; nothing when it is not ours."""
    try:
        read = json.loads(sent)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(read, dict):
        return {}
    return {k: v for k, v in read.items() if isinstance(v, str) and NO_TEXT.search(v) is None}


def differences(before: Mapping[str, str], view: RecordView, form: CorrectionForm | None) -> tuple[Change, ...]:
    """What changed since the page was made; where the user changed it too, `both`."""
    now = _state(view)
    sent = {} if form is None else written(form)
    return tuple(
        Change(
            label=FIELDS[name], before=_plain(before[name]), now=_plain(now[name]),
            both=name in sent and sent[name] not in {before[name], now[name]},
        )
        for name in (*FACT_FIELDS, "verdict")
        if name in before and before[name] != now[name]
    )  # fmt: skip


def rebased(form: CorrectionForm, before: Mapping[str, str], view: RecordView) -> None:
    """Let fields that the user did not touch say what stands now."""
    now, sent, fresh = typed(view.stands or view.machine), written(form), filled(view)
    for name in FACT_FIELDS:
        if before.get(name) == sent[name] != now[name]:
            form[name].data, form[name].raw_data = fresh[name].data, None


def blame(form: CorrectionForm, error: ReviewInvalid) -> None:
    """Put the store's sentence beside the field that it is about ("stage_date: it is no date.")."""
    field, _, what = error.what.partition(": ")
    if field in FACT_FIELDS:
        form[field].errors = [*form[field].errors, f"{what.capitalize()} {error.remedy}"]


def _state(view: RecordView) -> dict[str, str]:
    said = "not decided" if view.verdict is None else f"{view.verdict.value} by {view.reviewed_by}"
    return typed(view.stands or view.machine) | {"verdict": said}


def _plain(value: str) -> str:
    return value.replace("\n", ", ") or "nothing"


def _lines(value: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in value.splitlines() if line.strip()))
