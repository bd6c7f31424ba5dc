"""Other people's WARC files: each captured page with its headers and its body as the browser would have it.

Refuses damage in silence: a cut or broken file ends in an error that names the file and the offset.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import brotli
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType
from warcio.bufferedreaders import ChunkedDataReader

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
        self.problem = problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A record of a file: where it begins (byte), and what it is."""

    offset: int
    record: Captured | PassedOver


_CUT = "Fetch the file again; what came before is kept, and ingesting it again changes nothing."
_WEB = ("http://", "https://")
_NO_WARC = "Is it a WARC file (.warc or .warc.gz)? ARC files become WARC with `warcio recompress FILE NEWFILE`."
_ONE_STREAM = "Every record must be a gzip member of its own: run `warcio recompress FILE NEWFILE` first."
_GZIP = b"\x1f\x8b\x08"
_PADDING = b"\r\n\0 "
_AFTER_RECORD = b"\r\n\r\n"
_BLOCK = 65536
_TORN = (OSError, ValueError, RuntimeError, OverflowError, MemoryError, AttributeError, TypeError, LookupError)
"""What fastwarc raises at a record that breaks the format; a missing file is told from it by its `errno`."""


def read_warc(path: Path, *, max_body: int) -> Iterator[Captured | PassedOver]:
    """Every record in the order of the file, as a page or as the reason why it is none.

    Raises DamagedError at a record that is cut, torn or no WARC, and OSError when the file cannot be read.
    """
    for found in read_records(path, max_body=max_body):
        yield found.record


def read_records(path: Path, *, max_body: int, start: int = 0) -> Iterator[Found]:
    """As `read_warc`, from the record that begins at byte `start`, each with its own beginning."""
    with path.open("rb") as stream, path.open("rb") as beside:
        is_gzip = beside.read(3) == _GZIP
        stream.seek(start)
        before: int | None = None
        for offset, record in _records(path, stream, beside, start):
            if before is not None and offset <= before:
                raise DamagedError(path, before, "one gzip stream around all records", _ONE_STREAM)
            if is_gzip and not _begins_gzip(beside, offset):
                problem = "one gzip stream around several records"
                raise DamagedError(path, before or 0, problem, _ONE_STREAM)
            yield Found(offset=offset, record=_whole(record, max_body, path, offset))
            before = offset
        end = start if before is None else _end_of(path, beside, before)
        beside.seek(end)
        if beside.read(_BLOCK).strip(_PADDING):
            raise DamagedError(path, end, "the record's headers are cut", _CUT)


def _records(path: Path, stream: BinaryIO, beside: BinaryIO, start: int) -> Iterator[tuple[int, WarcRecord]]:
    """fastwarc's records with their place in the file; its errors as ours."""
    last: int | None = None
    try:
        records = iter(ArchiveIterator(stream, parse_http=False))
    except _TORN as error:
        raise _broken(error, path, start, is_first=start == 0) from error
    while True:
        try:
            record = next(records, None)
        except _TORN as error:
            place = start if last is None else _end_of(path, beside, last)
            raise _broken(error, path, place, is_first=last is None and start == 0) from error
        if record is None:
            return
        last = record.stream_pos
        yield last, record


def _broken(error: BaseException, path: Path, offset: int, *, is_first: bool) -> BaseException:
    if isinstance(error, OSError) and error.errno is not None:
        return error
    if is_first:
        return DamagedError(path, offset, f"no WARC record ({_brief(error)})", _NO_WARC)
    return DamagedError(path, offset, f"a broken record ({_brief(error)})", _CUT)


def _begins_gzip(stream: BinaryIO, offset: int) -> bool:
    stream.seek(offset)
    return stream.read(3) == _GZIP


def _end_of(path: Path, stream: BinaryIO, offset: int) -> int:
    """Where the record that begins at `offset` ends. fastwarc is silent when a file ends before its last record.

    Raises DamagedError when it is cut: a gzip member without its check sum, a plain record short of its length.
    """
    stream.seek(offset)
    if stream.read(3) != _GZIP:
        return _plain_end(path, stream, offset)
    stream.seek(offset)
    member = zlib.decompressobj(31)
    end = offset
    while not member.eof:
        block = stream.read(_BLOCK)
        if not block:
            raise DamagedError(path, offset, "the record is cut", _CUT)
        end += len(block)
        try:
            while block and not member.eof:
                member.decompress(block, _BLOCK)
                block = member.unconsumed_tail
        except zlib.error as error:
            raise DamagedError(path, offset, f"a broken record ({_brief(error)})", _CUT) from error
    return end - len(member.unused_data)


def _plain_end(path: Path, stream: BinaryIO, offset: int) -> int:
    stream.seek(offset)
    head = stream.read(_BLOCK)
    size = len(head.partition(b"\r\n\r\n")[0]) + 4
    lengths = [
        line.partition(b":")[2].strip()
        for line in head[:size].splitlines()
        if line[:15].lower() == b"content-length:"
    ]
    if size > len(head) or not lengths or not lengths[0].isdigit():
        raise DamagedError(path, offset, "the record's headers are cut or broken", _CUT)
    end = offset + size + int(lengths[0])
    stream.seek(0, 2)
    if stream.tell() < end:
        raise DamagedError(path, offset, f"the record ends {end - stream.tell()} bytes early", _CUT)
    stream.seek(end)
    between = stream.read(len(_AFTER_RECORD))
    return end + len(between) - len(between.lstrip(_AFTER_RECORD))


def _whole(record: WarcRecord, max_body: int, path: Path, offset: int) -> Captured | PassedOver:
    """The record, read to its end. Raises DamagedError when it holds less than it says."""
    try:
        if not (record.headers.get("Content-Length") or "").strip().isdigit():
            raise DamagedError(path, offset, "the record's headers are cut or broken", _CUT)
        found = _captured(record, max_body)
        before = record.reader.tell()
        missing = record.content_length - before - record.reader.consume()
    except _TORN as error:
        raise _broken(error, path, offset, is_first=False) from error
    if missing > 0:
        raise DamagedError(path, offset, f"the record ends {missing} bytes early", _CUT)
    return found


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


def _captured(record: WarcRecord, max_body: int) -> Captured | PassedOver:  # noqa: PLR0911 - one line a reason
    url = (record.headers.get("WARC-Target-URI") or "").strip("<>")  # a habit of early wget
    kind = record.record_type
    if kind == WarcRecordType.revisit:
        return PassedOver.REVISIT
    if kind != WarcRecordType.response or not record.is_http or not url.lower().startswith(_WEB):
        return PassedOver.OTHER_RECORD
    record.parse_http(strict_mode=False)
    headers = record.http_headers
    status = headers.status_code
    if status is None:
        return PassedOver.OTHER_RECORD
    if status // 100 == 3:
        return PassedOver.REDIRECT
    if status != 200:
        return PassedOver.NOT_OK
    raw = record.reader
    try:
        if (headers.get("Transfer-Encoding") or "").strip().lower() == "chunked":
            data = ChunkedDataReader(raw).read(max_body + 1)  # leaves a body as it is that was stored unchunked
        else:
            data = raw.read(max_body + 1)
        body = decoded(data, headers.get("Content-Encoding"), max_body)
    except (zlib.error, brotli.error, zstandard.ZstdError):
        return PassedOver.UNDECODABLE
    if len(body) > max_body:
        return PassedOver.TOO_LARGE
    return Captured(
        url=url,
        headers=headers.to_tuples(),
        content_type=headers.get("Content-Type"),
        body=body,
        at=_date(record.headers.get("WARC-Date")),
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
