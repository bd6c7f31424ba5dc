"""What a crawl's process connects to and which clock it reads, told by the process itself.

Refuses stubs of ours: the child gets an audit hook of Python's, names of an invented zone, a wall clock to set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

_CONNECTIONS = """
import socket, sys
_told = open({told!r}, "a", buffering=1)
def _hear(event, arguments):
    if event == "socket.connect":
        _told.write("%s\\n%s\\n" % tuple(arguments[1][:2]))
sys.addaudithook(_hear)
_names = {names}
_resolve = socket.getaddrinfo
def _look_up(host, port, *more, **how):
    if host not in _names:
        return _resolve(host, port, *more, **how)
    kinds = [(socket.AF_INET6 if ":" in one else socket.AF_INET, one) for one in _names[host]]
    return [(kind, socket.SOCK_STREAM, 6, "", (one, port)) for kind, one in kinds]
socket.getaddrinfo = _look_up
"""

_CLOCK = """
import datetime, pathlib, time, types
_jump = pathlib.Path({jump!r})
_seconds = time.time
def _set_clock():
    return _seconds() + float(_jump.read_text())
time.time = _set_clock
import crawlers.run
class _Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(_set_clock(), tz)
crawlers.run.dt = types.SimpleNamespace(datetime=_Clock, UTC=datetime.UTC)
"""


def of_connections(told: Path, names: Mapping[str, Sequence[str]]) -> str:
    """Python for a child: every connection's address and port go to `told`, `names` resolve as given."""
    told.touch()
    return _CONNECTIONS.format(told=str(told), names=json.dumps(names))


def connections(told: Path) -> set[str]:
    """`address:port` of each connection that was begun."""
    words = told.read_text(encoding="utf-8").split()
    return {f"{address}:{port}" for address, port in zip(words[::2], words[1::2], strict=True)}


def of_clock(jump: Path) -> str:
    """Python for a child: its wall clock is off by the seconds in `jump`, now and whenever they change."""
    set_clock(jump, 0)
    return _CLOCK.format(jump=str(jump))


def set_clock(jump: Path, seconds: int) -> None:
    """Set the clock at once: a child that looks meanwhile sees the old time or the new one."""
    new = jump.with_suffix(".new")
    new.write_text(str(seconds), encoding="utf-8")
    new.replace(jump)
