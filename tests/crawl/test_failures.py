"""Classes of failures, when to try again, and what a server may ask of us."""

from __future__ import annotations

import datetime as dt

import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.python.failure import Failure
from twisted.web.client import ResponseNeverReceived

from crawlers.addresses import AddressRefused
from crawlers.failures import MAX_ATTEMPTS, FetchRefused, Verdict, judge_exception, judge_status, retry_at
from crawlers.turns import asked_pause
from storage.errors import DiskFull
from storage.records import FailureClass

NOW = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("status", "failure", "for_good"),
    [
        (200, None, False), (204, None, False), (304, None, False), (404, FailureClass.HTTP_4XX, True),
        (410, FailureClass.HTTP_4XX, True), (403, FailureClass.HTTP_4XX, True),
        (408, FailureClass.HTTP_4XX, False),
        (429, FailureClass.HTTP_429, False), (500, FailureClass.HTTP_5XX, False),
        (503, FailureClass.HTTP_5XX, False),
        (600, FailureClass.HTTP_5XX, False), (300, FailureClass.OTHER, False),
    ],
)  # fmt: skip
def test_status(status: int, failure: FailureClass | None, for_good: bool) -> None:
    expected = None if failure is None else Verdict(failure=failure, for_good=for_good)
    assert judge_status(status) == expected


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (CannotResolveHostError(), FailureClass.DNS),
        (DownloadTimeoutError(), FailureClass.TIMEOUT),
        (DownloadConnectionRefusedError(), FailureClass.CONNECTION),
        (ResponseDataLossError(), FailureClass.CONNECTION),
        (DownloadCancelledError(), FailureClass.TOO_LARGE),
        (FetchRefused(FailureClass.ROBOTS_DISALLOWED), FailureClass.ROBOTS_DISALLOWED),
        (_caused(DownloadFailedError(), ResponseNeverReceived([Failure(Refused())])), FailureClass.CONNECTION),
        (_caused(DownloadFailedError(), AddressRefused("private", "h")), FailureClass.PRIVATE_ADDRESS),
        (DiskFull("full", "make room"), None),
        (KeyError("a bug"), None),
    ],
)
def test_exceptions(error: Exception, failure: FailureClass | None) -> None:
    verdict = judge_exception(error)
    assert (None if verdict is None else verdict.failure) == failure


@pytest.mark.parametrize("failure", list(FailureClass))
def test_retries_wait_longer_each_time_and_end(failure: FailureClass) -> None:
    waits = [retry_at(Verdict(failure=failure), attempt, NOW) for attempt in range(1, MAX_ATTEMPTS + 2)]
    assert waits[MAX_ATTEMPTS - 1] is None
    times = [wait for wait in waits if wait is not None]
    assert len(times) == MAX_ATTEMPTS - 1
    assert times == sorted(times)
    assert NOW + dt.timedelta(minutes=2) <= times[0]
    assert times[-1] <= NOW + dt.timedelta(days=1)
    assert retry_at(Verdict(failure=failure, for_good=True), 1, NOW) is None


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (200, "120", None), (500, "120", None), (429, "120", 120.0), (503, "0", 0.0), (503, None, 60.0),
        (429, "soon", 60.0), (429, "-5", 60.0), (429, "99999999999999", 3600.0),
        (503, "Wed, 20 May 2026 12:05:00 GMT", 300.0), (503, "Wed, 20 May 2020 12:05:00 GMT", 0.0),
        (503, "Wed, 20 May 2026 12:05:00", 60.0),
    ],
)  # fmt: skip
def test_retry_after(status: int, header: str | None, seconds: float | None) -> None:
    headers = {} if header is None else {"Retry-After": header}
    assert asked_pause(Response("http://n.example/", status=status, headers=headers), NOW) == seconds
