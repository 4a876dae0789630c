"""The requests of a portal as a test sees them: filters over the journal, and assertions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, Unpack, cast, overload

from talentlms_mock.errors import (
    SetupError,
    below,
)
from talentlms_mock.portal.contract.operations import Catalogue
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.journal.criteria import Criteria, RequestCriteria
from talentlms_mock.portal.journal.explain import Explainer
from talentlms_mock.portal.journal.journal import Exchange, Journal

WAIT = 5.0
"""Real seconds that `wait_for` waits by default."""

Step = str | tuple[str, str] | Mapping[str, Any]
"""One request of an order: "POST /users", ("POST", "/users"), or a mapping of criteria."""


class ContractWarning(NamedTuple):
    """A contract warning, and the exchange that it belongs to."""

    exchange: Exchange
    text: str


class Requests(Sequence[Exchange]):
    """The requests in a journal that match some criteria, oldest first.

    It is a view: the journal is read each time, so that later requests appear too.
    """

    def __init__(
        self,
        journal: Journal,
        catalogue: Callable[[], Catalogue],
        criteria: tuple[Criteria, ...] = (),
    ) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self._criteria = criteria

    def __iter__(self) -> Iterator[Exchange]:
        if not self._criteria:
            return iter(self._journal)
        return (item for item in self._journal if self.has(item))

    def __len__(self) -> int:
        return sum(1 for _ in self) if self._criteria else len(self._journal)

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> list[Exchange]: ...
    def __getitem__(self, index: int | slice) -> Exchange | list[Exchange]:
        return list(self)[index]

    def has(self, exchange: Exchange) -> bool:
        """Return whether a request matches, even if the journal no longer holds it."""
        return all(one.matches(exchange) for one in self._criteria)

    @property
    def last(self) -> Exchange | None:
        """The newest; None when there is none."""
        return next(iter(list(self)[-1:]), None)

    def filter(
        self, method: str | None = None, path: str | None = None, **wanted: Unpack[RequestCriteria]
    ) -> "Requests":
        """Return those that also match these criteria.

        Args:
            method: GET, POST, and so on.
            path: a pattern with or without `/api/v2`; `*` stands for one segment, as does `{id}`.
            wanted: see `RequestCriteria`.

        Raises:
            SetupError: the path is not a valid pattern, or there is no such operation or status.
        """
        criteria = Criteria(self._catalogue(), method, path, wanted)
        return Requests(self._journal, self._catalogue, (*self._criteria, criteria))

    @property
    def warnings(self) -> list[ContractWarning]:
        """Their contract warnings, each with its exchange."""
        return [ContractWarning(item, text) for item in self for text in item.warnings]

    def as_data(self, *, redacted: bool = True) -> list[dict[str, Any]]:
        """Return them as JSON-able values; with keys and passwords only when not `redacted`."""
        return [item.as_data(redacted=redacted) for item in self]

    def __repr__(self) -> str:
        items = [f"\n  {item!r}" for item in self]
        return f"<Requests: {len(items)}{''.join(items)}>"

    def assert_requested(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        times: int | None = None,
        **wanted: Unpack[RequestCriteria],
    ) -> Exchange:
        """Assert that one matches, and return the last that does.

        Args:
            method: GET, POST, and so on.
            path: a pattern, as for `filter`.
            times: the exact number that must match; None is at least one.
            wanted: see `RequestCriteria`.

        Raises:
            AssertionError: none, or another number, matches; the text says why.
            SetupError: as for `filter`, or `times` is below 1.
        """
        __tracebackhide__ = True
        _check_times(times)
        criteria = Criteria(self._catalogue(), method, path, wanted)
        exchanges = list(self)
        matching = [item for item in exchanges if criteria.matches(item)]
        if not matching or times not in (None, len(matching)):
            raise self._error(
                Explainer(self._catalogue(), exchanges).wrong_count(criteria, times or 1)
            )
        return matching[-1]

    def assert_not_requested(
        self, method: str | None = None, path: str | None = None, **wanted: Unpack[RequestCriteria]
    ) -> None:
        """Assert that none matches; the arguments are those of `filter`.

        Raises:
            AssertionError: one matches; the text lists the requests.
            SetupError: as for `filter`.
        """
        __tracebackhide__ = True
        criteria = Criteria(self._catalogue(), method, path, wanted)
        exchanges = list(self)
        if any(criteria.matches(item) for item in exchanges):
            raise self._error(Explainer(self._catalogue(), exchanges).requested(criteria))

    def assert_order(self, steps: Iterable[Step]) -> list[Exchange]:
        """Assert that requests that match these steps came in this order, and return them.

        Others may have come between. A step is "POST /users", ("POST", "/users"), or a mapping
        with the arguments of `filter`.

        Raises:
            AssertionError: one is missing, or came too early; the text says which.
            SetupError: as for `filter`.
        """
        __tracebackhide__ = True
        wanted = []
        for position, step in enumerate(steps):
            with below("steps", position):
                wanted.append(self._step(step))
        exchanges = list(self)
        later = iter(exchanges)
        found: list[Exchange] = []
        for criteria in wanted:
            match = next((item for item in later if criteria.matches(item)), None)
            if match is None:
                raise self._error(
                    Explainer(self._catalogue(), exchanges).wrong_order(wanted, found)
                )
            found.append(match)
        return found

    def assert_no_warnings(self) -> None:
        """Assert that none has a contract warning.

        Raises:
            AssertionError: one has; the text lists the requests and their warnings.
        """
        __tracebackhide__ = True
        exchanges = list(self)
        if any(item.warnings for item in exchanges):
            raise self._error(Explainer(self._catalogue(), exchanges).warned())

    def assert_no_writes(self, *, after: int = 0) -> None:
        """Assert that none writes, or tries to: each has the method GET, HEAD or OPTIONS.

        Args:
            after: only requests with a larger number count.

        Raises:
            AssertionError: one has another; the text lists those.
        """
        __tracebackhide__ = True
        exchanges = [item for item in self if item.number > after]
        wrote = [item for item in exchanges if item.method not in _READS]
        if wrote:
            raise self._error(Explainer(self._catalogue(), exchanges).wrote(wrote))

    def wait_for(
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
            path: a pattern, as for `filter`.
            timeout: real seconds.
            times: how many must match; the last of these is returned.
            after: only requests with a larger number count.
            wanted: see `RequestCriteria`.

        Raises:
            AssertionError: they did not come in time; the text lists what did.
            SetupError: as for `assert_requested`.
        """
        __tracebackhide__ = True
        awaited = self.awaited(method, path, times=times, after=after, **wanted)
        found = self._journal.wait(awaited.find, timeout)
        if found is None:
            raise awaited.missing(timeout)
        return found

    def awaited(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        times: int = 1,
        after: int = 0,
        **wanted: Unpack[RequestCriteria],
    ) -> "Awaited":
        """Return what `wait_for` waits for, for a caller that waits in another way.

        Raises:
            SetupError: as for `assert_requested`.
        """
        _check_times(times)
        criteria = Criteria(self._catalogue(), method, path, wanted)
        return Awaited(self, self._catalogue, criteria, times, after)

    def _error(self, text: str) -> AssertionError:
        """Return the error of a failed assertion, whose text has no keys and passwords."""
        return AssertionError(self._journal.secrets.hide(text))

    def _step(self, step: Step) -> Criteria:
        if isinstance(step, str):
            method, space, path = step.partition(" ")
            if not space:
                raise SetupError(
                    f"The step {step!r} is not a method and a path, like 'GET /users'."
                )
            return Criteria(self._catalogue(), method, path.strip())
        if isinstance(step, Mapping):
            others = {name: value for name, value in step.items() if name not in _PLACE}
            unknown = others.keys() - RequestCriteria.__annotations__.keys()
            if unknown:
                names = [*_PLACE, *RequestCriteria.__annotations__]
                wrong = min(unknown)
                raise SetupError(f"A step has no {wrong!r}{suggest(wrong, names)}.", at=wrong)
            wanted = cast(RequestCriteria, others)
            return Criteria(self._catalogue(), step.get("method"), step.get("path"), wanted)
        return Criteria(self._catalogue(), *step)


class Awaited:
    """A number of requests that match some criteria and may not have come yet."""

    def __init__(
        self,
        requests: Requests,
        catalogue: Callable[[], Catalogue],
        criteria: Criteria,
        times: int,
        after: int,
    ) -> None:
        self._requests = requests
        self._catalogue = catalogue
        self._criteria = criteria
        self._times = times
        self._after = after

    def find(self) -> Exchange | None:
        """Return the last of them once all have come, None until then."""
        matching = (item for item in self._newer() if self._criteria.matches(item))
        return next(islice(matching, self._times - 1, None), None)

    def missing(self, timeout: float) -> AssertionError:
        """Return the error that lists what came instead within `timeout` seconds."""
        explainer = Explainer(self._catalogue(), list(self._newer()))
        text = explainer.wrong_count(self._criteria, self._times, f"within {timeout:g} s")
        return self._requests._error(text)

    def _newer(self) -> Iterator[Exchange]:
        return (item for item in self._requests if item.number > self._after)


_PLACE = ("method", "path")
_READS = ("GET", "HEAD", "OPTIONS")


def _check_times(times: int | None) -> None:
    if times is not None and times < 1:
        raise SetupError(
            f"times must be at least 1, not {times}: use assert_not_requested().", at="times"
        )
