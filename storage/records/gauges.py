"""Records of what a monitor asks: runs by kind and outcome, backlogs, and what the API answered.

Refuses names: kinds, outcomes, reasons, routes and numbers only.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from storage.records.runs import RunKind, RunOutcome


@dataclass(frozen=True, kw_only=True, slots=True)
class RunTally:
    """How many runs of a kind began in a span and ended so; `outcome` None: they run, or died."""

    kind: RunKind
    outcome: RunOutcome | None
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LastRuns:
    """When the newest run of a kind began, and when the newest ended that did its work; None: never."""

    kind: RunKind
    began: dt.datetime | None
    succeeded: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessTally:
    """How many requests a route of the API answered with a status, and how long the slowest took, in ms."""

    route: str
    status: int
    n: int
    slowest_ms: int
