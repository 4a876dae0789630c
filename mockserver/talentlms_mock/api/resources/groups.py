"""The operations of groups (operations.md, 35-44)."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import orjson
from pydantic import Field
from sqlalchemy import bindparam, func, literal_column, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, OBSERVED_TOOL, RECORDED, Rule
from talentlms_mock.api.operation import (
    NO_CONTENT,
    NO_CONTENT_RECORDED,
    keyword,
    one,
    operation,
    page_of,
)
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.resources.members import Member, members
from talentlms_mock.api.resources.shapes import Price, Reference, price, reference
from talentlms_mock.api.rows import Expression, Query, json_list, json_object, one_row
from talentlms_mock.api.values import Body, Count, Id, Money, Shape, Text
from talentlms_mock.errors import Refusal
from talentlms_mock.portal.contract.refusals import (
    ARCHIVED_COURSE_TO_GROUP,
    ARCHIVED_USER_TO_GROUP,
    COURSE_GONE,
    COURSE_IN_GROUP,
    COURSE_NOT_IN_GROUP,
    GROUP_KEY_EMPTY,
    USER_GONE,
    USER_IN_GROUP,
    USER_NOT_IN_GROUP,
)
from talentlms_mock.portal.rules import groups as rules
from talentlms_mock.portal.store.models import (
    branches,
    courses,
    group_courses,
    group_users,
    groups,
    site,
    users,
)
from talentlms_mock.portal.store.row_types import GroupRow
from talentlms_mock.portal.store.transaction import Transaction


class KeyRedemptions(Shape):
    """How often a group's key may be used, and was."""

    max: Annotated[int | None, Field(description="The limit; null for none.")]
    used: Annotated[int, Field(description="How many users came in by the key.")]


class ListedGroup(Shape):
    """A group in a list."""

    id: Annotated[int, Field(description="The group's id.")]
    name: Annotated[str, Field(description="The name.")]
    description: Annotated[str | None, Field(description="The description, if there is one.")]
    key_redemptions: Annotated[KeyRedemptions, Field(description="The uses of the key.")]
    branch: Annotated[Reference | None, Field(description="The branch it belongs to, if any.")]
    price: Annotated[Price | None, Field(description="The price, if there is one.")]


class Group(Shape):
    """A group."""

    id: Annotated[int, Field(description="The group's id.")]
    name: Annotated[str, Field(description="The name.")]
    description: Annotated[str | None, Field(description="The description, if there is one.")]
    branch: Annotated[Reference | None, Field(description="The branch it belongs to, if any.")]
    key: Annotated[str | None, Field(description="What users join the group with, if any.")]
    max_key_redemptions: Annotated[
        int | None, Field(description="How often the key may be used; null for no limit.")
    ]
    price: Annotated[Price | None, Field(description="The price, if there is one.")]


class GroupDetails(Group):
    """A group, with its users where the quirk `group_detail_users` is `list`."""

    users: Annotated[list[Reference], Field(default=None, description="The members."), INFERRED]


class GroupCourse(Shape):
    id: int
    name: str
    code: str | None


class NewGroup(Body):
    subject = "Group"
    refusals: ClassVar[Mapping[str, Refusal]] = {"key": GROUP_KEY_EMPTY}

    name: Text
    description: str | None = None
    key: Text | None = None
    max_key_redemptions: Count | None = None
    price: Money | None = None


class UserOfGroup(Body):
    group_id: Id
    user_id: Id


class NewUserOfGroup(UserOfGroup):
    enroll_to_courses: Annotated[bool, OBSERVED_TOOL] = False


class CourseOfGroup(Body):
    group_id: Id
    course_id: Id


# There is one site a portal; its currency is that of every price.
_FROM = groups.outerjoin(branches, branches.c.id == groups.c.branch_id).join(site, site.c.id == 1)
_PRICE = price(groups.c.price, site.c.currency)
_BRANCH = reference(branches.c.id, branches.c.name)
_DETAILS = {
    "id": groups.c.id,
    "name": groups.c.name,
    "description": groups.c.description,
    "branch": _BRANCH,
    "key": groups.c.key,
    "max_key_redemptions": groups.c.max_key_redemptions,
    "price": _PRICE,
}
_MEMBERS = json_list(
    select(users.c.id, users.c.name, users.c.surname)
    .select_from(group_users.join(users))
    .where(group_users.c.group_id == groups.c.id)
    .order_by(users.c.id)
    .correlate(groups),
    lambda user: json_object(id=user.id, name=user.name.concat(" ").concat(user.surname)),
)


def _details(**more: Expression) -> Query[str]:
    columns = json_object(**_DETAILS, **more)
    return Query(select(columns).select_from(_FROM).where(groups.c.id == bindparam("id")))


_GROUP = _details()
_GROUP_WITH_USERS = _details(users=_MEMBERS)
_LISTING = Listing(
    select(
        json_object(
            id=groups.c.id,
            name=groups.c.name,
            description=groups.c.description,
            # Nobody comes in by a key here: that is done on the vendor's own pages.
            key_redemptions=json_object(max=groups.c.max_key_redemptions, used=literal_column("0")),
            branch=_BRANCH,
            price=_PRICE,
        )
    ).select_from(_FROM),
    groups,
    groups.c.id,
)
_COURSES = Listing(
    select(json_object(id=courses.c.id, name=courses.c.name, code=courses.c.code)).select_from(
        group_courses.join(courses)
    ),
    group_courses,
    group_courses.c.course_id,
    group_courses.c.group_id == bindparam("id"),
)
_USERS = members(group_users, group_users.c.group_id)

_PASSED_OVER = Rule(
    "who is in a course already, or may not be enrolled in it, is passed over without an error"
)


@operation(
    "GET",
    "/groups",
    "getGroups",
    tag="Group",
    summary="List all groups",
    answer=page_of(ListedGroup, RECORDED),
    recorded=1,
    known=DOCUMENTED,
    filters=(keyword(func.casefold(groups.c.name), INFERRED),),
)
def get_groups(transaction: Transaction, page: PageRequest) -> Page:
    return _LISTING.fetch(transaction, page)


@operation(
    "POST",
    "/groups",
    "createGroup",
    tag="Group",
    summary="Create a group",
    recorded=3,
    answer=one(Group, RECORDED),
    known=DOCUMENTED,
    body=NewGroup,
)
def create_group(transaction: Transaction, body: NewGroup) -> orjson.Fragment:
    return one_row(transaction, _GROUP, rules.create_group(transaction, body.set_fields()), "group")


@operation(
    "GET",
    "/groups/{id}",
    "getGroup",
    tag="Group",
    summary="Get a group",
    recorded=3,
    answer=one(GroupDetails, RECORDED),
    known=DOCUMENTED,
)
def get_group(transaction: Transaction, id: int) -> orjson.Fragment:
    with_users = transaction.quirk("group_detail_users") == "list"
    return one_row(transaction, _GROUP_WITH_USERS if with_users else _GROUP, id, "group")


@operation(
    "DELETE",
    "/groups/{id}",
    "deleteGroup",
    tag="Group",
    summary="Delete a group",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    rules=(Rule("its members stay enrolled in its courses"),),
)
def delete_group(transaction: Transaction, id: int) -> None:
    rules.delete_group(transaction, transaction.find(GroupRow, id))


@operation(
    "GET",
    "/groups/{id}/courses",
    "getGroupCourses",
    tag="Group",
    summary="Get group courses",
    answer=page_of(GroupCourse),
    known=DOCUMENTED,
)
def get_group_courses(transaction: Transaction, id: int, page: PageRequest) -> Page:
    transaction.find(GroupRow, id)
    return _COURSES.fetch(transaction, page, id=id)


@operation(
    "GET",
    "/groups/{id}/users",
    "getGroupUsers",
    tag="Group",
    summary="Get the users of a group",
    answer=page_of(Member),
    known=OBSERVED_TOOL,
)
def get_group_users(transaction: Transaction, id: int, page: PageRequest) -> Page:
    transaction.find(GroupRow, id)
    return _USERS.fetch(transaction, page, id=id)


@operation(
    "POST",
    "/group-memberships",
    "createGroupMembership",
    tag="Group",
    summary="Add a user to a group",
    answer=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    conflicts=(USER_IN_GROUP, ARCHIVED_USER_TO_GROUP),
    body=NewUserOfGroup,
    rules=(
        Rule(
            "the user is enrolled in the group's courses: at once with enroll_to_courses, else "
            "by a background task",
            OBSERVED_TOOL,
        ),
        _PASSED_OVER,
        Rule("a user who is a member already answers 409"),
        Rule("a group with max_key_redemptions members answers 400; 0 is no limit"),
    ),
)
def create_group_membership(transaction: Transaction, body: NewUserOfGroup) -> None:
    rules.add_user(transaction, body.group_id, body.user_id, enroll_now=body.enroll_to_courses)


@operation(
    "DELETE",
    "/group-memberships",
    "deleteGroupMembership",
    tag="Group",
    summary="Remove user from a group",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    conflicts=(USER_NOT_IN_GROUP, USER_GONE),
    body=UserOfGroup,
    ids_in_query=True,
    rules=(
        Rule("the user stays enrolled in the group's courses"),
        Rule("a user who is no member answers 409", RECORDED),
    ),
)
def delete_group_membership(transaction: Transaction, body: UserOfGroup) -> None:
    rules.remove_user(transaction, body.group_id, body.user_id)


@operation(
    "POST",
    "/group-courses",
    "createGroupCourse",
    tag="Group",
    summary="Add a course to a group",
    answer=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    conflicts=(COURSE_IN_GROUP, ARCHIVED_COURSE_TO_GROUP),
    body=CourseOfGroup,
    rules=(
        Rule("a background task enrolls the members of the group"),
        _PASSED_OVER,
        Rule("a course that the group has already answers 409", RECORDED),
    ),
)
def create_group_course(transaction: Transaction, body: CourseOfGroup) -> None:
    rules.add_course(transaction, body.group_id, body.course_id)


@operation(
    "DELETE",
    "/group-courses",
    "deleteGroupCourse",
    tag="Group",
    summary="Remove course from group",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    conflicts=(COURSE_NOT_IN_GROUP, COURSE_GONE),
    body=CourseOfGroup,
    ids_in_query=True,
    rules=(
        Rule("the members stay enrolled in the course"),
        Rule("a course that the group does not have answers 409"),
    ),
)
def delete_group_course(transaction: Transaction, body: CourseOfGroup) -> None:
    rules.remove_course(transaction, body.group_id, body.course_id)
