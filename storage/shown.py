"""What was shown of persons when somebody decided: digests that a judgement carries.

Refuses a judgement on persons that meanwhile have other records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from storage.errors import ReviewConflict


def digest_of(*sides: Collection[str]) -> str:
    """A digest of the mention ids of one person, or of two in any order; 32 hexadecimal characters."""
    plain = ";".join(sorted(",".join(sorted(side)) for side in sides))
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def check(seen: str | None, *now: str) -> None:
    """Refuse when `seen` is given and is none of what would be shown `now`. Raises `ReviewConflict`."""
    if seen is not None and seen not in now:
        raise ReviewConflict(
            "The records of the person changed since they were shown.",
            "Open it again, and decide on what it says.",
        )
