"""Logging in with a user's name and token, and what a session is worth.

Refuses to say which of the two was wrong, by word or by time: an unknown name costs one argon2 verification too.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import secrets
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask import Response as FlaskResponse
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from storage.records.people import User
from tipwatch.errors import CommandError
from tipwatch.review.desk import KEY, Desk, desk
from tipwatch.review.ended import Ended

log = logging.getLogger(__name__)

WHOLE = dt.timedelta(hours=12)
IDLE = dt.timedelta(hours=1)
PER_USER = "10 per 15 minutes"
"""Failures of a name from an address; of a browser in which that user was logged in, its own count."""
PER_ADDRESS = "100 per 15 minutes"
"""Failures of an address. Tokens have 256 bits: nobody guesses one; the limits save work and lines of the log."""
KNOWN = "tipwatch_review_known"
KNOWN_FOR = dt.timedelta(days=90)
REFUSED = 401
WRITTEN = frozenset({"record.correct", "person.takedown"})
"""Forms in which somebody writes: what was written outlives the session, in the page of the login."""
LONGEST_NAME = 64
LONGEST_TOKEN = 256
OPEN = frozenset({"static", "login.login"})
ENDED = "tipwatch.review.ended"

Answer = Response | str | tuple[str, int]


def pages(limiter: Limiter) -> Blueprint:
    """/login and /logout. Failures count: of a browser that is known, by browser; else by user and address."""
    made = Blueprint("login", __name__)

    def by_address() -> str:
        return _known() or f"address {get_remote_address()}"

    def by_user() -> str:
        return _known() or f"user {_asked()} from {get_remote_address()}"

    hasher = PasswordHasher()
    nobody = hasher.hash(secrets.token_urlsafe(32))

    @made.get("/login")
    def login() -> Answer:
        return render_template("login.html", next=local(request.args.get("next", "")))

    @made.post("/login", endpoint="login_post")
    @limiter.limit(PER_ADDRESS, key_func=by_address, deduct_when=_failed)
    @limiter.limit(PER_USER, key_func=by_user, deduct_when=_failed)
    def login_post() -> Answer:
        name, token = _asked(), request.form.get("token", "").strip()
        found = desk().store.users.get(name)
        held = nobody if found is None else found[1]
        right = _fits(hasher, held, token)
        now = desk().clock()
        if found is None or not right or found[0].disabled_at is not None:
            desk().store.users.login_refused(name, now)
            after = local(request.form.get("next", ""))
            written = request.form.get("held", "")
            return render_template("login.html", next=after, refused=True, name=name, held=written), REFUSED
        desk().store.users.logged_in(name, now)
        _begin(found[0], now)
        g.user = found[0]
        kept = _held(request.form.get("held", ""))
        answer = (
            redirect(local(request.form.get("next", "")) or url_for("queue.queue"), 303)
            if kept is None
            else make_response(render_template("held.html", there=kept[0], fields=kept[1]))
        )
        _know(answer, name)
        return answer

    @made.post("/logout")
    def logout() -> Answer:
        number = str(session.get("id", ""))
        session.clear()
        try:
            _ended().add(number, desk().clock())
        except (OSError, CommandError) as error:
            log.error("review.logout_not_kept kind=%s", type(error).__name__)  # noqa: TRY400 - no traceback
        flash("You are logged out.")
        return redirect(url_for("login.login"), 303)

    return made


def protect(app: Flask) -> None:
    """Let nobody further than the login without a session that still stands. Raises what `Ended` raises."""
    made: Desk = app.extensions[KEY]
    app.extensions[ENDED] = Ended(made.settings.data_dir, made.clock(), WHOLE)

    @app.before_request
    def ask() -> Answer | None:
        g.user = None
        if request.endpoint in OPEN | {"login.login_post"}:
            return None
        g.user = current(desk().clock())
        if g.user is not None:
            return None
        began = "user" in session
        session.clear()
        if began and request.method == "GET":
            flash("Your session has ended. Log in again; what you had not sent was not changed.")
        if request.method == "POST" and request.endpoint in WRITTEN and _is_ours():
            fields = {name: request.form.getlist(name) for name in request.form if name != "csrf_token"}
            there = request.full_path.rstrip("?")
            return render_template("login.html", next="", held=json.dumps([there, fields])), REFUSED
        asked = request.full_path.rstrip("?") if request.method == "GET" else ""
        return redirect(url_for("login.login", next=local(asked) or None), 303)


def current(now: dt.datetime) -> User | None:
    """Whose session this is; None where there is none, or it has ended."""
    name, epoch, number = session.get("user"), session.get("epoch"), session.get("id")
    began, seen = _time(session.get("began")), _time(session.get("seen"))
    if not isinstance(name, str) or began is None or seen is None or _ended().holds(number):
        return None
    if not (dt.timedelta(0) <= now - began < WHOLE and now - seen < IDLE):
        return None
    found = desk().store.users.get(name)
    if found is None or found[0].epoch != epoch or found[0].disabled_at is not None:
        return None
    session["seen"] = now.timestamp()
    return found[0]


def local(address: str) -> str:
    """A path on this site, or nothing: `next` may not lead anywhere else."""
    if not address.startswith("/") or not address.isprintable():
        return ""
    if address.startswith(("//", "/\\", "/login", "/logout")):
        return ""
    try:
        parts = urlsplit(address.replace("\\", "/"))
    except ValueError:
        return ""
    return "" if parts.netloc or parts.scheme else address


def _is_ours() -> bool:
    """True for a form that a page of ours sent: nobody else's words are offered to a user as the user's own."""
    sent = request.headers.get("Origin", "")
    return sent == f"{request.scheme}://{request.host}"


def _held(sent: str) -> tuple[str, dict[str, list[str]]] | None:
    """Where a form that outlived its session was sent, and its fields; None where there is none."""
    try:
        there, fields = json.loads(sent)
        fits = all(isinstance(one, str) for some in fields.values() for one in some)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    return (there, fields) if fits and isinstance(there, str) and local(there) else None


def _failed(answer: FlaskResponse) -> bool:
    return answer.status_code == REFUSED


def _known() -> str | None:
    """The number of a browser in which the user who is asked for was logged in; it counts by itself.

    So nobody else's failures, also from the same address, keep its user out (OWASP's "device cookies").
    """
    try:
        said = _browsers().loads(request.cookies.get(KNOWN, ""))
    except BadSignature:
        return None
    name, number = said if isinstance(said, list) and len(said) == 2 else ("", "")
    return f"known {number}" if name == _asked() else None


def _know(answer: Response, name: str) -> None:
    answer.set_cookie(
        KNOWN, str(_browsers().dumps([name, secrets.token_urlsafe(12)])), max_age=KNOWN_FOR,
        path=url_for("login.login"), httponly=True, samesite="Strict",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )  # fmt: skip


def _browsers() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=KNOWN)


def _asked() -> str:
    return request.form.get("name", "").strip().casefold()[:LONGEST_NAME]


def _fits(hasher: PasswordHasher, held: str, token: str) -> bool:
    try:
        return hasher.verify(held, token[:LONGEST_TOKEN]) and len(token) <= LONGEST_TOKEN
    except (VerificationError, InvalidHashError):
        return False


def _begin(one: User, now: dt.datetime) -> None:
    session.clear()  # a session, and its token against forgery, never outlives a login
    session["user"], session["epoch"], session["id"] = one.name, one.epoch, secrets.token_urlsafe(12)
    session["began"] = session["seen"] = now.timestamp()


def _ended() -> Ended:
    found: Ended = current_app.extensions[ENDED]
    return found


def _time(stamp: object) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(stamp, dt.UTC) if isinstance(stamp, int | float) else None
