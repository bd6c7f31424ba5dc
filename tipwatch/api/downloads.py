"""Files of the feed, whole or from a place on, each known by its digest.

Refuses every path but those that the index lists, more than one range at a time, and to go on with another version
than the one that a client began.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tipwatch.api.problems import Kind, Problem
from tipwatch.api.visit import Visit
from tipwatch.feed.snapshot import FeedFile, Snapshot

ONE_RANGE = re.compile(r"bytes=[ \t]*(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))[ \t]*", re.IGNORECASE)
"""Several ranges, or what is none, are passed over, as RFC 9110 has it: the whole file is the answer."""
BLOCK = 1 << 16
"""Bytes that are sent at a time, about."""
KEPT = "private, no-cache"
"""A client may keep a file for itself, and asks every time whether it still stands."""


def download(request: Request, snapshot: Snapshot, path: str) -> Response:
    """The answer to a request for a file. Raises Problem: 404 for a file that is not listed, 416."""
    of = snapshot.files.get(path)
    if of is None:
        raise Problem(
            status=404, kind=Kind.NO_FILE, title="No such file",
            detail="The index of this version lists no such file.",
            remedy="/v1/index lists them all under `resources`; a delta leaves after 30 versions.",
        )  # fmt: skip
    tag = f'"{of.sha256}"'
    headers = {"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": KEPT}
    if _is_known(request, tag):
        return Response(status_code=304, headers=headers)
    span = _range(request, of, tag)
    if span is None:
        start, stop, status = 0, of.size, 200
    else:
        start, stop = span
        headers["Content-Range"], status = f"bytes {start}-{stop - 1}/{of.size}", 206
    headers["Content-Length"] = str(stop - start)
    headers["Content-Type"] = _media_type(of)
    if Visit.of(request).head:
        return Response(status_code=status, headers=headers)
    return StreamingResponse(snapshot.blocks(path, start, stop), status, headers)


def streamed(request: Request, found: Iterator[bytes], media_type: str) -> Response:
    """Lines as they come, in blocks."""
    if Visit.of(request).head:
        return Response(headers={"Content-Type": media_type})
    return StreamingResponse(_blocks(found), headers={"Content-Type": media_type})


def _blocks(found: Iterator[bytes]) -> Iterator[bytes]:
    held, size = [], 0
    for line in found:
        held.append(line)
        size += len(line)
        if size >= BLOCK:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _is_known(request: Request, tag: str) -> bool:
    """If-None-Match, compared weakly as RFC 9110 has it for GET."""
    told = ",".join(request.headers.getlist("if-none-match"))
    return any(one.strip().removeprefix("W/") in {tag, "*"} for one in told.split(","))


def _range(request: Request, of: FeedFile, tag: str) -> tuple[int, int] | None:
    """First byte and the one after the last; None for the whole file."""
    told = request.headers.getlist("range")
    found = ONE_RANGE.fullmatch(told[0]) if len(told) == 1 else None
    only_if = request.headers.get("if-range")
    if found is None or (only_if is not None and only_if.strip() != tag):
        return None
    first, last, tail = found.groups()
    if tail is not None:
        start, stop = max(0, of.size - int(tail)), of.size
    else:
        start, stop = int(first), of.size if last is None else min(int(last) + 1, of.size)
        if last is not None and int(last) < int(first):
            return None
    if start >= of.size or start >= stop:
        raise Problem(
            status=416, kind=Kind.BAD_RANGE, title="No such range", detail=f"The file has {of.size} bytes.",
            remedy="Ask for a range within them, or for the whole file.",
            headers={"Content-Range": f"bytes */{of.size}", "ETag": tag},
        )  # fmt: skip
    return start, stop


def _media_type(of: FeedFile) -> str:
    return f"{of.media_type}; charset=utf-8" if of.media_type.startswith("text/") else of.media_type
