"""WARC files for tests, made by warcio."""

from __future__ import annotations

import io
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HTML = "text/html; charset=utf-8"


class Tape:
    """Writes records one after the other; `offsets` tells where each began."""

    def __init__(self, path: Path, *, gzip: bool = True) -> None:
        self.path = path
        self.offsets: list[int] = []
        self._stream = path.open("wb")
        self._writer = WARCWriter(self._stream, gzip=gzip)

    def response(
        self,
        url: str,
        body: bytes,
        *,
        status: str = "200 OK",
        headers: tuple[tuple[str, str], ...] = (("Content-Type", HTML),),
        date: str = "2024-05-31T10:00:00Z",
        kind: str = "response",
    ) -> Tape:
        self.offsets.append(self._stream.tell())
        http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        with io.BytesIO(body) as payload:
            record = self._writer.create_warc_record(
                url, kind, payload=payload, http_headers=http, warc_headers_dict={"WARC-Date": date}
            )
            self._writer.write_record(record)
        self._stream.flush()
        return self

    def info(self) -> Tape:
        self.offsets.append(self._stream.tell())
        self._writer.write_record(self._writer.create_warcinfo_record(self.path.name, {"software": "test"}))
        return self

    def close(self) -> Path:
        self._stream.close()
        return self.path
