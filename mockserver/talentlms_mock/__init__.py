"""A mock of the TalentLMS v2 REST API: a portal that a real client can talk to.

Everything that people import is exported from here: the server and its portals, the errors, and
the types of what they take and return.
"""

from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from talentlms_mock.app import create_app
    from talentlms_mock.errors import (
        Conflict,
        HostUnanswered,
        InvalidValue,
        MockError,
        NotFound,
        NotOne,
        PortalGone,
        Refusal,
        RequestRefused,
        RuleBroken,
        SetupError,
    )
    from talentlms_mock.hosts import ServerAddress
    from talentlms_mock.intercept import guard
    from talentlms_mock.portal.faults.faults import Fault, Faults
    from talentlms_mock.portal.faults.rule import FaultOptions
    from talentlms_mock.portal.journal.criteria import RequestCriteria
    from talentlms_mock.portal.journal.journal import Exchange, Headers
    from talentlms_mock.portal.journal.requests import ContractWarning, Requests
    from talentlms_mock.portal.learner import Learner
    from talentlms_mock.portal.portal import Portal
    from talentlms_mock.portal.portals import Portals
    from talentlms_mock.portal.records.arguments import (
        CourseChanges,
        NewBadge,
        NewBranch,
        NewCategory,
        NewCourse,
        NewCourseField,
        NewField,
        NewGroup,
        NewLearningPath,
        NewUser,
        UserChanges,
    )
    from talentlms_mock.portal.records.collection import Collection
    from talentlms_mock.portal.records.course_parts import Question, Session, Unit
    from talentlms_mock.portal.records.fields import CourseField, UserField
    from talentlms_mock.portal.records.history import Archived, Event, Task
    from talentlms_mock.portal.records.record import (
        ArchivedKind,
        CheckboxStatus,
        CompletionStatus,
        CourseStatus,
        FieldType,
        QuestionType,
        Role,
        SessionType,
        TaskStatus,
        Traversal,
        UnitType,
        UserStatus,
    )
    from talentlms_mock.portal.records.records import (
        Badge,
        Branch,
        Category,
        Certificate,
        Coupon,
        Course,
        CourseUnit,
        Enrollment,
        Group,
        LearningPath,
        LearningPathEnrollment,
        UnitProgress,
        UnitQuestion,
        UnitSession,
        User,
        UserType,
    )
    from talentlms_mock.portal.records.upcoming import Upcoming
    from talentlms_mock.portal.rules.outbox import Message
    from talentlms_mock.portal.simulation.time_lapse import TimeLapse
    from talentlms_mock.portal.snapshots import Snapshot, Snapshots
    from talentlms_mock.portal.state.clock import Clock
    from talentlms_mock.portal.state.driving import Driving
    from talentlms_mock.portal.state.rate_limit import RateLimit, WindowName
    from talentlms_mock.portal.state.settings import (
        Plan,
        Preset,
        QuirkName,
        Quirks,
        QuirkValue,
        Settings,
    )
    from talentlms_mock.portal.store.changes import Differences, RowChange
    from talentlms_mock.portal.store.row_types import MessageKind
    from talentlms_mock.serving.proxy import ProxyRefusal
    from talentlms_mock.serving.server import MockServer

__all__ = [
    "Archived",
    "ArchivedKind",
    "Badge",
    "Branch",
    "Category",
    "Certificate",
    "CheckboxStatus",
    "Clock",
    "Collection",
    "CompletionStatus",
    "Conflict",
    "ContractWarning",
    "Coupon",
    "Course",
    "CourseChanges",
    "CourseField",
    "CourseStatus",
    "CourseUnit",
    "Differences",
    "Driving",
    "Enrollment",
    "Event",
    "Exchange",
    "Fault",
    "FaultOptions",
    "Faults",
    "FieldType",
    "Group",
    "Headers",
    "HostUnanswered",
    "InvalidValue",
    "Learner",
    "LearningPath",
    "LearningPathEnrollment",
    "Message",
    "MessageKind",
    "MockError",
    "MockServer",
    "NewBadge",
    "NewBranch",
    "NewCategory",
    "NewCourse",
    "NewCourseField",
    "NewField",
    "NewGroup",
    "NewLearningPath",
    "NewUser",
    "NotFound",
    "NotOne",
    "Plan",
    "Portal",
    "PortalGone",
    "Portals",
    "Preset",
    "ProxyRefusal",
    "Question",
    "QuestionType",
    "QuirkName",
    "QuirkValue",
    "Quirks",
    "RateLimit",
    "Refusal",
    "RequestCriteria",
    "RequestRefused",
    "Requests",
    "Role",
    "RowChange",
    "RuleBroken",
    "ServerAddress",
    "Session",
    "SessionType",
    "Settings",
    "SetupError",
    "Snapshot",
    "Snapshots",
    "Task",
    "TaskStatus",
    "TimeLapse",
    "Traversal",
    "Unit",
    "UnitProgress",
    "UnitQuestion",
    "UnitSession",
    "UnitType",
    "Upcoming",
    "User",
    "UserChanges",
    "UserField",
    "UserStatus",
    "UserType",
    "WindowName",
    "create_app",
    "guard",
]


def _homes() -> Iterator[ModuleType]:
    """Import the modules that define the public names one after another, the cheapest first.

    A suite that imports an error, or only this package, does not pay for the database; one that
    names the types of a portal does not pay for the server.
    """
    from talentlms_mock import errors, hosts, intercept

    yield from (errors, hosts, intercept)
    from talentlms_mock.portal.state import clock, driving, rate_limit, settings

    yield from (settings, clock, driving, rate_limit)
    from talentlms_mock.portal.journal import criteria, journal, requests

    yield from (journal, criteria, requests)
    from talentlms_mock.portal.faults import faults, rule

    yield from (rule, faults)
    from talentlms_mock.portal.records import (
        arguments,
        collection,
        course_parts,
        fields,
        history,
        record,
        records,
        upcoming,
    )
    from talentlms_mock.portal.rules import outbox
    from talentlms_mock.portal.store import changes

    yield from (record, records, fields, history, collection, course_parts, arguments, outbox)
    yield from (upcoming, changes)
    from talentlms_mock.portal import learner, portal, portals, snapshots
    from talentlms_mock.portal.simulation import time_lapse

    yield from (learner, snapshots, time_lapse, portal, portals)
    from talentlms_mock import app
    from talentlms_mock.serving import proxy, server

    yield from (server, app, proxy)


def __getattr__(name: str) -> Any:
    if name in __all__:
        for module in _homes():
            if name in vars(module):
                globals()[name] = vars(module)[name]
                return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
