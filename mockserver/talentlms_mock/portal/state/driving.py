"""Functions of a program that wait: made to move a portal's clock instead."""

import sys
from collections.abc import Callable
from importlib import import_module
from inspect import iscoroutinefunction
from types import TracebackType
from typing import Any, Self

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.suggest import suggest

_OURS = frozenset({"talentlms_mock", "pytest_talentlms", "uvicorn", "starlette", "anyio"})
"""Packages whose own waiting stays: the mock may run in the same process."""

Wait = Callable[..., Any]
Advance = Callable[[float], None]


class Driving:
    """Functions that move a clock, until `stop` or the end of a with statement.

    Args:
        names: of the functions, like `time.sleep`; what they get first is seconds.
        advance: moves the clock by seconds.

    Raises:
        SetupError: there is no such function.
    """

    def __init__(self, names: tuple[str, ...], advance: Advance) -> None:
        self._undo: list[Callable[[], None]] = []
        found = [_function(name) for name in names]  # all, before the first is replaced
        for owner, name, original in found:
            self._replace(owner, name, original, _driven(original, advance))

    def _replace(self, owner: Any, name: str, original: Wait, driven: Wait) -> None:
        setattr(owner, name, driven)

        def undo() -> None:
            if getattr(owner, name, None) is driven:  # what others have put there stays
                setattr(owner, name, original)

        self._undo.append(undo)

    def stop(self) -> None:
        """Let the functions wait again."""
        while self._undo:
            self._undo.pop()()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _function(path: str) -> tuple[Any, str, Wait]:
    """Return the module or class that has a function, the function's name there, and it itself."""
    *parts, name = path.split(".") if isinstance(path, str) else ("",)
    for length in range(len(parts), 0, -1):
        try:
            owner: Any = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            owner = getattr(owner, part, None)
        function = getattr(owner, name, None)
        if callable(function):
            return owner, name, function
        raise SetupError(
            f"There is no function {path!r}{suggest(name, dir(owner))}.", at="functions"
        )
    raise SetupError(
        f"There is no module of {path!r}: name a function like 'time.sleep', or 'client.sleep' "
        "where the module client has imported it.",
        at="functions",
    )


def _driven(original: Wait, advance: Advance) -> Wait:
    is_async = iscoroutinefunction(original)

    def wait(seconds: float, *args: Any, **options: Any) -> Any:
        caller = sys._getframe(1).f_globals.get("__name__", "").partition(".")[0]
        # What is no time to wait is for the function itself to refuse.
        if caller in _OURS or not isinstance(seconds, int | float) or not seconds > 0:
            return original(seconds, *args, **options)
        if is_async:
            return _wait_async(original, advance, seconds, args, options)
        advance(seconds)
        return original(0, *args, **options)

    return wait


async def _wait_async(
    original: Wait, advance: Advance, seconds: float, args: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    advance(seconds)
    return await original(0, *args, **options)
