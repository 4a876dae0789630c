"""What all records have in common: how they print, and the values that some fields can have."""

from datetime import datetime
from typing import ClassVar, Literal

from talentlms_mock.portal.rules import archive
from talentlms_mock.portal.rules.field_types import Status

UserStatus = Status
"""Of a user."""
CourseStatus = Status
"""Of a course or a learning path."""
CompletionStatus = Literal["not_attempted", "incomplete", "completed", "failed"]
"""Of a course or a unit, for one user."""
TaskStatus = Literal["pending", "running", "completed", "failed"]
Role = Literal["learner", "instructor"]
"""Of a user in a course."""
UnitType = Literal["content", "video", "test", "survey", "assignment", "scorm", "ilt"]
QuestionType = Literal["multiple_choice", "freetext"]
Traversal = Literal["any", "sequential"]
"""The order in which the units of a course are to be taken."""
SessionType = Literal["classroom", "webinar"]
ArchivedKind = archive.Kind
"""What can be archived."""
FieldType = Literal["text", "dropdown", "checkbox", "date"]
"""Of a custom field."""
CheckboxStatus = Literal["off", "on"]
"""What a checkbox is in a form that nobody has filled in."""


class Record:
    """A row of a portal, as it was when it was read; `shown` are the fields of its `repr`."""

    _shown: ClassVar[tuple[str, ...]] = ("id",)

    def __init_subclass__(cls, *, shown: tuple[str, ...] = ()) -> None:
        if shown:
            cls._shown = shown

    def __repr__(self) -> str:
        values = (f"{name}={_text(getattr(self, name))}" for name in self._shown)
        return f"{type(self).__name__}({', '.join(values)})"


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)
