"""The Ray cluster of this command: joined by its address, or started on this machine alone.

Refuses to phone home, to open a dashboard, and to listen beyond the loopback when it starts Ray itself.
"""

from __future__ import annotations

import atexit
import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from importlib import import_module
from typing import Any

from tipwatch.errors import CommandError, ExitCode

log = logging.getLogger(__name__)

OBJECT_STORE = 128 * 1024**2
"""Bytes of shared memory for what is on its way: two slices a worker, a few MB each."""

STARTS = 3
"""Attempts at a Ray of our own: it gives its processes 30 s (fixed in Ray 2.60), too few on a loaded machine."""

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray reports to its makers otherwise
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # silences a warning about accelerators that we do not use
}


def connect(address: str | None, workers: int) -> Any:
    """The module `ray`, connected. `workers` is how many CPUs a Ray that we start here has to have.

    Raises CommandError when Ray is not installed, or no cluster answers at the address.
    """
    for variable, value in _QUIET.items():
        os.environ.setdefault(variable, value)
    where: dict[str, Any] = {"address": address} if address is not None else _alone(workers)
    ray = _engine()
    if ray.is_initialized():
        return ray
    before = _handlers()
    try:
        _begin(ray, where, attempts=STARTS if address is None else 1)
    except Exception as error:  # Ray raises `Exception` itself when a process of its own was slow to start
        reason = str(error).strip().partition("\n")[0].rstrip(".")[:200]
        if address is None:
            raise CommandError(
                f"Ray did not start on this machine: {reason}.",
                "Is there 1 GB of free memory a worker, room in /tmp and /dev/shm, and a processor with time?",
                ExitCode.ENVIRONMENT,
            ) from error
        raise CommandError(
            f"No Ray cluster can be joined at {address}: {reason}.",
            "Start one (docs/scale.md) with this Ray and Python, or leave --ray-address away.",
            ExitCode.ENVIRONMENT,
        ) from error
    finally:
        for number, handler in before.items():  # Ray takes SIGTERM for itself; how a command ends is ours to say
            signal.signal(number, handler)
    return ray


def _begin(ray: Any, where: dict[str, Any], attempts: int) -> None:
    for attempt in range(1, attempts + 1):
        try:
            ray.init(**where, logging_level="ERROR", log_to_driver=False, configure_logging=False)
        except Exception as error:
            log.warning("ray.no_start attempt=%d error=%s", attempt, type(error).__name__)
            ray.shutdown()
            if attempt == attempts:
                raise
        else:
            _hush()
            return


def _hush() -> None:
    """Ray prints the cluster's errors, with pages of its own log, to our stdout, which may be a file of results.

    It has no switch for it (2.60); a Ray without that function is left as it is. We tell of lost workers.
    """
    worker: Any = import_module("ray._private.worker")
    if hasattr(worker, "print_to_stdstream"):
        worker.print_to_stdstream = lambda *_args, **_named: None


def _alone(workers: int) -> dict[str, Any]:
    """A Ray for this command only: on the loopback, with a token and a folder that nobody else has.

    The loopback is no setting of Ray's on Linux; the variable is the one by which it chooses it on other systems
    (Ray 2.60: `services.get_node_ip_address`). It and the token are read when Ray is imported.
    """
    if "ray" not in sys.modules:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    folder = tempfile.mkdtemp(prefix="tw-ray-")  # short: it begins the paths of sockets, which have 107 bytes
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # Ray, imported later, ends before
    return {
        "address": "local", "num_cpus": workers, "num_gpus": 0, "object_store_memory": OBJECT_STORE,
        "include_dashboard": False, "_temp_dir": folder,
    }  # fmt: skip


def _engine() -> Any:
    try:
        return import_module("ray")
    except ImportError as error:
        raise CommandError(
            "--executor ray needs Ray, which is not installed.",
            "Install the extra: make setup EXTRAS=cluster, or pip install 'tipwatch[cluster]'.",
            ExitCode.ENVIRONMENT,
        ) from error


def _handlers() -> dict[int, Any]:
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
