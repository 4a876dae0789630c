"""Plans: the facts about courses, groups and paths from which users' histories are drawn.

Moments are in seconds from the portal's midnight, the past negative. How much room is left
changes as users come in.
"""

from dataclasses import dataclass, field

from talentlms_mock.portal.seed.archiving import Archived

UNLIMITED = 1 << 62
"""Room without a limit."""

Answer = tuple[int, str, int] | tuple[int, str, int, int]
"""A user's answer to a question: its id, a JSON array, and 1 if it is correct, else 0.

To a question of a test in free text, also the points in percent, once it is graded.
"""

WITHOUT_POINTS = 3
"""The length of an answer that has no points."""

Attempt = tuple[float | None, list[Answer]]
"""One way to answer a test or survey: the score in percent, and the answers."""


@dataclass(slots=True)
class SessionPlan:
    id: int
    begins: int
    ends: int
    room: int


@dataclass(slots=True)
class UnitPlan:
    id: int
    name: str
    type: str
    has_score: bool
    is_required: bool
    counts_for_score: bool
    passes: list[Attempt] = field(default_factory=list)
    failures: list[Attempt] = field(default_factory=list)
    waiting: list[Attempt] = field(default_factory=list)  # for an instructor's points
    sessions: list[SessionPlan] = field(default_factory=list)

    @property
    def is_graded(self) -> bool:
        """Whether an instructor grades it."""
        return self.type in ("assignment", "ilt") or bool(self.waiting)


@dataclass(slots=True)
class CoursePlan:
    id: int
    name: str
    code: str | None
    opens: int
    closes: int
    room: int  # how many more may be enrolled
    time_limit: int | None  # seconds
    units: list[UnitPlan]
    units_needed: int  # how many must be completed, whichever they are
    prerequisites: list[int]  # ids of courses
    fails_with_test: bool
    certification: str | None
    certificate_seconds: int | None
    popularity: float
    takes_users: bool  # or did, before it was over
    is_over: bool

    required: int = field(init=False)  # how many units must be completed, each of them
    is_open: bool = field(init=False)

    def __post_init__(self) -> None:
        required = [unit for unit in self.units if unit.is_required]
        self.required = len(required)
        if self.units_needed and len(required) == len(self.units):
            self.required = 0
        self.is_open = self.takes_users and not self.is_over


@dataclass(slots=True)
class GroupPlan:
    """A group, branch or learning path that a share of the users is in."""

    id: int
    name: str
    share: float
    room: int
    courses: list[CoursePlan]
    members: frozenset[str] = frozenset()  # the logins of those who are in it in any case
    joined_by: float = 0.0  # the share of the members who came by the key, or have subscribed
    counted: int = 0  # how many these are so far


@dataclass(slots=True)
class BadgePlan:
    id: int
    completions: int


@dataclass(slots=True)
class Catalogue:
    courses: list[CoursePlan]
    groups: list[GroupPlan]
    branches: list[GroupPlan]
    paths: list[GroupPlan]
    badges: list[BadgePlan]
    archived: list[Archived]  # courses
