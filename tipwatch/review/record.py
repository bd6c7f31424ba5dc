"""A record: the article's text beside the facts, and what a reviewer decides on it.

Refuses a decision on something else than was shown: forms carry the digest of what the page showed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storage.errors import ReviewConflict, ReviewInvalid, UnknownRecord
from storage.records.people import PersonView, RecordView, RejectReason
from tipwatch.review import correction, factlines, queue, shown, words
from tipwatch.review.correction import Change, CorrectionForm
from tipwatch.review.desk import desk, is_reviewer, reviewer
from tipwatch.review.spans import fewer, segments

pages = Blueprint("record", __name__)

Answer = Response | str | tuple[str, int]


@pages.get("/record/<mention_id>")
def record(mention_id: str) -> Answer:
    """The page of a record. Readers see no withheld record, and of others no text."""
    view = desk().store.reviews.record(mention_id)
    if view.summary.withheld is not None and not is_reviewer():
        abort(404)
    return _page(view, correction.filled(view))


@pages.post("/record/<mention_id>/accept")
def accept(mention_id: str) -> Answer:
    """What stands is right; or, of a reopened record, what the machine reads now (`original`)."""
    by, seen, original = reviewer(), request.form.get("seen", ""), "original" in request.form
    return _decide(
        mention_id,
        "Accepted.",
        lambda: desk().store.reviews.accept(mention_id, seen, by, desk().clock(), original=original),
    )


@pages.post("/record/<mention_id>/reject")
def reject(mention_id: str) -> Answer:
    """This is no accused of trafficking, and why not."""
    by, said = reviewer(), request.form.get("reason", "")
    if said not in set(RejectReason):
        abort(400)
    reason = RejectReason(said)
    done = "Rejected, and the name is erased." if reason.forgets_name else "Rejected."
    seen = request.form.get("seen", "")
    return _decide(
        mention_id, done, lambda: desk().store.reviews.reject(mention_id, reason, seen, by, desk().clock())
    )


@pages.post("/record/<mention_id>/reopen")
def reopen(mention_id: str) -> Answer:
    """Take the human's word back; the page comes again, because somebody has to decide anew."""
    by, seen = reviewer(), request.form.get("seen", "")
    try:
        desk().store.reviews.reopen(mention_id, by, desk().clock(), seen=seen)
    except ReviewConflict as error:
        view = desk().store.reviews.record(mention_id)
        return _conflict(view, None, correction.carried(request.form.get("was", "")), error)
    flash("Reopened: what the machine read stands again.")
    return redirect(url_for("record.record", mention_id=mention_id, **queue.asked().arguments), 303)


@pages.post("/record/<mention_id>/correct")
def correct(mention_id: str) -> Answer:
    """The human's word on some fields. Nothing that was typed is lost when it cannot be kept."""
    by, form = reviewer(), CorrectionForm()
    view = desk().store.reviews.record(mention_id)
    before = correction.carried(request.form.get("was", ""))
    if request.form.get("seen", "") != view.seen:
        return _conflict(view, form, before)
    if not form.validate():
        return _page(view, form, code=422)
    wanted = correction.changes(form, view.stands or view.machine)
    if not wanted:
        flash("Nothing was changed: the form says what stands. Accept it, if it is right.")
        return redirect(url_for("record.record", mention_id=mention_id, **queue.asked().arguments), 303)
    after = queue.place([mention_id]).then
    try:
        desk().store.reviews.correct(mention_id, wanted, view.seen, by, desk().clock())
    except ReviewInvalid as error:
        correction.blame(form, error)
        return _page(view, form, code=422, refused=error)
    except ReviewConflict as error:
        return _conflict(desk().store.reviews.record(mention_id), form, before, error)
    flash(f"Corrected: {', '.join(words.FIELDS[name].lower() for name in wanted)}.")
    return redirect(after, 303)


def _decide(mention_id: str, done: str, decision: Callable[[], None]) -> Answer:
    after = queue.place([mention_id]).then
    try:
        decision()
    except ReviewConflict as error:
        view = desk().store.reviews.record(mention_id)
        return _conflict(view, None, correction.carried(request.form.get("was", "")), error)
    flash(done)
    return redirect(after, 303)


def _conflict(
    view: RecordView,
    form: CorrectionForm | None,
    before: Mapping[str, str],
    error: ReviewConflict | None = None,
) -> Answer:
    """The page again: what changed, and the user's own words still in the form, on top of what stands now."""
    changed = correction.differences(before, view, form)
    if form is not None:
        correction.rebased(form, before, view)
    what = "The record changed since it was shown to you; nothing of yours was saved yet."
    return _page(
        view, form or correction.filled(view), code=409, changed=changed, is_open=form is not None,
        refused=error or ReviewConflict(what, "Look at what changed, and decide again."),
    )  # fmt: skip


def _page(
    view: RecordView,
    form: CorrectionForm,
    *,
    code: int = 200,
    changed: tuple[Change, ...] = (),
    is_open: bool = False,
    refused: ReviewInvalid | ReviewConflict | None = None,
) -> Answer:
    may = is_reviewer()
    every = (*view.evidence, *(span for one in view.elements for span in one.evidence))
    view = replace(view, evidence=fewer(every))
    person = _person(view)
    page = render_template(
        "record.html",
        view=view,
        one=view.summary,
        lines=factlines.lines(view),
        elements=factlines.elements(view),
        segments=segments(view.text, view.evidence) if may else (),
        unshown=len(every) - len(view.evidence),
        form=form,
        is_open=is_open or code == 422,
        conflict=code == 409,
        changed=changed,
        refused=refused,
        was=correction.was(view) if may else "",
        place=queue.place([view.summary.mention_id]),
        which=queue.asked(),
        person=None if person is None else person[1],
        person_seen="" if person is None else person[0],
        person_was="" if person is None else shown.was(person[1]),
        others=[one for one in view.others if may or one.withheld is None],
    )
    return page if code == 200 else (page, code)


def _person(view: RecordView) -> tuple[str, PersonView] | None:
    """The digest and the person that the record is of; None before the resolution has seen it.

    The digest is read first: what comes between makes it old, so that a judgement on it is refused.
    """
    if view.summary.person_id is None:
        return None
    try:
        seen = desk().store.people.seen(view.summary.person_id)
        person = desk().store.people.person(view.summary.person_id)
    except UnknownRecord:
        return None
    return None if person.summary.hidden and not is_reviewer() else (seen, person)
