"""The operation of the timeline (operations.md, 33)."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.types import String

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, OBSERVED_TOOL, RECORDED, Rule
from talentlms_mock.api.operation import Filter, operation, page_of
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.resources.shapes import Reference, reference
from talentlms_mock.api.rows import Expression, json_object, json_or_null
from talentlms_mock.api.values import ID, MOMENT, Kind, Shape, Timestamp
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.store.events import EVENT_TYPES
from talentlms_mock.portal.store.models import events
from talentlms_mock.portal.store.transaction import Transaction


class EventUser(Shape):
    """A user as it was called when the event happened."""

    id: Annotated[int, Field(description="The user's id.")]
    name: Annotated[str, Field(description="The first name.")]
    surname: Annotated[str, Field(description="The last name.")]
    login: Annotated[str, Field(description="The login.")]


class EventCourse(Shape):
    """A course as it was called when the event happened."""

    id: Annotated[int, Field(description="The course's id.")]
    name: Annotated[str, Field(description="The name of the course.")]
    code: Annotated[
        str | None, Field(description="The code of the course; null where it has none.")
    ]


class EventExtra(Shape):
    """What an event is about; each is null where the event has none."""

    user: Annotated[
        EventUser | None,
        Field(description="The user that the event is about; null where it is about none."),
    ]
    group: Annotated[
        Reference | None,
        Field(description="The group that the event is about; null where it is about none."),
    ]
    course: Annotated[
        EventCourse | None,
        Field(description="The course that the event is about; null where it is about none."),
    ]
    branch: Annotated[
        Reference | None,
        Field(description="The branch that the event is about; null where it is about none."),
    ]
    unit: Annotated[
        Reference | None,
        Field(description="The unit that the event is about; null where it is about none."),
    ]


class TimelineEvent(Shape):
    """Something that happened, with the names of that time; what it is about may be gone."""

    id: Annotated[
        str,
        Field(description="A number as text; with a filter by type, a number within the type."),
    ]
    user_id: Annotated[
        int | None,
        Field(description="The id of the user that the event is about; null where there is none."),
    ]
    event_type: Annotated[str, Field(description="The name of the type.")]
    created_at: Annotated[Timestamp, Field(description="When it happened, the last time.")]
    occurrences: Annotated[
        int, Field(description="How often it happened: sign-ins close to each other are one event.")
    ]
    extra: Annotated[EventExtra, Field(description="What the event is about.")]


_EXTRA = json_object(
    user=json_or_null(
        events.c.user_id,
        json_object(
            id=events.c.user_id,
            name=events.c.user_name,
            surname=events.c.user_surname,
            login=events.c.user_login,
        ),
    ),
    group=reference(events.c.group_id, events.c.group_name),
    course=json_or_null(
        events.c.course_id,
        json_object(id=events.c.course_id, name=events.c.course_name, code=events.c.course_code),
    ),
    branch=reference(events.c.branch_id, events.c.branch_name),
    unit=reference(events.c.unit_id, events.c.unit_name),
)


def _listing(id: Expression, counts: Mapping[tuple[str, ...], Select[int]]) -> Listing:
    return Listing(
        select(
            json_object(
                id=id,
                user_id=events.c.user_id,
                event_type=events.c.event_type,
                created_at=events.c.created_at,
                occurrences=events.c.occurrences,
                extra=_EXTRA,
            )
        ),
        events,
        (events.c.created_at.desc(), events.c.id.desc()),
        counts=counts,
    )


# In an imported portal the first id may be any; each is found by the index alone.
_FIRST, _LAST = (select(edge(events.c.id)).scalar_subquery() for edge in (func.min, func.max))
_ALL = _listing(
    events.c.id.cast(String),
    # No event is ever deleted, so the ids are without gaps; counting takes time for each.
    {(): select(func.coalesce(_LAST - _FIRST + 1, 0))},
)


def _event_type(text: str) -> str:
    if text not in EVENT_TYPES:
        raise ValueError(f"must be the name of an event{suggest(text, EVENT_TYPES)}")
    return text


_EVENT_TYPE = Kind(_event_type, {"type": "string", "enum": list(EVENT_TYPES)}, "user_login_user")
_BY_TYPE = Filter(
    "event_type",
    "eq",
    _EVENT_TYPE,
    lambda value: events.c.event_type == value,
    RECORDED,
    "The type of the event.",
)
_OF_TYPE = _listing(
    bindparam("prefix", type_=String).concat(events.c.type_number.cast(String)),
    {  # for the same reason, within the type
        (_BY_TYPE.parameter,): select(func.coalesce(func.max(events.c.type_number), 0)).where(
            _BY_TYPE.condition
        )
    },
)


@operation(
    "GET",
    "/timeline",
    "getTimeline",
    tag="Timeline",
    summary="Get timeline",
    response=page_of(TimelineEvent, RECORDED),
    known=DOCUMENTED,
    recorded=2,
    filters=(
        _BY_TYPE,
        Filter(
            "created_from",
            "gte",
            MOMENT,
            lambda value: events.c.created_at >= value,
            RECORDED,
            "The event happened at this moment or later.",
        ),
        Filter(
            "created_to",
            "lte",
            MOMENT,
            lambda value: events.c.created_at <= value,
            RECORDED,
            "The event happened at this moment or earlier.",
        ),
        Filter(
            "user_id",
            "eq",
            ID,
            lambda value: events.c.user_id == value,
            INFERRED,
            "The id of the user that the event is about.",
        ),
    ),
    rules=(
        Rule("the newest event comes first", RECORDED),
        Rule("events can be filtered by their type and by a range of dates", OBSERVED_TOOL),
        Rule("filtered by type, events have another id, counted within the type", RECORDED),
        Rule("sign-ins of a user within two hours of the one before are one event"),
        Rule("an event type that does not exist answers 400"),
    ),
)
def get_timeline(transaction: Transaction, page: PageRequest) -> Page:
    """List the events of the portal, the newest first, a page at a time."""
    event_type = page.filters.values.get(_BY_TYPE.parameter)
    if event_type is None:
        return _ALL.fetch(transaction, page)
    return _OF_TYPE.fetch(transaction, page, prefix=_prefix(str(event_type)))


def _prefix(event_type: str) -> str:
    """Return what ids of this type begin with: `tcc_` for course_completion, as recorded."""
    return f"t{''.join(word[0] for word in event_type.split('_'))}_"
