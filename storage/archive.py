"""Kept pages as WARC 1.1, one gzip member a record, in files that are only ever appended to by their own process.

Refuses to touch a file that another process began: after a crash the torn tail stays, and a new file is opened.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import io
import logging
import os
import re
import socket
import threading
import uuid
import zlib
from http import HTTPStatus
from pathlib import Path
from types import TracebackType

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from storage.errors import ArchiveDamaged, ArchiveUnreadable, ArchiveUnwritable, DiskFull
from storage.records.pages import ArchivePointer, FetchedPage

log = logging.getLogger(__name__)

ROLL_BYTES = 256 * 1024 * 1024
SYNC_EVERY = 32
"""Records between two fsyncs. A kill loses nothing (the kernel has the bytes); a power cut at most these, and
SQLite with synchronous=NORMAL forgets the same. Reading verifies digests, so a lost record is noticed."""
COMPRESSION = 6  # level 9, warcio's default, costs three times the time for 1 % of size on news pages
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# The body is stored decoded: these headers would no longer be true of it.
UNTRUE_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 5.1; a header with another name is left out
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class Archive:
    """A folder of WARC files. Safe for threads; a forked child opens a file of its own."""

    def __init__(self, folder: Path, *, roll_bytes: int = ROLL_BYTES) -> None:
        self.folder = folder
        self._roll_bytes = roll_bytes
        self._lock = threading.Lock()
        self._file: _OpenFile | None = None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds whole pages, victims' names and all
        except OSError as error:
            raise _unwritable(folder, error) from error

    def append(self, page: FetchedPage, now: dt.datetime | None = None) -> ArchivePointer:
        """Write one response record. Raises `DiskFull` or `ArchiveUnwritable`, and then has written nothing.

        `now` (default: when the page was fetched) decides the file, one a day and process; ingested pages of many
        days go to today's.
        """
        digest = payload_digest(page.body)
        data = _compressed(_response(page, digest))
        with self._lock:
            name, offset = self._writable(now or page.fetched_at).append(data)
        return ArchivePointer(file=name, offset=offset, length=len(data), digest=digest)

    def read(self, pointer: ArchivePointer) -> bytes:
        """The payload. Raises `ArchiveDamaged` when the record is missing, torn or has another digest, and
        `ArchiveUnreadable` when that says nothing about the page: no right to the file, no archive at all.
        """
        path = self.folder / pointer.file
        try:
            with path.open("rb") as file:
                file.seek(pointer.offset)
                data = file.read(pointer.length)
            if len(data) != pointer.length:
                raise _damaged(pointer, "it is cut off")
            record = next(iter(ArchiveIterator(io.BytesIO(data))))
            body: bytes = record.content_stream().read()
        except FileNotFoundError as error:
            if any(self.folder.glob("*.warc.gz")):
                raise _damaged(pointer, "the file is gone") from error
            raise _unreadable(self.folder, "it holds no file, though pages were kept in it") from error
        except OSError as error:
            raise _unreadable(path, error.strerror or type(error).__name__) from error
        except (ArchiveLoadFailed, StopIteration, zlib.error, EOFError) as error:
            raise _damaged(pointer, "it is no WARC record") from error
        if payload_digest(body) != pointer.digest:
            raise _damaged(pointer, "its digest differs")
        return body

    def close(self) -> None:
        """Sync and close the open file; the next append opens a new one."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _writable(self, now: dt.datetime) -> _OpenFile:
        file = self._file
        if file is not None and (
            file.pid != os.getpid() or file.broken or file.size >= self._roll_bytes or file.day != now.date()
        ):
            if file.pid == os.getpid():
                file.close()
            file = None
        if file is None:
            file = self._file = _OpenFile.create(self.folder, now)
        return file


class _OpenFile:
    """One WARC file that this process began. `broken` when a failed write could not be undone."""

    def __init__(self, path: Path, descriptor: int, day: dt.date) -> None:
        self.path = path
        self.day = day
        self.pid = os.getpid()
        self.size = 0
        self.broken = False
        self._descriptor = descriptor
        self._unsynced = 0

    @classmethod
    def create(cls, folder: Path, now: dt.datetime) -> _OpenFile:
        """Begin a file whose name nobody has: day, machine, process, serial number."""
        host = re.sub(r"[^A-Za-z0-9]+", "-", socket.gethostname())[:40]
        for serial in range(100_000):
            path = folder / f"tipwatch-{now:%Y%m%d}-{host}-{os.getpid()}-{serial:05d}.warc.gz"
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            except FileExistsError:
                continue
            except OSError as error:
                raise _unwritable(folder, error) from error
            file = cls(path, descriptor, now.date())
            try:
                file.append(_compressed(_warcinfo(path.name)))
            except DiskFull:
                file.close()
                path.unlink(missing_ok=True)
                raise
            log.info("archive.open file=%s", path.name)
            return file
        raise ArchiveUnwritable(f"The archive {folder} has no file name left.", "Choose another archive folder.")

    def append(self, data: bytes) -> tuple[str, int]:
        """Write one whole record at the end, or nothing. Returns the file's name and the record's offset."""
        offset = self.size
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
            self._unsynced += 1
            if self._unsynced >= SYNC_EVERY:
                os.fsync(self._descriptor)
                self._unsynced = 0
        except OSError as error:
            self._undo(offset)
            raise _unwritable(self.path, error) from error
        self.size = offset + len(data)
        return self.path.name, offset

    def close(self) -> None:
        """Sync and close; an error at this point is logged, since every record was acknowledged already."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            log.warning("archive.sync_failed file=%s error=%s", self.path.name, error.strerror)
        os.close(self._descriptor)

    def _undo(self, offset: int) -> None:
        try:
            os.ftruncate(self._descriptor, offset)
            os.lseek(self._descriptor, offset, os.SEEK_SET)
        except OSError:
            self.broken = True  # a torn tail: readers stop before it, and nobody appends behind it


def payload_digest(body: bytes) -> str:
    """SHA-256 of a payload as the database and WARC-Payload-Digest write it: "sha256:<hex>"."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _response(page: FetchedPage, digest: str) -> bytes:
    headers = [
        (name, CONTROL.sub(" ", value).strip())
        for name, value in page.headers
        if TOKEN.fullmatch(name) and name.lower() not in UNTRUE_HEADERS
    ]
    headers.append(("Content-Length", str(len(page.body))))
    date = f"{page.fetched_at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{page.final_url} {date} {digest}")
    output = io.BytesIO()
    writer = WARCWriter(output, gzip=False, warc_version="1.1")
    record = writer.create_warc_record(
        page.final_url,
        "response",
        payload=io.BytesIO(page.body),
        length=len(page.body),  # without it warcio spools to a temporary file and leaves that open
        http_headers=StatusAndHeaders(_status_line(page.status), headers, protocol="HTTP/1.1"),
        warc_headers_dict={
            "WARC-Date": date,
            "WARC-Record-ID": f"<urn:uuid:{identity}>",
            "WARC-Payload-Digest": digest,
        },
    )
    writer.write_record(record)
    return output.getvalue()


def _warcinfo(name: str) -> bytes:
    output = io.BytesIO()
    writer = WARCWriter(output, gzip=False, warc_version="1.1")
    info = {"software": "tipwatch", "format": "WARC File Format 1.1"}
    writer.write_record(writer.create_warcinfo_record(name, info))
    return output.getvalue()


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _compressed(record: bytes) -> bytes:
    packer = zlib.compressobj(COMPRESSION, zlib.DEFLATED, 31)  # 31: a gzip member
    return packer.compress(record) + packer.flush()


def _unwritable(path: Path, error: OSError) -> DiskFull | ArchiveUnwritable:
    if error.errno in FULL:
        return DiskFull(
            f"No space left for the archive {path}; this page is not stored, all before it are whole.",
            "Free some space and run the same command again; nothing that was acknowledged is fetched twice.",
        )
    return ArchiveUnwritable(
        f"The archive {path} cannot be written ({error.strerror}).",
        "Check the folder's rights, or choose another with TIPWATCH_DATA_DIR.",
    )


def _unreadable(path: Path, why: str) -> ArchiveUnreadable:
    return ArchiveUnreadable(
        f"The archive {path} cannot be read: {why}.",
        "Check that it is mounted and that this user may read it (TIPWATCH_DATA_DIR); nothing was given up.",
    )


def _damaged(pointer: ArchivePointer, why: str) -> ArchiveDamaged:
    return ArchiveDamaged(
        f"The archive's record {pointer.file}:{pointer.offset} cannot be used: {why}.",
        "Restore the file from a copy; the page can also be fetched again.",
    )
