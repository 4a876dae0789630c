"""The control API as a whole: every route is used once, and Python can do no more."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from talentlms_mock import MockServer, Portal
from talentlms_mock.control import PREFIX
from talentlms_mock.control.resources import RESOURCES, parts_of
from talentlms_mock.control.route import SQLITE
from talentlms_mock.control.routes import ROUTES
from talentlms_mock.portal.faults.faults import Fault, Faults
from talentlms_mock.portal.journal.journal import Exchange
from talentlms_mock.portal.journal.requests import Requests
from talentlms_mock.portal.learner import Learner
from talentlms_mock.portal.records.collection import Collection
from talentlms_mock.portal.records.course_parts import Question, Unit
from talentlms_mock.portal.records.course_parts import Session as Training
from talentlms_mock.portal.records.records import UnitSession
from talentlms_mock.portal.snapshots import Snapshot, Snapshots
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.portal.state.rate_limit import RateLimit
from talentlms_mock.portal.state.settings import Quirks
from tests.api.responses import ADA
from tests.control.conftest import DOCUMENT

HANDLE = (
    MockServer,
    Portal,
    Clock,
    RateLimit,
    Fault,
    Faults,
    Requests,
    Exchange,
    Snapshot,
    Snapshots,
    Collection,
    Quirks,
    Learner,
)
"""The classes that a test author has in hand."""

_CLIENT = "a client in Python; getPortal has what one needs: base_url, headers, ca_file"
WITHOUT_MEANING = {
    "Exchange.redacted_head": "a part of what is shown has no keys and passwords",
    "Portal.connections": "of clients in Python",
    "Exchange.redacted_text": "what is shown has no keys and passwords",
    "Portal.continued": "a portal made over HTTP is in no file",
    "Portal.without_effect": "a portal made over HTTP is in no file",
    "MockServer.access": "what the control API itself asks for",
    "MockServer.address": "the base_url and control_url of getPortal have it",
    "MockServer.bind": "the server runs already",
    "MockServer.ca_file": "getPortal has it",
    "MockServer.environment": "for programs of this machine: talentlms-mock env",
    "MockServer.console_url": "the console_url of getPortal has it",
    "MockServer.control_url": "it is where the request went",
    "MockServer.host": "it is where the request went",
    "MockServer.http_implementation": "it is chosen before the server runs",
    "MockServer.http_port": "it is where the request went",
    "MockServer.https_port": "the base_url of getPortal has it",
    "MockServer.intercept": "it changes the program of the test, not the mock",
    "MockServer.proxy_port": "for programs of this machine: talentlms-mock env",
    "MockServer.request_stop": "who started the server ends it",
    "MockServer.serve_forever": "the server runs already",
    "MockServer.ssl_context": "an object of Python's; the ca_file of getPortal is what it needs",
    "MockServer.start": "the server runs already",
    "MockServer.stop": "who started the server ends it",
    "Portal.asgi": "the application itself, for Python without a socket",
    "Portal.catalogue": "listOperations has it",
    "Portal.close": "deletePortal does it",
    "Portal.database": "a connection cannot be sent; savePortal sends what is in it",
    "Portal.events": "listEvents has it",
    "Portal.httpx_async_client": _CLIENT,
    "Portal.httpx_client": _CLIENT,
    "Portal.intercept": "it changes the program of the test, not the mock",
    "Portal.journal": "what is behind Portal.requests",
    "Portal.keys": "rotateKey changes them",
    "Portal.open": "the first request does it",
    "Portal.origin_for": "the server asks it for each request",
    "Portal.remember_start": "for whoever makes portals",
    "Portal.requests_session": _CLIENT,
    "Portal.server": "the base_url and control_url of getPortal have it",
    "Portal.settings": "getPortal and changePortal have them",
    "Portal.ssl_context": "an object of Python's; the ca_file of getPortal is what it needs",
    "Portal.transaction": "a session cannot be sent",
    "Clock.drive": "it changes the program of the test, not the mock",
    "Clock.stop_driving": "it changes the program of the test, not the mock",
    "Portal.assert_idempotent": "run the program twice, and assertNoWrites after the first",
    "Clock.restore": "a part of restoreSnapshot",
    "Clock.rule": "a part of what is kept of a portal",
    "Clock.save": "a part of takeSnapshot",
    "Clock.standing_at": "it makes another clock",
    "RateLimit.restore": "a part of restoreSnapshot",
    "RateLimit.save": "a part of takeSnapshot",
    "RateLimit.take": "a request of the API does it",
    "Fault.matches": "the server asks it for each request",
    "Fault.is_over": "what the rule and the counts say",
    "Fault.restore": "a part of restoreSnapshot",
    "Fault.save": "a part of takeSnapshot",
    "Fault.seconds": "the server asks it for each request",
    "Fault.turn": "the server asks it for each request",
    "Fault.whole_path": "how faults are found",
    "Faults.add": "what is behind Portal.fault",
    "Faults.check": "what is behind Portal.apply_scenario",
    "Faults.clear": "what is behind Portal.clear_faults",
    "Faults.declare": "what is behind Portal.fault",
    "Faults.apply": "the server asks it for each request",
    "Faults.may_match": "the server asks it for each request",
    "Faults.remove": "what is behind Fault.remove",
    "Faults.restore": "a part of restoreSnapshot",
    "Faults.save": "a part of takeSnapshot",
    "Requests.count": "of any sequence: the length of the list",
    "Requests.has": "what is behind Requests.filter",
    "Requests.index": "of any sequence",
    "Exchange.response_json": "the response of getRequest",
    "Exchange.at": "the time of getRequest",
    "Exchange.headers": "the headers of getRequest",
    "Exchange.json": "the body of getRequest",
    "Exchange.path": "the path of getRequest",
    "Exchange.query": "the query of getRequest",
    "Exchange.redacted": "getRequest does it unless told not to",
    "Exchange.response_headers": "the response_headers of getRequest",
    "Collection.record": "the response says what it has",
    "MockServer.opened": "of the process that serves",
    "Collection.count": "of any sequence: the length of the list",
    "Collection.index": "of any sequence",
    **dict.fromkeys(
        [
            f"{kind}.{name}"
            for kind in ("Snapshots", "Quirks")
            for name in ("get", "items", "keys", "values")
        ],
        "of any mapping",
    ),
}
"""What of the handle needs no route, and why."""

_FIELDS_OF_EXCHANGE = set(Exchange.__dataclass_fields__)

_BY_NAME = {route.name: route for route in ROUTES}


def _public(kind: type[Any]) -> Iterator[str]:
    for name, value in inspect.getmembers(kind):
        is_slot = kind is Exchange and name in _FIELDS_OF_EXCHANGE
        if not name.startswith("_") and not is_slot and not isinstance(value, type):
            yield f"{kind.__name__}.{name}"


def _of_portal(portal: Portal) -> set[str]:
    """Return what a portal has: the class knows nothing of what __init__ gives it."""
    return {*_public(Portal), *(f"Portal.{n}" for n in vars(portal) if not n.startswith("_"))}


def test_everything_that_python_can_do_the_control_api_can_do(empty: Portal) -> None:
    can = {name for kind in HANDLE for name in _public(kind)} | _of_portal(empty)
    does = {name for route in ROUTES for name in route.python}

    assert can - does - set(WITHOUT_MEANING) == set()


def test_what_the_control_api_says_to_do_exists_in_python(empty: Portal) -> None:
    can = {name for kind in HANDLE for name in _public(kind)} | _of_portal(empty)
    does = {name for route in ROUTES for name in route.python}

    assert does - can == set()
    assert set(WITHOUT_MEANING) - can == set()
    assert does & set(WITHOUT_MEANING) == {"Portal.events"} & does


def test_arguments_of_create_portal_are_those_of_python() -> None:
    python = inspect.signature(MockServer.create_portal).parameters
    body = _BY_NAME["createPortal"].body
    assert body is not None

    # Files of the mock's machine are nothing to name over HTTP.
    assert set(body.model_fields) == set(python) - {"self", "database", "corrections"}


@pytest.mark.parametrize("name", [each.name for each in ROUTES if each.tag == "Learners"])
def test_arguments_of_acts_are_those_of_python(name: str) -> None:
    route = _BY_NAME[name]
    act = next(each for each in route.python if each.startswith("Learner."))
    python = inspect.signature(getattr(Learner, act.removeprefix("Learner."))).parameters
    body = route.body

    names = {"session" if each == "training" else each for each in python} - {"self"}
    assert (set(body.model_fields) if body else set()) == names


def test_parts_of_a_course_are_those_of_python() -> None:
    schemas = DOCUMENT["components"]["schemas"]

    for kind in (Unit, Question, Training):
        shown = schemas[f"{kind.__name__}Input"]["properties"]
        assert set(shown) == {item.name for item in fields(kind)}


def test_document_is_valid() -> None:
    validate(DOCUMENT)


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_names_of_schemas_are_nouns(name: str) -> None:
    # `NewUser` is what a Go client calls the constructor of `User`.
    assert re.match(r"New[A-Z]", name) is None
    assert re.fullmatch(r"[A-Z][a-z]+ing", name) is None


API = "a request of the vendor's API"


@dataclass(frozen=True)
class Step:
    """A route used once; a path with a dot at its start is below the portal.

    A number in braces in the path stands for the id of the task at this position of the list.
    """

    name: str
    path: str
    body: Any = None


_QUIZ = {"name": "Quiz", "type": "test", "questions": [{"text": "2 + 2?", "answers": ["3", "4"]}]}
_LETTER = {"name": "Letter", "type": "test", "questions": [{"text": "Write", "type": "freetext"}]}
_LINE = {"Write": "Dear all"}
_QUIZ["questions"][0]["correct"] = "4"  # type: ignore[index]
_TRAINING = {
    "name": "Workshop",
    "type": "ilt",
    "sessions": [{"name": "Monday", "starts_at": "2025-05-07T09:00:00Z"}],
}

TOUR = (
    Step("health", "/health"),
    Step("listOperations", "/operations"),
    Step("getDocument", "/openapi.json"),
    Step("getApiDocument", "/api/openapi.json"),
    Step("getAuthority", "/ca.pem"),
    Step("createPortal", "/portals", {"domain": "tour", "dataset": "empty", "clock": "2025-05-07"}),
    Step("listPortals", "/portals"),
    Step("getPortal", "."),
    Step("changePortal", ".", {"plan": "grow", "tasks": "manual"}),
    Step("rotateKey", "./rotate-key", {"api_key": "key-of-tour"}),
    Step("addUserField", "./user-fields", {"name": "Team"}),
    Step("listUserFields", "./user-fields"),
    Step("getUserField", "./user-fields/1"),
    Step("addCourseField", "./course-fields", {"name": "Room"}),
    Step("listCourseFields", "./course-fields"),
    Step("getCourseField", "./course-fields/Room"),
    Step("addBranch", "./branches", {"name": "North"}),
    Step("listBranches", "./branches?active=true"),
    Step("getBranch", "./branches/North"),
    Step("addCategory", "./categories", {"name": "Maths"}),
    Step("listCategories", "./categories"),
    Step("getCategory", "./categories/Maths"),
    Step("addUser", "./users", {"login": "ada", "branches": ["North"]}),
    Step("listUsers", "./users?login=ADA"),
    Step("getUser", "./users/ada"),
    Step("changeUser", "./users/ada", {"surname": "Lovelace"}),
    Step("archiveUser", "./users/ada/archive"),
    Step("listArchived", "./archived?kind=user"),
    Step("getArchivedUser", "./archived/users/1"),
    Step("restoreUser", "./users/1/restore"),
    Step("getBranchesOfUserField", "./user-fields/Team/branches"),
    Step("getBranchesOfCourseField", "./course-fields/Room/branches"),
    Step("addBadge", "./badges", {"name": "First"}),
    Step("listBadges", "./badges"),
    Step("getBadge", "./badges/1"),
    Step("addCoupon", "./coupons", {"code": "SPRING"}),
    Step("listCoupons", "./coupons"),
    Step("getCoupon", "./coupons/spring"),
    Step("addCourse", "./courses", {"name": "Algebra", "units": ["Read", _QUIZ], "users": ["ada"]}),
    Step("listCourses", "./courses?limit=1"),
    Step("getCourse", "./courses/Algebra"),
    Step("changeCourse", "./courses/Algebra", {"code": "MATH-1"}),
    Step("listUnits", "./units?course=Algebra"),
    Step("getCourseUnit", "./units/Quiz"),
    Step("getQuestionsOfCourseUnit", "./units/Quiz/questions"),
    Step("getSessionsOfCourseUnit", "./units/Quiz/sessions"),
    Step("getUnitsOfCourse", "./courses/1/units"),
    Step("getUsersOfCourse", "./courses/1/users"),
    Step("getEnrollmentsOfCourse", "./courses/1/enrollments"),
    Step("getPrerequisitesOfCourse", "./courses/1/prerequisites"),
    Step("archiveCourse", "./courses/Algebra/archive"),
    Step("getArchivedCourse", "./archived/courses/Algebra"),
    Step("restoreCourse", "./courses/Algebra/restore"),
    Step("getCoursesOfCategory", "./categories/1/courses"),
    Step("addGroup", "./groups", {"name": "Staff", "users": ["ada"], "key": "staff"}),
    Step("listGroups", "./groups"),
    Step("getGroup", "./groups/Staff"),
    Step("getUsersOfGroup", "./groups/Staff/users"),
    Step("getCoursesOfGroup", "./groups/Staff/courses"),
    Step("getUsersOfBranch", "./branches/1/users"),
    Step("getCoursesOfBranch", "./branches/1/courses"),
    Step("addLearningPath", "./learning-paths", {"name": "Basics", "courses": ["Algebra"]}),
    Step("listLearningPaths", "./learning-paths"),
    Step("getLearningPath", "./learning-paths/Basics"),
    Step("getCoursesOfLearningPath", "./learning-paths/Basics/courses"),
    Step("getUsersOfLearningPath", "./learning-paths/Basics/users"),
    Step("listLearningPathEnrollments", "./learning-path-enrollments"),
    Step("addUser", "./users", {"login": "bob"}),
    Step("addEnrollment", "./enrollments", {"user": "bob", "course": "Algebra"}),
    Step("listEnrollments", "./enrollments?user=ada&course=1"),
    Step("getEnrollment", "./enrollments/1"),
    Step("getUserOfEnrollment", "./enrollments/1/user"),
    Step("getCourseOfEnrollment", "./enrollments/1/course"),
    Step("getProgressOfEnrollment", "./enrollments/1/progress"),
    Step("logIn", "./learners/ada/log-in"),
    Step("openCourse", "./learners/ada/open", {"course": "Algebra"}),
    Step("openUnit", "./learners/ada/open-unit", {"unit": "Read"}),
    Step("completeUnit", "./learners/ada/complete-unit", {"unit": "Read"}),
    Step("failUnit", "./learners/ada/fail-unit", {"unit": "Quiz", "score": 10}),
    Step("answerQuestions", "./learners/ada/answer", {"unit": "Quiz", "answers": {"1": "4"}}),
    Step("completeCourse", "./learners/bob/complete", {"course": "Algebra", "score": 90}),
    Step("logOut", "./learners/ada/log-out"),
    Step("listCertificates", "./certificates"),
    Step(
        "addCourse",
        "./courses",
        {
            "name": "Geometry",
            "units": [{"name": "Essay", "type": "assignment"}, _LETTER, _TRAINING],
            "users": ["ada", "bob"],
            "certification": "Geometry",
        },
    ),
    Step("answerQuestions", "./learners/ada/answer", {"unit": "Letter", "answers": _LINE}),
    Step("gradeTest", "./learners/ada/grade-test", {"unit": "Letter", "points": {"Write": 70}}),
    Step("submitAssignment", "./learners/ada/submit-assignment", {"unit": "Essay", "text": "To"}),
    Step("gradeAssignment", "./learners/ada/grade-assignment", {"unit": "Essay", "score": 80}),
    Step("travelClock", "./clock/travel", {"to": "2025-05-07T08:00:00Z"}),
    Step("bookSession", "./learners/ada/book", {"session": "Monday"}),
    Step("freezeClock", "./clock/freeze", {"at": "2025-05-07T09:30:00Z"}),
    Step("attendSession", "./learners/ada/attend", {"session": "Monday", "score": 90}),
    Step("getAttendeesOfUnitSession", "./units/Workshop/sessions/Monday/attendees"),
    Step("getCertificate", "./certificates/1"),
    Step("failCourse", "./learners/bob/fail-course", {"course": "Geometry"}),
    Step("expireEnrollment", "./learners/ada/expire", {"course": "Geometry"}),
    Step("joinGroup", "./learners/bob/join-group", {"key": "staff"}),
    Step("getEnrollmentsOfUser", "./users/ada/enrollments"),
    Step("getCoursesOfUser", "./users/ada/courses"),
    Step("getGroupsOfUser", "./users/ada/groups"),
    Step("getBranchesOfUser", "./users/ada/branches"),
    Step("getCertificatesOfUser", "./users/ada/certificates"),
    Step("getBadgesOfUser", "./users/ada/badges"),
    Step("listEvents", "./events?user=ada"),
    Step("getEvent", "./events/1"),
    Step("listUserTypes", "./user-types"),
    Step("getUserType", "./user-types/1"),
    Step("advanceClock", "./clock/advance", {"hours": 1}),
    Step("simulateDays", "./clock/simulate", {"days": 2}),
    Step("tickClock", "./clock/tick", {"factor": 2}),
    Step("getClock", "./clock"),
    Step("listUpcoming", "./clock/upcoming?limit=5"),
    Step("resetClock", "./clock/reset"),
    Step("getRateLimit", "./rate-limit"),
    Step("changeRateLimit", "./rate-limit", {"limit": 500, "remaining": 3}),
    Step("exhaustRateLimit", "./rate-limit/exhaust"),
    Step("refillRateLimit", "./rate-limit/refill"),
    Step("addFault", "./faults", {"path": "getUsers", "status": 503, "times": 1}),
    Step("listFaults", "./faults"),
    Step("getFault", "./faults/1"),
    Step("removeFault", "./faults/1"),
    Step("listScenarios", "./scenarios"),
    Step("applyScenario", "./scenarios", {"scenario": "flaky"}),
    Step("clearFaults", "./faults"),
    Step("takeSnapshot", "./snapshots", {"name": "one"}),
    Step("listSnapshots", "./snapshots"),
    Step("compareSnapshots", "./snapshots/one/compare"),
    Step("restoreSnapshot", "./snapshots/one/restore"),
    Step("deleteSnapshot", "./snapshots/one"),
    Step("listMessages", "./outbox"),
    Step(API, "/users", ADA | {"login": "eve", "email": "eve@example.com"}),
    *(Step(API, "/batch/courses", {"courses": [{"name": name}]}) for name in ("A", "B", "C")),
    Step("listTasks", "./tasks"),
    Step("getTask", "./tasks/{0}"),
    Step("advanceTask", "./tasks/{0}/advance"),
    Step("completeTask", "./tasks/{1}/complete"),
    Step("failTask", "./tasks/{2}/fail"),
    Step("listRequests", "./requests?limit=5"),
    Step("getRequest", "./requests/1"),
    Step("findRequests", "./requests/find", {"method": "POST"}),
    Step("assertRequested", "./requests/assert", {"path": "/users", "times": 1}),
    Step("assertNotRequested", "./requests/assert-not", {"path": "/courses"}),
    Step("assertOrder", "./requests/assert-order", {"steps": ["POST /users"]}),
    Step("assertNoWarnings", "./requests/assert-no-warnings"),
    Step("assertNoWrites", "./requests/assert-no-writes", {"after": 100}),
    Step("listWarnings", "./warnings"),
    Step("waitForRequest", "./requests/wait", {"path": "/users"}),
    Step("clearRequests", "./requests"),
    Step("savePortal", "./save"),
    Step("getDataset", "./dataset"),
    Step("resetPortal", "./reset"),
    Step("revokeKey", "./revoke-key"),
    Step("deletePortal", "."),
)


def _do(control: httpx.Client, step: Step, tasks: list[str]) -> httpx.Response:
    path = step.path.replace(".", "/portals/tour", 1) if step.path[0] == "." else step.path
    path = path.format(*tasks)
    return control.request(_BY_NAME[step.name].method, path, json=step.body)


def _check_body(step: Step) -> None:
    """Assert that the document describes the body that a step sends."""
    route = _BY_NAME[step.name]
    described = DOCUMENT["paths"][PREFIX + route.path][route.method.lower()].get("requestBody")
    if step.body is None:
        assert described is None or not described["required"]
        return
    schema = described["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(step.body)


@pytest.fixture
def _no_tour_is_left(server: MockServer) -> Iterator[None]:
    yield
    left = server.portals.of_domain("tour")
    if left is not None:
        server.remove_portal(left)


@pytest.mark.usefixtures("_no_tour_is_left")
def test_every_route_does_what_it_says(server: MockServer, control: httpx.Client) -> None:
    done: set[str] = set()
    tasks: list[str] = []
    for step in TOUR:
        if step.name == API:
            portal = server.portals.of_domain("tour")
            assert portal is not None
            headers = portal.headers | {"Host": portal.host}
            with httpx.Client(verify=portal.ssl_context(), headers=headers) as client:
                answer = client.post(f"{portal.base_url}{step.path}", json=step.body)
            assert answer.status_code == 200, answer.text
            continue
        route = _BY_NAME[step.name]
        _check_body(step)
        response = _do(control, step, tasks)
        assert response.status_code == route.status, (step, response.text)
        assert response.headers["cache-control"] == "no-store"
        if route.status == 204:
            assert response.content == b""
        if step.name == "listTasks":
            tasks = [task["id"] for task in response.json()]
        done.add(step.name)
    # These two have tests of their own.
    assert done == set(_BY_NAME) - {"openPortal", "streamRequests"}


def test_what_belongs_to_a_record_can_be_read() -> None:
    kinds = [resource.record for resource in RESOURCES] + [UnitSession]

    parts = {
        f"get{part.capitalize()}Of{kind.__name__}" for kind in kinds for part in parts_of(kind)
    }
    assert parts <= set(_BY_NAME)


def test_saved_portal_is_opened(server: MockServer, control: httpx.Client, empty: Portal) -> None:
    empty.add_user("ada")
    saved = control.get(f"/portals/{empty.domain}/save")
    assert saved.headers["content-type"] == SQLITE
    assert saved.headers["content-disposition"] == f'attachment; filename="{empty.domain}.sqlite"'

    opened = control.post(
        "/portals/open",
        params={"domain": "again", "api_key": "key-of-again"},
        content=saved.content,
        headers={"Content-Type": SQLITE},
    )
    assert opened.status_code == 201, opened.text
    portal = server.portals.of_domain("again")
    assert portal is not None
    try:
        assert [user.login for user in portal.users] == ["ada"]
        assert opened.json()["api_key"] == "key-of-again"
    finally:
        server.remove_portal(portal)
