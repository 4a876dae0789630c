"""What completes a course, what it demands first, and its way into the archive and back."""

import pytest

from talentlms_mock import Conflict, InvalidValue, Learner, NotFound, Portal, RuleBroken, Unit
from tests.conftest import NOW

LATER = "2025-05-07T10:30:00+00:00"


@pytest.fixture
def ada(empty: Portal) -> Learner:
    return empty.learner(empty.add_user("ada"))


def status(portal: Portal) -> tuple[str, int, float | None]:
    """Return how far Ada is in the only course: status, percentage and score."""
    seat = portal.enrollments.first()
    return seat.completion_status, seat.completion_percentage, seat.score


def told(portal: Portal, event_type: str) -> int:
    return len(portal.events.filter(event_type=event_type))


def test_units_that_are_not_required_need_not_be_completed(empty: Portal, ada: Learner) -> None:
    units: list[str | Unit] = ["Reading", Unit("Film", "video", is_required=False), "Summary"]
    course = empty.add_course("Algebra", units=units, users=["ada"])
    ada.complete_unit("Film")
    ada.complete_unit("Reading")
    assert status(empty) == ("incomplete", 67, None)
    ada.complete_unit("Summary")
    assert status(empty) == ("completed", 100, None)
    empty.add_user("bob", courses=[course])
    empty.learner("bob").complete(course)
    done = empty.enrollments.get(user="bob").progress
    assert [each.completion_status for each in done] == ["completed"] * 3


def test_a_percentage_of_the_units_completes_a_course(empty: Portal, ada: Learner) -> None:
    course = empty.add_course("Algebra", units=list("ABCDE"), users=["ada"], unit_percentage=50)
    ada.complete_unit("E")
    ada.complete_unit("A")
    assert status(empty) == ("incomplete", 40, None)
    ada.complete_unit("C")
    assert status(empty) == ("completed", 100, None)
    empty.add_user("bob", courses=[course])
    empty.learner("bob").complete(course)
    done = empty.enrollments.get(user="bob").progress
    assert [each.unit_id for each in done] == [1, 2, 3]


def test_both_rules_must_hold(empty: Portal, ada: Learner) -> None:
    units: list[str | Unit] = [Unit("A", is_required=False), Unit("B", is_required=False), "C"]
    empty.add_course("Algebra", units=units, users=["ada"], unit_percentage=60)
    ada.complete_unit("C")
    assert status(empty)[0] == "incomplete"
    ada.complete_unit("A")
    assert status(empty)[0] == "completed"


def test_a_course_is_scored_by_the_units_that_count(empty: Portal, ada: Learner) -> None:
    units: list[str | Unit] = [
        Unit.test("Quiz"),
        Unit("Essay", "assignment", counts_for_score=False),
    ]
    empty.add_course("Algebra", units=units, users=["ada"])
    ada.complete_unit("Essay", score=10)
    assert status(empty) == ("incomplete", 50, None)
    ada.complete_unit("Quiz", score=80)
    assert status(empty) == ("completed", 100, 80)


def test_a_course_stays_closed_until_its_prerequisites_are_completed(
    empty: Portal, ada: Learner
) -> None:
    first = empty.add_course("Sums", units=["Reading"])
    course = empty.add_course("Algebra", units=["Summary"], prerequisites=["Sums"], users=["ada"])
    assert list(course.prerequisites) == [first]
    empty.enroll("ada", first)
    with pytest.raises(RuleBroken, match="has not completed the prerequisites of this course"):
        ada.open("Algebra")
    with empty.httpx_client() as client:
        assert client.get("/courses/2/users/1/goto").status_code == 400
        ada.complete("Sums")
        assert client.get("/courses/2/users/1/goto").status_code == 200
    ada.complete("Algebra")
    assert empty.enrollments.get(course="Algebra").completion_status == "completed"


def test_what_is_demanded_first_must_exist(empty: Portal) -> None:
    empty.add_course("Sums")
    with pytest.raises(NotFound, match=r"Course not found \(did you mean 'Sums'\?\)") as found:
        empty.add_course("Algebra", prerequisites=["Sums", "Summs"])
    assert found.value.at == "prerequisites[1]"
    assert [course.name for course in empty.courses] == ["Sums"]


def test_an_end_and_a_time_limit_exclude_each_other(empty: Portal) -> None:
    problem = "time_limit cannot be set if expires_at is set"
    with pytest.raises(InvalidValue, match=problem) as found:
        empty.add_course("Algebra", time_limit=5, expires_at=LATER)
    assert found.value.at == "time_limit"


def test_archiving_and_restoring_a_course(empty: Portal, ada: Learner) -> None:
    course = empty.add_course("Algebra", code="ALG", units=["Reading"], users=["ada"])
    ada.complete(course)
    archived = empty.archive_course("alg")
    assert (archived.kind, archived.id, archived.name) == ("course", 1, "Algebra")
    assert str(archived.archived_at.isoformat()) == NOW
    assert (list(empty.courses), list(empty.enrollments), list(empty.units)) == ([], [], [])
    assert told(empty, "course_delete_course") == 1
    assert empty.restore_course("ALG") == course
    assert status(empty) == ("completed", 100, None)
    assert told(empty, "course_undelete_course") == 1
    assert list(empty.archived) == []


@pytest.mark.parametrize("which", [1, "Algebra", "alg"])
def test_an_archived_course_is_named_as_before(which: int | str, empty: Portal) -> None:
    empty.add_course("Algebra", code="ALG")
    empty.archive_course(which)
    assert empty.restore_course(which).name == "Algebra"


def test_of_archived_courses_one_name_may_be_several(empty: Portal) -> None:
    for _ in range(2):
        empty.archive_course(empty.add_course("Algebra"))
    with pytest.raises(InvalidValue, match="names more than one archived course; give one of the"):
        empty.restore_course("Algebra")
    assert empty.restore_course(empty.archived[1]).id == 2


def test_what_is_archived_or_not_stays_so(empty: Portal) -> None:
    empty.add_course("Algebra")
    with pytest.raises(Conflict, match="Course is not archived"):
        empty.restore_course("Algebra")
    with pytest.raises(NotFound, match="Course not found"):
        empty.restore_course(9)
    empty.archive_course(1)
    with pytest.raises(Conflict, match="Course is archived or not available"):
        empty.archive_course(1)


def test_a_code_taken_by_now_keeps_a_course_in_the_archive(empty: Portal) -> None:
    empty.add_course("Algebra", code="ALG")
    empty.archive_course("ALG")
    empty.add_course("Another", code="alg")
    with pytest.raises(RuleBroken, match="A course with the same code already exists"):
        empty.restore_course("Algebra")
    assert len(empty.archived) == 1


def test_a_restored_course_opens_what_was_completed_without_it(empty: Portal, ada: Learner) -> None:
    courses = [empty.add_course(name, units=[f"On {name}"]) for name in ("Sums", "Algebra")]
    empty.add_user("bob")
    empty.add_learning_path("Basics", courses=courses, users=["ada", "bob"])
    for course in courses:
        empty.learner("bob").complete(course)
    ada.complete("Sums")
    completed = {path.user_id: path.completed_on for path in empty.learning_path_enrollments}
    assert [completed[1] is None, completed[2] is None] == [True, False]

    empty.clock.advance(hours=1)
    empty.archive_course("Algebra")
    assert all(path.completed_on for path in empty.learning_path_enrollments)
    empty.restore_course("Algebra")

    again = {path.user_id: path.completed_on for path in empty.learning_path_enrollments}
    assert again == completed


def test_prerequisites_are_archived_with_a_course(empty: Portal, ada: Learner) -> None:
    empty.add_course("Sums", units=["Reading"])
    course = empty.add_course("Algebra", prerequisites=["Sums"], users=["ada"])
    empty.archive_course("Sums")
    assert list(course.prerequisites) == []
    ada.open("Algebra")
    empty.restore_course("Sums")
    assert [each.name for each in course.prerequisites] == ["Sums"]
