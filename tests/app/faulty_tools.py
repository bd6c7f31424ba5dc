"""Tools that misbehave on demand, for the tests of cells: how real extractors have failed, in one line each."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping

from tipwatch.jobs.cell import Tool


def double(item: int) -> int:
    return item * 2


def misbehave(item: str) -> object:
    match item:
        case "sleep":
            time.sleep(60)
        case "hog":
            return len(b"x" * (4 * 1024**3))
        case "raise":
            raise ValueError("Jane Doe was sentenced")
        case "recurse":
            return misbehave_deeper()
        case "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            os._exit(3)
        case "unpicklable":
            return lambda: None
    return item


def misbehave_deeper() -> object:
    return misbehave_deeper()


def build() -> Mapping[str, Tool]:
    return {"double": double, "misbehave": misbehave}


def broken() -> Mapping[str, Tool]:
    raise RuntimeError("no model here")
