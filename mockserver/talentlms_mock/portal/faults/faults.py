"""The faults of one portal: which of them match a request, and their effect on it.

Faults are indexed by path and by operation, so that a fault costs the requests that it cannot
match nothing. All that match and whose turn it is act together: first those that decide the
response (a status, or none at all), then those that change one, each in the order in which
they were declared. One that would contradict an earlier one does not count the request at all.
"""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from threading import Lock
from typing import Any, Unpack
from weakref import WeakValueDictionary

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.operations import PREFIX, Catalogue, path_pattern
from talentlms_mock.portal.faults.effect import Action, Effect, action_name, line, step_text
from talentlms_mock.portal.faults.request import Request, has
from talentlms_mock.portal.faults.rule import FaultOptions, FaultRule, Step, make_rule, targets


class Fault:
    """A fault of a portal, as `Portal.fault` makes it.

    Attributes:
        number: counts the portal's faults from 1.
        rule: the rule that was declared.
        calls: the number of requests that it matched.
        fired: the number of those on which it had an effect.
        then: what is done to the portal after each of these, before the response is sent.
    """

    def __init__(
        self,
        number: int,
        rule: FaultRule,
        random: Random,
        faults: "Faults",
        then: Action | None = None,
    ) -> None:
        self.then = then
        self.number = number
        self.rule = rule
        self.place = (not rule.decides, number)
        self.calls = 0
        self.fired = 0
        self._random = random
        self._draws = 0
        self._faults = faults
        self._method = rule.method and rule.method.upper()
        has_pattern = rule.path is not None and rule.path.startswith("/")
        self._pattern = path_pattern(rule.path or "") if has_pattern else None

    def remove(self) -> None:
        """Remove it from its portal; does nothing when it has been removed already."""
        self._faults.remove(self)

    @property
    def name(self) -> str | None:
        """The name that it was declared with; None without one."""
        return self.rule.name

    @property
    def optional(self) -> bool:
        """Whether a test may pass although it never fired."""
        return self.rule.optional

    @property
    def is_over(self) -> bool:
        """Whether it can never fire again."""
        rule, calls = self.rule, self.calls
        if rule.times is not None:
            return self.fired >= rule.times
        if rule.on_call is not None:
            return calls >= rule.on_call
        return bool(rule.sequence) and calls >= len(rule.sequence) + (rule.after or 0)

    def as_data(self) -> dict[str, Any]:
        """Return the rule as it was declared, with the fault's number and counts, JSON-able."""
        return {
            "number": self.number,
            **self.rule.as_data(),
            **({} if self.then is None else {"then": action_name(self.then)}),
            "calls": self.calls,
            "fired": self.fired,
        }

    def __str__(self) -> str:
        steps = ", then ".join(map(step_text, self.rule.sequence))
        return line(self.number, self.rule, steps, self.then)

    def __repr__(self) -> str:
        return f"<{self}; {self.calls} calls, {self.fired} fired>"

    def matches(self, request: Request) -> bool:
        """Return whether its method, path and `match` fit a request."""
        return (
            self._method in (None, request.method)
            and (self._pattern is None or self._pattern.matches(request.path))
            and (self.rule.match is None or has(request, self.rule.match))
        )

    @property
    def whole_path(self) -> str | None:
        """The path that it matches, where that is exactly one."""
        if self._pattern is None or set("*{") & set(self._pattern.text):
            return None
        return PREFIX + self._pattern.text

    def turn(self) -> tuple[bool, Step]:
        """Return whether it acts on the next request, and with which step of its sequence."""
        rule, number = self.rule, self.calls + 1 - (self.rule.after or 0)
        is_due = number > 0 and not self.is_over and rule.on_call in (None, number)
        if is_due and rule.probability is not None:
            is_due = self._chance() < rule.probability
        if not rule.sequence or not is_due:
            return is_due, None
        step = rule.sequence[number - 1]
        return step is not None, step

    def seconds(self) -> float:
        """Return the seconds by which it delays this request."""
        return self.rule.seconds(self._chance() if self.rule.varies else 0.0)

    def _chance(self) -> float:
        """Return the fault's next random number, from 0 to below 1."""
        self._draws += 1
        return self._random.random()

    def save(self) -> dict[str, Any]:
        """Return what `restore` needs, as JSON-able values."""
        rule = self.rule.as_data()
        counts = {"calls": self.calls, "fired": self.fired, "draws": self._draws}
        if self.then is not None:
            counts["acts"] = True
        return {"number": self.number, "rule": rule, **counts}

    def restore(self, saved: Mapping[str, Any], random: Random) -> None:
        """Restore the counts and the random numbers to what they were at `save`."""
        self.calls, self.fired, self._draws = saved["calls"], saved["fired"], saved["draws"]
        self._random = random
        for _ in range(self._draws):
            random.random()


class Faults:
    """The faults of a portal, in the order in which they were declared.

    Args:
        seed: the portal's; it decides what happens by chance.
        catalogue: returns the operations of the API.
    """

    def __init__(self, seed: int, catalogue: Callable[[], Catalogue]) -> None:
        self._catalogue = catalogue
        self._seed = seed
        self._count = 0
        self._faults: list[Fault] = []
        self._lock = Lock()
        self._index = _Index()
        # So that a fault held by a test is the same object again after `restore`.
        self._made: WeakValueDictionary[int, Fault] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._faults)

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults))

    def __getitem__(self, position: int) -> Fault:
        return self._faults[position]

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self))}]"

    def declare(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        then: Action | None = None,
        **options: Unpack[FaultOptions],
    ) -> Fault:
        """Declare a fault; see `Portal.fault`.

        Raises:
            SetupError: the rule contradicts itself, or names what does not exist.
        """
        if then is not None and not callable(then):
            raise SetupError(
                f"The fault is not right: then must be a function of the portal, not {then!r}.",
                at="then",
            )
        data = {"method": method, "path": path, **options}
        return self.add(make_rule(data, acts=then is not None), then)

    def check(self, rule: FaultRule) -> None:
        """Raise what `add` would raise, and declare nothing.

        Raises:
            SetupError: as `add`.
        """
        self._operations(rule)

    def may_match(self, operation_id: str | None, path: str) -> bool:
        """Return whether any fault can match a request of this operation and path."""
        return self._index.has_candidates(operation_id, path)

    def add(self, rule: FaultRule, then: Action | None = None) -> Fault:
        """Declare a fault by its rule, and what is done after it.

        Raises:
            SetupError: the rule names what the API does not have.
        """
        ids = self._operations(rule)
        with self._lock:
            self._count += 1
            fault = self._make(self._count, rule, then)
            self._faults.append(fault)
            self._index.add(fault, ids)
        return fault

    def _make(self, number: int, rule: FaultRule, then: Action | None = None) -> Fault:
        fault = Fault(number, rule, self._random(number), self, then)
        self._made[number] = fault
        return fault

    def _random(self, number: int) -> Random:
        return Random(f"{self._seed}:{number}")  # noqa: S311  # chance, no secret

    def _operations(self, rule: FaultRule) -> list[str] | None:
        entries = targets(rule, self._catalogue())
        return None if entries is None else [entry.operation_id for entry in entries]

    def remove(self, fault: Fault) -> None:
        """Remove a fault; does nothing when it has been removed already."""
        with self._lock:
            if fault in self._faults:
                self._faults.remove(fault)
                self._index.remove(fault)

    def clear(self) -> None:
        """Remove all faults; the numbers of new ones continue."""
        with self._lock:
            self._faults, self._index = [], _Index()

    def apply(self, request: Request) -> Effect | None:
        """Count a request, and return the effect on it; None is normal service."""
        effect = Effect()
        with self._lock:
            for fault in self._index.candidates(request.operation_id, request.path):
                if not fault.matches(request):
                    continue
                fires, step = fault.turn()
                if fires and effect.faults and not effect.is_compatible(fault.rule, step):
                    continue
                fault.calls += 1
                if fires:
                    fault.fired += 1
                    effect.take(fault.number, fault.rule, step, fault.seconds(), fault.then)
                if fault.is_over:
                    self._index.remove(fault)
        return effect if effect.faults else None

    def save(self) -> dict[str, Any]:
        """Return what `restore` needs, as JSON-able values."""
        with self._lock:
            return {
                "seed": self._seed,
                "count": self._count,
                "faults": [fault.save() for fault in self._faults],
            }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore what `save` returned, with counts and random numbers; remove later faults.

        Numbers are not used twice, unless these are another portal's faults.
        """
        with self._lock:
            self._seed, faults, index = state["seed"], [], _Index()
            for saved in state["faults"]:
                # What acts in one program is unknown in another, which has the file alone.
                rule = make_rule(saved["rule"], acts=saved.get("acts", False))
                number = saved["number"]
                fault = self._made.get(number)
                if fault is None or fault.rule != rule:
                    fault = self._make(number, rule)
                fault.restore(saved, self._random(number))
                faults.append(fault)
                if not fault.is_over:
                    index.add(fault, self._operations(rule))
            self._faults, self._index = faults, index
            self._count = max(self._count, state["count"])


class _Index:
    """The faults that can match a request, by operation and path.

    Those of one path are kept apart from those of a pattern or of a whole operation.
    """

    def __init__(self) -> None:
        self._everywhere: tuple[Fault, ...] = ()
        self._held: dict[tuple[str, str | None], tuple[Fault, ...]] = {}

    def add(self, fault: Fault, operation_ids: list[str] | None) -> None:
        if operation_ids is None:
            self._everywhere = _in_order(self._everywhere, (fault,))
        for id in operation_ids or ():
            key = id, fault.whole_path
            self._held[key] = _in_order(self._held.get(key, ()), (fault,))

    def remove(self, fault: Fault) -> None:
        self._everywhere = _without(self._everywhere, fault)
        for key in [key for key, faults in self._held.items() if fault in faults]:
            self._held[key] = _without(self._held[key], fault)
            if not self._held[key]:
                del self._held[key]

    def has_candidates(self, operation_id: str | None, path: str) -> bool:
        """Return whether any fault can match; asked for each request, and so kept quick."""
        held, id = self._held, operation_id or ""
        return bool(self._everywhere or (id, None) in held or (id, path) in held)

    def candidates(self, operation_id: str | None, path: str) -> tuple[Fault, ...]:
        """Return the faults that can match, in the order in which they act."""
        held, id = self._held, operation_id or ""
        of_operation, of_path = held.get((id, None), ()), held.get((id, path), ())
        return _in_order(_in_order(self._everywhere, of_operation), of_path)


def _without(faults: tuple[Fault, ...], fault: Fault) -> tuple[Fault, ...]:
    return tuple(other for other in faults if other is not fault) if fault in faults else faults


def _in_order(some: tuple[Fault, ...], more: tuple[Fault, ...]) -> tuple[Fault, ...]:
    if some and more:
        return tuple(sorted((*some, *more), key=_place))
    return some or more


def _place(fault: Fault) -> tuple[bool, int]:
    return fault.place
