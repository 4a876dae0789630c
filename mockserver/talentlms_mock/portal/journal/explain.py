"""Why did it not match? The texts of failed assertions about requests."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from talentlms_mock.portal.contract.operations import PREFIX, Catalogue
from talentlms_mock.portal.journal.criteria import Criteria, Difference
from talentlms_mock.portal.journal.journal import Exchange

_SHOWN = 5
_MOST_DIFFERENCES = 12
_LONGEST_REASON = 120
_NOT_NEAR = 4.0
_WHERE = ("method", "path", "operation")


@dataclass(frozen=True)
class Explainer:
    """Explains a failed assertion by the operations of the API and the requests."""

    catalogue: Catalogue
    exchanges: Sequence[Exchange]

    def not_requested(self, criteria: Criteria, *, when: str = "") -> str:
        """Return why nothing matched; `when` is a time limit, like "within 5 s"."""
        text = f"{criteria.title} was expected, but was not requested{when and f' {when}'}."
        there = sum(1 for item in self.exchanges if criteria.leads_to(item))
        if there:
            text = (
                f"{criteria.title} was requested {_times(there)}{when and f' {when}'}, but never "
                "as expected:"
            )
        return _joined(
            text, self._criteria(criteria), self._meant(criteria), self._nearest(criteria)
        )

    def wrong_count(self, criteria: Criteria, times: int, when: str = "") -> str:
        """Return why not exactly `times` requests matched."""
        matching = [item for item in self.exchanges if criteria.matches(item)]
        if not matching:
            return self.not_requested(criteria, when=when)
        text = (
            f"{criteria.title} was expected {_times(times)}, but was requested "
            f"{_times(len(matching))}{when and f' {when}'}."
        )
        rest = [self._meant(criteria)]
        if len(matching) < times:
            others = Explainer(
                self.catalogue, [item for item in self.exchanges if not criteria.matches(item)]
            )
            rest.append(others._nearest(criteria, title="The nearest of the others:"))
        return _joined(
            text, self._criteria(criteria), "\n".join(table(matching)), self._notes(), *rest
        )

    def requested(self, criteria: Criteria) -> str:
        """Return which requests matched though none should."""
        matching = [item for item in self.exchanges if criteria.matches(item)]
        text = f"{criteria.title} was not expected, but was requested {_times(len(matching))}."
        return _joined(text, self._criteria(criteria), "\n".join(table(matching)), self._notes())

    def wrong_order(self, wanted: Sequence[Criteria], found: Sequence[Exchange]) -> str:
        """Return where the order broke: `found` are the requests of the first ones `wanted`."""
        missing = wanted[len(found)]
        after = found[-1].number if found else 0
        lines = ["These requests were expected in this order:"]
        for number, criteria in enumerate(wanted, 1):
            if number <= len(found):
                state = f"#{found[number - 1].number}"
            else:
                state = "not found" if number == len(found) + 1 else ""
            lines.append(f"  {number}. {criteria.title}  {state}".rstrip())
        earlier = [f"#{item.number}" for item in self.exchanges if _before(missing, item, after)]
        text = f"{missing.title} did not come" + (f" after #{after}." if after else ".")
        if earlier:
            text += f" It came before: {', '.join(earlier)}."
        later = Explainer(self.catalogue, [item for item in self.exchanges if item.number > after])
        return _joined(
            "\n".join(lines),
            text,
            self._criteria(missing),
            self._meant(missing),
            later._nearest(missing) if len(later.exchanges) else "",
        )

    def warned(self) -> str:
        """Return which contract warnings there are though none should."""
        warned = [item for item in self.exchanges if item.warnings]
        count = sum(len(item.warnings) for item in warned)
        title = f"There {'is' if count == 1 else 'are'} {count} contract "
        title += "warning:" if count == 1 else "warnings:"
        details = {item.number: item.warnings for item in warned}
        return "\n".join([title, *table(warned, details)])

    def wrote(self, writes: list[Exchange]) -> str:
        """Return which requests write though none should."""
        count, of = len(writes), len(self.exchanges)
        what = "1 request writes" if count == 1 else f"{count} requests write"
        return "\n".join([f"Expected no writes, but of {of} {what}:", *table(writes)])

    def _criteria(self, criteria: Criteria) -> str:
        return "\n".join(f"  with {line}" for line in criteria.lines())

    def _meant(self, criteria: Criteria) -> str:
        """Return what the API has instead of the method and path of the criteria."""
        if criteria.path is None or not len(self.catalogue):
            return ""
        if self.catalogue.matching(criteria.method, criteria.path):
            return ""
        return self._instead(criteria.method, criteria.path.text)

    def _instead(self, method: str | None, path: str) -> str:
        text = f"The API has no operation {method or 'on'} {path}."
        same_path = [entry.method for entry in self.catalogue.at(PREFIX + path)]
        if same_path:
            text = f"The API has {path} with {_and(same_path)}, not with {method}."
        meant = self.catalogue.meant(method, path)
        return f"{text} Probably meant: {meant}." if meant else text

    def _nearest(self, criteria: Criteria, title: str = "") -> str:
        if not self.exchanges:
            return "" if title else "No request has reached this portal."
        rated = sorted(
            ((_distance(criteria, item), -item.number, item) for item in self.exchanges),
            key=lambda entry: entry[:2],
        )
        furthest = rated[0][0] + _NOT_NEAR
        near = [item for far, _, item in rated if far < furthest]
        details: dict[int, list[str]] = {}
        nearest = []
        for (first, *others), found in self._alike(criteria, near)[:_SHOWN]:
            nearest.append(first)
            details[first.number] = [*found, _same(others)] if others else found
        count = len(self.exchanges)
        all_of = f"The nearest of {count} requests:" if count > 1 else "The only request:"
        return "\n".join([title or all_of, *table(nearest, details), *self._note_lines()])

    def _alike(
        self, criteria: Criteria, exchanges: Iterable[Exchange]
    ) -> list[tuple[list[Exchange], list[str]]]:
        """Return requests with their differences; those with the same differences together."""
        groups: dict[object, tuple[list[Exchange], list[str]]] = {}
        for item in exchanges:
            found = list(self._details(criteria, item))
            like = (item.method, item.path, item.status, item.reason, *found)
            groups.setdefault(like, ([], found))[0].append(item)
        return list(groups.values())

    def _details(self, criteria: Criteria, exchange: Exchange) -> Iterator[str]:
        differences = list(criteria.differences(exchange))
        places = {item.place for item in differences}
        if places & {"path", "operation"} and exchange.operation_id is not None:
            # Another operation: what else is not as wanted says nothing.
            differences = [item for item in differences if item.place in _WHERE]
        for difference in differences[:_MOST_DIFFERENCES]:
            yield f"{difference}{self._why_path(difference, exchange)}"
        if len(differences) > _MOST_DIFFERENCES:
            yield f"and {len(differences) - _MOST_DIFFERENCES} more differences"

    def _why_path(self, difference: Difference, exchange: Exchange) -> str:
        """Return what a request to a path that the API does not have was probably meant for."""
        if difference.place not in ("path", "method") or exchange.operation_id is not None:
            return ""
        if difference.place == "method" and self.catalogue.at(exchange.path) == []:
            return ""  # the path says it
        meant = self.catalogue.meant(exchange.method, exchange.path)
        if meant is None:
            return ", which the API does not have"
        return f", which the API does not have; probably meant: {meant}"

    def _notes(self) -> str:
        return "\n".join(self._note_lines())

    def _note_lines(self) -> list[str]:
        return list(notes(self.exchanges))


def _before(criteria: Criteria, exchange: Exchange, after: int) -> bool:
    """Return whether the request matches, but came before number `after`, or is it."""
    return exchange.number <= after and criteria.matches(exchange)


def notes(exchanges: Sequence[Exchange]) -> Iterator[str]:
    """Yield notes on requests that a client repeated or failed to repeat."""
    later: dict[tuple[str, str, bytes | None], Exchange] = {}
    found = []
    for exchange in reversed(exchanges):
        same = (exchange.method, exchange.target, exchange.body)
        note = _note(exchange, later.get(same))
        if note:
            found.append(note)
        later[same] = exchange
    yield from found[::-1][:_SHOWN]


def _note(exchange: Exchange, again: Exchange | None) -> str:
    answer = "got no answer" if exchange.status == 0 else f"was answered {exchange.status}"
    failed = exchange.status in (0, 429) or exchange.status >= 500
    if failed and again is None:
        return f"Note: #{exchange.number} {answer}{_because(exchange)}, and was not sent again."
    if again is None:
        return ""
    if failed and exchange.changes and again.changes != exchange.changes:
        done = _and([f"{entity} {id}" for entity, id in exchange.changes])
        twice = "it was done twice" if again.changes else f"that was answered {again.status}"
        return (
            f"Note: #{again.number} repeats #{exchange.number}, which {answer} but had been done "
            f"({done}): {twice}."
        )
    if not failed and exchange.method == "GET" and exchange.query:
        return f"Note: #{again.number} asks again for what #{exchange.number} had answered."
    return ""


def _because(exchange: Exchange) -> str:
    return f" ({exchange.reason})" if exchange.reason else ""


def _distance(criteria: Criteria, exchange: Exchange) -> float:
    """Return how far a request is from what is wanted; path and method weigh most."""
    weights = {"path": 4.0, "operation": 4.0, "method": 2.5, "status": 0.6}
    differences = list(criteria.differences(exchange))
    fields = sum(1.0 for item in differences if item.place not in weights)
    rest = sum(weights.get(item.place, 0.0) for item in differences)
    if criteria.path is not None and any(item.place == "path" for item in differences):
        rest -= 2.0 * _path_likeness(criteria.path.text, exchange.path)
    return rest + 2.0 * fields / (fields + 2.0)


def _path_likeness(wanted: str, path: str) -> float:
    one, other = set(wanted.split("/")), set(path.removeprefix(PREFIX).split("/"))
    return (len(one & other) - 1) / max(len(one | other) - 1, 1)


def table(exchanges: Iterable[Exchange], details: dict[int, list[str]] | None = None) -> list[str]:
    """Return the requests as lines of a table, with `details` below each."""
    rows = [("#", "request", "operation", "status", "decided by")]
    kept = list(exchanges)
    shown = kept if details is not None or len(kept) <= 2 * _SHOWN else kept[: 2 * _SHOWN]
    rows += [_row(item) for item in shown]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join(["", *cells, row[4]]).rstrip())
    with_details = lines[:1]
    for item, line in zip(shown, lines[1:], strict=True):
        with_details.append(line)
        with_details += [f"       - {text}" for text in (details or {}).get(item.number, [])]
    if len(shown) < len(kept):
        with_details.append(f"  and {len(kept) - len(shown)} more")
    return with_details


def _row(exchange: Exchange) -> tuple[str, str, str, str, str]:
    decided = exchange.reason
    if not decided and exchange.changes:
        decided = "wrote " + ", ".join(f"{entity} {id}" for entity, id in exchange.changes)
    decided = exchange.redacted_text(decided)
    if len(decided) > _LONGEST_REASON:
        decided = f"{decided[:_LONGEST_REASON]}..."
    return (
        str(exchange.number),
        f"{exchange.method} {_readable(exchange.redacted_text(exchange.target))}",
        exchange.operation_id or "-",
        str(exchange.status or "none"),
        decided,
    )


def _readable(target: str) -> str:
    """Return a target with the brackets of its parameters as people write them."""
    return target.replace("%5B", "[").replace("%5D", "]")


def _same(others: Sequence[Exchange]) -> str:
    numbers = [f"#{item.number}" for item in reversed(others)]
    if len(numbers) > _SHOWN:
        numbers = [*numbers[:2], "...", numbers[-1]]
    return f"the same of {len(others)} more: {', '.join(numbers)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
