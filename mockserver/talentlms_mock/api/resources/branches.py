"""The operations of branches (operations.md, 45-54)."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

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
from talentlms_mock.api.rows import Expression, Json, Query, json_boolean, json_object, one_row
from talentlms_mock.api.values import Body, Id, Shape, Text
from talentlms_mock.errors import Refusal
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
    attribute,
)
from talentlms_mock.portal.rules import branches as rules
from talentlms_mock.portal.store.models import branch_users, branches, groups, user_types
from talentlms_mock.portal.store.row_types import BranchRow
from talentlms_mock.portal.store.transaction import Transaction


class Theme(Shape):
    """What a branch looks like."""

    id: Annotated[str, Field(description="The theme's id.")]
    active: Annotated[bool, Field(description="Whether it is the one in use.")]
    default: Annotated[bool, Field(description="Whether it is one of the vendor's own.")]
    name: Annotated[
        str | None,
        Field(description="The name of a theme of the portal's own; null of a built-in one."),
    ]
    primary_color: Annotated[
        str | None, Field(description="Its main color, like #1b4965; null of a built-in one.")
    ]


class Subscription(Shape):
    """What access to all courses of a branch costs."""

    enabled: Annotated[bool, Field(description="Whether users can subscribe.")]
    fee: Annotated[
        float | None, Field(description="The price for each interval; null where unset.")
    ]
    interval: Annotated[str, Field(description="How often the fee is due, like monthly.")]
    is_first_month_free: Annotated[bool, Field(description="Whether the first month is free.")]
    active_subscriptions: Annotated[
        int | None, Field(description="How many users subscribe; null where unset.")
    ]


class Ecommerce(Shape):
    """How a branch sells its courses."""

    processor: Annotated[
        str | None, Field(description="What takes the payments; null where nothing does.")
    ]
    currency: Annotated[str, Field(description="The currency of its prices, like USD.")]
    paypal_email_address: Annotated[
        str | None,
        Field(description="The email address of its account with PayPal; null where it has none."),
    ]
    subscription: Annotated[Subscription, Field(description="Access to all courses.")]
    are_credits_enabled: Annotated[bool, Field(description="Whether users can pay by credits.")]


BranchId = Annotated[int, Field(description="The branch's id.")]
Name = Annotated[str, Field(description="The name of the branch.")]
Url = Annotated[str, Field(description="Its host name.")]
Description = Annotated[str | None, Field(description="The description; null where there is none.")]
Active = Annotated[bool, Field(description="Whether it is switched on.")]
MainDomain = Annotated[
    bool, Field(description="Whether its users are kept from the portal's main domain.")
]
DefaultType = Annotated[
    Reference | None,
    Field(description="The user type of those who sign up; null is the portal's default."),
]
DefaultGroup = Annotated[
    Reference | None, Field(description="The group that those who sign up join; null is none.")
]
Domains = Annotated[
    str | None, Field(description="The email domains of those who may sign up; null is any.")
]
UserLimit = Annotated[
    int | None, Field(description="How many users may sign up; null is any number.")
]
Locale = Annotated[str, Field(description="The language and country of those who sign up.")]
Timezone = Annotated[str, Field(description="The time zone of those who sign up.")]
Signup = Annotated[str, Field(description="How users sign up.")]
Verification = Annotated[
    str | None, Field(description="How those who sign up are verified; null is not at all.")
]
Selling = Annotated[Ecommerce, Field(description="How it sells its courses.")]
Internal = Annotated[
    str | None, Field(description="What users who are signed in see; null where there is none.")
]
External = Annotated[
    str | None,
    Field(description="What visitors who are not signed in see; null where there is none."),
]


class ListedBranch(Shape):
    """A branch in a list."""

    id: BranchId
    name: Name
    url: Url
    description: Description
    active: Active


class CreatedBranch(Shape):
    """A branch that has just been created."""

    id: BranchId
    name: Name
    description: Description
    active: Active
    disallow_access_to_main_domain: MainDomain
    default_user_type: DefaultType
    default_group: DefaultGroup
    restrict_user_registration_domains: Domains
    restrict_total_registered_users: UserLimit
    default_locale: Locale
    default_timezone: Timezone
    signup: Signup
    user_verification: Verification
    ecommerce: Selling
    announcement_internal: Internal
    announcement_external: External
    owner_id: Annotated[
        int | None, Field(description="The id of the user that owns it; null where nobody does.")
    ]


class Branch(Shape):
    """A branch."""

    id: BranchId
    name: Name
    url: Url
    title: Annotated[str | None, Field(description="The title of its pages; null where unset.")]
    description: Description
    theme: Annotated[Theme, Field(description="What the pages of the branch look like.")]
    logo: Annotated[str | None, Field(description="The address of its logo; null is the portal's.")]
    favicon: Annotated[
        str | None, Field(description="The address of its icon; null is the portal's.")
    ]
    active: Active
    default_locale: Locale
    default_timezone: Timezone
    announcement_internal: Internal
    announcement_external: External
    default_user_type: DefaultType
    default_group: DefaultGroup
    signup: Signup
    user_verification: Verification
    restrict_user_registration_domains: Domains
    restrict_total_registered_users: UserLimit
    disallow_access_to_main_domain: MainDomain
    terms_of_service: Annotated[
        str | None,
        Field(
            description="What users agree to before they sign in, in HTML; null where there is "
            "none."
        ),
    ]
    badge_set: Annotated[Reference, Field(description="Which badges its users can unlock.")]
    ecommerce: Selling


class BranchInput(Body):
    """A branch to create."""

    subject = "Branch"

    name: Annotated[Text, Field(description="The name, which no other branch has.")]
    description: Annotated[str, Field(description="The description; it may be empty.")]
    default_locale: Annotated[Text, Field(description="The locale of those who sign up.")]


class BranchStatus(Body):
    """Whether a branch is switched on."""

    refusals: ClassVar[Mapping[str, Refusal]] = {
        "is_active": attribute("is_active", "must be boolean")
    }

    is_active: Annotated[bool, Field(description="Whether the branch is switched on.")]


class UserOfBranch(Body):
    """A user and a branch."""

    branch_id: Annotated[Id, Field(description="The branch's id.")]
    user_id: Annotated[Id, Field(description="The user's id.")]


class CourseOfBranch(Body):
    """A course and a branch."""

    branch_id: Annotated[Id, Field(description="The branch's id.")]
    course_id: Annotated[Id, Field(description="The course's id.")]


_FROM = branches.outerjoin(
    user_types, user_types.c.id == branches.c.default_user_type_id
).outerjoin(groups, groups.c.id == branches.c.default_group_id)
_URL = (
    func.host_label(branches.c.name, branches.c.id)
    .concat(literal_column("'-'"))
    .concat(bindparam("domain"))
    .concat(literal_column(f"'{VENDOR_SUFFIX}'"))
)
_FIELDS: dict[str, Expression] = {
    **{column.name: column for column in branches.c},
    "url": _URL,
    "active": json_boolean(branches.c.active),
    "default_user_type": reference(user_types.c.id, user_types.c.name),
    "default_group": reference(groups.c.id, groups.c.name),
    "disallow_access_to_main_domain": json_boolean(branches.c.disallow_access_to_main_domain),
    "theme": func.json(branches.c.theme),
    "badge_set": func.json(branches.c.badge_set),
    "ecommerce": func.json(branches.c.ecommerce),
}


def _json_of(shape: type[Shape]) -> Json:
    """Return the expression of a branch as `shape` has it."""
    return json_object(**{name: _FIELDS[name] for name in shape.model_fields})


def _query(shape: type[Shape]) -> Query[str]:
    return Query(select(_json_of(shape)).select_from(_FROM).where(branches.c.id == bindparam("id")))


_CREATED = _query(CreatedBranch)
_BRANCH = _query(Branch)
_LISTING = Listing(select(_json_of(ListedBranch)), branches, branches.c.id)
_USERS = members(branch_users, branch_users.c.branch_id)


@operation(
    "GET",
    "/branches",
    "getBranches",
    tag="Branch",
    summary="List all branches",
    recorded=1,
    response=page_of(ListedBranch, RECORDED),
    known=DOCUMENTED,
    filters=(keyword(branches.c.name_key, INFERRED),),
)
def get_branches(transaction: Transaction, page: PageRequest) -> Page:
    """List the branches of the portal by their ids, a page at a time."""
    return _LISTING.fetch(transaction, page, domain=transaction.settings.domain)


@operation(
    "POST",
    "/branches",
    "createBranch",
    tag="Branch",
    summary="Create a branch",
    response=one(CreatedBranch, RECORDED),
    known=DOCUMENTED,
    recorded=4,
    conflicts=(BRANCH_NAME_TAKEN,),
    body=BranchInput,
    rules=(
        Rule("a name that another branch has answers 400; case does not count", OBSERVED),
        Rule("a portal that has as many branches as its branch limit answers 400", OBSERVED),
        Rule("the first user of the type SuperAdmin owns it"),
    ),
)
def create_branch(transaction: Transaction, body: BranchInput) -> orjson.Fragment:
    """Create a branch, which is switched on and has no users or courses."""
    return one_row(
        transaction, _CREATED, rules.create_branch(transaction, body.set_fields()), "branch"
    )


@operation(
    "GET",
    "/branches/{id}",
    "getBranch",
    tag="Branch",
    summary="Get a branch",
    response=one(Branch, RECORDED),
    known=DOCUMENTED,
    recorded=3,
)
def get_branch(transaction: Transaction, id: int) -> orjson.Fragment:
    """Read one branch with all its settings."""
    return one_row(transaction, _BRANCH, id, "branch", domain=transaction.settings.domain)


@operation(
    "DELETE",
    "/branches/{id}",
    "deleteBranch",
    tag="Branch",
    summary="Delete a branch",
    response=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    recorded=3,
    rules=(
        Rule("its groups stay, and belong to no branch"),
        Rule("one that was deleted already answers 404", RECORDED),
    ),
)
def delete_branch(transaction: Transaction, id: int) -> None:
    """Delete a branch. Its users and courses stay in the portal."""
    rules.delete_branch(transaction, transaction.find(BranchRow, id))


@operation(
    "PUT",
    "/branches/{id}/status",
    "updateBranchStatus",
    tag="Branch",
    summary="Change branch status",
    response=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    recorded=5,
    body=BranchStatus,
    rules=(Rule("a status that the branch has already leaves no event"),),
)
def update_branch_status(transaction: Transaction, id: int, body: BranchStatus) -> None:
    """Switch a branch on or off."""
    rules.set_active(transaction, transaction.find(BranchRow, id), body.is_active)


@operation(
    "GET",
    "/branches/{id}/users",
    "getBranchUsers",
    tag="Branch",
    summary="Get the users of a branch",
    response=page_of(Member),
    known=OBSERVED_TOOL,
)
def get_branch_users(transaction: Transaction, id: int, page: PageRequest) -> Page:
    """List the users of a branch, a page at a time."""
    transaction.find(BranchRow, id)
    return _USERS.fetch(transaction, page, id=id)


@operation(
    "POST",
    "/branch-users",
    "createBranchUser",
    tag="Branch",
    summary="Add user to branch",
    response=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    recorded=7,
    conflicts=(USER_IN_BRANCH, ARCHIVED_USER_TO_BRANCH),
    body=UserOfBranch,
    rules=(Rule("a user who is a member already, or archived, answers 409", RECORDED),),
)
def create_branch_user(transaction: Transaction, body: UserOfBranch) -> None:
    """Add a user to a branch."""
    rules.add_user(transaction, body.branch_id, body.user_id)


@operation(
    "DELETE",
    "/branch-users",
    "deleteBranchUser",
    tag="Branch",
    summary="Remove user from branch",
    response=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    recorded=6,
    conflicts=(USER_NOT_IN_BRANCH, USER_GONE),
    body=UserOfBranch,
    ids_in_query=True,
    rules=(Rule("a user who is no member, or archived, answers 409", RECORDED),),
)
def delete_branch_user(transaction: Transaction, body: UserOfBranch) -> None:
    """Remove a user from a branch; the user stays in the portal."""
    rules.remove_user(transaction, body.branch_id, body.user_id)


@operation(
    "POST",
    "/branch-courses",
    "createBranchCourse",
    tag="Branch",
    summary="Add course to branch",
    response=NO_CONTENT_RECORDED,
    known=DOCUMENTED,
    recorded=2,
    conflicts=(COURSE_IN_BRANCH, ARCHIVED_COURSE_TO_BRANCH),
    body=CourseOfBranch,
    rules=(Rule("a course that the branch has already answers 409", RECORDED),),
)
def create_branch_course(transaction: Transaction, body: CourseOfBranch) -> None:
    """Add a course to a branch."""
    rules.add_course(transaction, body.branch_id, body.course_id)


@operation(
    "DELETE",
    "/branch-courses",
    "deleteBranchCourse",
    tag="Branch",
    summary="Remove course from branch",
    response=NO_CONTENT,
    known=DOCUMENTED,
    conflicts=(COURSE_NOT_IN_BRANCH, COURSE_GONE),
    body=CourseOfBranch,
    ids_in_query=True,
    rules=(Rule("a course that the branch does not have answers 409"),),
)
def delete_branch_course(transaction: Transaction, body: CourseOfBranch) -> None:
    """Remove a course from a branch; the course stays in the portal."""
    rules.remove_course(transaction, body.branch_id, body.course_id)
