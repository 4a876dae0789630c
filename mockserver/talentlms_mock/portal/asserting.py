"""What a test asserts of a portal: its requests, and what they wrote."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar, Unpack

from talentlms_mock.portal.data import PortalData
from talentlms_mock.portal.journal.criteria import RequestCriteria
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.journal.requests import WAIT, Step

T = TypeVar("T")


class PortalRequests(PortalData):
    """A portal whose requests are asserted; `Portal` adds what is done with it.

    The arguments are those of `Portal`.
    """

    def assert_requested(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        times: int | None = None,
        **wanted: Unpack[RequestCriteria],
    ) -> Exchange:
        """Assert that a request matches, and return the last that does.

        Args:
            method: GET, POST, and so on.
            path: a pattern with or without `/api/v2`; `*` stands for one segment, as does `{id}`.
            times: the exact number that must match; None is at least one.
            wanted: see `RequestCriteria`.

        Raises:
            AssertionError: none, or another number, matches; the text says why.
            SetupError: the path is not a valid pattern, or there is no such operation or status.
        """
        __tracebackhide__ = True
        return self.requests.assert_requested(method, path, times=times, **wanted)

    def assert_not_requested(
        self, method: str | None = None, path: str | None = None, **wanted: Unpack[RequestCriteria]
    ) -> None:
        """Assert that no request matches; the arguments are those of `assert_requested`.

        Raises:
            AssertionError: one matches; the text lists the requests.
            SetupError: as for `assert_requested`.
        """
        __tracebackhide__ = True
        self.requests.assert_not_requested(method, path, **wanted)

    def assert_order(self, steps: Iterable[Step]) -> list[Exchange]:
        """Assert that requests that match these steps came in this order, and return them.

        Others may have come between. A step is "POST /users", ("POST", "/users"), or a mapping
        with the arguments of `assert_requested`, except for `times`.

        Raises:
            AssertionError: one is missing, or came too early; the text says which.
            SetupError: as for `assert_requested`.
        """
        __tracebackhide__ = True
        return self.requests.assert_order(steps)

    def assert_no_warnings(self) -> None:
        """Assert that no request has a contract warning.

        Raises:
            AssertionError: one has; the text lists the requests and their warnings.
        """
        __tracebackhide__ = True
        self.requests.assert_no_warnings()

    def wait_for_request(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        timeout: float = WAIT,
        times: int = 1,
        after: int = 0,
        **wanted: Unpack[RequestCriteria],
    ) -> Exchange:
        """Wait until a request matches, and return it.

        It blocks its thread: in an event loop, `await asyncio.to_thread(...)`.

        Args:
            method: GET, POST, and so on.
            path: a pattern, as for `assert_requested`.
            timeout: real seconds.
            times: how many must match; the last of these is returned.
            after: only requests with a larger number count.
            wanted: see `RequestCriteria`.

        Raises:
            AssertionError: they did not come in time; the text lists what did.
            SetupError: as for `assert_requested`.
        """
        __tracebackhide__ = True
        return self.requests.wait_for(
            method, path, timeout=timeout, times=times, after=after, **wanted
        )

    def clear_requests(self) -> None:
        """Forget the requests so far; the numbers of new ones continue."""
        self.journal.clear()

    @contextmanager
    def assert_no_writes(self) -> Iterator[None]:
        """Assert that no request within the block writes.

        One that has another method than GET, HEAD and OPTIONS tries to write, also where it is
        refused.

        Raises:
            AssertionError: one writes; the text lists the requests.
        """
        __tracebackhide__ = True
        last = self.journal.last_number
        yield
        self.requests.assert_no_writes(after=last)

    def assert_idempotent(self, run: Callable[[], T]) -> T:
        """Run something twice, assert that the second run writes nothing, and return its result.

        Args:
            run: what a client does, to its end.

        Raises:
            AssertionError: a request of the second run writes; the text lists them, and what they
                changed.
        """
        __tracebackhide__ = True
        run()
        before, last = self.snapshot(), self.journal.last_number
        result = run()
        try:
            self.requests.assert_no_writes(after=last)
        except AssertionError as error:
            text = self.journal.secrets.hide(f"In the second run:\n{self.diff(before)}")
            raise AssertionError(f"{error}\n\n{text}") from None
        return result
