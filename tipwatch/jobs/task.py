"""A task for a tool, and its answer: a value, or how it failed.

Refuses errors' messages: they may quote the story.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

Tool = Callable[[Any], Any]
Tools = Mapping[str, Tool]
"""What a cell can do, by name. A factory (`"module:function"`) builds it inside the child, once."""

Tag = TypeVar("Tag")


class Fault(StrEnum):
    """How an item failed."""

    RAISED = "raised"
    TOO_DEEP = "too_deep"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    DIED = "died"


@dataclass(frozen=True, kw_only=True, slots=True)
class Task(Generic[Tag]):
    """One item for one tool; `tag` stays with the parent and comes back with the answer."""

    tool: str
    item: Any
    seconds: float
    tag: Tag


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What the tool returned."""

    value: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """Why there is no value. `detail` is an error's class and place, not its message: it may quote the story."""

    fault: Fault
    detail: str


Answer = Done | Failed


def is_out_of_memory(answer: Answer) -> bool:
    """True when an item was too much for its child."""
    return isinstance(answer, Failed) and answer.fault is Fault.OUT_OF_MEMORY
