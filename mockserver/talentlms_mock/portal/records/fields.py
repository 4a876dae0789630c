"""The custom fields of users and of courses, as they are read back."""

from dataclasses import dataclass, field

from talentlms_mock.portal.records.record import FieldType, Record
from talentlms_mock.portal.store.transaction import OpenTransaction


@dataclass(frozen=True, repr=False)
class CustomField(Record, shown=("id", "name", "type")):
    """A custom field; `dropdown_values` is empty except for the type dropdown."""

    id: int
    key: str
    name: str
    type: FieldType
    mandatory: bool
    visible_on_reports: bool
    dropdown_values: tuple[str, ...]
    position: int
    _open: OpenTransaction = field(repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class UserField(CustomField):
    """A custom field of users."""


@dataclass(frozen=True, repr=False)
class CourseField(CustomField):
    """A custom field of courses."""
