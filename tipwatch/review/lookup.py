"""Pages to look things up: search, a case, the log, and the keys.

Refuses readers the log, and whoever was taken down or has no record that is not withheld.
"""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from storage.records.people import CaseView, UserRole
from tipwatch.review.desk import desk, is_reviewer, reviewer, user

pages = Blueprint("lookup", __name__)

LONGEST_SEARCH = 200
FOUND = 50
LINES = 200
MOST_LINES = 5000


@pages.get("/search")
def search() -> str:
    """Persons by name, in any script and order of its parts; and records that no person has yet."""
    asked = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    found = desk().store.people.search(asked, FOUND, hidden=is_reviewer()) if asked else []
    records = desk().store.reviews.search(asked, limit=FOUND, loose=True) if asked else []
    loose = [one for one in records if is_reviewer() or one.withheld is None]
    return render_template("search.html", asked=asked, found=found, loose=loose, most=FOUND)


@pages.get("/case/<case_id>")
def case(case_id: str) -> str:
    """A case with its parties; victims are numbers. Readers see no case all of whose parties are hidden."""
    view: CaseView = desk().store.people.case(case_id)
    parties = [one for one in view.parties if is_reviewer() or not one.hidden]
    if not parties and not is_reviewer():
        abort(404)
    return render_template("case.html", view=view, parties=parties)


@pages.get("/audit")
def audit() -> str:
    """Who did what and when, the latest first; an admin may have the chain checked."""
    reviewer()
    limit = min(max(request.args.get("show", LINES, type=int), 1), MOST_LINES)
    entries = desk().store.audit.entries(limit=limit + 1)
    checked = "verify" in request.args and user().role.may(UserRole.ADMIN)
    return render_template(
        "audit.html", entries=list(reversed(entries))[:limit], more=len(entries) > limit, limit=limit,
        most=MOST_LINES, checked=checked, torn=desk().store.audit.verify() if checked else None,
        may_check=user().role.may(UserRole.ADMIN),
    )  # fmt: skip


@pages.get("/help")
def keys() -> str:
    """The keys, and what the roles may do."""
    return render_template("help.html")
