# ruff: noqa: E501 - tables of headers
"""WARC files record by record, each with headers that may lie, in one gzip member each, in none, or in several.

Refuses a library that would write them right.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from functools import partial

import brotli
import zstandard
from hypothesis import strategies as st

from tests.fuzz.samples import served

MAX_BODY = 50_000
_ZEROS = bytes(20 * 1024 * 1024)
BOMBS = {
    "gzip": gzip.compress(_ZEROS, mtime=0),
    "deflate": zlib.compress(_ZEROS),
    "br": brotli.compress(_ZEROS, quality=3),
    "zstd": zstandard.ZstdCompressor().compress(_ZEROS),
}
PACKERS = {
    None: bytes,
    "gzip": partial(gzip.compress, mtime=0),
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=1),
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
}
_LIES = (
    b"WARC-Type: response\r\n", b"WARC-Type: \r\n", b"WARC-Type: revisit\r\n", b"WARC-Type: x\r\n", b"Content-Length: -1\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Content-Length: 0\r\n", b"Content-Length: 1 2\r\n", b"Content-Length:\r\n",
    b"Content-Length: 0x10\r\n", b"Content-Length: \xd9\xa1\xd9\xa2\r\n", b"WARC-Date: 2024\r\n", b"WARC-Date: x\r\n", b"\r\n", b": x\r\n",
    b"WARC-Date: 0000-00-00T00:00:00Z\r\n", b"WARC-Date: 9999-12-31T23:59:59-23:59\r\n", b"WARC-Target-URI: <http://[>\r\n", b"x\r\n",
    b"WARC-Target-URI: https://x.example/\xff\r\n", b"WARC-Target-URI: https://x.example/\0\r\n", b" folded: x\r\n", b"WARC/1.0\r\n",
    b"WARC-Payload-Digest: sha1:AAAA\r\n", b"WARC-Block-Digest: x\r\n", b"WARC-Truncated: length\r\n", b"a" * 9_000 + b": b\r\n",
    b"WARC-Segment-Number: 2\r\n", b"Content-Type: text/plain\r\n", b"Content-Type: application/http; msgtype=request\r\n",
)  # fmt: skip
_HTTP_LIES = (
    b"Content-Length: 5\r\n", b"Content-Length: x\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b": \r\n",
    b"Content-Encoding: br, gzip, br, zstd, deflate\r\n", b"Content-Encoding: zstd\r\n", b"Content-Encoding: \r\n", b"x\r\n", b"\0\r\n",
    b"Content-Type: text/html; charset=hex\r\n", b"Content-Type: \xff\r\n", b"Set-Cookie: " + b"a" * 9_000 + b"\r\n", b"\r\n", b"\n",
)  # fmt: skip
_STATUS = (
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200\r\n", b"HTTP/1.1 301 Moved\r\n", b"HTTP/2 200\r\n", b"HTTP/1.1 20 OK\r\n", b"HTTP/1.1\r\n", b"\r\n",
    b"200 OK\r\n", b"HTTP/1.1 200 \xff\r\n", b"", b"ICY 200 OK\r\n", b"HTTP/1.1 \xd9\xa2\xd9\xa0\xd9\xa0 OK\r\n",
)  # fmt: skip
TOKENS = (
    *_LIES, *_HTTP_LIES, *_STATUS, b"WARC/1.1\r\n", b"WARC/0.17\r\n", b"\r\n\r\n", b"\x1f\x8b\x08\0", b"\0", b"\xff", b"\n", b"0\r\n\r\n",
    b"ffffffff\r\n", b"-1\r\n", b"5;x=y\r\nhello\r\n", b"\x28\xb5\x2f\xfd", b"filedesc://x 0.0.0.0 20240101000000 text/plain 5\n",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record, already in its bytes; `body` is the page that a reader must find, None where it need not."""

    data: bytes
    url: str
    body: bytes | None


def record(url: str, block: bytes, *, extra: bytes = b"", length: int | None = None) -> bytes:
    """A response as bytes, uncompressed; `length` is what its header claims."""
    claimed = len(block) if length is None else length
    head = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:0>\r\nWARC-Date: 2026-02-28T10:00:00Z\r\n"
    )
    head += (
        b"WARC-Target-URI: " + url.encode() + b"\r\nContent-Type: application/http; msgtype=response\r\n" + extra
    )
    return head + b"Content-Length: " + str(claimed).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


@st.composite
def honest(draw: st.DrawFn, number: int) -> Record:
    """A page of the newsroom under any encoding, as a good archive would hold it."""
    body: bytes = draw(st.sampled_from(served()["page"]))
    coding = draw(st.sampled_from(list(PACKERS)))
    stored = PACKERS[coding](body)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    if coding is not None:
        head += f"Content-Encoding: {coding}\r\n".encode()
    if draw(st.booleans()):
        head += b"Transfer-Encoding: chunked\r\n"
        stored = f"{len(stored):x}\r\n".encode() + stored + b"\r\n0\r\n\r\n"
    url = f"https://x.example/{number}"
    return Record(data=record(url, head + b"\r\n" + stored), url=url, body=body)


@st.composite
def lying(draw: st.DrawFn, number: int) -> Record:
    """A record whose headers, status, length or encoding lie, or that holds a bomb."""
    body: bytes = draw(st.sampled_from((*served()["page"][:5], b"", b"x", b"\0" * 100, *BOMBS.values())))
    head = draw(st.sampled_from(_STATUS)) + b"".join(draw(st.lists(st.sampled_from(_HTTP_LIES), max_size=4)))
    if draw(st.booleans()):
        head += f"Content-Encoding: {draw(st.sampled_from(sorted(BOMBS)))}\r\n".encode()
    block = head + b"\r\n" + body
    length = draw(
        st.none()
        | st.integers(-5, 5).map(lambda off: max(0, len(block) + off))
        | st.sampled_from((0, 1, 10**6, 10**12))
    )
    extra = b"".join(draw(st.lists(st.sampled_from(_LIES), max_size=3)))
    url = f"https://x.example/{number}"
    return Record(data=record(url, block, extra=extra, length=length), url=url, body=None)


@st.composite
def tape(draw: st.DrawFn, *, lies: bool) -> tuple[list[Record], list[bytes]]:
    """Records and the pieces of a file that holds them: all packed one by one, or none."""
    packed = draw(st.booleans())
    records = [
        draw(lying(n) if lies and draw(st.booleans()) else honest(n)) for n in range(draw(st.integers(1, 4)))
    ]
    return records, [gzip.compress(one.data, mtime=0) if packed else one.data for one in records]
