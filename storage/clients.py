"""Who may ask the API for the feed, what for and how often; and what was asked.

Refuses keys (only the SHA-256 of a secret is stored), addresses of computers, and what anybody searched for.

A key is `tw_<id of the client>_<secret>`. The secret is 256 random bits, so nobody finds it by trying, and a slow
hash, which protects what people choose and others guess, would protect nothing here but cost every request.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Sequence
from enum import Enum
from typing import Any, Final

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from storage.audit import note
from storage.database import Database
from storage.errors import ClientExists, ClientInvalid, ClientUnknown
from storage.periods import between_times
from storage.records.clients import CLIENT_NAME, Access, ApiClient, ClientScope
from storage.tables.clients import ApiAccessRow, ApiClientRow

ID_BYTES = 8
SECRET_BYTES = 32
MOST_PER_MINUTE = 60_000
"""Requests a minute that a client may be given: a thousand a second is more than one server of ours answers."""
CHUNK = 1000
"""Accesses in one statement."""
LIST = "`tipwatch client list` shows them all."

_KEY = re.compile(rf"tw_([0-9a-f]{{{2 * ID_BYTES}}})_([A-Za-z0-9_-]{{43}})")
_COLUMNS = (
    ApiAccessRow.at, ApiAccessRow.client, ApiAccessRow.route, ApiAccessRow.status, ApiAccessRow.subject,
    ApiAccessRow.bytes, ApiAccessRow.ms,
)  # fmt: skip
_SUBJECT = re.compile(
    r"tw-(?:[pcoa]|party|proof)(?:-(?:[pcoa]|[0-9a-f]{20}|[0-9a-f]{64}))+"
    r"|(?:index|catalog|coverage|accuracy|entities\.ftm|entities\.delta|deltas/(?:index|[0-9]{14}))\.json"
    r"|(?:targets\.simple|statements|offences|perpetrators\.htcds|coverage)\.csv|evidence\.jsonl|names\.txt|README\.md"
    r"|[a-z]{2}|[0-9]{14}"
)


class Keep(Enum):
    """Says that something is left as it is, where None means something else."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


class Clients:
    """Clients of the API and their accesses. Every change of a client is a line of the log of deeds."""

    def __init__(self, database: Database, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._database = database
        self._random = random

    def add(  # noqa: PLR0917 - the contract's order
        self,
        name: str,
        scopes: Collection[ClientScope],
        per_minute: int,
        expires: dt.datetime | None,
        by: str,
        now: dt.datetime,
    ) -> tuple[ApiClient, str]:
        """Store a new client; returns it with its key, which nobody can show again.

        Raises `ClientInvalid` for a name, rate or date that cannot be, `ClientExists` for a name that is taken.
        """
        check_name(name)
        check_terms(scopes, per_minute, expires, now)
        public_id, secret = self._random(ID_BYTES).hex(), self._secret()

        def work(session: Session) -> ApiClient:
            if session.get(ApiClientRow, name) is not None:
                raise ClientExists(
                    f"There is a client {name!r} already (or was: names are given once, the log speaks of them).",
                    "Choose another name, or give that client a new key: tipwatch client renew.",
                )
            row = ApiClientRow(
                name=name, public_id=public_id, secret_digest=_digest(secret), scopes=sorted(scopes),
                per_minute=per_minute, created_at=now, created_by=by, renewed_at=now, expires_at=expires,
            )  # fmt: skip
            session.add(row)
            session.flush()
            detail = {"scopes": row.scopes, "per_minute": per_minute, "expires": expires}
            note(session, by, "client_add", f"client:{name}", detail, now)
            return _client(row)

        return self._database.transact(work), _key(public_id, secret)

    def of_key(self, key: str, now: dt.datetime) -> ApiClient | None:
        """Whose key it is; None for no key of ours, and for one that was renewed, disabled or has expired.

        Reads one row. Secrets are compared by their digests in constant time; the id in a key is none.
        """
        found = _KEY.fullmatch(key)
        if found is None:
            return None
        with self._database.read() as session:
            row = session.scalars(select(ApiClientRow).where(ApiClientRow.public_id == found[1])).one_or_none()
        if row is None or not hmac.compare_digest(_digest(found[2]), row.secret_digest):
            return None
        if row.disabled_at is not None or _has_expired(row, now):
            return None
        return _client(row)

    def get(self, name: str) -> ApiClient | None:
        """A client by name, also one that was disabled."""
        with self._database.read() as session:
            row = session.get(ApiClientRow, name)
            return None if row is None else _client(row)

    def renew(self, name: str, by: str, now: dt.datetime) -> tuple[ApiClient, str]:
        """Give a client a new key; the old one is dead from this moment on.

        Raises `ClientUnknown`, and `ClientInvalid` for a client that has expired: its new key would not work.
        """
        secret = self._secret()

        def work(session: Session) -> ApiClient:
            row = _active(session, name)
            if row.expires_at is not None and _has_expired(row, now):
                raise ClientInvalid(
                    f"The client {name!r} expired on {row.expires_at:%Y-%m-%d}; no key of it would work.",
                    "Give it another date first: tipwatch client change NAME --expires DATE.",
                )
            row.secret_digest, row.renewed_at = _digest(secret), now
            session.flush()
            note(session, by, "client_renew", f"client:{name}", {}, now)
            return _client(row)

        made = self._database.transact(work)
        return made, _key(made.id, secret)

    def disable(self, name: str, by: str, now: dt.datetime) -> ApiClient:
        """End a client's access for good; the digest of its key goes. Raises `ClientUnknown`."""

        def work(session: Session) -> ApiClient:
            row = _active(session, name)
            row.disabled_at, row.secret_digest = now, ""
            session.flush()
            note(session, by, "client_disable", f"client:{name}", {}, now)
            return _client(row)

        return self._database.transact(work)

    def change(
        self,
        name: str,
        by: str,
        now: dt.datetime,
        *,
        scopes: Collection[ClientScope] | None = None,
        per_minute: int | None = None,
        expires: dt.datetime | Keep | None = KEEP,
    ) -> ApiClient:
        """Change what a client may do; the key stays. `expires` None means never.

        Raises `ClientUnknown`, and `ClientInvalid` for what cannot be and where nothing is said.
        """

        def work(session: Session) -> ApiClient:
            row = _active(session, name)
            said: dict[str, Any] = {}
            if scopes is not None:
                row.scopes = said["scopes"] = sorted(scopes)
            if per_minute is not None:
                row.per_minute = said["per_minute"] = per_minute
            if not isinstance(expires, Keep):
                row.expires_at = said["expires"] = expires
            if not said:
                raise ClientInvalid(
                    "Nothing to change was named.", "Say scopes, requests a minute, or a last day."
                )
            new_end = None if isinstance(expires, Keep) else expires
            check_terms([ClientScope(one) for one in row.scopes], row.per_minute, new_end, now)
            session.flush()
            note(session, by, "client_change", f"client:{name}", said, now)
            return _client(row)

        return self._database.transact(work)

    def note_accesses(self, accesses: Sequence[Access]) -> None:
        """Append accesses and remember when each client was seen, in one transaction.

        Of a subject only an entity's id, a file of a feed, a country or a version is kept (`subject_of`).
        """
        rows = [
            {
                "at": one.at, "client": one.client, "route": one.route, "status": one.status,
                "subject": subject_of(one.subject), "bytes": one.bytes, "ms": one.ms,
            }
            for one in accesses
        ]  # fmt: skip
        seen: dict[str, dt.datetime] = {}
        for one in accesses:
            if one.client is not None:
                seen[one.client] = max(one.at, seen.get(one.client, one.at))

        def work(session: Session) -> None:
            for start in range(0, len(rows), CHUNK):
                session.execute(insert(ApiAccessRow), rows[start : start + CHUNK])
            for name, at in sorted(seen.items()):  # in one order, so that two writers never wait for each other
                later = or_(ApiClientRow.last_seen.is_(None), ApiClientRow.last_seen < at)
                session.execute(update(ApiClientRow).where(ApiClientRow.name == name, later).values(last_seen=at))

        if rows:
            self._database.transact(work)

    def accesses(
        self,
        since: dt.date | None = None,
        until: dt.date | None = None,
        client: str | None = None,
        limit: int | None = None,
        *,
        subject: str | None = None,
    ) -> list[Access]:
        """Accesses of these days (UTC, both included), the oldest first; with `limit` the newest so many of them.

        `subject` tells who asked for an entity by its id. Searches, deltas and files do not say whom they named.
        """
        query = select(*_COLUMNS).where(*between_times(ApiAccessRow.at, (since, until)))
        if client is not None:
            query = query.where(ApiAccessRow.client == client)
        if subject is not None:
            query = query.where(ApiAccessRow.subject == subject)
        query = query.order_by(ApiAccessRow.at.desc(), ApiAccessRow.id.desc())
        with self._database.read() as session:
            found = session.execute(query if limit is None else query.limit(limit))
            rows = [
                Access(at=at, client=name, route=route, status=status, subject=of, bytes=size, ms=ms)
                for at, name, route, status, of, size, ms in found
            ]
        rows.reverse()
        return rows

    def list(self) -> tuple[ApiClient, ...]:
        """Every client, also who was disabled, by name."""
        with self._database.read() as session:
            return tuple(map(_client, session.scalars(select(ApiClientRow).order_by(ApiClientRow.name))))

    def _secret(self) -> str:
        return urlsafe_b64encode(self._random(SECRET_BYTES)).decode("ascii").rstrip("=")


def subject_of(said: str | None) -> str | None:
    """What is kept of what a request was about: ids, files, countries and versions of a feed, else nothing.

    A client may type a name where an id belongs (`/v1/entities/ravi-testman`), and a log must not hold it.
    """
    return said if said is not None and _SUBJECT.fullmatch(said) is not None else None


def check_name(name: str) -> None:
    """Raise `ClientInvalid` unless a client may be called so."""
    if CLIENT_NAME.fullmatch(name) is None:
        raise ClientInvalid(
            f"{name!r} is no name of a client.",
            "Write 1 to 57 small letters, digits, dots, dashes or underscores, a letter or digit first.",
        )


def check_terms(
    scopes: Collection[ClientScope], per_minute: int, expires: dt.datetime | None, now: dt.datetime
) -> None:
    """Raise `ClientInvalid` unless a client may have these: a scope or more, a rate, an end that is to come."""
    if not scopes:
        raise ClientInvalid(
            "A client without a scope could ask for nothing.", f"Scopes are {', '.join(ClientScope)}."
        )
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise ClientInvalid(
            f"{per_minute} requests a minute cannot be given.", f"Say 1 to {MOST_PER_MINUTE} a minute."
        )
    if expires is not None and expires <= now:
        raise ClientInvalid(
            f"A key that expired on {expires:%Y-%m-%d %H:%M}Z would never work.",
            "Name a later day; `tipwatch client disable` ends a client's access at once.",
        )


def old_accesses(session: Session, before: dt.datetime) -> int:
    """How many accesses are older."""
    return session.scalar(select(func.count()).select_from(ApiAccessRow).where(ApiAccessRow.at < before)) or 0


def forget_accesses(session: Session, before: dt.datetime, most: int) -> int:
    """Delete up to `most` accesses that are older, the oldest first; returns how many went."""
    old = select(ApiAccessRow.id).where(ApiAccessRow.at < before).order_by(ApiAccessRow.at).limit(most)
    ids = session.scalars(old).all()
    for start in range(0, len(ids), CHUNK):
        session.execute(delete(ApiAccessRow).where(ApiAccessRow.id.in_(ids[start : start + CHUNK])))
    return len(ids)


def _active(session: Session, name: str) -> ApiClientRow:
    """The row of a client that was not disabled. Raises `ClientUnknown`."""
    row = session.get(ApiClientRow, name, with_for_update=True)
    if row is None:
        raise ClientUnknown(f"There is no client {name!r}.", LIST)
    if row.disabled_at is not None:
        raise ClientUnknown(
            f"The client {name!r} was disabled on {row.disabled_at:%Y-%m-%d}.",
            "Add a client of another name; the log keeps the old one for what was asked under it.",
        )
    return row


def _has_expired(row: ApiClientRow, now: dt.datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= now


def _key(public_id: str, secret: str) -> str:
    return f"tw_{public_id}_{secret}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _client(row: ApiClientRow) -> ApiClient:
    return ApiClient(
        name=row.name, id=row.public_id, scopes=frozenset(map(ClientScope, row.scopes)), per_minute=row.per_minute,
        created=row.created_at, created_by=row.created_by, renewed=row.renewed_at, expires=row.expires_at,
        disabled=row.disabled_at is not None, last_seen=row.last_seen,
    )  # fmt: skip
