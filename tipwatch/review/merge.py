"""Two persons side by side, their differences marked: one person, two persons, or later.

Refuses to decide by a single key: the buttons ask, and Enter answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storage.errors import ReviewConflict, UnknownRecord
from storage.records.people import PersonSummary, PersonView, RecordView
from tipwatch.review import factlines, queue, shown
from tipwatch.review.desk import desk, reviewer
from tipwatch.review.words import country, text

pages = Blueprint("merge", __name__)

Answer = Response | str | tuple[str, int]

QUOTED = 2
"""Records of each side whose evidence is shown: the latest ones. More would not fit beside each other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A field of both sides as words, each word with whether the other side has it too."""

    label: str
    left: tuple[tuple[str, bool], ...]
    right: tuple[tuple[str, bool], ...]
    verdict: str  # "same", "different", "unknown" (one side says nothing), "" where that tells nothing


@pages.get("/merge")
def merge() -> Answer:
    """The page of a pair; `left` and `right` are persons or mentions. A pair that is one by now is passed over."""
    reviewer()
    left, right = request.args.get("left", ""), request.args.get("right", "")
    try:
        return _page(left, right)
    except ReviewConflict as error:
        flash(f"{error.what}")
        return redirect(queue.place([left], [right]).then, 303)


@pages.post("/merge")
def decide() -> Answer:
    """One person, or two."""
    by, said, seen = reviewer(), request.form.get("decision", ""), request.form.get("seen", "")
    left, right = request.form.get("left", ""), request.form.get("right", "")
    people, now = desk().store.people, desk().clock()
    after = queue.place(_mentions(people.person(left)), _mentions(people.person(right))).then
    try:
        if said == "one":
            stays = people.merge(left, right, by, now, seen=seen)
            flash(f"One person: {stays}. Undo it on the person's page.")
        elif said == "two":
            people.apart(left, right, by, now, seen=seen)
            flash("Two persons, whatever comes later.")
        else:
            return redirect(url_for("merge.merge", left=left, right=right, **queue.asked().arguments), 303)
    except ReviewConflict as error:
        return _page(left, right, error), 409
    return redirect(after, 303)


def _page(left: str, right: str, refused: ReviewConflict | None = None) -> str:
    """Raises `ReviewConflict` where both are one person by now. The digest is read first, see `person._shown`."""
    seen = desk().store.people.seen(left, right)
    one, other, score, reasons = desk().store.people.pair(left, right)
    sides = (one, other)
    before = [request.form.get(name, "") for name in ("was_left", "was_right")]
    return render_template(
        "merge.html",
        sides=sides,
        seen=seen,
        was=[shown.was(view) for view in sides],
        refused=refused,
        changed=[shown.changed(held, view) for held, view in zip(before, sides, strict=True)],
        rows=rows(one.summary, other.summary),
        quoted=(_quoted(one), _quoted(other)),
        score=score,
        reasons=reasons,
        shared=sorted({r.article_id for r in one.records} & {r.article_id for r in other.records}),
        place=queue.place(_mentions(one), _mentions(other)),
        which=queue.asked(),
    )


def rows(left: PersonSummary, right: PersonSummary) -> tuple[Row, ...]:
    """The fields of two persons, compared by words."""
    said = (
        ("Name", left.name.split(), right.name.split()),
        ("Also called", left.aliases, right.aliases),
        ("Nationality", _one(country(left.nationality)), _one(country(right.nationality))),
        ("Born", _one(_years(left)), _one(_years(right))),
        ("Prosecuted in", [country(c) for c in left.countries], [country(c) for c in right.countries]),
        ("Stage", _one(text(left.stage)), _one(text(right.stage))),
        ("Date of stage", _one(left.stage_date), _one(right.stage_date)),
        ("Stories", _one(str(left.stories)), _one(str(right.stories))),
        ("First seen", _one(f"{left.first_seen:%Y-%m-%d}"), _one(f"{right.first_seen:%Y-%m-%d}")),
        ("Last seen", _one(f"{left.last_seen:%Y-%m-%d}"), _one(f"{right.last_seen:%Y-%m-%d}")),
    )
    return tuple(_row(label, list(one), list(other)) for label, one, other in said)


TELLS_NOTHING = frozenset({"Stories", "First seen", "Last seen"})


def _row(label: str, left: list[str], right: list[str]) -> Row:
    if label in TELLS_NOTHING:
        plain = [tuple((one, True) for one in side) for side in (left, right)]
        return Row(label=label, left=plain[0], right=plain[1], verdict="")
    mine, theirs = {one.casefold() for one in left}, {one.casefold() for one in right}
    verdict = "unknown" if not (mine and theirs) else "same" if mine == theirs else "different"
    return Row(
        label=label,
        left=tuple((one, one.casefold() in theirs) for one in left),
        right=tuple((one, one.casefold() in mine) for one in right),
        verdict=verdict,
    )


def _one(value: str | None) -> list[str]:
    return [value] if value else []


def _years(one: PersonSummary) -> str:
    if one.birth_years is None:
        return ""
    first, last = one.birth_years
    return str(first) if first == last else f"{first} to {last}"


def _mentions(view: PersonView) -> Iterable[str]:
    return [one.mention_id for one in view.records]


def _quoted(view: PersonView) -> list[tuple[RecordView, tuple[factlines.FactLine, ...]]]:
    """The latest records of a side with their facts."""
    found = []
    for one in reversed(view.records[-QUOTED:]):
        try:
            record = desk().store.reviews.record(one.mention_id)
        except UnknownRecord:
            continue
        found.append((record, tuple(line for line in factlines.lines(record) if line.value or line.spans)))
    return found
