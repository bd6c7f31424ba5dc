"""What a user reads when something goes wrong: a page with a sentence and a remedy.

Refuses tracebacks, on the page and in the log: their messages may hold a person's name. The log gets the
error's class and the lines of our code it went through.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any

from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from storage.errors import DatabaseBusy, ReviewConflict, ReviewInvalid, StorageError, UnknownRecord
from tipwatch.review import words

log = logging.getLogger(__name__)

Page = tuple[str, int] | tuple[str, int, Any]

SENTENCES: dict[int, tuple[str, str]] = {
    400: ("The request could not be understood.", "Go back to the page and try again."),
    401: ("You are not logged in.", "Log in, and open the page again."),
    403: ("Your role does not allow this.", "Ask an admin: `tipwatch user role` gives another role."),
    404: ("There is no such page.", "It may have been merged, taken down, or its text replaced."),
    405: ("This address takes no such request.", "Go back, and use the buttons of the page."),
    413: ("The form is larger than any of ours.", "Shorten what you wrote."),
    429: ("Too many logins were tried.", "Wait some minutes, and try again."),
}


def explain(app: Flask) -> None:
    """Register a page for each kind of fault."""
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(StorageError, _stored)
    app.register_error_handler(Exception, _fault)


def _forged(_error: Exception) -> Page:
    what = "The form did not carry this session's token, so nothing was changed."
    return page(400, what, "Open the page again, and send the form from there.")


def _refused(error: HTTPException) -> Page:
    code = error.code or 500
    what, remedy = SENTENCES.get(code, (words.text(error.name) + ".", "Go back and try again."))
    made = page(code, what, remedy)
    kept = [(name, value) for name, value in error.get_headers() if name in {"Allow", "Retry-After"}]
    return (*made, kept)


def _stored(error: StorageError) -> Page:
    if isinstance(error, UnknownRecord):
        return page(404, error.what, error.remedy)
    if isinstance(error, ReviewConflict):
        return page(409, error.what, error.remedy)
    if isinstance(error, ReviewInvalid):
        return page(422, error.what, error.remedy)
    log.error("review.storage kind=%s endpoint=%s", type(error).__name__, request.endpoint)
    if isinstance(error, DatabaseBusy):
        return page(503, error.what, error.remedy)
    return page(503, "The database does not answer.", "`tipwatch db check` says why.")


def _fault(error: Exception) -> Page:
    if log.isEnabledFor(logging.ERROR):
        frames = traceback.extract_tb(error.__traceback__)
        way = " ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-8:])
        log.error("review.fault kind=%s endpoint=%s way=%s", type(error).__name__, request.endpoint, way)
    return page(
        500, "Something went wrong in tipwatch itself; nothing was changed.", "Try again, or tell an admin."
    )


def page(code: int, what: str, remedy: str) -> tuple[str, int]:
    """The page of a fault."""
    return render_template("error.html", code=code, what=what, remedy=remedy), code
