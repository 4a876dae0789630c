"""The events of the timeline, with the names of their time."""

from collections import Counter
from typing import Any

from talentlms_mock.portal.store import events
from talentlms_mock.portal.store.row_types import EventRow
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.making.source import Record, Source


def add_timeline(source: Source) -> None:
    """Add the events in the order of their ids, which stay where nothing is missing among them."""
    found = [(id, row) for _, id, row in source.read(reads.TIMELINE)]
    if found and found[-1][0] - found[0][0] + 1 != len(found):
        source.notes.add("events.id", "has gaps, numbered again")
        found = [(number, row) for number, (_, row) in enumerate(found, 1)]
    numbers: Counter[str] = Counter()
    for id, row in found:
        event_type = source.require(row, "event_type", "notification_create_notification", "events")
        if event_type not in events.EVENT_TYPES:
            source.notes.add("events.event_type", "a type that the mock does not know, kept")
        numbers[event_type] += 1
        extra = row.get("extra") or {}
        source.rows.add(
            EventRow(
                id=id,
                event_type=event_type,
                type_number=numbers[event_type],
                created_at=source.require(row, "created_at", source.now, "events"),
                occurrences=row.get("occurrences") or 1,
                message=_message(event_type, extra),
                **_about(extra),
            )
        )


def _message(event_type: str, extra: Record) -> str:
    if event_type not in events.EVENT_TYPES:
        return event_type
    names = {
        kind: " ".join(filter(None, ((each or {}).get("name"), (each or {}).get("surname"))))
        for kind, each in extra.items()
    }
    return events.message(event_type, **names)


def _about(extra: Record) -> dict[str, Any]:
    """Return the columns of what an event is about; what has no id cannot be named."""
    columns: dict[str, Any] = {}
    for kind, more in (
        ("user", ("surname", "login")),
        ("course", ("code",)),
        ("group", ()),
        ("branch", ()),
        ("unit", ()),
    ):
        each = extra.get(kind) or {}
        if each.get("id") is not None:
            for name in ("id", "name", *more):
                columns[f"{kind}_{name}"] = each.get(name)
    return columns
