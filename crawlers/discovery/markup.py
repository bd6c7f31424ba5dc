"""XML that may be parsed: bounded, unpacked, without declarations.

Refuses `<!ENTITY`, in every encoding that our parsers know.
"""

from __future__ import annotations

import re
import zlib

from scrapy.utils._compression import _DecompressionMaxSizeExceeded
from scrapy.utils.gz import gunzip

from crawlers.discovery.entries import Unreadable

_GZIP = b"\x1f\x8b"
_EBCDIC = b"\x4c\x6f\xa7\x94"  # "<?xm": feedparser would decode it, we have never met it
_DECLARED = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)
_UTF7 = re.compile(rb"encoding\s*=\s*[\"']?\s*(?:utf-?7|unicode-1-1-utf-7|x-?unicode)", re.IGNORECASE)


def unpacked(body: bytes, limit: int) -> bytes:
    """The document, gunzipped when it is a `.gz` (sitemaps often are). Raises Unreadable beyond `limit` bytes."""
    if not body.startswith(_GZIP):
        return body
    try:
        return gunzip(body, max_size=limit)
    except _DecompressionMaxSizeExceeded as error:
        raise Unreadable("too large") from error
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable("torn gzip") from error


def harmless(body: bytes) -> bytes:
    """The document as it is, or Unreadable when it declares entities or hides behind an odd encoding.

    UTF-16 and UTF-32 put zero bytes between ASCII letters, so the search runs without them.
    """
    start = body[:1024].replace(b"\0", b"")
    if body.startswith(_EBCDIC) or _UTF7.search(start):
        raise Unreadable("encoding")
    if _DECLARED.search(body if b"\0" not in body else body.replace(b"\0", b"")):
        raise Unreadable("declares entities")
    return body
