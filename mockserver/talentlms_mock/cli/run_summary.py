"""A summary of what a program called."""

from collections import Counter
from dataclasses import dataclass

from talentlms_mock.api.operation import PREFIX, REGISTRY
from talentlms_mock.portal.journal import last_page
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.serving.proxy import ProxyRefusal

SHOWN = 40
"""The number of kinds of calls that are listed."""


@dataclass(slots=True)
class Call:
    """Requests to one operation with the same outcome.

    `status` is 0 when there was no response, and None as in `ProxyRefusal`. `reason` is empty for
    2xx, unless a fault was involved. `request` has the path of the operation as soon as the
    requests differ.
    """

    request: str
    status: int | None
    reason: str
    count: int = 0

    @property
    def rank(self) -> int:
        """Its place in the summary: failures, errors of the client, and then all else."""
        if not self.status or self.status >= 500:
            return 0
        return 1 if self.status >= 400 else 2


class Calls:
    """The calls of one program, by operation and outcome.

    The server's thread fills it; it is read after that thread has ended.
    """

    def __init__(self) -> None:
        self._warnings: Counter[str] = Counter()
        self._in_rows: list[Exchange] = []
        self._kinds: dict[tuple[str, int | None, str], Call] = {}
        self._requests = self._refusals = 0

    def add(self, exchange: Exchange) -> None:
        """Count a request that the mock answered."""
        self._requests += 1
        as_asked = 200 <= exchange.status < 300 and not exchange.faults
        reason = "" if as_asked else exchange.redacted_text(exchange.reason)
        request = f"{exchange.method:<6} {exchange.redacted_text(exchange.target)}"
        self._count(exchange.operation_id or request, request, exchange.status, reason)
        if any(map(last_page.times, exchange.warnings)):
            self._in_rows.append(exchange)  # such a warning grows with its row
        else:
            self._warnings.update(map(exchange.redacted_text, exchange.warnings))

    def add_refusal(self, refusal: ProxyRefusal) -> None:
        """Count a request that the proxy refused."""
        self._refusals += 1
        self._count(refusal.request, refusal.request, refusal.status, refusal.reason)

    def _count(self, what: str, request: str, status: int | None, reason: str) -> None:
        call = self._kinds.setdefault((what, status, reason), Call(request, status, reason))
        call.count += 1
        if call.request != request:
            call.request = _of_operation(what)

    @property
    def warnings(self) -> Counter[str]:
        """The contract warnings, with their counts; of rows of last pages, the longest alone."""
        of_rows = (one.redacted_text(text) for one in self._in_rows for text in one.warnings)
        return self._warnings + Counter(last_page.longest_rows(of_rows))

    def first_kinds(self) -> list[Call]:
        """Return the kinds of calls to be listed: failures first, else the first calls first."""
        return sorted(self._kinds.values(), key=lambda call: call.rank)[:SHOWN]

    @property
    def other_kinds(self) -> int:
        """The number of kinds beyond those of `first_kinds`."""
        return max(0, len(self._kinds) - SHOWN)

    def summary(self) -> str:
        """Return the summary, one sentence."""
        if not self._kinds:
            return (
                "nothing called the mock. Not every client reads the variables: see "
                '"Any language" in the documentation for what each needs.'
            )
        counted = (
            _counted(self._requests, "request"),
            _counted(self.warnings.total(), "contract warning"),
            f"{self._refusals:,} refused by the proxy",
        )
        return f"{', '.join(counted)}."


def _of_operation(operation_id: str) -> str:
    operation = next(one for one in REGISTRY if one.operation_id == operation_id)
    return f"{operation.method:<6} {PREFIX}{operation.path}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
