"""The log of every deed: one line each, in the transaction of the deed, chained by digests.

Refuses names of persons: a detail has a known key and a value out of a closed list, an id, a number or a date.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from extraction.model import Offence, Stage
from storage.database import Database
from storage.periods import Period, between_times
from storage.records.clients import CLIENT_NAME, ClientScope
from storage.records.exports import ExportFormat, ExportStage
from storage.records.people import (
    FACT_FIELDS,
    AuditEntry,
    JudgementVerdict,
    Reason,
    RejectReason,
    UserRole,
    Verdict,
)
from storage.tables.people import AuditRow

USER_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
"""What a user may be called; also the form of `by`, which may be "machine" or "console.<login>" too."""

ACTIONS = frozenset(
    {
        "accept", "correct", "reject", "reopen", "merge", "split", "apart", "undo", "takedown", "lift", "user_add",
        "user_disable", "user_renew", "user_role", "login", "login_refused", "prune", "export", "resolve",
        "client_add", "client_renew", "client_disable", "client_change",
    }
)  # fmt: skip

START = "0" * 64
"""The digest before the first line."""

LOCK = 7_265_021  # PostgreSQL's advisory lock of whoever writes the log; `storage.notes` has the number before

_SUBJECT_WIDTH = 64  # of the column
_CHUNK = 1000  # lines read at a time by `verify`
_UNREADABLE = (ValueError, TypeError, AttributeError, OverflowError, RecursionError, SQLAlchemyError)
"""What decoding a line raises that was changed past us: its JSON, its time, or signs that are no text."""
_HEX = r"[0-9a-f]"
_MENTION = rf"{_HEX}{{20}}"
_SUBJECT = re.compile(
    rf"mention:{_MENTION}|person:p-{_MENTION}|organisation:o-{_MENTION}|case:c-{_MENTION}|(takedown|judgement):[0-9]{{1,18}}"
    rf"|user:{USER_NAME.pattern}|client:{CLIENT_NAME.pattern}|users?|login|export|prune|resolve|queue"
)
_ID = re.compile(rf"[pco]-{_MENTION}|{_MENTION}|{_HEX}{{32}}|{_HEX}{{64}}|[0-9]{{1,18}}")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?")
_VERSION = re.compile(r"[a-z]{1,12}-[0-9]{1,6}(\.[a-z]{1,12}-[0-9]{1,6}){0,3}")
_COUNTRY = re.compile(r"[a-z]{2}")
_WORDS = frozenset(
    word.value
    for words in (
        RejectReason, Verdict, JudgementVerdict, Reason, UserRole, Stage, Offence, ExportStage, ExportFormat,
        ClientScope,
    )
    for word in words
) | {
    "unknown", "wrong_token", "disabled", "too_many", "taken_down", "forgotten", "delta", "csv", "jsonl", "ftm",
}  # fmt: skip


def note(  # noqa: PLR0917 - the contract's order
    session: Session,
    by: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any],
    now: dt.datetime,
) -> int:
    """Append a line in the caller's transaction; returns its id. Call it last: until commit nobody else can.

    Raises `ValueError` (which never repeats the value) for what might hold a person's name: see `KEYS`. A
    correction is noted by the names of its fields: `{"fields": ["name", "stage"]}`.
    """
    _check(by, action, subject, detail)
    if now.tzinfo is None:
        raise ValueError("a line of the log needs an aware time")
    if session.get_bind().dialect.name != "sqlite":  # SQLite's writers take turns by themselves
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    last = session.execute(select(AuditRow.id, AuditRow.digest).order_by(AuditRow.id.desc()).limit(1)).first()
    number, before = (0, START) if last is None else (last[0], last[1])
    row = {
        "id": number + 1, "at": now.astimezone(dt.UTC), "by": by, "action": action, "subject": subject,
        "detail": _plain(detail),
    }  # fmt: skip
    session.execute(insert(AuditRow), [row | {"digest": _digest(row, before)}])
    return number + 1


class Audit:
    """The log, to be read. Nothing writes here but `note`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(
        self,
        since: dt.date | None = None,
        until: dt.date | None = None,
        limit: int | None = None,
        subject: str | None = None,
    ) -> list[AuditEntry]:
        """Lines of these days (UTC, both included), the oldest first; with `limit` the newest so many of them."""
        inside = between_times(AuditRow.at, _days(since, until))
        query = select(AuditRow).where(*inside)
        if since is not None:  # ids grow with time: what lies before the first line of that day is not looked at
            first = select(func.min(AuditRow.id)).where(*inside)
            query = query.where(AuditRow.id >= first.scalar_subquery())
        if subject is not None:
            query = query.where(AuditRow.subject == subject)
        query = query.order_by(AuditRow.id.desc())
        with self._database.read() as session:
            rows = session.scalars(query if limit is None else query.limit(limit)).all()
        return [_entry(row) for row in reversed(rows)]

    def verify(self) -> int | None:
        """The id of the first line that does not fit the ones before it, or None when the chain holds.

        A line whose JSON or time cannot be decoded does not fit. A missing line shows in the one after it. Lines
        cut off at the end leave nothing that could show it: keep the last digest elsewhere
        (`tipwatch audit --verify` prints it) and compare.
        """
        before, number = START, 0
        with self._database.read() as session:
            for line, entry in _in_order(session):
                if entry is None or line != number + 1 or entry.digest != _digest_of(entry, before):
                    return line
                before, number = entry.digest, line
        return None

    def last(self) -> AuditEntry | None:
        """The newest line: its id is how many there are, its digest stands for all of them."""
        found = self.entries(limit=1)
        return found[0] if found else None


def _days(since: dt.date | None, until: dt.date | None) -> Period:
    def day(value: dt.date | None) -> dt.date | None:
        return value.astimezone(dt.UTC).date() if isinstance(value, dt.datetime) else value

    return day(since), day(until)


def _in_order(session: Session) -> Iterator[tuple[int, AuditEntry | None]]:
    """Every line with its id; None for one that somebody wrote so that it cannot be decoded."""
    last: int | None = None
    while True:
        query = select(AuditRow.id).order_by(AuditRow.id).limit(_CHUNK)
        ids = session.scalars(query if last is None else query.where(AuditRow.id > last)).all()
        try:
            rows = session.scalars(select(AuditRow).where(AuditRow.id.in_(ids)).order_by(AuditRow.id)).all()
            found: list[tuple[int, AuditEntry | None]] = [(row.id, _entry(row)) for row in rows]
        except _UNREADABLE:
            found = [(one, _alone(session, one)) for one in ids]
        yield from found
        if len(ids) < _CHUNK:
            return
        last = ids[-1]
        session.expunge_all()


def _alone(session: Session, line: int) -> AuditEntry | None:
    try:
        return _entry(session.scalars(select(AuditRow).where(AuditRow.id == line)).one())
    except _UNREADABLE:
        return None


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id, at=row.at, by=row.by, action=row.action, subject=row.subject, detail=row.detail,
        digest=row.digest,
    )  # fmt: skip


def _digest_of(entry: AuditEntry, before: str) -> str | None:
    """What the line's digest ought to be; None where there is nothing that a line could be made of."""
    row = {
        "id": entry.id, "at": entry.at, "by": entry.by, "action": entry.action, "subject": entry.subject,
        "detail": entry.detail,
    }  # fmt: skip
    try:
        return _digest(row, before)
    except _UNREADABLE:
        return None


def _digest(row: Mapping[str, Any], before: str) -> str:
    """SHA-256 of the digest before and of the row as JSON with sorted keys; times as ISO 8601 in UTC."""
    said = {**row, "at": row["at"].astimezone(dt.UTC).isoformat(timespec="microseconds")}
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(f"{before}\n{canonical}".encode()).hexdigest()


def _plain(value: Any) -> Any:
    """As JSON will give it back."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        plain = [_plain(one) for one in value]
        return sorted(plain) if isinstance(value, set | frozenset) else plain
    return value


def _check(by: str, action: str, subject: str, detail: Mapping[str, Any]) -> None:
    if USER_NAME.fullmatch(by) is None:
        raise ValueError("`by` in the log is a user's name, machine, or console.<login>")
    if action not in ACTIONS:
        raise ValueError(f"the log knows no action of that kind; known: {', '.join(sorted(ACTIONS))}")
    if _SUBJECT.fullmatch(subject) is None or len(subject) > _SUBJECT_WIDTH:
        raise ValueError(
            "a subject in the log is a kind and an id, such as mention:<20 hex digits> or user:<name>"
        )
    for key, value in detail.items():
        allowed = KEYS.get(key)
        if allowed is None:
            raise ValueError("the log has no such key in a detail; known are those of storage.audit.KEYS")
        plain = _plain(value)
        for one in plain if isinstance(plain, list) else [plain]:
            if one is not None and not allowed(one):
                raise ValueError(
                    f"the value of {key!r} in the log might be a person's name; no such value is kept"
                )


def _is_number(value: Any) -> bool:
    return isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and value in _WORDS


def _is_id(value: Any) -> bool:
    return _is_number(value) or _matches(_ID)(value)


def _is_field(value: Any) -> bool:
    return isinstance(value, str) and value in FACT_FIELDS


KEYS: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(
        (
            "mention", "mentions", "person", "persons", "left", "right", "other", "former", "into", "new_person",
            "kept", "case", "judgement", "judgements", "takedown", "article", "seen", "moved_to", "edges",
        ),
        _is_id,
    ),
    **dict.fromkeys(("fields", "field"), _is_field),
    **dict.fromkeys(
        ("reason", "verdict", "before", "after", "stage", "role", "format", "kind", "withheld", "scopes"), _is_word
    ),
    **dict.fromkeys(("since", "until", "date", "expires"), _matches(_DATE)),
    **dict.fromkeys(("version", "resolver", "extractor"), _matches(_VERSION)),
    **dict.fromkeys(("country", "countries"), _matches(_COUNTRY)),
    **dict.fromkeys(
        (
            "n", "count", "rows", "waiting", "texts", "merged", "new_persons", "doubtful", "cases", "seconds",
            "score", "min_score", "epoch", "everything", "groups", "pages", "page_files", "bytes", "rejected",
            "cleared", "unreviewed", "users", "days", "attempts", "edge", "also_withheld", "restored", "removed",
            "stories", "per_minute", "accesses",
        ),
        _is_number,
    ),
}  # fmt: skip
"""Keys of a detail and what their values may be; a value may also be None, or a list of such values.

Ids are mentions, persons, organisations, cases, texts, digests and row numbers; words are members of the enums of
storage and extraction; fields are names of `FACT_FIELDS`, never what stood in them.
"""
