"""Why a request failed, in one of a few classes, and when to try again.

Refuses "unknown error" where a class fits: coverage counts these, and somebody must be able to act on them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import assert_never

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from service_identity.exceptions import CertificateError, VerificationError
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.error import TimeoutError as ConnectTimeout
from twisted.web.client import ResponseFailed

from crawlers.addresses import AddressRefused
from storage.frontier import MAX_WAIT
from storage.records import FailureClass

MAX_ATTEMPTS = 6
_FIRST_RETRY = dt.timedelta(minutes=2)


class FetchRefused(IgnoreRequest):
    """A request that we end ourselves, with its class. `for_good`: asking again makes no sense."""

    def __init__(self, failure: FailureClass, *, for_good: bool = False) -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.for_good = for_good


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A failure's class; `for_good` when it will not pass."""

    failure: FailureClass
    for_good: bool = False


def judge_status(status: int) -> Verdict | None:
    """None for 2xx and 304. Most 4xx are for good: gone is gone, and walls (401, 403) are not ours to climb."""
    if 200 <= status < 300 or status == 304:
        return None
    if status == 429:
        return Verdict(failure=FailureClass.HTTP_429)
    if status >= 500:
        return Verdict(failure=FailureClass.HTTP_5XX)
    if status >= 400:
        return Verdict(failure=FailureClass.HTTP_4XX, for_good=status not in {408, 409, 421, 423, 425})
    return Verdict(failure=FailureClass.OTHER)


def judge_exception(error: BaseException) -> Verdict | None:  # noqa: PLR0911 - one line a class
    """The class of a download's exception, through its causes; None for what is none of its (a full disk)."""
    for one in _with_causes(error):
        match one:
            case FetchRefused():
                return Verdict(failure=one.failure, for_good=one.for_good)
            case AddressRefused():
                return Verdict(failure=FailureClass.PRIVATE_ADDRESS, for_good=True)
            case SSL.Error() | VerificationError() | CertificateError():
                return Verdict(failure=FailureClass.TLS)
            case CannotResolveHostError() | DNSLookupError():
                return Verdict(failure=FailureClass.DNS)
            case DownloadTimeoutError() | ConnectTimeout():
                return Verdict(failure=FailureClass.TIMEOUT)
    for one in _with_causes(error):
        match one:
            case DownloadCancelledError():
                # Scrapy cancels a download for one reason only: the body grew beyond DOWNLOAD_MAXSIZE.
                return Verdict(failure=FailureClass.TOO_LARGE, for_good=True)
            case UnsupportedURLSchemeError():
                return Verdict(failure=FailureClass.PRIVATE_ADDRESS, for_good=True)
            case (
                DownloadConnectionRefusedError()
                | DownloadFailedError()
                | ResponseDataLossError()
                | ResponseFailed()
                | ConnectError()
                | ConnectionClosed()
            ):
                return Verdict(failure=FailureClass.CONNECTION)
    return None


def retry_at(verdict: Verdict, attempts: int, now: dt.datetime) -> dt.datetime | None:
    """When to try again after the `attempts`-th failure (from 1); None: never. Waits double from two minutes."""
    if verdict.for_good or attempts >= MAX_ATTEMPTS:
        return None
    wait = _FIRST_RETRY * 2 ** (attempts - 1)
    match verdict.failure:
        case FailureClass.HTTP_429 | FailureClass.ROBOTS_UNREACHABLE:
            wait = max(wait, dt.timedelta(hours=1))
        case FailureClass.ROBOTS_DISALLOWED:
            wait = MAX_WAIT
        case (
            FailureClass.DNS
            | FailureClass.CONNECTION
            | FailureClass.TLS
            | FailureClass.TIMEOUT
            | FailureClass.HTTP_4XX
            | FailureClass.HTTP_5XX
            | FailureClass.PRIVATE_ADDRESS
            | FailureClass.REDIRECTS
            | FailureClass.TOO_LARGE
            | FailureClass.UNREADABLE
            | FailureClass.OTHER
        ):
            pass
        case unknown:
            assert_never(unknown)
    return now + min(wait, MAX_WAIT)


def _with_causes(error: BaseException) -> list[BaseException]:
    """The exception, its causes, and the reasons that Twisted wraps, each once."""
    todo: list[BaseException | None] = [error]
    seen: list[BaseException] = []
    while todo and len(seen) < 20:
        one = todo.pop(0)
        if one is None or any(one is known for known in seen):
            continue
        seen.append(one)
        todo += [one.__cause__, one.__context__]
        reasons = getattr(one, "reasons", None)
        if isinstance(reasons, list):
            todo += [getattr(reason, "value", None) for reason in reasons]
    return seen
