"""The review's Flask application, put together: pages, sessions, tokens against forgery, limits, headers.

Refuses hosts that it was not told of, bodies that no form has, and any page without its policy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]
from werkzeug.middleware.proxy_fix import ProxyFix

from config.settings import Settings
from storage.store import Store
from tipwatch.review import faults, guard, login, lookup, person, queue, record, secret, words
from tipwatch.review import merge as merging
from tipwatch.review.desk import KEY, Desk

MOST_BYTES = 128 * 1024
"""Of a request: the longest form (a correction, with what was shown) stays below 64 kB."""


def application(
    store: Store,
    settings: Settings,
    clock: Callable[[], dt.datetime],
    *,
    names: Iterable[str] = (),
    tls: bool = False,
    proxies: int = 0,
) -> Flask:
    """Make the application. `names` are host names to answer to besides the loopback's own.

    `tls`: browsers reach it over TLS only; cookies then are for TLS only. `proxies`:
    servers of ours in front, each of which adds the address that it was asked from to `X-Forwarded-For`; more than
    there are lets anybody name any address. Raises OSError or CommandError when the secret of the
    sessions can be neither read nor made in `settings.data_dir`.
    """
    app = Flask("tipwatch.review", static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=secret.kept(settings.data_dir),
        SESSION_COOKIE_NAME="tipwatch_review",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=tls,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        MAX_FORM_PARTS=300,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session: an hour idle, twelve in all
        PREFERRED_URL_SCHEME="https" if tls else "http",
    )
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    app.extensions[KEY] = Desk(store=store, settings=settings, clock=clock)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    guard.protect(app, names, tls=tls)
    limiter = Limiter(
        get_remote_address, app=app, storage_uri="memory://", strategy="moving-window", headers_enabled=True
    )
    app.register_blueprint(login.pages(limiter))
    login.protect(app)  # before the tokens: who is not logged in is asked to, whatever was sent
    CSRFProtect(app)
    for pages in (queue.pages, record.pages, person.pages, merging.pages, lookup.pages):
        app.register_blueprint(pages)
    faults.explain(app)
    words.teach(app)
    return app
