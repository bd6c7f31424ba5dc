"""Whether all is well: what could keep tipwatch from working, then what `tipwatch status` calls broken.

Refuses to repair, to make a database, and to stop at the first fault.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from config.catalogue import Catalogue
from config.faults import ConfigErrors
from config.settings import Settings
from storage.errors import StorageError
from storage.schema import SchemaState
from storage.store import Store
from tipwatch.errors import ExitCode, explain
from tipwatch.jobs.measures import OVERDUE
from tipwatch.jobs.run import Clock
from tipwatch.jobs.schedule import due
from tipwatch.jobs.scheduler import recent_crawls
from tipwatch.jobs.scrape import schema_state
from tipwatch.jobs.status import look
from tipwatch.workplace import read_catalogue


class Verdict(StrEnum):
    """How it stands. `broken`: it does not work until somebody mends it."""

    WELL = "well"
    LOOK = "look"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing looked at. `says` is a sentence without anyone's name, `remedy` what to do."""

    name: str
    verdict: Verdict
    says: str
    remedy: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """All checks, the worst verdict, and the exit code that goes with it."""

    at: dt.datetime
    verdict: Verdict
    code: ExitCode
    checks: tuple[Check, ...]


def health(clock: Clock) -> Health:
    """Look at everything that can be looked at; changes nothing."""
    now = clock()
    checks = list(_checks(now))
    verdict = max((one.verdict for one in checks), key=list(Verdict).index)
    code = ExitCode.DONE
    if verdict is Verdict.LOOK:
        code = ExitCode.NEEDS_A_LOOK
    elif verdict is Verdict.BROKEN:
        settings_are = any(one.name == "settings" and one.verdict is Verdict.BROKEN for one in checks)
        code = ExitCode.BAD_INPUT if settings_are else ExitCode.ENVIRONMENT
    return Health(at=now, verdict=verdict, code=code, checks=tuple(checks))


def _checks(now: dt.datetime) -> Iterator[Check]:
    try:
        settings, catalogue = read_catalogue()
    except ConfigErrors as error:
        yield _broken("settings", error)
        return
    yield _well("settings", f"{len(catalogue.sources)} sources, settings from {settings.origin}")
    yield _archive(settings)
    try:
        state = schema_state(settings)
        yield _schema(state)
        if state is SchemaState.CURRENT:
            with Store.open(settings.database_url, settings.archive_dir) as store:
                yield from _running(store, catalogue, settings, now)
    except StorageError as error:
        yield _broken("database", error)


def _schema(state: SchemaState) -> Check:
    match state:
        case SchemaState.CURRENT:
            return _well("schema", "the database is of this version")
        case SchemaState.EMPTY:
            return Check(
                name="schema", verdict=Verdict.LOOK, says="there is no database yet",
                remedy="The first command that needs it makes it: tipwatch crawl.",
            )  # fmt: skip
        case SchemaState.OLDER:
            return Check(
                name="schema", verdict=Verdict.BROKEN, says="the database is of an older version",
                remedy="Make a backup, then run: tipwatch db upgrade.",
            )  # fmt: skip
        case _:
            return Check(
                name="schema", verdict=Verdict.BROKEN, says=f"the database is {state.value}",
                remedy="Check TIPWATCH_DATABASE_URL, or install the version that made it.",
            )  # fmt: skip


def _archive(settings: Settings) -> Check:
    folder = settings.archive_dir
    if folder.is_dir() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Check(
            name="archive", verdict=Verdict.BROKEN, says=f"{folder} cannot be read and written by this user",
            remedy="Run as the user who owns it, or give this one the right to it.",
        )  # fmt: skip
    return _well("archive", f"{folder} can be written" if folder.is_dir() else f"{folder} will be made")


def _running(store: Store, catalogue: Catalogue, settings: Settings, now: dt.datetime) -> Iterator[Check]:
    """What `status` calls broken, and whether anybody crawls what is due."""
    sources = list(catalogue.sources.values())
    found = look(store, sources, settings, now)
    yield from (
        Check(name="broken", verdict=Verdict.LOOK, says=said, remedy="`tipwatch status` shows more.")
        for said in found.broken
    )
    late = [one for one in due(sources, recent_crawls(store, now), now) if one.since is not None]
    late = [one for one in late if one.since is not None and one.since < now - OVERDUE]
    if late and not found.being_crawled:
        yield Check(
            name="schedule", verdict=Verdict.LOOK,
            says=f"{len(late)} sources have been due for over two hours, and nobody crawls",
            remedy="Does `tipwatch schedule` run?",
        )  # fmt: skip
    else:
        yield _well("schedule", f"{found.due} sources due, {len(found.being_crawled)} being crawled")
    if not found.broken:
        yield _well("broken", "nothing is broken")


def _well(name: str, says: str) -> Check:
    return Check(name=name, verdict=Verdict.WELL, says=says)


def _broken(name: str, error: Exception) -> Check:
    known = explain(error)
    first, *rest = known.lines if known is not None else (type(error).__name__,)
    remedy = " ".join(line.strip() for line in rest) or None
    return Check(name=name, verdict=Verdict.BROKEN, says=first, remedy=remedy)
