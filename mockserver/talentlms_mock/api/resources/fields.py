"""The custom fields of users and of courses (operations.md, 17 and 29)."""

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Table, func, select
from sqlalchemy.types import String

from talentlms_mock.api.fidelity import DOCUMENTED, RECORDED, Rule
from talentlms_mock.api.operation import operation, page_of
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.rows import Expression, json_boolean, json_object, json_or_null
from talentlms_mock.api.values import Shape
from talentlms_mock.portal.store.models import (
    branches,
    course_field_branches,
    course_fields,
    user_field_branches,
    user_fields,
)
from talentlms_mock.portal.store.transaction import Transaction

Key = Annotated[
    str, Field(description="By which a value is given for the field, like custom_field_1.")
]
Name = Annotated[str, Field(description="What people call the field.")]
Type = Annotated[
    Literal["text", "dropdown", "checkbox", "date"], Field(description="The type of its values.")
]
Mandatory = Annotated[bool, Field(description="Whether a form demands a value.")]
OnReports = Annotated[bool, Field(description="Whether reports show it.")]
CheckboxStatus = Annotated[
    Literal["off", "on"], Field(description="What a checkbox is in an empty form; else off.")
]
Selective = Annotated[bool, Field(description="Whether some have the field, and others do not.")]
BranchesMap = Annotated[
    dict[str, str] | None,
    Field(description="The names, by id, of the branches that have the field; null where all do."),
]
InMainDomain = Annotated[bool, Field(description="Whether the main domain has the field.")]
PreviousKey = Annotated[
    str | None, Field(description="The key of the field before it; null of the first.")
]


class DropdownValue(Shape):
    """A value of a drop-down."""

    item: Annotated[str, Field(description="The text of the value.")]
    default: Annotated[bool, Field(description="Whether an empty form has it chosen.")]


DropdownValues = Annotated[
    list[DropdownValue] | None, Field(description="The values of a drop-down; else null.")
]


class UserField(Shape):
    """A custom field of users."""

    key: Key
    type: Type
    name: Name
    mandatory: Mandatory
    visible_on_reports: OnReports
    dropdown_values: DropdownValues
    checkbox_status: CheckboxStatus
    selective_availability: Selective
    branches_map: BranchesMap
    main_domain_availability: InMainDomain
    previous_key: PreviousKey
    order: Annotated[int, Field(description="Its place among the fields, from 1.")]


class CourseField(Shape):
    """A custom field of courses."""

    key: Key
    name: Name
    type: Type
    mandatory: Mandatory
    visible_on_reports: OnReports
    visible_to_learners: Annotated[bool, Field(description="Whether learners see it.")]
    dropdown_values: DropdownValues
    checkbox_status: CheckboxStatus
    selective_availability: Selective
    branches_map: BranchesMap
    main_domain_availability: InMainDomain
    previous_key: PreviousKey


def _dropdown_values(fields: Table) -> Expression:
    """Return the expression of {item, default} for each value of a drop-down, else of null."""
    values = func.json_each(fields.c.dropdown_values).table_valued("value")
    item = json_object(
        item=values.c.value, default=json_boolean(values.c.value == fields.c.default_value)
    )
    array = select(func.json_group_array(func.json(item))).select_from(values).correlate(fields)
    return json_or_null(fields.c.dropdown_values, func.json(array.scalar_subquery()))


def _branches_map(fields: Table, link: Table) -> Expression:
    """Return the expression of the names by id of a field's branches, or of null for none."""
    names = (
        select(func.json_group_object(branches.c.id, branches.c.name, type_=String))
        .select_from(link.join(branches, branches.c.id == link.c.branch_id))
        .where(link.c.field_id == fields.c.id)
        .correlate(fields)
    )
    return func.json(func.nullif(names.scalar_subquery(), "{}"))


def _availability(fields: Table, link: Table) -> dict[str, Expression]:
    """Return the expressions of what both kinds of fields have at their end."""
    return {
        "dropdown_values": _dropdown_values(fields),
        "checkbox_status": fields.c.checkbox_status,
        "selective_availability": json_boolean(fields.c.selective_availability),
        "branches_map": _branches_map(fields, link),
        "main_domain_availability": json_boolean(fields.c.main_domain_availability),
        "previous_key": func.lag(fields.c.key).over(order_by=_order(fields)),
    }


def _order(fields: Table) -> tuple[Expression, Expression]:
    return fields.c.position, fields.c.id


_USER_FIELD = json_object(
    key=user_fields.c.key,
    type=user_fields.c.type,
    name=user_fields.c.name,
    mandatory=json_boolean(user_fields.c.mandatory),
    visible_on_reports=json_boolean(user_fields.c.visible_on_reports),
    **_availability(user_fields, user_field_branches),
    order=user_fields.c.position,
)
_COURSE_FIELD = json_object(
    key=course_fields.c.key,
    name=course_fields.c.name,
    type=course_fields.c.type,
    mandatory=json_boolean(course_fields.c.mandatory),
    visible_on_reports=json_boolean(course_fields.c.visible_on_reports),
    visible_to_learners=json_boolean(course_fields.c.visible_to_learners),
    **_availability(course_fields, course_field_branches),
)
_USER_FIELDS = Listing(select(_USER_FIELD), user_fields, _order(user_fields))
_COURSE_FIELDS = Listing(select(_COURSE_FIELD), course_fields, _order(course_fields))
_RULES = (
    Rule("fields come in their order", RECORDED),
    Rule("a default is what an empty form shows: who is created by the API has no value"),
    Rule("users and courses have every field, whatever its availability"),
)


@operation(
    "GET",
    "/user-fields",
    "getUserFields",
    tag="User",
    summary="Get user custom fields",
    response=page_of(UserField, RECORDED),
    known=DOCUMENTED,
    recorded=1,
    rules=_RULES,
)
def get_user_fields(transaction: Transaction, page: PageRequest) -> Page:
    """List the custom fields of users in their order, a page at a time."""
    return _USER_FIELDS.fetch(transaction, page)


@operation(
    "GET",
    "/course-fields",
    "getCourseFields",
    tag="Course",
    summary="Get course custom fields",
    response=page_of(CourseField, RECORDED),
    known=DOCUMENTED,
    recorded=1,
    rules=_RULES,
)
def get_course_fields(transaction: Transaction, page: PageRequest) -> Page:
    """List the custom fields of courses in their order, a page at a time."""
    return _COURSE_FIELDS.fetch(transaction, page)
