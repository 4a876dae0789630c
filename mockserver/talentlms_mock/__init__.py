"""A mock of the TalentLMS v2 REST API: a portal that a real client can talk to."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from talentlms_mock.app import create_app
    from talentlms_mock.errors import (
        HostUnanswered,
        InvalidValue,
        MockError,
        NotFound,
        NotOne,
        RequestRefused,
        RuleBroken,
        SetupError,
    )
    from talentlms_mock.intercept import guard
    from talentlms_mock.portal.portal import Portal
    from talentlms_mock.portal.records.course_parts import Question, Session, Unit
    from talentlms_mock.serving.server import MockServer

__all__ = [
    "HostUnanswered",
    "InvalidValue",
    "MockError",
    "MockServer",
    "NotFound",
    "NotOne",
    "Portal",
    "Question",
    "RequestRefused",
    "RuleBroken",
    "Session",
    "SetupError",
    "Unit",
    "create_app",
    "guard",
]

# Imported when first asked for: whoever only imports the package, like a test
# suite that never starts the mock, does not pay for the database and the server.
_HOMES = {
    "HostUnanswered": "talentlms_mock.errors",
    "InvalidValue": "talentlms_mock.errors",
    "MockError": "talentlms_mock.errors",
    "MockServer": "talentlms_mock.serving.server",
    "NotFound": "talentlms_mock.errors",
    "NotOne": "talentlms_mock.errors",
    "Portal": "talentlms_mock.portal.portal",
    "Question": "talentlms_mock.portal.records.course_parts",
    "RequestRefused": "talentlms_mock.errors",
    "RuleBroken": "talentlms_mock.errors",
    "Session": "talentlms_mock.portal.records.course_parts",
    "SetupError": "talentlms_mock.errors",
    "Unit": "talentlms_mock.portal.records.course_parts",
    "create_app": "talentlms_mock.app",
    "guard": "talentlms_mock.intercept",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
