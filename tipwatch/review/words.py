"""What the pages call things: stages, offences, reasons, countries, dates; and links that may be followed.

Refuses a link that is not http or https: it is shown as text.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from config.codes import countries
from extraction.model import Offence, Stage
from extraction.model.palermo import ElementKind
from storage.records.people import Reason, RejectReason, Verdict
from tipwatch.review import desk

ERASED = "(name erased)"

FIELDS: dict[str, str] = {
    "name": "Name", "aliases": "Also called", "role": "Why accused", "stage": "Stage",
    "stage_date": "Date of stage",
    "age": "Age", "nationality": "Nationality", "offences": "Offences", "charge": "Charge", "penalty": "Penalty",
    "verdict": "Decision", "countries": "Countries", "element": "Of the crime",
}  # fmt: skip

ELEMENTS: dict[ElementKind, str] = {
    ElementKind.ACT: "Act", ElementKind.MEANS: "Means", ElementKind.PURPOSE: "Purpose",
    ElementKind.INDICATOR: "Forced labour",
}  # fmt: skip

REASONS: dict[Reason, tuple[str, str]] = {
    Reason.DOUBTFUL: ("doubtful", "Its score is too low: it is not exported until somebody decides."),
    Reason.UNREVIEWED: ("unreviewed", "Nobody has looked at it yet; charged or further, it is in the lists."),
    Reason.REOPENED: ("reopened", "The machine reads something else now than when it was decided."),
    Reason.LOST: ("lost", "The machine no longer finds what was decided on."),
    Reason.CONFLICT: ("conflict", "A conviction and an acquittal, and the order is not known."),
    Reason.MATCH: ("one or two?", "Two persons who may be one."),
    Reason.TAKEDOWN: ("like a takedown", "Held back: it looks like somebody who was taken down or rejected."),
}

REJECTS: dict[RejectReason, str] = {
    RejectReason.VICTIM: "a victim",
    RejectReason.WITNESS: "a witness",
    RejectReason.MINOR: "a minor",
    RejectReason.OFFICIAL: "an official",
    RejectReason.LAWYER: "a lawyer",
    RejectReason.OTHER_PERSON: "somebody else",
    RejectReason.NOT_ACCUSED: "not accused",
    RejectReason.NOT_TRAFFICKING: "accused, not of trafficking",
}

VICTIMS: dict[tuple[str, str], str] = {
    ("female", "adult"): "women",
    ("male", "adult"): "men",
    ("unknown", "adult"): "adults",
    ("female", "child"): "girls",
    ("male", "child"): "boys",
    ("unknown", "child"): "children",
    ("female", "unknown"): "women or girls",
    ("male", "unknown"): "men or boys",
    ("unknown", "unknown"): "persons",
}
"""What victims are called by sex and age band; counts only, never names."""

WITHHELD = {
    "rejected": "rejected: not exported",
    "taken_down": "taken down: not exported",
    "lost": "not found any more",
}

VERDICTS: dict[Verdict, str] = {
    Verdict.ACCEPTED: "accepted", Verdict.CORRECTED: "corrected", Verdict.REJECTED: "rejected",
}  # fmt: skip


def text(value: object) -> str:
    """A value in words: an enum's or column's underlines as spaces; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(map(text, sorted(value) if isinstance(value, frozenset) else value))
    if isinstance(value, Stage | Offence) or (isinstance(value, str) and value.replace("_", "").islower()):
        return str(value).replace("_", " ")
    return str(value)


def country(code: str | None) -> str:
    """The English name of a country, or the code itself."""
    return "" if code is None else countries().get(code.lower(), code)


def moment(at: dt.datetime | None) -> str:
    """A time as people write it, in UTC."""
    return "" if at is None else f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def outside(url: str | None) -> str | None:
    """The address, when a browser may follow it; None for any other scheme, and where its host may be misread.

    Browsers take a backslash for a slash, and what stands before an @ for a user: the label would lie.
    """
    if url is None or not url.isprintable() or "\\" in url or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc else None


def host(url: str) -> str:
    """The host of an address that can be followed, for show; any other whole."""
    return (urlsplit(url).hostname or url) if outside(url) else url


def kind(fact: str) -> str:
    """Of which kind a span is, for its colour: name, stage, charge, penalty or other."""
    first = fact.partition("/")[0]
    return {
        "name": "name", "aliases": "name", "role": "role", "stage": "stage", "stage_date": "stage",
        "charge": "charge", "offences": "charge", "penalty": "penalty",
    }.get(first, "other")  # fmt: skip


def teach(app: Flask) -> None:
    """Give the templates these words."""
    filters: dict[str, Any] = {
        "words": text, "country": country, "moment": moment, "outside": outside, "host": host, "kind": kind,
    }  # fmt: skip
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(
        FIELDS=FIELDS, REASONS=REASONS, REJECTS=REJECTS, WITHHELD=WITHHELD, VERDICTS=VERDICTS, VICTIMS=VICTIMS,
        ERASED=ERASED, is_reviewer=desk.is_reviewer,
    )  # fmt: skip
