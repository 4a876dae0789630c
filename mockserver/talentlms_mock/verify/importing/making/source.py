"""What was read, as the rows of a portal are made of it: with stand-ins, and by id."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from talentlms_mock.portal.seed.rows import Rows
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.kept import Kept
from talentlms_mock.verify.importing.notes import Notes
from talentlms_mock.verify.importing.reads import Read
from talentlms_mock.verify.importing.stages import enrollments
from talentlms_mock.verify.importing.stand_ins import Person, StandIns, digests_in
from talentlms_mock.verify.importing.tokens import Tokens

Record = dict[str, Any]


class Source:
    """Reads what was kept, and collects the rows.

    Args:
        kept: what was read.
        tokens: with which values were replaced; None where none was.
        now: the moment of the import, a timestamp.
        domain: of the portal.
        is_whole: whether all of the portal was read, so that what is not there does not exist.
        notes: of what does not fit.
    """

    def __init__(
        self,
        kept: Kept,
        tokens: Tokens | None,
        *,
        now: str,
        domain: str,
        is_whole: bool,
        notes: Notes,
    ) -> None:
        self.kept = kept
        self.now = now
        self.domain = domain
        self.is_whole = is_whole
        self.notes = notes
        self.rows = Rows()
        self.keys: defaultdict[str, set[str]] = defaultdict(set)
        self.known: defaultdict[str, set[int]] = defaultdict(set)
        self.records: dict[str, dict[int, Record]] = {}
        self._stand_ins = None if tokens is None else _stand_ins(kept, tokens)
        self._gather()

    def read(self, read: Read) -> list[tuple[tuple[int, ...], int, Record]]:
        """Return the rows of a read with the ids in its path and query."""
        return [(ids, id, self._shown(row)) for ids, id, row in self.kept.rows(read)]

    def enrollments(self) -> list[tuple[int, int, Record]]:
        """Return the course, the user and the record of each enrollment that was listed."""
        return [(course, user, self._shown(row)) for course, user, row in enrollments(self.kept)]

    def refer(self, kind: str, reference: Any, where: str) -> int | None:
        """Return the id of what a reference leads to; None, with a note, where there is nothing.

        Args:
            kind: of what it leads to, like course.
            reference: its id, or an object that has it.
            where: the table and column, for the note.
        """
        id = reference.get("id") if isinstance(reference, Mapping) else reference
        if id is None:
            return None
        if id not in self.known[kind]:
            self.notes.add(where, f"leads to a {kind} that there is not, left out")
            return None
        return int(id)

    def require(self, record: Record, name: str, otherwise: Any, where: str) -> Any:
        """Return a value that every row has; where it is missing another one, with a note."""
        value = record.get(name)
        if value is None:
            self.notes.add(f"{where}.{name}", "missing, filled in")
            return otherwise
        return value

    def _shown(self, value: Any) -> Any:
        return value if self._stand_ins is None else self._stand_ins.of(value)

    def _gather(self) -> None:
        """Put together what several reads say of the same thing; the last read counts."""
        for kind, found in _KINDS.items():
            records: dict[int, Record] = {}
            for read, at in found:
                for ids, id, row in self.read(read):
                    for own, record in _things(at, ids, id, row):
                        if own in records or at.is_own or not self.is_whole:
                            _update(records.setdefault(own, {"id": own}), record)
            self.records[kind] = records
            self.known[kind] = set(records)


class _At(NamedTuple):
    """Where a read has things of a kind.

    Args:
        place: the name of the field with the thing or a list of them; "" is the row itself.
        is_own: whether the read says that the thing exists.
    """

    place: str = ""
    is_own: bool = False


def _things(at: _At, ids: tuple[int, ...], id: int, row: Record) -> Iterable[tuple[int, Record]]:
    found = row.get(at.place) if at.place else row
    for each in found if isinstance(found, list) else [found]:
        own = (each or {}).get("id") or (None if at.place else (id or (ids or (0,))[0]))
        if own:
            yield own, each or {}
        for child in (each or {}).get("children") or ():  # of a category
            yield from _things(_At(), (), 0, child)


def _update(record: Record, more: Record) -> None:
    record.update({name: value for name, value in more.items() if value is not None})


_OWN = _At(is_own=True)
_KINDS: Mapping[str, tuple[tuple[Read, _At], ...]] = {
    "branch": (
        *((read, _At("branch")) for read in (reads.GROUPS, reads.GROUP)),
        (reads.USER_BRANCHES, _At("branches")),
        (reads.BRANCHES, _OWN),
        (reads.BRANCH, _OWN),
    ),
    "group": (
        (reads.USER_GROUPS, _At("groups")),
        (reads.BRANCH, _At("default_group")),
        (reads.GROUPS, _OWN),
        (reads.GROUP, _OWN),
    ),
    "category": (
        *((read, _At("category")) for read in (reads.COURSES, reads.COURSE, reads.PATHS)),
        (reads.CATEGORIES, _OWN),
        (reads.CATEGORY, _OWN),
    ),
    "course": (
        (reads.USER_COURSES, _At("courses")),
        (reads.GROUP_COURSES, _At()),
        (reads.PATH, _At("courses")),
        (reads.COURSE_PROGRESS, _At()),
        (reads.COURSES, _OWN),
        (reads.COURSE, _OWN),
    ),
    "path": ((reads.PATHS, _OWN), (reads.PATH, _OWN)),
    "user": (
        *((read, _At()) for read in (reads.GROUP_USERS, reads.BRANCH_USERS, reads.COURSE_USERS)),
        (reads.USERS, _OWN),
        (reads.USER, _OWN),
    ),
}
"""Which reads say something of each kind of thing."""


def _stand_ins(kept: Kept, tokens: Tokens) -> StandIns:
    known = {digest for row in kept.every_row() for digest in digests_in(row)}
    people = [
        Person(row.get("name"), row.get("surname"), row.get("login"), row.get("email"))
        for read in (reads.USERS, reads.USER, reads.COURSE_USERS)
        for _, _, row in kept.rows(read)
    ]
    return StandIns(tokens, known, people)
