"""What has happened in a portal, as it is read back: events, background tasks, and the archive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from talentlms_mock.portal.records.record import ArchivedKind, Record, TaskStatus
from talentlms_mock.portal.store.transaction import OpenTransaction


@dataclass(frozen=True, repr=False)
class Event(Record, shown=("id", "event_type", "message")):
    """An event of the timeline, with the ids and names of what it is about, as they were then."""

    id: int
    event_type: str
    created_at: datetime
    occurrences: int
    message: str
    user_id: int | None
    user_name: str | None
    user_surname: str | None
    user_login: str | None
    course_id: int | None
    course_name: str | None
    course_code: str | None
    group_id: int | None
    group_name: str | None
    branch_id: int | None
    branch_name: str | None
    unit_id: int | None
    unit_name: str | None
    _open: OpenTransaction = field(repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class Task(Record, shown=("id", "type", "status", "progress")):
    """A background task, `progress` in percent; `errors` are {index, message} of failed items."""

    id: str
    type: str
    status: TaskStatus
    progress: int
    total: int
    processed: int
    failed: int
    errors: tuple[Mapping[str, object], ...] = field(hash=False)
    created_at: datetime
    completed_at: datetime | None
    _open: OpenTransaction = field(repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class Archived(Record, shown=("kind", "id", "name")):
    """A user or course in the archive, with the id and name that it had; and has when restored."""

    kind: ArchivedKind
    id: int
    name: str
    archived_at: datetime
    _open: OpenTransaction = field(repr=False, compare=False)
