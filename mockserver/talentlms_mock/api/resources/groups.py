"""The operations of groups (operations.md, 35-44)."""

from typing import Annotated

import orjson
from sqlalchemy import bindparam, func, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, OBSERVED, OBSERVED_TOOL, Rule
from talentlms_mock.api.operation import NO_CONTENT, keyword, one, operation, page_of
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.resources.members import Member, members
from talentlms_mock.api.resources.shapes import Price, Reference, price, reference
from talentlms_mock.api.rows import Query, json_object, one_row
from talentlms_mock.api.values import Body, Count, Id, Money, OptionalText, Shape, Text
from talentlms_mock.portal.contract.refusals import (
    COURSE_IN_GROUP,
    COURSE_NOT_IN_GROUP,
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
)
from talentlms_mock.portal.store.row_types import GroupRow
from talentlms_mock.portal.store.transaction import Transaction


class Group(Shape):
    id: int
    name: str
    description: str | None
    key: str | None
    max_key_redemptions: int | None
    price: Price | None
    branch: Reference | None


class GroupCourse(Shape):
    id: int
    name: str
    code: str | None


class GroupMembership(Shape):
    group_id: int
    user_id: int


class GroupCourseLink(Shape):
    group_id: int
    course_id: int


class NewGroup(Body):
    subject = "Group"

    name: Text
    description: str | None = None
    key: OptionalText | None = None
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
_SELECT = select(
    json_object(
        id=groups.c.id,
        name=groups.c.name,
        description=groups.c.description,
        key=groups.c.key,
        max_key_redemptions=groups.c.max_key_redemptions,
        price=price(groups.c.price, site.c.currency),
        branch=reference(branches.c.id, branches.c.name),
    )
).select_from(_FROM)
_GROUP = Query(_SELECT.where(groups.c.id == bindparam("id")))
_LISTING = Listing(_SELECT, groups, groups.c.id)
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
    answer=page_of(Group, OBSERVED),
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
    answer=one(Group, OBSERVED),
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
    answer=one(Group, OBSERVED),
    known=DOCUMENTED,
)
def get_group(transaction: Transaction, id: int) -> orjson.Fragment:
    return one_row(transaction, _GROUP, id, "group")


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
    answer=one(GroupMembership, INFERRED),
    known=DOCUMENTED,
    conflicts=(USER_IN_GROUP,),
    body=NewUserOfGroup,
    rules=(
        Rule(
            "the user is enrolled in the group's courses: at once with enroll_to_courses, else "
            "by a background task",
            OBSERVED_TOOL,
        ),
        _PASSED_OVER,
        Rule("a user who is a member already answers 400"),
        Rule("a group with max_key_redemptions members answers 400; 0 is no limit"),
    ),
)
def create_group_membership(transaction: Transaction, body: NewUserOfGroup) -> dict[str, int]:
    rules.add_user(transaction, body.group_id, body.user_id, enroll_now=body.enroll_to_courses)
    return {"group_id": body.group_id, "user_id": body.user_id}


@operation(
    "DELETE",
    "/group-memberships",
    "deleteGroupMembership",
    tag="Group",
    summary="Remove user from a group",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    conflicts=(USER_NOT_IN_GROUP,),
    body=UserOfGroup,
    ids_in_query=True,
    rules=(
        Rule("the user stays enrolled in the group's courses"),
        Rule("a user who is no member answers 404"),
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
    answer=one(GroupCourseLink, INFERRED),
    known=DOCUMENTED,
    conflicts=(COURSE_IN_GROUP,),
    body=CourseOfGroup,
    rules=(
        Rule("a background task enrolls the members of the group"),
        _PASSED_OVER,
        Rule("a course that the group has already answers 400"),
    ),
)
def create_group_course(transaction: Transaction, body: CourseOfGroup) -> dict[str, int]:
    rules.add_course(transaction, body.group_id, body.course_id)
    return {"group_id": body.group_id, "course_id": body.course_id}


@operation(
    "DELETE",
    "/group-courses",
    "deleteGroupCourse",
    tag="Group",
    summary="Remove course from group",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    conflicts=(COURSE_NOT_IN_GROUP,),
    body=CourseOfGroup,
    ids_in_query=True,
    rules=(
        Rule("the members stay enrolled in the course"),
        Rule("a course that the group does not have answers 404"),
    ),
)
def delete_group_course(transaction: Transaction, body: CourseOfGroup) -> None:
    rules.remove_course(transaction, body.group_id, body.course_id)
