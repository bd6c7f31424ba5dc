"""A person over all stories: timeline, records, judgements; "not this person", takedown, and what undoes them.

Refuses a reader the sight of whoever was taken down.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storage.errors import StorageError, UnknownRecord
from storage.records.people import PersonView, UserRole
from tipwatch.review import queue
from tipwatch.review.desk import admin, desk, is_reviewer, reviewer, user

pages = Blueprint("person", __name__)

Answer = Response | str | tuple[str, int]
LONGEST_REASON = 500
MOST = 2**31 - 1  # what a number of a judgement or takedown can be in the database


@pages.get("/person/<person_id>")
def person(person_id: str) -> Answer:
    """The page of a person; former ids lead to the present one."""
    view = desk().store.people.person(person_id)
    if view.summary.id != person_id:
        return redirect(url_for("person.person", person_id=view.summary.id), 301)
    if view.summary.taken_down and not is_reviewer():
        abort(404)
    return _page(view, open_=request.args.get("open", ""))


@pages.post("/person/<person_id>/split")
def split(person_id: str) -> Answer:
    """These records are not this person; from a record's page the queue goes on."""
    by, out = reviewer(), request.form.getlist("mention_id")
    back = request.form.get("back") == "queue"
    after = queue.place(out).then if back else None
    try:
        new = desk().store.people.split(person_id, out, by, desk().clock())
    except UnknownRecord:
        raise
    except StorageError as error:
        if back:
            raise
        return _page(desk().store.people.person(person_id), refused=error), 409
    flash(f"Taken out: {len(out)} of the records {'is' if len(out) == 1 else 'are'} another person now, {new}.")
    return redirect(after or url_for("person.person", person_id=person_id), 303)


@pages.post(f"/judgement/<int(max={MOST}):judgement_id>/undo")
def undo(judgement_id: int) -> Answer:
    """Take a human's judgement back."""
    by, back = reviewer(), request.form.get("person", "")
    desk().store.people.undo(judgement_id, by, desk().clock())
    flash("Undone: the judgement no longer counts.")
    return redirect(url_for("person.person", person_id=back) if back else url_for("queue.queue"), 303)


@pages.post("/person/<person_id>/takedown")
def takedown(person_id: str) -> Answer:
    """Hide a person everywhere."""
    by, reason = reviewer(), request.form.get("why", "").strip()
    after = queue.place(one.mention_id for one in desk().store.people.person(person_id).records).then
    try:
        desk().store.takedowns.take_down(person_id, reason, by, desk().clock())
    except UnknownRecord:
        raise
    except StorageError as error:
        view = desk().store.people.person(person_id)
        return _page(view, open_="takedown", refused=error, why=reason[:LONGEST_REASON]), 409
    flash("Taken down: shown nowhere from now on, and listed for the next delta.")
    return redirect(
        after if request.form.get("back") == "queue" else url_for("person.person", person_id=person_id), 303
    )


@pages.post(f"/takedown/<int(max={MOST}):takedown_id>/lift")
def lift(takedown_id: int) -> Answer:
    """Give a person back; admins only."""
    by, back = admin(), request.form.get("person", "")
    desk().store.takedowns.lift(takedown_id, by, desk().clock())
    flash("Lifted: the records are seen again.")
    return redirect(url_for("person.person", person_id=back) if back else url_for("queue.queue"), 303)


def _page(view: PersonView, *, open_: str = "", refused: StorageError | None = None, why: str = "") -> str:
    may = is_reviewer()
    records = {one.mention_id: one for one in view.records if may or one.withheld is None}
    return render_template(
        "person.html",
        view=view,
        one=view.summary,
        records=list(records.values()),
        known=records,
        cases={case.id: case for case in view.cases},
        timeline={
            case: [(entry, [one for one in entry.records if one.mention_id in records]) for entry in entries]
            for case, entries in view.timeline.items()
        },
        candidates=[one for one in view.candidates if may or not one[0].taken_down],
        takedowns=_takedowns(view) if may else [],
        may_lift=user().role.may(UserRole.ADMIN),
        open=open_,
        refused=refused,
        why=why,
        longest=LONGEST_REASON,
    )


def _takedowns(view: PersonView) -> list[object]:
    ids = {view.summary.id, *view.former_ids}
    return [one for one in desk().store.takedowns.all() if one.person_id in ids]
