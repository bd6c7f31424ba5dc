"""The four invented outlets: who they are, how their addresses and dates look, how they announce stories.

Refuses real names: outlets, people and cases of the demo were invented; only countries and cities are real.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Announcement(StrEnum):
    """How an outlet lets others find its stories."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlet:
    """One site. `code` is its country and the folder of its stories; `path` is filled with a story's fields.

    `window` is how many of the newest stories the feed, the fresh sitemap or a page of the listing holds.
    """

    code: str
    name: str
    title: str
    language: str
    zone: dt.timezone
    charset: str
    path: str
    announcement: Announcement
    window: int
    closed: str  # what robots.txt forbids

    @property
    def source_id(self) -> str:
        """Its id in the demo's catalogue."""
        return f"{self.code}_{self.name}"


def _zone(hours: float) -> dt.timezone:
    return dt.timezone(dt.timedelta(hours=hours))


OUTLETS: dict[str, Outlet] = {
    outlet.code: outlet
    for outlet in (
        Outlet(
            code="in",
            name="sahyadri_ledger",
            title="The Sahyadri Ledger",
            language="en",
            zone=_zone(5.5),
            charset="utf-8",
            path="/{section}/{slug}.html",
            announcement=Announcement.FEED,
            window=17,  # two older stories have left it: what a feed no longer shows, nobody finds
            closed="/epaper/",
        ),
        Outlet(
            code="ng",
            name="lagoon_herald",
            title="Lagoon Herald",
            language="en",
            zone=_zone(1),
            charset="utf-8",
            path="/{published:%Y/%m}/{slug}/",
            announcement=Announcement.SITEMAP,
            window=8,
            closed="/wp-admin/",
        ),
        Outlet(
            code="gb",
            name="calder_vale_examiner",
            title="Calder Vale Examiner",
            language="en",
            zone=_zone(0),
            charset="utf-8",
            path="/news/{section}/{slug}",
            announcement=Announcement.LISTING,
            window=6,
            closed="/members/",
        ),
        Outlet(
            code="mx",
            name="farol_del_istmo",
            title="El Farol del Istmo",
            language="es",
            zone=_zone(-6),
            charset="iso-8859-1",
            path="/nota/{slug}.html",
            announcement=Announcement.FEED,
            window=12,
            closed="/suscriptores/",
        ),
    )
}
