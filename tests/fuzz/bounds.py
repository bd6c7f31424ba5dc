"""Bounds around one attacked call: seconds of this process, growth of its memory, nothing reached outside.

Refuses wall clock, since test machines are busy; a call that runs on is cut, not waited for.
"""

from __future__ import annotations

import builtins
import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import pytest

MIB = 1024 * 1024
_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


@contextmanager
def bounded(seconds: float, megabytes: float) -> Iterator[None]:
    """Fails the test when the block takes more CPU seconds, or lets the process grow by more MiB at its peak.

    Memory is measured where Linux tells it. The bound on time cuts Python and `re`; a library in C is measured
    when it comes back.
    """

    def cut(_number: int, _frame: FrameType | None) -> None:
        pytest.fail(f"still at work after {seconds} seconds of this process")

    began = _peak_reset()
    before = signal.signal(signal.SIGVTALRM, cut)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    if began is not None:
        grown = (_kilobytes("VmHWM:") - began) / 1024
        assert grown < megabytes, f"grew by {grown:.0f} MiB at its peak, {megabytes} are allowed"


@contextmanager
def sealed() -> Iterator[None]:
    """No file, socket or process may be opened in the block: external entities and redirects would need one.

    Python's and its libraries' own files may be: some read their tables when they first need them.
    """

    def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(*asked: Any, **given: Any) -> Any:
            if asked and str(asked[0]).startswith((sys.prefix, sys.base_prefix)):
                return call(*asked, **given)
            return pytest.fail(f"reached outside: {asked[:1]}")

        return refuse

    with ExitStack() as stack:
        for holder, name in (
            (builtins, "open"),
            (io, "open"),
            (os, "open"),
            (socket, "socket"),
            (socket, "create_connection"),
            (socket, "getaddrinfo"),
            (subprocess, "Popen"),
        ):
            stack.enter_context(patch.object(holder, name, guarded(getattr(holder, name))))
        yield


def _peak_reset() -> int | None:
    """Resident kilobytes now, with the kernel's peak set back to them; None where it keeps none."""
    try:
        _RESET.write_text("5")
    except OSError:
        return None
    return _kilobytes("VmRSS:")


def _kilobytes(name: str) -> int:
    line = next(one for one in _STATUS.read_text().splitlines() if one.startswith(name))
    return int(line.split()[1])
