"""A summary of what a program called."""

from collections import Counter
from dataclasses import dataclass

from talentlms_mock.portal.journal import last_page
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.serving.proxy import ProxyRefusal

SHOWN = 40
"""The number of kinds of calls that are listed."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request and its response.

    `status` is 0 when there was no response, and None as in `ProxyRefusal`. `reason` is empty for
    2xx, unless a fault was involved.
    """

    request: str
    status: int | None
    reason: str


class Calls:
    """The calls of one program, counted by kind.

    The server's thread fills it; it is read after that thread has ended.
    """

    def __init__(self) -> None:
        self._warnings: Counter[str] = Counter()
        self._in_rows: list[Exchange] = []
        self._kinds: Counter[Call] = Counter()
        self._requests = self._refusals = 0

    def add(self, exchange: Exchange) -> None:
        """Count a request that the mock answered."""
        self._requests += 1
        as_asked = 200 <= exchange.status < 300 and not exchange.faults
        reason = "" if as_asked else exchange.redacted_text(exchange.reason)
        request = f"{exchange.method:<6} {exchange.redacted_text(exchange.target)}"
        self._kinds[Call(request, exchange.status, reason)] += 1
        if any(map(last_page.times, exchange.warnings)):
            self._in_rows.append(exchange)  # such a warning grows with its row
        else:
            self._warnings.update(map(exchange.redacted_text, exchange.warnings))

    def add_refusal(self, refusal: ProxyRefusal) -> None:
        """Count a request that the proxy refused."""
        self._refusals += 1
        self._kinds[Call(refusal.request, refusal.status, refusal.reason)] += 1

    @property
    def warnings(self) -> Counter[str]:
        """The contract warnings, with their counts; of rows of last pages, the longest alone."""
        of_rows = (one.redacted_text(text) for one in self._in_rows for text in one.warnings)
        return self._warnings + Counter(last_page.longest_rows(of_rows))

    def first_kinds(self) -> list[tuple[Call, int]]:
        """Return the first kinds of calls with their counts, in the order of the first call."""
        return list(self._kinds.items())[:SHOWN]

    @property
    def other_kinds(self) -> int:
        """The number of kinds beyond those of `first_kinds`."""
        return max(0, len(self._kinds) - SHOWN)

    def summary(self) -> str:
        """Return the summary, one sentence."""
        if not self._kinds:
            return (
                "nothing called the mock. Not every client reads the variables: see "
                '"Other languages" in the README for what each needs.'
            )
        counted = (
            _counted(self._requests, "request"),
            _counted(self.warnings.total(), "contract warning"),
            f"{self._refusals:,} refused by the proxy",
        )
        return f"{', '.join(counted)}."


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
