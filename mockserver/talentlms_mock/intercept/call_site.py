"""Where in the user's code a call came from."""

import asyncio
import gc
import importlib.util
import inspect
import os
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any


def _folders_of(package: str) -> list[str]:
    spec = importlib.util.find_spec(package)
    return list(spec.submodule_search_locations or ()) if spec else []


_PACKAGE = Path(__file__).parents[1]
_LIBRARIES = tuple(
    f"{path}{os.sep}"
    for path in {
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        sysconfig.get_path("scripts"),
        str(_PACKAGE),
        *_folders_of("pytest_talentlms"),
    }
)


def call_site() -> str | None:
    """Return `file:line` of the innermost frame outside libraries; None if there is none.

    If an asyncio task runs only library code, the frame is searched in the task that waits for it.
    """
    task = _current_task()
    bottom = getattr(task.get_coro(), "cr_frame", None) if task is not None else None
    site = _first_of_user(_up(sys._getframe(1), bottom))
    if site is None and task is not None:
        site = _first_of_user(_waiting_for(task))
    return site


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # no event loop in this thread
        return None


def _up(frame: FrameType | None, bottom: FrameType | None) -> Iterator[FrameType]:
    """Yield the frames from `frame` outwards to `bottom`, which the event loop has called."""
    while frame is not None:
        yield frame
        frame = None if frame is bottom else frame.f_back


def _waiting_for(task: asyncio.Task[Any]) -> Iterator[FrameType]:
    """Yield the frames, innermost first, of a task with `task` in a local variable."""
    for other in asyncio.all_tasks():
        frames = list(_suspended(other.get_coro()))
        if any(value is task for frame in frames for value in frame.f_locals.values()):
            yield from reversed(frames)


def _suspended(awaited: Any) -> Iterator[FrameType]:
    """Yield the frames of a suspended coroutine, outermost first."""
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None)
        if frame is not None:
            yield frame
            awaited = awaited.cr_await
        else:
            # There is no other way from the result of `coroutine.__await__()` to its coroutine.
            awaited = next(filter(inspect.iscoroutine, gc.get_referents(awaited)), None)


def _first_of_user(frames: Iterator[FrameType]) -> str | None:
    for frame in frames:
        file = frame.f_code.co_filename
        if not _is_library(file):
            return f"{_short(file)}:{frame.f_lineno}"
    return None


@lru_cache
def _is_library(file: str) -> bool:
    return file.startswith("<frozen ") or os.path.abspath(file).startswith(_LIBRARIES)


def _short(file: str) -> str:
    """Return a path, relative to the current directory if it is below that."""
    try:
        path = Path(file).resolve()
        return str(path.relative_to(Path.cwd())) if path.is_file() else file
    except (OSError, ValueError):
        return file
