"""The custom fields of users and of courses, as they are read back."""

from dataclasses import dataclass, field

from sqlalchemy import Table, select

from talentlms_mock.portal.records.collection import Collection
from talentlms_mock.portal.records.record import CheckboxStatus, FieldType, Record
from talentlms_mock.portal.records.records import Branch
from talentlms_mock.portal.store import models
from talentlms_mock.portal.store.transaction import OpenTransaction


@dataclass(frozen=True, repr=False)
class CustomField(Record, shown=("id", "name", "type")):
    """A custom field; `dropdown_values` and `default_value` are those of the type dropdown.

    `selective_availability` says that not everybody has the field; where it has no `branches`, all
    of them have it, and `main_domain_availability` says whether those in no branch do.
    """

    id: int
    key: str
    name: str
    type: FieldType
    mandatory: bool
    visible_on_reports: bool
    dropdown_values: tuple[str, ...]
    default_value: str | None
    checkbox_status: CheckboxStatus
    selective_availability: bool
    main_domain_availability: bool
    position: int


@dataclass(frozen=True, repr=False)
class UserField(CustomField):
    """A custom field of users."""

    _open: OpenTransaction = field(repr=False, compare=False)

    @property
    def branches(self) -> Collection[Branch]:
        """The branches that it is available in."""
        return _branches(models.user_field_branches, self.id, self._open)


@dataclass(frozen=True, repr=False)
class CourseField(CustomField):
    """A custom field of courses."""

    visible_to_learners: bool
    _open: OpenTransaction = field(repr=False, compare=False)

    @property
    def branches(self) -> Collection[Branch]:
        """The branches that it is available in."""
        return _branches(models.course_field_branches, self.id, self._open)


def _branches(link: Table, field_id: int, open_: OpenTransaction) -> Collection[Branch]:
    ids = select(link.c.branch_id).where(link.c.field_id == field_id)
    return Collection(Branch, open_, models.branches.c.id.in_(ids))
