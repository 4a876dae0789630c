"""The custom fields of users and of courses (operations.md, 17 and 29)."""

from typing import Annotated, Literal

import orjson
from sqlalchemy import func, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED
from talentlms_mock.api.operation import array_of, operation, page_of
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.rows import Columns, Json, Query, json_boolean, json_list, json_object
from talentlms_mock.api.values import Shape
from talentlms_mock.portal.store.models import course_fields, user_fields
from talentlms_mock.portal.store.transaction import Transaction


class CustomField(Shape):
    """A custom field itself; `dropdown_values` is null but for a dropdown."""

    id: Annotated[int, INFERRED]
    key: Annotated[str, INFERRED]
    name: Annotated[str, INFERRED]
    type: Annotated[Literal["text", "dropdown", "checkbox", "date"], INFERRED]
    mandatory: Annotated[bool, INFERRED]
    visible_on_reports: Annotated[bool, INFERRED]
    dropdown_values: Annotated[list[str] | None, INFERRED]
    order: Annotated[int, INFERRED]


def _field(columns: Columns) -> Json:
    """Return the expression of a custom field from its columns."""
    return json_object(
        id=columns.id,
        key=columns.key,
        name=columns.name,
        type=columns.type,
        mandatory=json_boolean(columns.mandatory),
        visible_on_reports=json_boolean(columns.visible_on_reports),
        dropdown_values=func.json(columns.dropdown_values),
        order=columns.position,
    )


_USER_FIELDS = Query(select(json_list(select(user_fields).order_by(user_fields.c.id), _field)))
_COURSE_FIELDS = Listing(select(_field(course_fields.c)), course_fields, course_fields.c.id)


@operation(
    "GET",
    "/user-fields",
    "getUserFields",
    tag="User",
    summary="Get user custom fields",
    answer=array_of(CustomField),
    known=DOCUMENTED,
)
def get_user_fields(transaction: Transaction) -> orjson.Fragment:
    return orjson.Fragment(_USER_FIELDS.one(transaction)[0])


@operation(
    "GET",
    "/course-fields",
    "getCourseFields",
    tag="Course",
    summary="Get course custom fields",
    answer=page_of(CustomField),
    known=DOCUMENTED,
)
def get_course_fields(transaction: Transaction, page: PageRequest) -> Page:
    return _COURSE_FIELDS.fetch(transaction, page)
