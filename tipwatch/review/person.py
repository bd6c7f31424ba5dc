"""A person over all stories: timeline, records, judgements; "not this person", takedown, and what undoes them.

Refuses a reader the sight of whoever was taken down or has no record that is not withheld; and a judgement on
other records than were shown.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from storage.errors import ReviewConflict, StorageError, UnknownRecord
from storage.records.people import PersonView, UserRole
from tipwatch.review import queue, shown
from tipwatch.review.desk import admin, desk, is_reviewer, reviewer, user

pages = Blueprint("person", __name__)

Answer = Response | str | tuple[str, int]
LONGEST_REASON = 500
KEPT = ("open", "back", "reason", "country")  # of an address that leads on
MOST = 2**31 - 1  # what a number of a judgement or takedown can be in the database


@pages.get("/person/<person_id>")
def person(person_id: str) -> Answer:
    """The page of a person; former ids lead to the present one. Readers see nobody who is hidden."""
    seen, view = _shown(person_id)
    if view.summary.hidden and not is_reviewer():
        abort(404)
    if view.summary.id != person_id:
        how: dict[str, Any] = {name: request.args[name] for name in KEPT if name in request.args}
        return redirect(url_for("person.person", person_id=view.summary.id, **how), 301)
    return _page(seen, view, open_=request.args.get("open", ""))


@pages.post("/person/<person_id>/split")
def split(person_id: str) -> Answer:
    """These records are not this person; from a record's page the queue goes on."""
    by, out = reviewer(), request.form.getlist("mention_id")
    after = queue.place(out).then if _from_queue() else None
    try:
        new = desk().store.people.split(person_id, out, by, desk().clock(), seen=_seen())
    except UnknownRecord:
        raise
    except StorageError as error:
        return _refused(person_id, error)
    flash(f"Taken out: {len(out)} of the records {'is' if len(out) == 1 else 'are'} another person now, {new}.")
    return redirect(after or url_for("person.person", person_id=person_id), 303)


@pages.post(f"/judgement/<int(max={MOST}):judgement_id>/undo")
def undo(judgement_id: int) -> Answer:
    """Take a human's judgement back."""
    by, back = reviewer(), request.form.get("person", "")
    try:
        desk().store.people.undo(judgement_id, by, desk().clock(), seen=_seen())
    except ReviewConflict as error:
        return _refused(back, error)
    flash("Undone: the judgement no longer counts.")
    return redirect(url_for("person.person", person_id=back) if back else url_for("queue.queue"), 303)


@pages.post("/person/<person_id>/takedown")
def takedown(person_id: str) -> Answer:
    """Hide a person everywhere; from a record's page the queue goes on."""
    by, reason = reviewer(), request.form.get("why", "").strip()
    after = queue.place(one.mention_id for one in desk().store.people.person(person_id).records).then
    try:
        desk().store.takedowns.take_down(person_id, reason, by, desk().clock(), seen=_seen())
    except UnknownRecord:
        raise
    except StorageError as error:
        return _refused(person_id, error, open_="takedown", why=reason[:LONGEST_REASON])
    flash("Taken down: shown nowhere from now on, and listed for the next delta.")
    return redirect(after if _from_queue() else url_for("person.person", person_id=person_id), 303)


@pages.post(f"/takedown/<int(max={MOST}):takedown_id>/lift")
def lift(takedown_id: int) -> Answer:
    """Give a person back; admins only."""
    by, back = admin(), request.form.get("person", "")
    try:
        desk().store.takedowns.lift(takedown_id, by, desk().clock(), seen=_seen())
    except ReviewConflict as error:
        return _refused(back, error)
    flash("Lifted: the records are seen again.")
    return redirect(url_for("person.person", person_id=back) if back else url_for("queue.queue"), 303)


def _seen() -> str:
    """What the form's page showed; a form that does not say is refused as one whose page is old."""
    return request.form.get("seen", "")


def _from_queue() -> bool:
    return request.values.get("back") == "queue"


def _shown(person_id: str) -> tuple[str, PersonView]:
    """The digest first: what comes between the two makes it old, so that a judgement on it is refused."""
    seen = desk().store.people.seen(person_id)
    return seen, desk().store.people.person(person_id)


def _refused(person_id: str, error: StorageError, *, open_: str = "", why: str = "") -> Answer:
    """The person as it is now, what changed, and what the user wrote. Raises `error` where there is no page."""
    try:
        seen, view = _shown(person_id)
    except UnknownRecord:
        raise error from None
    return _page(seen, view, open_=open_, refused=error, why=why), 409


def _page(
    seen: str, view: PersonView, *, open_: str = "", refused: StorageError | None = None, why: str = ""
) -> str:
    may = is_reviewer()
    records = {one.mention_id: one for one in view.records if may or one.withheld is None}
    timeline = {
        case: [(entry, [one for one in entry.records if one.mention_id in records]) for entry in entries]
        for case, entries in view.timeline.items()
    }
    return render_template(
        "person.html",
        view=view,
        one=view.summary,
        seen=seen,
        was=shown.was(view) if may else "",
        changed=None if refused is None else shown.changed(request.form.get("was", ""), view),
        records=list(records.values()),
        known=records,
        cases={case.id: case for case in view.cases},
        timeline={
            case: kept
            for case, entries in timeline.items()
            if (kept := [(entry, told) for entry, told in entries if may or told])
        },
        judgements=[one for one in view.judgements if may or {one.left, one.right} <= records.keys()],
        candidates=[one for one in view.candidates if may or not one[0].hidden],
        takedowns=_takedowns(view) if may else [],
        may_lift=user().role.may(UserRole.ADMIN),
        open=open_,
        refused=refused,
        why=why,
        longest=LONGEST_REASON,
        back="queue" if _from_queue() else "",
        which=queue.asked(),
    )


def _takedowns(view: PersonView) -> list[object]:
    ids = {view.summary.id, *view.former_ids}
    return [one for one in desk().store.takedowns.all() if one.person_id in ids]
