"""The child's side of a cell: one request, one answer, inside a bound of memory.

Refuses to outlive its parent, and to log: libraries log what they read, which may be a name.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing as mp
import os
import pickle
import resource
import signal
import sys
import threading
import traceback
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import Any

from config.faults import ConfigErrors
from tipwatch.jobs.task import Done, Failed, Fault, Tool, Tools


def serve(connection: Connection, factory: str, headroom: int) -> None:
    """The child's loop: one request, one answer; ends with its parent. A MemoryError ends it too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    logging.disable(logging.CRITICAL)  # libraries log what they read, which may be a name
    _end_with_parent()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone
        try:
            module, _, function = factory.partition(":")
            tools: Tools = getattr(import_module(module), function)()
        except ConfigErrors as error:
            connection.send(error.errors)
            return
        except Exception as error:
            connection.send(f"{type(error).__name__}: {error}")
            return
        _bound_memory(headroom)
        connection.send(True)
        while True:
            tool, item = connection.recv()
            reply, goes_on = _attempt(tools[tool], item)
            del item
            connection.send_bytes(reply)
            if not goes_on:
                return


def _end_with_parent() -> None:
    """A parent that was killed leaves nobody behind, not even a child that hangs in an item.

    By SIGTERM first: a tool that has work to end in good order (a crawl) takes that signal for itself.
    """
    parent = mp.parent_process()
    if parent is None:
        return

    def watch(sentinel: int) -> None:
        wait([sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, args=(parent.sentinel,), daemon=True).start()


def _attempt(tool: Tool, item: Any) -> tuple[bytes, bool]:
    """The pickled answer, and whether this process is still good for another item."""
    goes_on = True
    try:
        return pickle.dumps((Done(value=tool(item)), goes_on)), goes_on
    except MemoryError:
        goes_on = False
        failed = Failed(fault=Fault.OUT_OF_MEMORY, detail="over the worker's memory limit")
    except RecursionError:
        failed = Failed(fault=Fault.TOO_DEEP, detail="nested deeper than the interpreter's stack")
    except Exception as error:
        failed = Failed(fault=Fault.RAISED, detail=place_of(error))
    return pickle.dumps((failed, goes_on)), goes_on


def place_of(error: BaseException) -> str:
    """`ValueError at dates.py:41 in published_date`: enough to find the fault, without the story's words."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} at {os.path.basename(last.filename)}:{last.lineno} in {last.name}"


def _bound_memory(headroom: int) -> None:
    """Linux counts address space, so the bound is what stands now plus the headroom; elsewhere there is none."""
    if not sys.platform.startswith("linux"):
        return
    with open("/proc/self/statm", encoding="ascii") as statm:
        now = int(statm.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = now + headroom
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
