"""Two threads, of which one does everything while the other stands at one point of its work.

It is no chance that finds a missing lock this way: every point is tried.
"""

import sys
import threading
from collections.abc import Callable
from inspect import unwrap
from types import CodeType, FrameType
from typing import Any

_HANGING = 60.0

Act = Callable[[], object]


def at_every_point(
    arrange: Callable[[], tuple[Act, Act, Callable[[], None]]],
    *functions: Callable[..., Any],
    blocked: float = 0.003,
) -> None:
    """Let two threads meet at every instruction of some functions.

    Args:
        arrange: returns, from one state, what the first thread does, what the second does while the
            first stands still, and what checks the outcome.
        functions: in which the first thread stands still, once at each of their instructions.
        blocked: seconds after which the second thread is taken for one that waits for a lock: more
            than what it does takes.

    Raises:
        BaseException: what one of the threads, or the check, raised.
    """
    codes = frozenset(unwrap(function).__code__ for function in functions)
    point = 0
    while True:
        first, second, check = arrange()
        pause = _Pause(second, codes, point, blocked)
        pause.run(first)
        if pause.other is None:
            second()  # each point has been tried
        check()
        if pause.other is None:
            assert point > 0, "the functions were not called"
            return
        point += 1


class _Pause:
    """Runs a thread that starts another one at one instruction."""

    def __init__(self, second: Act, codes: frozenset[CodeType], point: int, blocked: float) -> None:
        self._second, self._codes, self._left, self._blocked = second, codes, point, blocked
        self._errors: list[BaseException] = []
        self.other: threading.Thread | None = None

    def run(self, first: Act) -> None:
        thread = threading.Thread(target=self._traced, args=(first,), daemon=True)
        thread.start()
        thread.join(_HANGING)
        if self.other is not None:
            self.other.join(_HANGING)
        assert not any(each.is_alive() for each in (thread, self.other) if each), "a thread hangs"
        for error in self._errors:
            raise error

    def _traced(self, first: Act) -> None:
        sys.settrace(self._trace)
        try:
            self._guarded(first)
        finally:
            sys.settrace(None)

    def _guarded(self, act: Act) -> None:
        try:
            act()
        except BaseException as error:
            self._errors.append(error)

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code not in self._codes:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and self.other is None:
            self._left -= 1
            if self._left < 0:
                self.other = threading.Thread(
                    target=self._guarded, args=(self._second,), daemon=True
                )
                self.other.start()
                self.other.join(self._blocked)
        return self._trace
