"""What all exchanges show together: how often each point of the contract was seen, and how."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from talentlms_mock.api.fidelity import Known
from talentlms_mock.verify import forms
from talentlms_mock.verify.observation import Area, Observation

Key = tuple[str, Area, str, str]


@dataclass(frozen=True)
class Seen:
    """One way in which a point was seen: `kind` is "" where it is as the mock has it."""

    kind: str
    text: str
    to: str = ""
    after: str = ""


@dataclass
class Check:
    """One point of the contract, and how it was seen.

    Args:
        operation, area, place, ours, known: as in `Observation`.
        outcomes: how often it was seen how.
        requests: by what was different, the first request that showed it.
    """

    operation: str
    area: Area
    place: str
    ours: str
    known: Known
    outcomes: Counter[Seen] = field(default_factory=Counter)
    requests: dict[Seen, str] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """How often it was seen at all."""
        return self.outcomes.total()

    @property
    def is_confirmed(self) -> bool:
        """Whether it was always seen as the mock has it."""
        return not any(seen.kind for seen in self.outcomes)

    @property
    def forms(self) -> Counter[str]:
        """How often it had which form."""
        found: Counter[str] = Counter()
        for seen, count in self.outcomes.items():
            found[seen.text] += count
        return found

    @property
    def is_only_null(self) -> bool:
        """Whether no value of it was seen."""
        return set(self.forms) <= {forms.NULL, "missing"}

    @property
    def is_only_empty(self) -> bool:
        """Whether it was only seen as a list with nothing in it."""
        return set(self.forms) == {forms.EMPTY_LIST}


class Tally:
    """The checks of a verification."""

    def __init__(self) -> None:
        self._checks: dict[Key, Check] = {}
        self.exchanges = 0
        self.successes: Counter[str] = Counter()
        """How often each operation succeeded."""
        self.statuses: Counter[int] = Counter()

    def __iter__(self) -> Iterator[Check]:
        return iter(self._checks.values())

    def add(self, observations: Iterable[Observation], request: str) -> None:
        """Count what an exchange shows; `request` is a command to see it again."""
        self.exchanges += 1
        for each in observations:
            check = self._check(each)
            seen = Seen(each.kind, each.seen, each.to, each.after)
            check.outcomes[seen] += each.count
            if each.kind:
                check.requests.setdefault(seen, request)

    def of(self, operation: str, place: str) -> Check | None:
        """Return the check of a field of an operation; None where it was not seen."""
        areas: tuple[Area, ...] = ("fields", "envelope")
        found = (
            check
            for check in self._checks.values()
            if check.operation == operation and check.place == place and check.area in areas
        )
        return next(found, None)

    def _check(self, each: Observation) -> Check:
        # What the mock does with one place may depend on the request, as its status does.
        key = each.operation, each.area, each.place, each.ours if each.area == "status" else ""
        check = self._checks.get(key)
        if check is None:
            check = Check(each.operation, each.area, each.place, each.ours, each.known)
            self._checks[key] = check
        return check
