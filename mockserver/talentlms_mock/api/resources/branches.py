"""The operations of branches (operations.md, 45-54)."""

from typing import Annotated

import orjson
from pydantic import Field
from sqlalchemy import bindparam, func, literal_column, select

from talentlms_mock.api.fidelity import (
    DOCUMENTED,
    INFERRED,
    OBSERVED,
    OBSERVED_TOOL,
    RECORDED,
    Rule,
)
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
from talentlms_mock.api.resources.shapes import Reference, reference
from talentlms_mock.api.rows import Query, json_boolean, json_object, json_or_null, one_row
from talentlms_mock.api.values import Body, Id, Shape, Text
from talentlms_mock.hosts import VENDOR_SUFFIX
from talentlms_mock.portal.contract.refusals import (
    ARCHIVED_COURSE_TO_BRANCH,
    ARCHIVED_USER_TO_BRANCH,
    BRANCH_NAME_TAKEN,
    COURSE_GONE,
    COURSE_IN_BRANCH,
    COURSE_NOT_IN_BRANCH,
    USER_GONE,
    USER_IN_BRANCH,
    USER_NOT_IN_BRANCH,
)
from talentlms_mock.portal.rules import branches as rules
from talentlms_mock.portal.store.models import branch_users, branches, groups, user_types
from talentlms_mock.portal.store.row_types import BranchRow
from talentlms_mock.portal.store.transaction import Transaction


class Ecommerce(Shape):
    processor: str | None
    currency: str | None


class Signup(Shape):
    method: str
    verification: str


class ListedBranch(Shape):
    """A branch in a list."""

    id: Annotated[int, Field(description="The branch's id.")]
    name: Annotated[str, Field(description="The name.")]
    url: Annotated[str, Field(description="Its host name.")]
    description: Annotated[str | None, Field(description="The description, if there is one.")]
    active: Annotated[bool, Field(description="Whether it is switched on.")]


class Branch(Shape):
    id: int
    name: str
    description: str | None
    active: bool
    default_locale: str
    default_timezone: str
    default_user_type: Reference | None
    default_group: Reference | None
    owner_id: int | None
    ecommerce: Ecommerce | None
    url: str
    title: str | None
    theme: str | None
    signup: Signup


class NewBranch(Body):
    subject = "Branch"

    name: Text
    description: str
    default_locale: Text


class BranchStatus(Body):
    is_active: bool


class UserOfBranch(Body):
    branch_id: Id
    user_id: Id


class CourseOfBranch(Body):
    branch_id: Id
    course_id: Id


_FROM = branches.outerjoin(
    user_types, user_types.c.id == branches.c.default_user_type_id
).outerjoin(groups, groups.c.id == branches.c.default_group_id)
_PROCESSOR, _CURRENCY = branches.c.ecommerce_processor, branches.c.ecommerce_currency
_URL = (
    func.host_label(branches.c.name, branches.c.id)
    .concat(literal_column("'-'"))
    .concat(bindparam("domain"))
    .concat(literal_column(f"'{VENDOR_SUFFIX}'"))
)
_LISTED = {
    "id": branches.c.id,
    "name": branches.c.name,
    "url": _URL,
    "description": branches.c.description,
    "active": json_boolean(branches.c.active),
}
_WHOLE = {
    "id": branches.c.id,
    "name": branches.c.name,
    "description": branches.c.description,
    "active": json_boolean(branches.c.active),
    "default_locale": branches.c.default_locale,
    "default_timezone": branches.c.default_timezone,
    "default_user_type": reference(user_types.c.id, user_types.c.name),
    "default_group": reference(groups.c.id, groups.c.name),
    "owner_id": branches.c.owner_id,
    "ecommerce": json_or_null(
        func.coalesce(_PROCESSOR, _CURRENCY),
        json_object(processor=_PROCESSOR, currency=_CURRENCY),
    ),
    "url": _URL,
    "title": branches.c.title,
    "theme": branches.c.theme,
    "signup": json_object(
        method=branches.c.signup_method, verification=branches.c.signup_verification
    ),
}
_BRANCH = Query(
    select(json_object(**_WHOLE)).select_from(_FROM).where(branches.c.id == bindparam("id"))
)
_LISTING = Listing(select(json_object(**_LISTED)), branches, branches.c.id)
_USERS = members(branch_users, branch_users.c.branch_id)


def _branch(transaction: Transaction, id: int) -> orjson.Fragment:
    return one_row(transaction, _BRANCH, id, "branch", domain=transaction.settings.domain)


@operation(
    "GET",
    "/branches",
    "getBranches",
    tag="Branch",
    summary="List all branches",
    recorded=1,
    answer=page_of(ListedBranch, RECORDED),
    known=DOCUMENTED,
    filters=(keyword(branches.c.name_key, INFERRED),),
)
def get_branches(transaction: Transaction, page: PageRequest) -> Page:
    return _LISTING.fetch(transaction, page, domain=transaction.settings.domain)


@operation(
    "POST",
    "/branches",
    "createBranch",
    tag="Branch",
    summary="Create a branch",
    answer=one(Branch, OBSERVED),
    known=DOCUMENTED,
    conflicts=(BRANCH_NAME_TAKEN,),
    body=NewBranch,
    rules=(
        Rule("a name that another branch has answers 400; case does not count", OBSERVED),
        Rule("a portal that has as many branches as its branch limit answers 400", OBSERVED),
    ),
)
def create_branch(transaction: Transaction, body: NewBranch) -> orjson.Fragment:
    return _branch(transaction, rules.create_branch(transaction, body.set_fields()))


@operation(
    "GET",
    "/branches/{id}",
    "getBranch",
    tag="Branch",
    summary="Get a branch",
    answer=one(Branch, OBSERVED),
    known=DOCUMENTED,
)
def get_branch(transaction: Transaction, id: int) -> orjson.Fragment:
    return _branch(transaction, id)


@operation(
    "DELETE",
    "/branches/{id}",
    "deleteBranch",
    tag="Branch",
    summary="Delete a branch",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    rules=(Rule("its groups stay, and belong to no branch"),),
)
def delete_branch(transaction: Transaction, id: int) -> None:
    rules.delete_branch(transaction, transaction.find(BranchRow, id))


@operation(
    "PUT",
    "/branches/{id}/status",
    "updateBranchStatus",
    tag="Branch",
    summary="Change branch status",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    body=BranchStatus,
    rules=(Rule("a status that the branch has already leaves no event"),),
)
def update_branch_status(transaction: Transaction, id: int, body: BranchStatus) -> None:
    rules.set_active(transaction, transaction.find(BranchRow, id), body.is_active)


@operation(
    "GET",
    "/branches/{id}/users",
    "getBranchUsers",
    tag="Branch",
    summary="Get the users of a branch",
    answer=page_of(Member),
    known=OBSERVED_TOOL,
)
def get_branch_users(transaction: Transaction, id: int, page: PageRequest) -> Page:
    transaction.find(BranchRow, id)
    return _USERS.fetch(transaction, page, id=id)


@operation(
    "POST",
    "/branch-users",
    "createBranchUser",
    tag="Branch",
    summary="Add user to branch",
    answer=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    conflicts=(USER_IN_BRANCH, ARCHIVED_USER_TO_BRANCH),
    body=UserOfBranch,
    rules=(Rule("a user who is a member already answers 409", RECORDED),),
)
def create_branch_user(transaction: Transaction, body: UserOfBranch) -> None:
    rules.add_user(transaction, body.branch_id, body.user_id)


@operation(
    "DELETE",
    "/branch-users",
    "deleteBranchUser",
    tag="Branch",
    summary="Remove user from branch",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    conflicts=(USER_NOT_IN_BRANCH, USER_GONE),
    body=UserOfBranch,
    ids_in_query=True,
    rules=(Rule("a user who is no member answers 409", RECORDED),),
)
def delete_branch_user(transaction: Transaction, body: UserOfBranch) -> None:
    rules.remove_user(transaction, body.branch_id, body.user_id)


@operation(
    "POST",
    "/branch-courses",
    "createBranchCourse",
    tag="Branch",
    summary="Add course to branch",
    answer=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    conflicts=(COURSE_IN_BRANCH, ARCHIVED_COURSE_TO_BRANCH),
    body=CourseOfBranch,
    rules=(Rule("a course that the branch has already answers 409", RECORDED),),
)
def create_branch_course(transaction: Transaction, body: CourseOfBranch) -> None:
    rules.add_course(transaction, body.branch_id, body.course_id)


@operation(
    "DELETE",
    "/branch-courses",
    "deleteBranchCourse",
    tag="Branch",
    summary="Remove course from branch",
    answer=NO_CONTENT,
    known=DOCUMENTED,
    conflicts=(COURSE_NOT_IN_BRANCH, COURSE_GONE),
    body=CourseOfBranch,
    ids_in_query=True,
    rules=(Rule("a course that the branch does not have answers 409"),),
)
def delete_branch_course(transaction: Transaction, body: CourseOfBranch) -> None:
    rules.remove_course(transaction, body.branch_id, body.course_id)
