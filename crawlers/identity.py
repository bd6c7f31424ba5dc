"""Who we are: to the sites (an honest user agent with a contact) and to each other (a worker's name).

Refuses to crawl anonymously.
"""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from config.settings import Settings

PRODUCT = "tipwatch"  # the token that robots.txt may name


class CrawlRefused(Exception):  # noqa: N818 - it is a refusal, not a mistake
    """A crawl that we do not start. `what` is one sentence of fact, `remedy` one of advice."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


def user_agent(settings: Settings) -> str:
    """`tipwatch/0.1.0 (+contact)`. Raises CrawlRefused without a contact: site owners must be able to reach us."""
    if settings.contact is None or not settings.contact.strip():
        raise CrawlRefused(
            "No contact is set, and we do not crawl anonymously.",
            "Set TIPWATCH_CONTACT (or `contact:` in tipwatch.yml) to a mail address or web page for site owners.",
        )
    try:
        number = version(PRODUCT)
    except PackageNotFoundError:
        number = "0"
    contact = "".join(sign for sign in settings.contact.strip() if sign.isprintable() and sign.isascii())
    return f"{PRODUCT}/{number} (+{contact})"


def worker_name() -> str:
    """Names this process for leases: machine (and PID namespace), process id, start time."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid()) or 0}"


def is_dead(worker: str) -> bool:
    """True when `worker` ran on this machine and is certainly gone; False when alive, elsewhere or in doubt."""
    machine, *numbers = worker.split("/")
    if machine != _machine() or len(numbers) != 2 or not all(part.isdigit() for part in numbers):
        return False
    pid, started = int(numbers[0]), int(numbers[1])
    if started == 0:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False
    return _started(pid) != started


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
        space = os.readlink("/proc/self/ns/pid").strip("pid:[]")
    except OSError:
        boot, space = "0", "0"
    return f"{platform.node()[:60]}:{boot}:{space}"


def _started(pid: int) -> int | None:
    """Clock ticks from boot to the start of a process; None where there is no such process, or no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    # A zombie has ended, whoever has yet to collect it.
    return None if fields[0] in {"Z", "X"} else int(fields[19])
