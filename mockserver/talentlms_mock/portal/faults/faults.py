"""The faults of one portal: which of them a call meets, and what befalls it then.

Faults are found by path and by operation, so that those which are not for a call cost it
nothing. All that are for it and whose turn it is act together: first those that decide on
the answer (a status, or none at all), then those that change one, each in the order in which
they were declared. One that would contradict an earlier one does not see the call at all.
"""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from threading import Lock
from typing import Any, Unpack
from weakref import WeakValueDictionary

from talentlms_mock.portal.contract.operations import PREFIX, Catalogue, path_pattern
from talentlms_mock.portal.faults.effect import Effect, line, step_text
from talentlms_mock.portal.faults.request import Request, has
from talentlms_mock.portal.faults.rule import FaultOptions, FaultRule, Step, make_rule, targets


class Fault:
    """A fault of a portal, as `Portal.fault` makes it.

    `calls` counts the requests that it was for, `fired` those that it did something to.
    """

    def __init__(self, number: int, rule: FaultRule, random: Random, faults: "Faults") -> None:
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
        """Take it away from its portal; does nothing when it is gone already."""
        self._faults.remove(self)

    @property
    def name(self) -> str | None:
        """The name that it was given."""
        return self.rule.name

    @property
    def optional(self) -> bool:
        """Whether it may go without ever firing."""
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
        """Return the rule as it was given, with the fault's number and counts, JSON-able."""
        return {
            "number": self.number,
            **self.rule.as_data(),
            "calls": self.calls,
            "fired": self.fired,
        }

    def __str__(self) -> str:
        return line(self.number, self.rule, ", then ".join(map(step_text, self.rule.sequence)))

    def __repr__(self) -> str:
        return f"<{self}; {self.calls} calls, {self.fired} fired>"

    def concerns(self, request: Request) -> bool:
        """Return whether it is for this request of an operation, or of nothing."""
        return (
            self._method in (None, request.method)
            and (self._pattern is None or self._pattern.matches(request.path))
            and (self.rule.match is None or has(request, self.rule.match))
        )

    @property
    def whole_path(self) -> str | None:
        """The one path that it is for, where it is for one."""
        if self._pattern is None or set("*{") & set(self._pattern.text):
            return None
        return PREFIX + self._pattern.text

    def turn(self) -> tuple[bool, Step]:
        """Return whether the next call is its turn, and the step of its sequence then."""
        rule, number = self.rule, self.calls + 1 - (self.rule.after or 0)
        is_due = number > 0 and not self.is_over and rule.on_call in (None, number)
        if is_due and rule.probability is not None:
            is_due = self._chance() < rule.probability
        if not rule.sequence or not is_due:
            return is_due, None
        step = rule.sequence[number - 1]
        return step is not None, step

    def seconds(self) -> float:
        """Return how long it holds a call up this time."""
        low, high = self.rule.latency or (0.0, 0.0)
        return low if low == high else low + self._chance() * (high - low)

    def _chance(self) -> float:
        """Return a number from 0 to below 1, the next of those that belong to this fault."""
        self._draws += 1
        return self._random.random()

    def save(self) -> dict[str, Any]:
        """Return what `restore` needs, as JSON-able values."""
        rule = self.rule.as_data()
        counts = {"calls": self.calls, "fired": self.fired, "draws": self._draws}
        return {"number": self.number, "rule": rule, **counts}

    def restore(self, saved: Mapping[str, Any], random: Random) -> None:
        """Put the counts and the chance back to where they were at `save`."""
        self.calls, self.fired, self._draws = saved["calls"], saved["fired"], saved["draws"]
        self._random = random
        for _ in range(self._draws):
            random.random()


class Faults:
    """The faults of a portal, in the order in which they were declared.

    Args:
        seed: the portal's; it decides on what happens by chance.
        catalogue: gives the operations that there are.
    """

    def __init__(self, seed: int, catalogue: Callable[[], Catalogue]) -> None:
        self._catalogue = catalogue
        self._seed = seed
        self._count = 0
        self._faults: list[Fault] = []
        self._lock = Lock()
        self._index = _Index()
        # Such that whoever holds a fault holds the same one again after `restore`.
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
        **options: Unpack[FaultOptions],
    ) -> Fault:
        """Make requests fail, from now on.

        Args:
            method: of the requests; None is any.
            path: a path or a pattern (`/users/*`), an operationId, or None for every request that
                passes the checks, also one that leads nowhere.
            options: what happens, one or more that agree with each other:
                status: it is answered, with the vendor's error, or with `body` (a text as it
                    is, else as JSON).
                latency: seconds until it is answered, or the least and the most of them.
                timeout: no answer ever; reset: the connection is reset; empty: it is closed
                    without an answer.
                truncate_at: the connection is closed after so many bytes of the body, of which
                    at least one is missing; drip: the body comes at so many bytes a second.
                malformed_json, wrong_content_type: so the answer is.
                drop_field, null_field: the name of a field, or several; rename_field: the new
                    name by the old. Names are relative to `_data`, in each item of a list:
                    `email`, `user_type.name`; or to the whole: `_meta.pagination.page`.
                after_commit: the operation is done all the same, and then its answer is lost.
                And to which of the requests, each time when nothing is said:
                match: those whose `json`, `query` and `headers` have what is given here.
                times: at most so often; on_call: on that one alone; after: not on the first so
                    many; probability: by chance, between 0 and 1, as the seed decides.
                sequence: what each does in its turn, a status, "timeout", "reset", "empty",
                    "malformed_json", "wrong_content_type", or None for normal service.
                Besides: a `name`, and `optional` where it does not matter whether it fires.

        Raises:
            SetupError: the rule contradicts itself, or names what does not exist.
        """
        return self.add(make_rule({"method": method, "path": path, **options}))

    def check(self, rule: FaultRule) -> None:
        """Do nothing where `add` would declare a fault.

        Raises:
            SetupError: as `add`.
        """
        self._operations(rule)

    def near(self, operation_id: str | None, path: str) -> bool:
        """Return whether any fault may be for a request of this operation and path."""
        return self._index.has_candidates(operation_id, path)

    def add(self, rule: FaultRule) -> Fault:
        """Declare a fault by its rule.

        Raises:
            SetupError: the rule names what the API does not have.
        """
        ids = self._operations(rule)
        with self._lock:
            self._count += 1
            fault = self._make(self._count, rule)
            self._faults.append(fault)
            self._index.add(fault, ids)
        return fault

    def _make(self, number: int, rule: FaultRule) -> Fault:
        fault = Fault(number, rule, self._random(number), self)
        self._made[number] = fault
        return fault

    def _random(self, number: int) -> Random:
        return Random(f"{self._seed}:{number}")  # noqa: S311  # chance, no secret

    def _operations(self, rule: FaultRule) -> list[str] | None:
        entries = targets(rule, self._catalogue())
        return None if entries is None else [entry.operation_id for entry in entries]

    def remove(self, fault: Fault) -> None:
        """Take a fault away; does nothing when it is gone already."""
        with self._lock:
            if fault in self._faults:
                self._faults.remove(fault)
                self._index.remove(fault)

    def clear(self) -> None:
        """Take all faults away; the numbers of new ones go on."""
        with self._lock:
            self._faults, self._index = [], _Index()

    def meet(self, request: Request) -> Effect | None:
        """Count a request, and return what befalls it; None is normal service."""
        effect = Effect()
        with self._lock:
            for fault in self._index.candidates(request.operation_id, request.path):
                if not fault.concerns(request):
                    continue
                fires, step = fault.turn()
                if fires and effect.faults and not effect.admits(fault.rule, step):
                    continue
                fault.calls += 1
                if fires:
                    fault.fired += 1
                    effect.take(fault.number, fault.rule, step, fault.seconds())
                if fault.is_over:
                    self._index.remove(fault)
        return effect if effect.faults else None

    def save(self) -> dict[str, Any]:
        """Return the faults as they stand, for `restore`, as JSON-able values."""
        with self._lock:
            return {
                "seed": self._seed,
                "count": self._count,
                "faults": [fault.save() for fault in self._faults],
            }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Put back what `save` returned: later faults are gone, and counts and chance as then.

        Numbers are not given again, unless these are another portal's faults.
        """
        with self._lock:
            self._seed, faults, index = state["seed"], [], _Index()
            for saved in state["faults"]:
                rule, number = make_rule(saved["rule"]), saved["number"]
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
    """Which faults may be for a request, without looking at the others.

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
        """Return whether any fault may be for a request; what each request asks of a portal."""
        held, id = self._held, operation_id or ""
        return bool(self._everywhere or (id, None) in held or (id, path) in held)

    def candidates(self, operation_id: str | None, path: str) -> tuple[Fault, ...]:
        """Return the faults that may be for a request, in the order in which they act."""
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
