"""The operations of groups (operations.md, 35-44)."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import orjson
from pydantic import Field
from sqlalchemy import bindparam, func, select

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

GroupId = Annotated[Id, Field(description="The group's id.")]
UserId = Annotated[Id, Field(description="The user's id.")]
CourseId = Annotated[Id, Field(description="The course's id.")]


class KeyRedemptions(Shape):
    """How often the key of a group may be redeemed, and was."""

    max: Annotated[int | None, Field(description="How often at most; null or 0 is no limit.")]
    used: Annotated[int, Field(description="How many users came in by the key.")]


class ListedGroup(Shape):
    """A group in a list."""

    id: Annotated[int, Field(description="The group's id.")]
    name: Annotated[str, Field(description="The name of the group.")]
    description: Annotated[
        str | None, Field(description="The description; null where there is none.")
    ]
    key_redemptions: Annotated[KeyRedemptions, Field(description="The uses of the group's key.")]
    branch: Annotated[
        Reference | None, Field(description="The branch that the group belongs to; null is none.")
    ]
    price: Annotated[Price | None, Field(description="What joining costs; null where unset.")]


class Group(Shape):
    """A group of users, whose courses they are enrolled in."""

    id: Annotated[int, Field(description="The group's id.")]
    name: Annotated[str, Field(description="The name of the group.")]
    description: Annotated[
        str | None, Field(description="The description; null where there is none.")
    ]
    branch: Annotated[
        Reference | None, Field(description="The branch that the group belongs to; null is none.")
    ]
    key: Annotated[
        str | None,
        Field(description="The key with which users join by themselves; null where they cannot."),
    ]
    max_key_redemptions: Annotated[
        int | None, Field(description="How many users may join by the key; null or 0 is no limit.")
    ]
    price: Annotated[Price | None, Field(description="What joining costs; null where unset.")]


class GroupDetails(Group):
    """A group; its members are listed with the quirk `group_detail_users`."""

    users: Annotated[
        list[Reference],
        DOCUMENTED,
        Field(
            default_factory=list,
            description="The members, with the quirk group_detail_users; else left out.",
        ),
    ]


class GroupCourse(Shape):
    """A course of a group."""

    id: Annotated[int, Field(description="The course's id.")]
    name: Annotated[str, Field(description="The name of the course.")]
    code: Annotated[
        str | None, Field(description="The code of the course; null where it has none.")
    ]


class GroupInput(Body):
    """A group to create."""

    subject = "Group"
    refusals: ClassVar[Mapping[str, Refusal]] = {"key": GROUP_KEY_EMPTY}

    name: Annotated[Text, Field(description="The name of the group.")]
    description: Annotated[
        str | None, Field(description="The description; null where there is none.")
    ] = None
    key: Annotated[
        Text | None, Field(description="A key with which users join by themselves, or null.")
    ] = None
    max_key_redemptions: Annotated[
        Count | None,
        Field(description="How many users may join by the key; null or 0 is no limit."),
    ] = None
    price: Annotated[
        Money | None,
        Field(description="What joining costs, in the portal's currency; null is nothing."),
    ] = None


class UserOfGroup(Body):
    """A user and a group."""

    group_id: GroupId
    user_id: UserId


class GroupMembershipInput(UserOfGroup):
    """A user to add to a group."""

    enroll_to_courses: Annotated[
        bool,
        OBSERVED_TOOL,
        Field(description="Whether the user is enrolled in the group's courses at once."),
    ] = False


class CourseOfGroup(Body):
    """A course and a group."""

    group_id: GroupId
    course_id: CourseId


# There is one site a portal; its currency is that of every price.
_FROM = groups.outerjoin(branches, branches.c.id == groups.c.branch_id).join(site, site.c.id == 1)
_NAMES = {"id": groups.c.id, "name": groups.c.name, "description": groups.c.description}
_BRANCH = reference(branches.c.id, branches.c.name)
_PRICE = price(groups.c.price, site.c.currency)
_WHOLE = _NAMES | {
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


def _query(**fields: Expression) -> Query[str]:
    return Query(select(json_object(**fields)).select_from(_FROM).where(_OF_ID))


_OF_ID = groups.c.id == bindparam("id")
_GROUP = _query(**_WHOLE)
_GROUP_AND_USERS = _query(**_WHOLE, users=_MEMBERS)
_REDEMPTIONS = json_object(max=groups.c.max_key_redemptions, used=groups.c.key_redemptions)
_LISTING = Listing(
    select(
        json_object(**_NAMES, key_redemptions=_REDEMPTIONS, branch=_BRANCH, price=_PRICE)
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
    response=page_of(ListedGroup, RECORDED),
    known=DOCUMENTED,
    recorded=1,
    filters=(keyword(func.casefold(groups.c.name), INFERRED),),
)
def get_groups(transaction: Transaction, page: PageRequest) -> Page:
    """List the groups, a page at a time."""
    return _LISTING.fetch(transaction, page)


@operation(
    "POST",
    "/groups",
    "createGroup",
    tag="Group",
    summary="Create a group",
    response=one(Group, RECORDED),
    known=DOCUMENTED,
    recorded=3,
    body=GroupInput,
    rules=(Rule("a key is null or not empty", RECORDED),),
)
def create_group(transaction: Transaction, body: GroupInput) -> orjson.Fragment:
    """Create a group without users and courses."""
    return one_row(transaction, _GROUP, rules.create_group(transaction, body.set_fields()), "group")


@operation(
    "GET",
    "/groups/{id}",
    "getGroup",
    tag="Group",
    summary="Get a group",
    response=one(GroupDetails, RECORDED),
    known=DOCUMENTED,
    recorded=3,
    rules=(Rule("with the quirk group_detail_users, its members come last", DOCUMENTED),),
)
def get_group(transaction: Transaction, id: int) -> orjson.Fragment:
    """Read one group; with the quirk group_detail_users=list also its members."""
    with_users = transaction.quirk("group_detail_users") == "list"
    return one_row(transaction, _GROUP_AND_USERS if with_users else _GROUP, id, "group")


@operation(
    "DELETE",
    "/groups/{id}",
    "deleteGroup",
    tag="Group",
    summary="Delete a group",
    response=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    recorded=3,
    rules=(
        Rule("its members stay enrolled in its courses"),
        Rule("one that was deleted already answers 404", RECORDED),
    ),
)
def delete_group(transaction: Transaction, id: int) -> None:
    """Delete a group. Its users stay enrolled in the courses that they came to by it."""
    rules.delete_group(transaction, transaction.find(GroupRow, id))


@operation(
    "GET",
    "/groups/{id}/courses",
    "getGroupCourses",
    tag="Group",
    summary="Get group courses",
    response=page_of(GroupCourse),
    known=DOCUMENTED,
)
def get_group_courses(transaction: Transaction, id: int, page: PageRequest) -> Page:
    """List the courses of a group, a page at a time."""
    transaction.find(GroupRow, id)
    return _COURSES.fetch(transaction, page, id=id)


@operation(
    "GET",
    "/groups/{id}/users",
    "getGroupUsers",
    tag="Group",
    summary="Get the users of a group",
    response=page_of(Member),
    known=OBSERVED_TOOL,
)
def get_group_users(transaction: Transaction, id: int, page: PageRequest) -> Page:
    """List the users of a group, a page at a time."""
    transaction.find(GroupRow, id)
    return _USERS.fetch(transaction, page, id=id)


@operation(
    "POST",
    "/group-memberships",
    "createGroupMembership",
    tag="Group",
    summary="Add a user to a group",
    response=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    recorded=5,
    conflicts=(USER_IN_GROUP, ARCHIVED_USER_TO_GROUP),
    body=GroupMembershipInput,
    rules=(
        Rule(
            "the user is enrolled in the group's courses: at once with enroll_to_courses, else "
            "by a background task",
            OBSERVED_TOOL,
        ),
        _PASSED_OVER,
        Rule("a user who is a member already, or archived, answers 409"),
        Rule("a group whose key was redeemed max_key_redemptions times answers 400"),
        Rule("who is added here does not redeem the key"),
    ),
)
def create_group_membership(transaction: Transaction, body: GroupMembershipInput) -> None:
    """Add a user to a group. The user is enrolled in its courses too: at once with
    `enroll_to_courses`, else by a task after the response.
    """
    rules.add_user(transaction, body.group_id, body.user_id, enroll_now=body.enroll_to_courses)


@operation(
    "DELETE",
    "/group-memberships",
    "deleteGroupMembership",
    tag="Group",
    summary="Remove user from a group",
    response=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    recorded=2,
    conflicts=(USER_NOT_IN_GROUP, USER_GONE),
    body=UserOfGroup,
    ids_in_query=True,
    rules=(
        Rule("the user stays enrolled in the group's courses"),
        Rule("a user who is no member answers 409", RECORDED),
        Rule("an archived user answers 409"),
    ),
)
def delete_group_membership(transaction: Transaction, body: UserOfGroup) -> None:
    """Remove a user from a group; the user stays enrolled in its courses."""
    rules.remove_user(transaction, body.group_id, body.user_id)


@operation(
    "POST",
    "/group-courses",
    "createGroupCourse",
    tag="Group",
    summary="Add a course to a group",
    response=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    recorded=7,
    conflicts=(COURSE_IN_GROUP, ARCHIVED_COURSE_TO_GROUP),
    body=CourseOfGroup,
    rules=(
        Rule("a background task enrolls the members of the group"),
        _PASSED_OVER,
        Rule("a course that the group has already, or an archived one, answers 409", RECORDED),
    ),
)
def create_group_course(transaction: Transaction, body: CourseOfGroup) -> None:
    """Add a course to a group. A task after the response enrolls the members in it."""
    rules.add_course(transaction, body.group_id, body.course_id)


@operation(
    "DELETE",
    "/group-courses",
    "deleteGroupCourse",
    tag="Group",
    summary="Remove course from group",
    response=NO_CONTENT,
    known=DOCUMENTED,
    conflicts=(COURSE_NOT_IN_GROUP, COURSE_GONE),
    body=CourseOfGroup,
    ids_in_query=True,
    rules=(
        Rule("the members stay enrolled in the course"),
        Rule("a course that the group does not have, or an archived one, answers 409"),
    ),
)
def delete_group_course(transaction: Transaction, body: CourseOfGroup) -> None:
    """Remove a course from a group; the members stay enrolled in it."""
    rules.remove_course(transaction, body.group_id, body.course_id)
