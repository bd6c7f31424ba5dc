"""Content-Encoding undone piece by piece, never beyond the limit.

Refuses bombs and torn streams with their class, so that they are counted and not retried for ever.
"""

from __future__ import annotations

import zlib

import brotli  # type: ignore[import-untyped,unused-ignore]
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

from crawlers.failures import FetchRefused
from storage.records import FailureClass


class BoundedCompression(HttpCompressionMiddleware):
    """Scrapy's middleware (64 KiB at a time, up to DOWNLOAD_MAXSIZE) with our failure classes."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Raises FetchRefused (TOO_LARGE, UNREADABLE)."""
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise FetchRefused(FailureClass.TOO_LARGE, for_good=True) from error
        except (zlib.error, brotli.error, EOFError, OSError, ValueError) as error:
            raise FetchRefused(FailureClass.UNREADABLE) from error
