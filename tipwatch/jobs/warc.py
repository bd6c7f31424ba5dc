"""Other people's WARC files: each captured page with its headers and its body as the browser would have it.

Refuses damage in silence: a cut or broken file ends in an error that names the file and the offset.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import brotli
import zstandard
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from tipwatch.errors import CommandError


class PassedOver(StrEnum):
    """Records that are no page, counted so that a user can tell why a file gave few."""

    OTHER_RECORD = "other_record"  # requests, metadata, warcinfo, resources
    REVISIT = "revisit"  # says "as before": its page is the record that it points to
    REDIRECT = "redirect"  # its target has a record of its own
    NOT_OK = "not_ok"  # any other status than 200
    TOO_LARGE = "too_large"
    UNDECODABLE = "undecodable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Captured:
    """A response with status 200. `at` is WARC-Date (aware UTC), None when it says nothing readable."""

    url: str
    headers: tuple[tuple[str, str], ...]
    content_type: str | None
    body: bytes = field(repr=False)
    at: dt.datetime | None


class DamagedError(CommandError):
    """A file that cannot be read to its end. What came before `offset` is whole."""

    def __init__(self, file: Path, offset: int, problem: str, remedy: str) -> None:
        super().__init__(f"{file}, byte {offset}: {problem}", remedy)
        self.offset = offset


_CUT = "Fetch the file again; what came before is kept, and ingesting it again changes nothing."
_WEB = ("http://", "https://")
_NO_WARC = "Is it a WARC file (.warc or .warc.gz)?"
_ONE_STREAM = "Every record must be a gzip member of its own: run `warcio recompress FILE NEWFILE` first."


def read_warc(path: Path, *, max_body: int) -> Iterator[Captured | PassedOver]:
    """Every record in the order of the file, as a page or as the reason why it is none.

    Raises DamagedError at a record that is cut, torn or no WARC, and OSError when the file cannot be read.
    """
    with path.open("rb") as stream:
        offset = end = 0
        try:
            records = ArchiveIterator(stream, arc2warc=True)
            for record in _quietly(records):
                offset = int(records.offset)
                if not (record.rec_headers.get_header("Content-Length") or "").strip().isdigit():
                    raise DamagedError(path, offset, "the record's headers are cut or broken", _CUT)
                found = _captured(record, max_body)
                _drain(record.raw_stream, path, offset)
                end = offset + int(records.get_record_length())
                yield found
            _expect_nothing_after(stream, end, path)
        except ArchiveLoadFailed as error:
            one_stream = "non-chunked gzip" in str(error)
            problem = "one gzip stream around all records" if one_stream else f"no WARC record ({_brief(error)})"
            raise DamagedError(path, offset, problem, _ONE_STREAM if one_stream else _NO_WARC) from error
        except (zlib.error, EOFError, ValueError, AttributeError, TypeError, LookupError) as error:
            # warcio trusts a record to have what the format demands; torn ones fail in its own code
            raise DamagedError(path, offset, f"a broken record ({_brief(error)})", _CUT) from error


def decoded(data: bytes, encoding: str | None, limit: int) -> bytes:
    """`data` without its Content-Encoding, at most `limit` + 1 bytes, however small the bomb was.

    Archives often hold bodies decoded already, with the header left as it was: then `data` comes back as it is.
    """
    for name in reversed([part.strip().lower() for part in (encoding or "").split(",")]):
        match name:
            case "gzip" | "x-gzip" if data[:2] == b"\x1f\x8b":
                data = zlib.decompressobj(47).decompress(data, limit + 1)
            case "deflate":
                data = _inflated(data, limit)
            case "br":
                data = _unbrotlied(data, limit)
            case "zstd" if data[:4] == b"\x28\xb5\x2f\xfd":
                data = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(data).read(limit + 1)
    return data


def _captured(record: Any, max_body: int) -> Captured | PassedOver:  # noqa: PLR0911 - one line a reason
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    url = url.strip("<>")  # a habit of early wget
    if record.rec_type == "revisit":
        return PassedOver.REVISIT
    if record.rec_type != "response" or record.http_headers is None or not url.lower().startswith(_WEB):
        return PassedOver.OTHER_RECORD
    status = record.http_headers.get_statuscode()
    if status[:1] == "3":
        return PassedOver.REDIRECT
    if status != "200":
        return PassedOver.NOT_OK
    raw = record.raw_stream
    if (record.http_headers.get_header("Transfer-Encoding") or "").strip().lower() == "chunked":
        raw = ChunkedDataReader(raw)  # passes a body through that was stored without its chunks
    try:
        body = decoded(raw.read(max_body + 1), record.http_headers.get_header("Content-Encoding"), max_body)
    except (zlib.error, brotli.error, zstandard.ZstdError):
        return PassedOver.UNDECODABLE
    if len(body) > max_body:
        return PassedOver.TOO_LARGE
    return Captured(
        url=url,
        headers=tuple((str(name), str(value)) for name, value in record.http_headers.headers),
        content_type=record.http_headers.get_header("Content-Type"),
        body=body,
        at=_date(record.rec_headers.get_header("WARC-Date")),
    )


def _inflated(data: bytes, limit: int) -> bytes:
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):  # with and without zlib's header: servers send both
        with contextlib.suppress(zlib.error):
            return zlib.decompressobj(window).decompress(data, limit + 1)
    return data


def _unbrotlied(data: bytes, limit: int) -> bytes:
    decompressor = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    try:
        part = decompressor.process(data, output_buffer_limit=limit + 1)
        while part:
            parts.append(part)
            size += len(part)
            if size > limit:
                break
            part = decompressor.process(b"", output_buffer_limit=limit + 1 - size)
    except brotli.error:
        return b"".join(parts)[: limit + 1] or data
    return b"".join(parts)[: limit + 1] or data


def _drain(raw: Any, path: Path, offset: int) -> None:
    """Read a record to its end. Its stream knows how many bytes are still promised."""
    while raw.read(65536):
        pass
    if getattr(raw, "limit", 0) > 0:
        raise DamagedError(path, offset, f"the record ends {raw.limit} bytes early", _CUT)


def _expect_nothing_after(stream: IO[bytes], end: int, path: Path) -> None:
    """warcio takes a record whose headers are cut for the file's end; we do not."""
    stream.seek(end)
    if stream.read(65536).strip(b"\r\n\0 "):
        raise DamagedError(path, end, "the record's headers are cut", _CUT)


def _quietly(records: Any) -> Iterator[Any]:
    """warcio prints its doubts to stderr; ours are errors."""
    iterator = iter(records)
    while True:
        with contextlib.redirect_stderr(io.StringIO()):
            record = next(iterator, None)
        if record is None:
            return
        yield record


def _date(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        parsed = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return parsed.replace(tzinfo=dt.UTC) if parsed.tzinfo is None else parsed.astimezone(dt.UTC)


def _brief(error: BaseException) -> str:
    """The fault without the file's own bytes, which may be anything, a terminal's commands or a name."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return "".join(sign if sign.isprintable() else "?" for sign in first.partition(", first line")[0])[:200]


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file: by it a file that was taken once is known again under any name."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
