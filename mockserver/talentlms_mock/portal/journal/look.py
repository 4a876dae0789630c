"""Looking through a journal: text in it, what repeats, and how two exchanges differ."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from talentlms_mock.portal.contract.comparison import JsonDifference, json_differences
from talentlms_mock.portal.journal.journal import Exchange

_ALWAYS_DIFFERENT = ("number", "time", "duration", "x-ratelimit-remaining")


@dataclass(frozen=True)
class Repeated:
    """Exchanges that came one after the other and look the same.

    Args:
        newest: the last of them.
        oldest: the first of them.
        count: how many there are.
    """

    newest: Exchange
    oldest: Exchange
    count: int


def fold(exchanges: Iterable[Exchange]) -> Iterator[Repeated]:
    """Give exchanges, the newest first, with those folded that repeat what came before.

    Such have the same method, path, status, warnings, and what decided them.
    """
    for _, group in groupby(exchanges, key=_look):
        same = list(group)
        yield Repeated(same[0], same[-1], len(same))


def _look(exchange: Exchange) -> tuple[object, ...]:
    reason, warnings = exchange.reason, tuple(exchange.warnings)
    return exchange.method, exchange.path, exchange.status, reason, warnings


def mentions(exchange: Exchange, text: str) -> bool:
    """Return whether a text stands anywhere in an exchange, in any case; not in its secrets."""
    wanted = text.casefold()
    # What is hidden is found out only where there is something to hide: it takes a while.
    return _has(exchange, wanted) and _has(exchange.redacted(), wanted)


def _has(exchange: Exchange, wanted: str) -> bool:
    lines = (
        f"{exchange.method} {exchange.target}",
        exchange.operation_id or "",
        exchange.reason,
        *exchange.warnings,
        *(f"{name}: {value}" for name, value in exchange.headers.items()),
        *(f"{name}: {value}" for name, value in exchange.response_headers.items()),
    )
    if any(wanted in line.casefold() for line in lines):
        return True
    bodies = (exchange.body, exchange.response)
    return any(wanted in (body or b"").decode("utf-8", "replace").casefold() for body in bodies)


def differences(one: Exchange, other: Exchange) -> list[JsonDifference]:
    """Return where two exchanges differ, except in when they came; secrets are left out."""
    both = [_compared(each.as_data()) for each in (one, other)]
    return list(json_differences("", *both, partial=False))


def _compared(data: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in data.items() if name not in _ALWAYS_DIFFERENT}
    if "response_headers" in found:
        found["response_headers"] = _compared(found["response_headers"])
    return found
