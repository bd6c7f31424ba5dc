"""Where items are worked on: in cells of this machine, or in cells that Ray's actors hold on many machines.

Refuses state: a tool is a function of its item alone, so an item may be given twice, and to any worker.
"""

from tipwatch.executors.executor import Executor, ExecutorKind, executor

__all__ = ["Executor", "ExecutorKind", "executor"]
