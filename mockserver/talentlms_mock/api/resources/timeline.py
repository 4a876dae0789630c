"""The operation of the timeline (operations.md, 33)."""

from typing import Annotated

from sqlalchemy import func, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, OBSERVED_TOOL, Rule
from talentlms_mock.api.operation import Filter, operation, page_of
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.resources.shapes import Reference, reference
from talentlms_mock.api.rows import json_object
from talentlms_mock.api.values import ID, MOMENT, Kind, Shape, Timestamp
from talentlms_mock.errors import nearest
from talentlms_mock.portal.store.events import EVENT_TYPES
from talentlms_mock.portal.store.models import events
from talentlms_mock.portal.store.transaction import Transaction


class TimelineEvent(Shape):
    """Something that happened, with the names of that time; what it is about may be gone."""

    id: Annotated[int, INFERRED]
    event_type: Annotated[str, INFERRED]
    created_at: Annotated[Timestamp, INFERRED]
    message: Annotated[str, INFERRED]
    user: Annotated[Reference | None, INFERRED]
    course: Annotated[Reference | None, INFERRED]
    group: Annotated[Reference | None, INFERRED]
    branch: Annotated[Reference | None, INFERRED]
    unit: Annotated[Reference | None, INFERRED]


_EVENT = json_object(
    id=events.c.id,
    event_type=events.c.event_type,
    created_at=events.c.created_at,
    message=events.c.message,
    user=reference(events.c.user_id, events.c.user_name),
    course=reference(events.c.course_id, events.c.course_name),
    group=reference(events.c.group_id, events.c.group_name),
    branch=reference(events.c.branch_id, events.c.branch_name),
    unit=reference(events.c.unit_id, events.c.unit_name),
)
_LISTING = Listing(
    select(_EVENT),
    events,
    (events.c.created_at.desc(), events.c.id.desc()),
    # No event is ever deleted, so the last id is their number; counting takes time for each.
    count=select(func.coalesce(func.max(events.c.id), 0)),
)


def _event_type(text: str) -> str:
    if text not in EVENT_TYPES:
        raise ValueError(f"must be the name of an event{nearest(text, EVENT_TYPES)}")
    return text


_EVENT_TYPE = Kind(_event_type, {"type": "string", "enum": list(EVENT_TYPES)})


@operation(
    "GET",
    "/timeline",
    "getTimeline",
    tag="Timeline",
    summary="Get timeline",
    answer=page_of(TimelineEvent, OBSERVED_TOOL),
    known=DOCUMENTED,
    filters=(
        Filter(
            "event_type",
            "eq",
            _EVENT_TYPE,
            lambda value: events.c.event_type == value,
            INFERRED,
        ),
        Filter("created_at", "gte", MOMENT, lambda value: events.c.created_at >= value, INFERRED),
        Filter("created_at", "lte", MOMENT, lambda value: events.c.created_at <= value, INFERRED),
        Filter("user_id", "eq", ID, lambda value: events.c.user_id == value, INFERRED),
    ),
    rules=(
        Rule("the newest event comes first", OBSERVED_TOOL),
        Rule("events can be filtered by their type and by a range of dates", OBSERVED_TOOL),
        Rule("an event type that does not exist answers 400", INFERRED),
    ),
)
def get_timeline(transaction: Transaction, page: PageRequest) -> Page:
    return _LISTING.fetch(transaction, page)
