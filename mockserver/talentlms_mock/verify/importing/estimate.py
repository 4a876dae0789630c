"""How many requests an import over the API takes, and how long, before it begins."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import ceil

from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.kept import Kept
from talentlms_mock.verify.importing.reader import HOURLY_LIMIT, Reader
from talentlms_mock.verify.importing.reads import PAGE_SIZE, Read
from talentlms_mock.verify.importing.stages import STAGES, Ask, begun, category_ids, enrollments
from talentlms_mock.verify.live import pace

_LISTS = (
    reads.CATEGORIES,
    reads.BRANCHES,
    reads.GROUPS,
    reads.PATHS,
    reads.USERS,
    reads.TIMELINE,
)
_SAMPLES = 20
"""How many courses are looked at for the number of users in one."""

_UNITS_OF_A_COURSE = 3
"""How many units of a course are asked for, on average; nothing tells how many there are."""


@dataclass(frozen=True)
class Estimate:
    """What an import takes.

    Args:
        stages: the requests of each stage.
        done: how many of them are done.
        hourly_limit: requests that the portal allows in an hour; None where it does not say.
        remaining: of those, how many are left now.
        share: of what is left that is used.
    """

    stages: dict[str, int]
    done: int
    hourly_limit: int | None
    remaining: int | None
    share: float

    @property
    def requests(self) -> int:
        """How many requests it takes in all."""
        return sum(self.stages.values())

    @property
    def seconds(self) -> float:
        """How long the rest takes, if nothing else asks the portal."""
        left = max(self.requests - self.done, 0)
        at_least = left / pace.A_SECOND
        if not self.hourly_limit:
            return at_least
        now = self.hourly_limit if self.remaining is None else self.remaining
        an_hour = max(self.hourly_limit * self.share, 1)
        hours = ceil(max(left - now * self.share, 0) / an_hour)
        return max(at_least, hours * pace.AN_HOUR)


def look_around(reader: Reader, kept: Kept, without: Collection[str]) -> None:
    """Read what an estimate needs: the first page of each list, and the courses.

    Raises:
        Stopped, SetupError: as for `Reader.run`.
    """
    reader.read(Ask(reads.STATISTICS))
    for read in _LISTS:
        reader.read(Ask(read), pages=1)
    reader.read(Ask(reads.COURSES))
    if "enrollments" not in without:
        for id in _sample(kept.own_ids(reads.COURSES)):
            reader.read(Ask(reads.COURSE_USERS, (id,)), pages=1)


def _sample(ids: list[int]) -> list[int]:
    """Return some of the ids, from first to last."""
    step = max(len(ids) / _SAMPLES, 1.0)
    return [ids[int(number * step)] for number in range(min(len(ids), _SAMPLES))]


def estimate(reader: Reader, kept: Kept, without: Collection[str], share: float) -> Estimate:
    """Return what an import takes, of what `look_around` has read."""
    counts = dict(_counts(kept))
    stages = {stage.name: counts[stage.name] for stage in STAGES if stage.name not in without}
    limit = kept.fact(HOURLY_LIMIT)
    return Estimate(stages, kept.count, limit, reader.remaining, share)


def _counts(kept: Kept) -> Iterator[tuple[str, int]]:
    courses = kept.own_ids(reads.COURSES)
    users, groups, branches, paths = (
        _size(kept, read) for read in (reads.USERS, reads.GROUPS, reads.BRANCHES, reads.PATHS)
    )
    categories = len(list(category_ids([row for _, _, row in kept.rows(reads.CATEGORIES)])))
    known = {id: kept.pages(Ask(reads.COURSE_USERS, (id,)).target()) for id in courses}
    seen = {id: pages or 1 for id, pages in known.items() if pages is not None}
    of_all = len(courses) / max(len(seen), 1)  # those that were looked at stand for all
    at_work = len(list(begun(kept))) / max(len(list(enrollments(kept))), 1)
    seats = (at_work * of_all) * sum(
        pages * PAGE_SIZE if pages > 1 else _rows(kept, id) for id, pages in seen.items()
    )
    yield "settings", 3
    yield "categories", 1 + categories
    yield "branches", _pages(kept, Ask(reads.BRANCHES)) + branches
    yield "groups", _pages(kept, Ask(reads.GROUPS)) + 2 * groups
    yield "courses", _pages(kept, Ask(reads.COURSES)) + len(courses)
    yield "learning-paths", _pages(kept, Ask(reads.PATHS)) + paths
    yield "users", _pages(kept, Ask(reads.USERS)) + users
    yield "members", groups + branches
    yield "enrollments", round(of_all * sum(seen.values()))
    yield "rewards", 2 * users
    yield "timeline", _pages(kept, Ask(reads.TIMELINE))
    yield "progress", round(seats)
    yield "units", round(seats * _UNITS_OF_A_COURSE)


def _pages(kept: Kept, ask: Ask) -> int:
    return kept.pages(ask.target()) or 1


def _size(kept: Kept, read: Read) -> int:
    pages = _pages(kept, Ask(read))
    return pages * PAGE_SIZE if pages > 1 else len(kept.own_ids(read))


def _rows(kept: Kept, course: int) -> int:
    return sum(1 for ids, _, _ in kept.rows(reads.COURSE_USERS) if ids == (course,))


def duration(seconds: float) -> str:
    """Return a duration in words, roughly."""
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length:
            number = round(seconds / length)
            return f"about {number} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"
