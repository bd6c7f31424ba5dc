"""What holds for every answer: whom we answer and what we read, what a browser may load, and that nothing is kept.

Refuses a host name that nobody gave us (a foreign name that points at the loopback: DNS rebinding).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.datastructures import MultiDict

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # over TLS, Flask-WTF wants a form's referrer to be of this site
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}
"""For a year, of this host name alone: what else its domain serves is not ours to decide."""


NO_TEXT = re.compile("[\0\ud800-\udfff]")


def protect(app: Flask, names: Iterable[str], *, tls: bool = False) -> None:
    """Check the host before anything else, and put the headers on every answer, errors too."""
    headers = HEADERS | OVER_TLS if tls else HEADERS
    known = LOOPBACK | {name.casefold().strip("[]") for name in names}

    @app.before_request
    def check_host() -> Response | None:
        if host_of(request.headers.get("Host", "")) in known:
            return None
        return Response("This address is not one that the review was started for.\n", 400, mimetype="text/plain")

    @app.before_request
    def check_signs() -> None:
        """No address and no form of ours has a NUL, which PostgreSQL takes in no text, or half a character."""
        said = chain(request.view_args.values() if request.view_args else (), *_pairs(request.args, request.form))
        if any(isinstance(one, str) and NO_TEXT.search(one) for one in said):
            abort(400)

    @app.after_request
    def put_headers(response: Response) -> Response:
        response.headers.update(headers)
        return response


def _pairs(*sent: MultiDict[str, str]) -> Iterable[Iterable[str]]:
    """Names and values of what was sent."""
    return (pair for one in sent for pair in one.items(multi=True))


def host_of(header: str) -> str | None:
    """The host's name without its port: "[::1]:8765" gives "::1". None for what is no host."""
    if not header or any(sign in header for sign in "/\\@?# "):
        return None
    try:
        parts = urlsplit(f"//{header}")
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return None
    return parts.hostname
