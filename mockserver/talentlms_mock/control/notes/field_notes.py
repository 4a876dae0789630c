"""What the document of the control API says of each field and parameter, and of choices of types.

The fields of data are in `record_notes.py`; what is here wins where a name is in both.
"""

from collections.abc import Mapping

from talentlms_mock.api.example_values import CUSTOM_VALUE
from talentlms_mock.api.json_schema import Choice, Note, ref
from talentlms_mock.control.notes.record_notes import MOMENT, RECORD_NOTES
from talentlms_mock.hosts import VENDOR_SUFFIX

_TEXT = {"type": "string", "minLength": 1, "maxLength": 191}
_TASKS = Note(
    "The rule by which background tasks move on: polls:N, seconds:N, at-once, manual or stuck.",
    "polls:2",
)
_PRESET = Note("The reading of the API that sets all quirks: documented or recorded.", "recorded")
_QUIRKS = Note("Values of quirks, by name.", {"error_shape": "flat"})
_STATUS = Note("A status, a class like 4xx, or several; null is any.", 404)
_UNIT = Note("The id or the name of the unit.", "Quiz")
_SESSION = Note("The id or the name of the session.", "Monday")
_PATH = Note("The path below /api/v2, where * stands for one part and ** for several.", "/users/*")

SETTING_NOTES: Mapping[str, Note] = {
    # Differences, and what time will bring
    "RowChangeState.table": Note("The table of the row.", "users"),
    "RowChangeState.kind": Note("One of added, changed and removed.", "changed"),
    "RowChangeState.key": Note("The primary key of the row.", "7"),
    "RowChangeState.name": Note("What people call the row.", "ada"),
    "RowChangeState.fields": Note(
        "The values that differ, by column.", {"status": {"before": "active", "after": "inactive"}}
    ),
    "ValueChange.before": Note("The value before; null where there was none.", "active"),
    "ValueChange.after": Note("The value after; null where there is none.", "inactive"),
    "UpcomingState.at": Note("When it happens, by the portal's clock.", MOMENT),
    "UpcomingState.what": Note("What happens.", "is deactivated"),
    "UpcomingState.collection": Note("The collection that has the record.", "users"),
    "UpcomingState.name": Note("What people call the record.", "ada"),
    "TimeLapseState.began_at": Note("The time of the portal's clock before.", MOMENT),
    "TimeLapseState.ended_at": Note("The time of the portal's clock after.", MOMENT),
    "TimeLapseState.events": Note(
        "How many events the timeline has more, by their type.", {"course_completion": 12}
    ),
    "SimulateRequest.days": Note("How many days go by.", 45),
    # The mock and its portals
    "Health.status": Note("Always ok.", "ok"),
    "version": Note("The version of the mock.", "0.1.0"),
    "portals": Note("The number of portals.", 1),
    "domain": Note(f"The label before {VENDOR_SUFFIX}, in lower case.", "acme"),
    "PortalInput.domain": Note(f"The label before {VENDOR_SUFFIX}; null is samples.", "acme"),
    "host": Note("The host name of the portal.", f"acme{VENDOR_SUFFIX}"),
    "base_url": Note("Where a client sends requests of the API.", "https://127.0.0.1:8443/api/v2"),
    "console_url": Note(
        "Where the portal is in the console.",
        "https://127.0.0.1:8443/__mock__/console/portals/acme",
    ),
    "control_url": Note(
        "Where the portal is in the control API.", "https://127.0.0.1:8443/__mock__/portals/acme"
    ),
    "ca_file": Note(
        "The file with the certificate that a client has to trust.", "/home/ada/.cache/ca.pem"
    ),
    "api_key": Note("The API key.", "mock-api-key"),
    "PortalInput.api_key": Note("The API key; null is one that no other portal has.", "my-key"),
    "KeyInput.api_key": Note("The new key; null is one made from the old one.", "next-key"),
    "Scenario.api_key": Note("The new API key; null changes nothing.", "next-key"),
    "PortalState.headers": Note(
        "The headers that a client sends.",
        {"X-API-Key": "mock-api-key", "X-API-Version": "2025-07-01"},
    ),
    "plan": Note("The plan, which sets the hourly limit.", "core"),
    "hourly_limit": Note("Requests an hour; null is the limit of the plan.", 5000),
    "burst_limit": Note("Requests in 5 seconds; null changes nothing.", 200),
    "seed": Note("What chance depends on; the same seed makes the same data.", 42),
    "dataset": Note("The data that it starts with: empty, demo, large or messy.", "demo"),
    "PortalInput.users": Note("The number of users; null is that of the dataset.", 50),
    "preset": _PRESET,
    "quirks": _QUIRKS,
    "PortalInput.quirks": Note(f"{_QUIRKS.description} null is none.", {"error_shape": "flat"}),
    "tasks": _TASKS,
    "PortalInput.clock": Note("Where the clock stands, in ISO 8601; null is now.", MOMENT),
    "PortalInput.scenario": Note("A built-in scenario to apply; null is none.", "lost-writes"),
    "api_enabled": Note("Whether the API is switched on; where it is not, it answers 403.", True),
    "PortalState.active": Note("Whether the domain is active.", True),
    "PortalChanges.active": Note("Whether the domain is active; null changes nothing.", True),
    "Scenario.active": Note("Whether the domain is active; null changes nothing.", False),
    "gamification": Note("Whether points, levels and badges are switched on.", True),
    "key_revoked": Note("Whether the API key was revoked.", False),
    "PortalState.clock": Note(
        "The clock.", {"now": MOMENT, "frozen": True, "factor": 0, "follows_system": False}
    ),
    "rate_limit": Note(
        "The rate limits.",
        {
            "hour": {"limit": 2000, "window": 3600, "remaining": 1999, "ends_at": MOMENT},
            "burst": {"limit": 200, "window": 5, "remaining": 200, "ends_at": None},
        },
    ),
    "PortalState.faults": Note("The number of faults.", 0),
    "PortalState.requests": Note("The number of requests in the journal.", 12),
    "recipient": Note("The email address that the message goes to.", "ada@example.com"),
    "subject": Note("The subject of the message.", "Reset your password"),
    "link": Note("The address in the message.", f"https://acme{VENDOR_SUFFIX}/reset/Xq3vR8tYw2"),
    "DatasetState.toml": Note(
        "The text of a dataset file.", 'name = "Northwind Academy"\nusers = 50\n'
    ),
    "MessageState.kind": Note("What it is about.", "password_reset"),
    "MessageState.user_id": Note("The id of the user; null where it is unknown.", 2),
    # The clock and the rate limits
    "now": Note("The time of the portal, in ISO 8601.", MOMENT),
    "frozen": Note("Whether the clock stands still.", True),
    "ClockState.factor": Note("How many times as fast as real time it runs; 0 if frozen.", 1),
    "TickRequest.factor": Note("How many times as fast as real time, above 0.", 60),
    "follows_system": Note("Whether it shows the system's time.", False),
    "at": Note("A moment in ISO 8601; null is now.", MOMENT),
    "to": Note("A moment in ISO 8601.", MOMENT),
    "backwards": Note("Whether it may go back in time.", False),
    "days": Note("Days to move forward.", 1),
    "hours": Note("Hours to move forward.", 2),
    "ClockAdvance.minutes": Note("Minutes to move forward.", 30),
    "seconds": Note("Seconds to move forward.", 0),
    "hour": Note(
        "The limit of an hour.",
        {"limit": 2000, "window": 3600, "remaining": 1999, "ends_at": MOMENT},
    ),
    "burst": Note(
        "The limit of a burst.", {"limit": 200, "window": 5, "remaining": 200, "ends_at": None}
    ),
    "WindowState.limit": Note("The number of requests in the window.", 2000),
    "WindowState.window": Note("The length of the window, in seconds.", 3600),
    "WindowState.remaining": Note("The requests that are left in it.", 1999),
    "WindowState.ends_at": Note("When it ends, in ISO 8601; null where none is open.", MOMENT),
    "RateLimitChanges.limit": Note("The new limit of the window; null changes nothing.", 5),
    "RateLimitChanges.window": Note("Its new length in seconds; null changes nothing.", 60),
    "of": Note("The window that limit and window are about: hour or burst.", "hour"),
    "remaining": Note("The requests left in the hour; null changes nothing.", 3),
    "burst_remaining": Note("The requests left in the burst; null changes nothing.", 2),
    "window": Note("Which of the windows: hour or burst; null is both.", "hour"),
    "ExhaustRequest.window": Note("Which of the windows: hour or burst.", "hour"),
    # The journal
    "number": Note("The number of the request, from 1; numbers are not given twice.", 7),
    "FaultState.number": Note("The number of the fault, from 1.", 1),
    "time": Note("When the request came, in ISO 8601 and the portal's time.", MOMENT),
    "duration": Note("How long the response took, in seconds.", 0.002),
    "method": Note("The method; null is any.", "GET"),
    "ExchangeState.method": Note("The method.", "GET"),
    "path": Note(f"{_PATH.description} null is any.", _PATH.example),
    "ExchangeState.path": Note("The path as it was sent, without the query.", "/api/v2/users"),
    "operation": Note("The id of the operation; null is any.", "getUsers"),
    "operation_id": Note("The id of the operation; null where it is none.", "getUsers"),
    "ExchangeState.query": Note("The parameters of the query.", {"page[size]": "10"}),
    "query": Note("Parameters of the query; null is any.", {"page[size]": "10"}),
    "ExchangeState.headers": Note(
        "The headers of the request, in lower case, with hidden keys.",
        {"accept": "application/json"},
    ),
    "ExchangeState.response_headers": Note(
        "The headers of the response, in lower case.", {"content-type": "application/json"}
    ),
    "headers": Note("Headers; null is any.", {"accept": "application/json"}),
    "ExchangeState.body": Note(
        "The JSON of the request; null where there was none.", {"login": "ada"}
    ),
    "ExchangeState.status": Note("The status of the response; 0 where none was sent.", 200),
    "response": Note("The JSON of the response; null where there was none.", {"_data": []}),
    "reason": Note("What decided the response, in words; empty for the operation.", ""),
    "warnings": Note("The contract warnings.", ["no X-API-Version header"]),
    "changes": Note("The rows that it changed.", [{"entity": "users", "id": 2}]),
    "ExchangeState.faults": Note("The numbers of the faults that applied to it.", [1]),
    "entity": Note("The name of the table.", "users"),
    "Change.id": Note("The id of the row.", 2),
    "ContractWarning.text": Note("What a client should not rely on.", "no X-API-Version header"),
    "RequestCriteria.status": _STATUS,
    "RequestAssertion.status": _STATUS,
    "RequestWait.status": _STATUS,
    "json": Note("The whole JSON of the body; null is no body.", {"user_id": 2, "course_id": 1}),
    "json_contains": Note("What the JSON of the body contains.", {"user_id": 2}),
    "Match.json": Note("What the JSON of the body contains; null is any.", {"login": "ada"}),
    "Match.query": Note("What the query contains; null is any.", {"page[number]": 2}),
    "Match.headers": Note("What the headers contain; null is any.", {"User-Agent": "sync/1.0"}),
    "RequestAssertion.times": Note("The exact number; null is one or more.", 1),
    "RequestWait.times": Note("The number of requests to wait for.", 1),
    "RequestWait.timeout": Note("How long to wait, in seconds, up to 600.", 5),
    "after": Note("Only requests with a larger number count.", 0),
    "steps": Note("The requests in their order.", ["GET /users", "POST /enrollments"]),
    # Faults and scenarios
    "FaultRule.method": Note("Only requests with this method; null is any.", "GET"),
    "FaultRule.path": Note(
        "Only requests to this path, with * for one part, or with this operation; null is any.",
        "/users/*",
    ),
    "FaultRule.status": Note("The status of the response instead; null is that of normal.", 503),
    "FaultRule.body": Note("The body with that status, as JSON or a text.", {"error": "down"}),
    "latency": Note("How long the response takes longer; null is no longer.", 0.5),
    "FaultRule.timeout": Note("Whether the response never comes.", False),
    "reset": Note("Whether the connection is reset.", False),
    "empty": Note("Whether the connection is closed without a response.", False),
    "truncate_at": Note("The bytes of the body that arrive; null is all of them.", 100),
    "drip": Note("The bytes of the body that arrive in a second; null is at once.", 50),
    "malformed_json": Note("Whether the JSON of the response is broken.", False),
    "wrong_content_type": Note("Whether the response says that it is HTML.", False),
    "drop_field": Note("Fields that the response lacks, by their places.", ["email"]),
    "null_field": Note("Fields of the response that are null, by their places.", ["avatar"]),
    "rename_field": Note("The new name of fields, by their places.", {"login": "username"}),
    "after_commit": Note("Whether the operation is done before its response is lost.", False),
    "FaultRule.times": Note("How many requests fail; null is all of them.", 2),
    "on_call": Note("Only the request of this number fails, from 1; null is any.", 3),
    "FaultRule.after": Note("This many requests do not fail; null is none.", 1),
    "probability": Note("The share of requests that fail, up to 1; null is all.", 0.5),
    "sequence": Note(
        "What happens to one request after the other; after the last all is normal.",
        [503, "timeout", None],
    ),
    "match": Note("What requests contain; null is anything.", {"json": {"login": "ada"}}),
    "optional": Note("Whether a test may pass where it never fires.", False),
    "FaultRule.name": Note("A name for it; null is none.", "flaky"),
    "calls": Note("The number of requests that it was for.", 3),
    "fired": Note("The number of requests that failed by it.", 2),
    "scenario": Note("The name of a built-in scenario, or a scenario.", "lost-writes"),
    "Scenario.faults": Note("The faults that it adds.", [{"path": "/users/*", "status": 503}]),
    "Scenario.plan": Note("The new plan; null changes nothing.", "grow"),
    "Scenario.hourly_limit": Note("The new limit of an hour; null changes nothing.", 100),
    "Scenario.api_enabled": Note("Whether the API is on; null changes nothing.", False),
    "Scenario.preset": Note(f"{_PRESET.description} null changes nothing.", "recorded"),
    "Scenario.tasks": Note(f"{_TASKS.description} null changes nothing.", "stuck"),
    "Scenario.description": Note("What it does, in a sentence.", "The service is down."),
    "ScenarioState.description": Note("What it does, in a sentence.", "The service is down."),
    "ScenarioState.name": Note("The name of the scenario.", "lost-writes"),
    "PortalChanges.plan": Note("The new plan; null changes nothing.", "grow"),
    "PortalChanges.hourly_limit": Note("The new limit of an hour; null is the plan's.", 100),
    "PortalChanges.api_enabled": Note("Whether the API is on; null changes nothing.", False),
    "PortalChanges.preset": Note(f"{_PRESET.description} null changes nothing.", "recorded"),
    "PortalChanges.quirks": Note("Values of quirks, by name; null changes nothing.", {}),
    "PortalChanges.tasks": Note(f"{_TASKS.description} null changes nothing.", "stuck"),
    "PortalChanges.gamification": Note(
        "Whether points, levels and badges are on; null changes nothing.", False
    ),
    "rotate_key": Note("Whether the key is replaced by another.", False),
    "revoke_key": Note("Whether the key is revoked.", False),
    # Snapshots
    "SnapshotInput.name": Note("The name of the snapshot.", "before the sync"),
    "SnapshotState.name": Note("The name of the snapshot.", "before the sync"),
    "taken_at": Note("When it was taken, in ISO 8601 and the portal's time.", MOMENT),
    "bytes": Note("The size of its data, in bytes.", 430080),
    "journal": Note("Whether restoring puts the journal back too.", False),
    # What learners do
    "unit": _UNIT,
    "session": _SESSION,
    "UnitAnswer.answers": Note(
        "The answers by the text or the id of the question, one or several.", {"2 + 2?": "4"}
    ),
    "AnswersGrade.points": Note(
        "The grades in percent, by the text or the id of the question.", {"Why?": 80}
    ),
    "message": Note("What the instructor says to the learner; null is nothing.", "Well argued."),
    "AssignmentGrade.score": Note("The score, in percent from 0 to 100.", 80),
    "UnitResult.score": Note(
        "The score in percent; null is 100, or 0 where the unit is failed.", 80
    ),
    "SessionAttendance.score": Note("The score in percent; null is 100.", 80),
    "CourseCompletion.score": Note("The score of each unit, in percent; null is 100.", 80),
    "CourseFailure.score": Note("The score in percent, below what passes; null is 0.", 40),
    "UnitResult.time": Note("The time spent, in seconds; null is since the unit was opened.", 300),
    "UnitAnswer.time": Note("The time spent, in seconds; null is since the unit was opened.", 300),
    "CourseCompletion.time": Note(
        "The time in each unit, in seconds; null is since it was opened.", 300
    ),
    "AssignmentSubmission.text": Note("What is submitted; null is nothing.", "My plan."),
    "UnitStatus.completion_status": Note(
        "One of not_attempted, incomplete, completed and failed.", "completed"
    ),
    # Errors
    "error": Note("What is wrong.", {"message": "There is no plan 'gold'.", "at": "plan"}),
    "ErrorDetail.message": Note(
        "What is wrong and what to do, in a sentence.", "There is no plan 'gold'."
    ),
    "ErrorDetail.at": Note(
        "The place in the body, or the parameter, that is wrong; null where it is none.", "plan"
    ),
}

PARAMETER_NOTES: Mapping[str, Note] = {
    "domain": Note("The domain of the portal, in any case.", "samples"),
    "id_or_name": Note("The id or the name of the record; digits are an id.", "1"),
    "number": Note("The number of the request, or the number or the name of the fault.", "1"),
    "name": Note("The name of the snapshot.", "before"),
    "user": Note("The id or the login of the learner.", "ada"),
    "session": Note("The id or the name of the session.", "Monday"),
    "task": Note("The id of the task, 8 letters and digits.", "2x3LBp89"),
}
"""Of the parameters in a path."""

QUERY_NOTES: Mapping[str, Note] = {
    "search": Note("Only records in whose texts this stands, in any case.", "ada"),
    "sort": Note("The field to sort by; with - before it, the largest first.", "-id"),
    "to": Note("The name of another snapshot; now where it is left out.", "later"),
    "limit": Note("The largest number of items; all where it is left out.", 20),
    "offset": Note("The number of items to skip, from 0.", 0),
    "RequestFilter.limit": Note("The largest number of requests, the newest of them.", 20),
    "after": Note("Only requests with a larger number.", 0),
    "redacted": Note("Whether keys and passwords are hidden.", True),
    "method": Note("Only requests with this method.", "GET"),
    "path": _PATH,
    "operation": Note("Only requests of the operation with this id.", "getUsers"),
    "RequestFilter.status": Note(
        "Only requests with this status, or with one of several: 404, 4xx or 404,409.", "4xx"
    ),
    "StreamQuery.status": Note(
        "Only requests with this status, or with one of several: 404, 4xx or 404,409.", "4xx"
    ),
    "OpenPortalQuery.domain": Note("Another domain than the portal was saved with.", "acme"),
    "OpenPortalQuery.api_key": Note("Another key than the portal was saved with.", "my-key"),
}
"""Of the parameters in a query that are no fields of records."""

CHOICES = (
    CUSTOM_VALUE,
    Choice(
        "IdOrName",
        Note("An id, or a name: of a user the login, of a course also the code.", "ada"),
        [{"type": "integer"}, {"type": "string"}],
    ),
    Choice(
        "UnitOrName",
        Note("A unit, or the name of one of content.", "Read this"),
        [_TEXT, ref("UnitInput")],
    ),
    Choice(
        "QuestionOrText",
        Note("A question, or the text of one with the answers Yes and No.", "Is it safe?"),
        [_TEXT, ref("QuestionInput")],
    ),
    Choice(
        "Texts",
        Note("One text, or several.", ["3", "4"]),
        [_TEXT, {"type": "array", "items": _TEXT}],
    ),
    Choice(
        "Answer",
        Note("The answer to a question, or several answers.", "4"),
        [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    ),
    Choice(
        "StatusCriterion",
        Note("A status, a class of them like 4xx, or several.", 404),
        [
            {"type": "integer"},
            {"type": "string"},
            {"type": "array", "items": {"type": "integer"}},
        ],
    ),
    Choice(
        "QueryValue",
        Note("The value of a parameter of a query.", 2),
        [{"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}],
    ),
    Choice(
        "Latency",
        Note("Seconds, the least and the most of them, or those by percentile.", 0.5),
        [
            {"type": "number"},
            {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            {"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1},
        ],
    ),
    Choice(
        "FaultStep",
        Note("What happens to one request: a status, or a kind of failure.", 503),
        [
            {"type": "integer"},
            {
                "type": "string",
                "enum": ["timeout", "reset", "empty", "malformed_json", "wrong_content_type"],
            },
        ],
    ),
    Choice(
        "RequestStep",
        Note("A method and a path, or what a request is like.", "POST /users"),
        [{"type": "string"}, ref("RequestCriteria")],
    ),
    Choice(
        "ScenarioOrName",
        Note("A scenario as its file has it, or the name of a built-in one.", "lost-writes"),
        [{"type": "string"}, ref("Scenario")],
    ),
)
"""The values of several types."""


def field_note(schema: str, field: str) -> Note | None:
    """Return what the document says of a field of a schema."""
    for key in (f"{schema}.{field}", field):
        for notes in (SETTING_NOTES, RECORD_NOTES):
            if key in notes:
                return notes[key]
    return None


def query_note(query: str, name: str, record: str) -> Note | None:
    """Return what the document says of a parameter in a query.

    Args:
        query: the name of the model of the query.
        name: of the parameter.
        record: the name of the record whose fields it filters by, or "".
    """
    found = QUERY_NOTES.get(f"{query}.{name}")
    if found is None and record:
        found = _filter_note(record, name)
    return found or QUERY_NOTES.get(name)


def _filter_note(record: str, name: str) -> Note | None:
    if name in ("limit", "offset"):
        return None
    of_field = field_note(record, name) if f"{record}.{name}" in RECORD_NOTES else None
    found = of_field or RECORD_NOTES.get(name)
    return found and Note(f"Only records with this value. {found.description}", found.example)
