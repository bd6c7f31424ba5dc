"""Whose page an address is, by the homepages and feeds of the catalogue.

Refuses a guess: an address that two sources claim alike is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from config.source import Source

INGESTED = "ingested"
"""The source of pages whose host no catalogue entry claims. It has no country: such pages are in no country's
coverage, because nobody watched."""


class Hosts:
    """Whose page an address is, by the homepages and feeds of the catalogue."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._by_host: dict[str, list[tuple[str, str]]] = {}
        for source in sources:
            for url in (source.homepage, *(part.url for part in source.discover)):
                path = urlsplit(url).path if url == source.homepage else "/"
                self._by_host.setdefault(_host(url), []).append((path.rstrip("/") + "/", source.id))

    def source_of(self, url: str) -> str | None:
        """The source with the longest homepage that `url` lies under; None when none or two claim it."""
        host = _host(url)
        path = urlsplit(url).path.rstrip("/") + "/" if host else "/"
        while host.count(".") >= 1 or host in self._by_host:
            fitting = [claim for claim in self._by_host.get(host, ()) if path.startswith(claim[0])]
            if fitting:
                longest = max(len(prefix) for prefix, _ in fitting)
                owners = {source_id for prefix, source_id in fitting if len(prefix) == longest}
                return owners.pop() if len(owners) == 1 else None
            host = host.partition(".")[2]
        return None


def _host(url: str) -> str:
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
    return host.removeprefix("www.")
