"""The pages of courses and units, and what a learner does there by clicking."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from talentlms_mock import Portal, Question, Session, Unit
from tests.pages.reading import api, links, press, said, sign_in

APPLICATION = "https://app.example.com/done?course=1"
READING = ["Here would be something to read.", "I have read it"]


def _encoded(address: str) -> str:
    return b64encode(address.encode()).decode()


def _goto(browser: httpx.Client, acme: Portal, course_id: int = 1, /, **query: str) -> str:
    path = f"/courses/{course_id}/users/1/goto?{urlencode(query)}"
    return str(api(browser, acme, "GET", path)["goto_url"])


def _make(acme: Portal, unit: Unit, **values: Any) -> int:
    """Add a course of one unit that Ada is in, and return the unit's id."""
    course = acme.add_course("Course", units=[unit], **values)
    acme.enroll(1, course)
    return course.units[0].id


def _open(browser: httpx.Client, unit_id: int) -> httpx.Response:
    """Open a unit by its button, and return the page that it is led to."""
    address = f"/unit/view/id:{unit_id}"
    response = press(browser, browser.get(address), "Start")
    assert (response.status_code, response.headers["location"]) == (303, address)
    return browser.get(address)


def _progress(acme: Portal, unit_id: int) -> tuple[str, float | None]:
    course_id = acme.units.get(unit_id).course_id
    enrollment = acme.enrollments.get(user_id=1, course_id=course_id)
    (progress,) = (each for each in enrollment.progress if each.unit_id == unit_id)
    return progress.completion_status, progress.score


def test_an_address_of_the_api_opens_the_course_once(acme: Portal, browser: httpx.Client) -> None:
    address = _goto(browser, acme)
    assert not acme.users.get(1).is_online

    response = browser.get(address)

    assert (response.status_code, response.headers["location"]) == (303, "/learner/courseinfo/id:1")
    assert said(browser.get("/learner/courseinfo/id:1")) == [
        *("Courses", "Safety", "Not begun", "0%"),
        *("Reading", "content", "Not begun", "More", "content", "Not begun"),
    ]
    assert acme.users.get(1).is_online
    assert browser.get(address).status_code == 410


def test_the_address_of_one_course_opens_no_other(acme: Portal, browser: httpx.Client) -> None:
    acme.add_course("Secret")
    address = _goto(browser, acme)

    response = browser.get(address.replace("course_id:1", "course_id:2"))

    assert (response.status_code, said(response)[1]) == (
        409,
        "The user is not enrolled in this course",
    )
    assert browser.get(address).status_code == 303  # it is not used up


def test_whoever_is_not_enrolled_any_more_opens_nothing(
    acme: Portal, browser: httpx.Client
) -> None:
    address = _goto(browser, acme)
    api(browser, acme, "DELETE", "/enrollments", {"user_id": 1, "course_id": 1})

    assert browser.get(address).status_code == 409
    assert not acme.users.get(1).is_online


def test_units_are_done_by_clicking(acme: Portal, browser: httpx.Client) -> None:
    sign_in(browser, acme)
    assert said(browser.get("/unit/view/id:1")) == [
        *("Safety", "Reading", "Not begun", "content"),
        *("Nothing is counted before you start.", "Start"),
    ]
    assert acme.enrollments.get(1).completion_status == "not_attempted"  # looking changes nothing

    page = _open(browser, 1)
    assert said(page) == ["Safety", "Reading", "Begun", "content", *READING]
    assert acme.enrollments.get(1).completion_status == "incomplete"
    acme.clock.advance(minutes=5)
    response = press(browser, page, "I have read it")

    assert (response.status_code, response.headers["location"]) == (303, "/learner/courseinfo/id:1")
    assert said(browser.get("/learner/courseinfo/id:1")) == [
        *("Courses", "Safety", "Begun", "50%"),
        *("Reading", "content", "Completed", "More", "content", "Not begun"),
    ]
    (progress,) = acme.enrollments.get(1).progress
    assert (progress.completion_status, progress.total_time) == ("completed", 300)
    assert said(browser.get("/unit/view/id:1"))[-2:] == [
        "This unit is completed.",
        "Back to the course",
    ]


def test_the_last_unit_completes_the_course(acme: Portal, browser: httpx.Client) -> None:
    sign_in(browser, acme)
    acme.learner(1).complete_unit("Reading")

    press(browser, _open(browser, 2), "I have read it")

    page = browser.get("/learner/courseinfo/id:1")
    assert said(page) == [
        *("Courses", "Safety", "Completed", "100%", "Certificate"),
        *("Reading", "content", "Completed", "More", "content", "Completed"),
    ]
    assert links(page)["Certificate"] == "/certificates/view/1"
    assert [event.event_type for event in acme.events][-2:] == [
        "course_completion",
        "certification_issue_certification",
    ]
    assert [exchange.path for exchange in acme.requests] == ["/api/v2/users/1/login"]


def test_a_completed_course_leads_to_the_application_once(
    acme: Portal, browser: httpx.Client
) -> None:
    browser.get(_goto(browser, acme, course_completed_redirect=_encoded(APPLICATION)))
    response = press(browser, _open(browser, 1), "I have read it")
    assert response.headers["location"] == "/learner/courseinfo/id:1"

    response = press(browser, _open(browser, 2), "I have read it")

    assert (response.status_code, response.headers["location"]) == (303, APPLICATION)
    assert browser.get("/learner/courseinfo/id:1").status_code == 200


def test_addresses_of_several_courses_are_kept_apart(acme: Portal, browser: httpx.Client) -> None:
    other = acme.add_course("Other", units=["Only"])
    acme.enroll(1, other)
    away = {"logout_redirect": _encoded("https://app.example.com/bye")}
    first = _goto(browser, acme, course_completed_redirect=_encoded(APPLICATION), **away)
    second = _goto(browser, acme, other.id, course_completed_redirect=_encoded("example.com/other"))
    browser.get(first)
    browser.get(second)

    press(browser, _open(browser, 1), "I have read it")
    response = press(browser, _open(browser, 2), "I have read it")
    assert response.headers["location"] == APPLICATION
    response = press(browser, _open(browser, 3), "I have read it")
    assert response.headers["location"] == "https://example.com/other"

    response = press(browser, browser.get("/index"), "Sign out")
    assert response.headers["location"] == "https://app.example.com/bye"


def test_the_addresses_of_one_user_are_not_followed_by_another(
    acme: Portal, browser: httpx.Client
) -> None:
    acme.add_user("bob", courses=["Safety"])
    away = {"logout_redirect": _encoded("https://app.example.com/bye")}
    browser.get(_goto(browser, acme, course_completed_redirect=_encoded(APPLICATION), **away))
    sign_in(browser, acme, "bob")
    acme.learner("bob").complete_unit("Reading")

    response = press(browser, _open(browser, 2), "I have read it")
    assert response.headers["location"] == "/learner/courseinfo/id:1"
    response = press(browser, browser.get("/index"), "Sign out")
    assert response.headers["location"] == "https://acme.talentlms.com"


def test_the_address_after_the_course_waits_for_signing_out_by_an_address(
    acme: Portal, browser: httpx.Client
) -> None:
    browser.get(_goto(browser, acme, logout_redirect=_encoded("app.example.com/bye")))
    address = api(browser, acme, "GET", "/users/1/login")[0]["url"]
    browser.get(address)  # it stays with the browser

    response = press(browser, browser.get("/index"), "Sign out")

    assert response.headers["location"] == "https://app.example.com/bye"


SIGNS = Question("Signs?", answers=("Smoke", "Heat", "Music"), correct=("Smoke", "Heat"))
HOT = Question("Is it hot?", correct=("Yes",))
CALL = Question("Whom to call?", type="freetext", answers=("112",), correct=("112",))
WHY = Question("Why?", type="freetext", answers=())


def _ids(acme: Portal, unit_id: int) -> list[str]:
    return [f"question-{question.id}" for question in acme.units.get(unit_id).questions]


def test_a_test_is_answered(acme: Portal, browser: httpx.Client) -> None:
    unit = _make(acme, Unit.test("Quiz", [SIGNS, HOT, CALL], pass_score=60))
    sign_in(browser, acme)
    page = _open(browser, unit)
    assert said(page) == [
        *("Course", "Quiz", "Begun", "test", "60% passes"),
        *("Signs?", "Smoke", "Heat", "Music", "Is it hot?", "Yes", "No", "Whom to call?"),
        "Hand in",
    ]
    assert page.text.count('type="checkbox"') == 3
    assert page.text.count('type="radio"') == 2
    signs, hot, call = _ids(acme, unit)

    answers: dict[str, str | list[str]] = {signs: ["Smoke", "Heat"], hot: "Yes", call: " "}
    response = press(browser, page, "Hand in", **answers)
    assert response.headers["location"] == f"/unit/view/id:{unit}"
    assert _progress(acme, unit) == ("incomplete", None)
    page = browser.get(f"/unit/view/id:{unit}")
    assert page.text.count(" checked>") == 3

    press(browser, page, "Hand in", **answers | {call: "911"})

    assert _progress(acme, unit) == ("completed", 66.67)
    assert said(browser.get(f"/unit/view/id:{unit}")) == [
        *("Course", "Quiz", "Completed", "test", "Score 66.67%", "60% passes"),
        *("This unit is completed.", "Back to the course"),
    ]


def test_a_failed_test_is_tried_again_as_often_as_it_may(
    acme: Portal, browser: httpx.Client
) -> None:
    unit = _make(acme, Unit.test("Quiz", [HOT], max_attempts=2))
    (hot,) = _ids(acme, unit)
    sign_in(browser, acme)
    press(browser, _open(browser, unit), "Hand in", **{hot: "No"})
    page = browser.get(f"/unit/view/id:{unit}")
    assert said(page) == [
        *("Course", "Quiz", "Failed", "test", "Score 0%", "50% passes"),
        "This attempt was not enough. Answer once more to try again.",
        *("Is it hot?", "Yes", "No", "Hand in"),
    ]
    assert " checked" not in page.text

    press(browser, page, "Hand in", **{hot: "No"})

    assert (
        said(browser.get(f"/unit/view/id:{unit}"))[-1]
        == "The requested user has no attempt at this test left"
    )
    refused = press(browser, page, "Hand in", **{hot: "Yes"})
    assert (refused.status_code, said(refused)[0]) == (
        400,
        "The requested user has no attempt at this test left",
    )
    assert _progress(acme, unit) == ("failed", 0)


def test_a_failed_test_fails_the_course(acme: Portal, browser: httpx.Client) -> None:
    unit = _make(acme, Unit.test("Quiz", [HOT]), fails_with_test=True)
    sign_in(browser, acme)

    press(browser, _open(browser, unit), "Hand in", **{_ids(acme, unit)[0]: "No"})

    page = browser.get("/learner/courseinfo/id:2")
    assert said(page)[:3] == ["Courses", "Course", "Failed"]
    assert "The requested user has failed this course" in said(page)


def test_a_free_text_waits_for_an_instructor(acme: Portal, browser: httpx.Client) -> None:
    unit = _make(acme, Unit.test("Quiz", [WHY]))
    sign_in(browser, acme)

    press(browser, _open(browser, unit), "Hand in", **{_ids(acme, unit)[0]: "Because"})

    assert said(browser.get(f"/unit/view/id:{unit}")) == [
        *("Course", "Quiz", "Waits for its grade", "test", "50% passes"),
        *("An instructor grades this:", "portal.learner(…).grade_test(…)", ", or the control API."),
    ]
    acme.learner(1).grade_test(unit, {"Why?": 80}, "Well done")
    assert said(browser.get(f"/unit/view/id:{unit}"))[4:7] == [
        "Score 80%",
        "50% passes",
        "The instructor says: Well done",
    ]


def test_a_survey_is_answered(acme: Portal, browser: httpx.Client) -> None:
    unit = _make(acme, Unit.survey("Feedback", [Question("Clear?"), WHY]))
    clear, why = _ids(acme, unit)
    sign_in(browser, acme)

    press(browser, _open(browser, unit), "Hand in", **{clear: "No", why: "So"})

    assert _progress(acme, unit) == ("completed", None)


def test_an_answer_that_is_not_offered_is_refused(acme: Portal, browser: httpx.Client) -> None:
    unit = _make(acme, Unit.test("Quiz", [HOT]))
    sign_in(browser, acme)

    response = press(browser, _open(browser, unit), "Hand in", **{_ids(acme, unit)[0]: "Maybe"})

    assert response.status_code == 400
    assert said(response)[0] == "'Is it hot?' has no answer 'Maybe' (there are Yes, No)"


def test_an_assignment_is_handed_in_and_waits(acme: Portal, browser: httpx.Client) -> None:
    unit = _make(acme, Unit("Essay", type="assignment"))
    sign_in(browser, acme)

    response = press(browser, _open(browser, unit), "Hand in", text="My <b>work</b>")

    assert response.headers["location"] == f"/unit/view/id:{unit}"
    (progress,) = acme.enrollments.get(user_id=1, course_id=2).progress
    assert progress.submission_text == "My <b>work</b>"
    assert said(browser.get(f"/unit/view/id:{unit}"))[4:6] == [
        "An instructor grades this:",
        "portal.learner(…).grade_assignment(…)",
    ]


@pytest.mark.parametrize(
    ("button", "location", "outcome"),
    [
        ("Pass it", "/learner/courseinfo/id:2", ("completed", 100)),
        ("Fail it", "/unit/view/id:3", ("failed", 0)),
    ],
)
def test_a_package_is_passed_or_failed(
    button: str, location: str, outcome: tuple[str, float], acme: Portal, browser: httpx.Client
) -> None:
    unit = _make(acme, Unit("Package", type="scorm"))
    sign_in(browser, acme)

    response = press(browser, _open(browser, unit), button)

    assert response.headers["location"] == location
    assert _progress(acme, unit) == outcome


def test_a_video_is_watched(acme: Portal, browser: httpx.Client) -> None:
    unit = _make(acme, Unit("Film", type="video"))
    sign_in(browser, acme)

    press(browser, _open(browser, unit), "I have watched it")

    assert _progress(acme, unit) == ("completed", None)


MORNING = Session("Morning", "2025-05-07T08:00:00Z", location="Room 7")
EVENING = Session("Evening", "2025-05-07T18:00:00Z")


def test_a_session_is_booked_and_attended(acme: Portal, browser: httpx.Client) -> None:
    unit = _make(acme, Unit.ilt("Class", [MORNING, EVENING]))
    sign_in(browser, acme)
    page = _open(browser, unit)
    assert said(page)[4:] == [
        *("Morning", "07/05/2025, 08:00, Room 7", "Attend"),
        *("Evening", "07/05/2025, 18:00", "Book"),
    ]

    response = press(browser, page, "Book")
    assert response.headers["location"] == f"/unit/view/id:{unit}"
    page = browser.get(f"/unit/view/id:{unit}")
    assert said(page)[7:] == [
        *("Evening", "07/05/2025, 18:00", "Booked"),
        "It has not begun by the clock of the portal.",
    ]

    acme.clock.advance(hours=9)
    response = press(browser, page, "Attend")

    assert response.headers["location"] == "/learner/courseinfo/id:2"
    assert _progress(acme, unit) == ("completed", 100)
    assert acme.enrollments.get(user_id=1, course_id=2).total_time == 3600


def test_a_unit_without_sessions_is_attended(acme: Portal, browser: httpx.Client) -> None:
    unit = _make(acme, Unit.ilt("Class"))
    sign_in(browser, acme)

    press(browser, _open(browser, unit), "Attend")

    assert _progress(acme, unit) == ("completed", 100)


@pytest.mark.parametrize(
    ("unit", "sent", "text"),
    [
        (Unit.test("Quiz", [HOT]), {"do": "complete"}, "A learner cannot do this in this unit."),
        (Unit("Essay", type="assignment"), {"do": "complete"}, None),
        (Unit.ilt("Class", [MORNING]), {"do": "complete"}, None),
        (Unit("Read"), {"do": "fail"}, None),
        (Unit("Read"), {}, None),
        (Unit.ilt("Class", [MORNING]), {"do": "attend"}, "Choose one of the sessions."),
        (Unit.ilt("Class", [MORNING]), {"do": "book", "session": "-1"}, None),
        (Unit.ilt("Class", [MORNING]), {"do": "book", "session": "99"}, "Session not found"),
    ],
)
def test_only_what_is_offered_is_done(
    unit: Unit, sent: dict[str, str], text: str | None, acme: Portal, browser: httpx.Client
) -> None:
    id = _make(acme, unit)
    sign_in(browser, acme)
    page = _open(browser, id)
    form = {"form_token": browser.cookies["talentlms-mock-form"], **sent}

    response = browser.post(str(page.url), data=form)

    assert response.status_code in (400, 404)
    assert text is None or text in said(response)
    assert _progress(acme, id) == ("incomplete", None)


def test_units_in_order_are_locked(acme: Portal, browser: httpx.Client) -> None:
    course = acme.add_course("Steps", units=["One", "Two"], traversal="sequential")
    acme.enroll(1, course)
    sign_in(browser, acme)

    page = browser.get(f"/learner/courseinfo/id:{course.id}")

    assert said(page)[4:] == ["One", "content", "Not begun", "Two", "content", "Locked"]
    assert "Two" not in links(page)
    unit = browser.get("/unit/view/id:4")
    assert said(unit)[-1] == "The units before this one are not completed"


def test_a_course_whose_time_is_up_is_closed(acme: Portal, browser: httpx.Client) -> None:
    sign_in(browser, acme)
    acme.learner(1).expire("Safety")

    page = browser.get("/learner/courseinfo/id:1")

    expired = "The requested user's enrollment in this course has expired"
    assert said(page)[4] == expired
    assert said(browser.get("/unit/view/id:1"))[-1] == expired


def test_a_course_of_somebody_else_is_not_shown(acme: Portal, browser: httpx.Client) -> None:
    acme.add_course("Secret", units=["Hidden"])
    sign_in(browser, acme)

    for path in ("/learner/courseinfo/id:2", "/unit/view/id:3"):
        response = browser.get(path)
        assert response.status_code == 403
        assert said(response)[1] == "The user is not enrolled in this course"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/learner/courseinfo/id:99", "Course not found"),
        ("/unit/view/id:99999999999999999999999", "Unit not found"),
        ("/catalog/index/category:9", "Category not found"),
    ],
)
def test_what_does_not_exist(path: str, text: str, acme: Portal, browser: httpx.Client) -> None:
    sign_in(browser, acme)

    response = browser.get(path)

    assert (response.status_code, said(response)[1]) == (404, text)


def test_an_instructor_sees_the_units(acme: Portal, browser: httpx.Client) -> None:
    acme.add_user("tina", user_type="Trainer-Type")
    acme.enroll("tina", "Safety", "instructor")
    sign_in(browser, acme, "tina")

    assert said(browser.get("/index")) == ["Courses", "Safety", "Instructor"]
    page = browser.get("/learner/courseinfo/id:1")

    assert said(page)[4:] == [
        "The requested user is not a learner of this course",
        *("Reading", "content", "Locked", "More", "content", "Locked"),
    ]


def test_a_category_shows_its_courses(acme: Portal, browser: httpx.Client) -> None:
    acme.add_category("Tools")
    acme.add_course("Saws", category="Tools")
    acme.enroll(1, "Saws")
    acme.add_category("Empty")
    sign_in(browser, acme)

    assert said(browser.get("/catalog/index/category:1")) == ["Tools", "Saws", "0%", "Not begun"]
    assert said(browser.get("/catalog/index/category:2")) == [
        "Empty",
        "You are enrolled in no course of this category.",
    ]


def test_a_course_without_units_says_so(acme: Portal, browser: httpx.Client) -> None:
    course = acme.add_course("Bare", description="<p>Two &amp; <b>three</b></p>")
    acme.enroll(1, course)
    sign_in(browser, acme)

    assert said(browser.get("/learner/courseinfo/id:2")) == [
        *("Courses", "Bare", "Two & three", "Not begun", "0%", "This course has no units."),
    ]
