"""The operations of enrollments (operations.md, 26 and 27)."""

from typing import Literal

from talentlms_mock.api.fidelity import DOCUMENTED, OBSERVED, Rule
from talentlms_mock.api.operation import NO_CONTENT_INFERRED, one, operation
from talentlms_mock.api.values import Body, Id, Shape
from talentlms_mock.portal.contract.refusals import ALREADY_ENROLLED, NOT_ENROLLED
from talentlms_mock.portal.rules import enrollments as rules
from talentlms_mock.portal.store.transaction import Transaction


class CreatedEnrollment(Shape):
    role: Literal["learner"]


class Enrollment(Body):
    course_id: Id
    user_id: Id


@operation(
    "POST",
    "/enrollments",
    "createEnrollment",
    tag="Course",
    summary="Enroll user to course",
    answer=one(CreatedEnrollment, OBSERVED),
    known=DOCUMENTED,
    conflicts=(ALREADY_ENROLLED,),
    body=Enrollment,
)
def create_enrollment(transaction: Transaction, body: Enrollment) -> dict[str, str]:
    rules.enroll(transaction, body.user_id, body.course_id)
    return {"role": "learner"}


@operation(
    "DELETE",
    "/enrollments",
    "deleteEnrollment",
    tag="Course",
    summary="Delete a user from a course",
    answer=NO_CONTENT_INFERRED,
    known=DOCUMENTED,
    conflicts=(NOT_ENROLLED,),
    body=Enrollment,
    ids_in_query=True,
    rules=(
        Rule("the ids may stand in the query instead of the body"),
        Rule("a user who is not enrolled in the course answers 404"),
    ),
)
def delete_enrollment(transaction: Transaction, body: Enrollment) -> None:
    rules.remove_enrollment(transaction, body.user_id, body.course_id)
