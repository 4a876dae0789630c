"""The operations of enrollments (operations.md, 26 and 27)."""

from typing import Annotated, Literal

from pydantic import Field

from talentlms_mock.api.fidelity import DOCUMENTED, RECORDED, Rule
from talentlms_mock.api.operation import NO_CONTENT, one, operation
from talentlms_mock.api.values import Body, Id, Shape
from talentlms_mock.portal.contract.refusals import (
    ALREADY_ENROLLED,
    COURSE_ARCHIVED,
    NOT_ENROLLED,
    USER_ARCHIVED,
)
from talentlms_mock.portal.rules import enrollments as rules
from talentlms_mock.portal.store.transaction import Transaction


class CreatedEnrollment(Shape):
    """What a user is in a course from now on."""

    role: Annotated[Literal["learner"], Field(description="As what the user is in the course.")]


class EnrollmentInput(Body):
    """A user and a course."""

    course_id: Annotated[Id, Field(description="The course's id.")]
    user_id: Annotated[Id, Field(description="The user's id.")]


_ARCHIVED = Rule("a course or user that is archived answers 409")


@operation(
    "POST",
    "/enrollments",
    "createEnrollment",
    tag="Course",
    summary="Enroll user to course",
    response=one(CreatedEnrollment, RECORDED),
    known=DOCUMENTED,
    recorded=5,
    conflicts=(COURSE_ARCHIVED, USER_ARCHIVED, ALREADY_ENROLLED),
    body=EnrollmentInput,
    rules=(
        _ARCHIVED,
        Rule("a user who is enrolled already answers 409"),
        Rule("a user or course that is not active, and a course that is full, answers 400"),
    ),
)
def create_enrollment(transaction: Transaction, body: EnrollmentInput) -> dict[str, str]:
    """Enroll a user in a course as a learner or, where the user type says so, an instructor."""
    rules.enroll(transaction, body.user_id, body.course_id)
    return {"role": "learner"}


@operation(
    "DELETE",
    "/enrollments",
    "deleteEnrollment",
    tag="Course",
    summary="Delete a user from a course",
    response=NO_CONTENT,
    known=DOCUMENTED,
    recorded=5,
    conflicts=(COURSE_ARCHIVED, USER_ARCHIVED, NOT_ENROLLED),
    body=EnrollmentInput,
    ids_in_query=True,
    rules=(
        _ARCHIVED,
        Rule("the ids may stand in the query instead of the body"),
        Rule("a user who is not enrolled in the course answers 409"),
    ),
)
def delete_enrollment(transaction: Transaction, body: EnrollmentInput) -> None:
    """Remove a user from a course, with the progress in it."""
    rules.remove_enrollment(transaction, body.user_id, body.course_id)
