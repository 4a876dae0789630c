"""What a program called, for whoever ran it."""

from collections import Counter
from dataclasses import dataclass

from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.journal.redaction import redacted_target
from talentlms_mock.serving.proxy import ProxyRefusal

SHOWN = 40
"""How many kinds of calls are told one by one."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request and its answer.

    `status` is 0 when no response was sent, and None as in `ProxyRefusal`. `reason` is empty for
    2xx, if no fault had a part in it.
    """

    request: str
    status: int | None
    reason: str


class Calls:
    """The calls of one program, each kind with the number of times.

    The server's thread fills it; it is read when that has ended.
    """

    def __init__(self) -> None:
        self.warnings: Counter[str] = Counter()
        self._kinds: Counter[Call] = Counter()
        self._requests = self._refusals = 0

    def add(self, exchange: Exchange) -> None:
        """Count a request that the mock answered."""
        self._requests += 1
        as_asked = 200 <= exchange.status < 300 and not exchange.faults
        reason = "" if as_asked else exchange.reason
        request = f"{exchange.method:<6} {redacted_target(exchange.target)}"
        self._kinds[Call(request, exchange.status, reason)] += 1
        self.warnings.update(map(str, exchange.warnings))

    def add_refusal(self, refusal: ProxyRefusal) -> None:
        """Count a request that did not get through the proxy."""
        self._refusals += 1
        self._kinds[Call(refusal.request, refusal.status, refusal.reason)] += 1

    def first_kinds(self) -> list[tuple[Call, int]]:
        """Return the first kinds of calls, in the order of their first time."""
        return list(self._kinds.items())[:SHOWN]

    @property
    def other_kinds(self) -> int:
        """How many kinds there are behind the first."""
        return max(0, len(self._kinds) - SHOWN)

    def summary(self) -> str:
        """Return all of it in one sentence."""
        if not self._kinds:
            return (
                'nothing called the mock. Not every client reads the variables: "Other languages" '
                "in the README says what each needs."
            )
        counted = (
            _counted(self._requests, "request"),
            _counted(self.warnings.total(), "contract warning"),
            f"{self._refusals:,} not let through by the proxy",
        )
        return f"{', '.join(counted)}."


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
