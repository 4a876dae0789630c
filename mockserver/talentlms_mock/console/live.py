"""The stream by which a page that is looked at learns that its portal has changed.

It says only that something has changed, so that a busy portal costs no more than a quiet one: the
page then asks for itself again, at most once a second.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.parsing import host_of, portal_of
from talentlms_mock.control.requests import HEARTBEAT, EventStream
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.state.clock import stopwatch

_PAUSE = 0.25
"""Seconds between two looks at a portal."""
_WATCHED = 100
"""Portals that the list of them shows."""


def events(request: Request) -> Response:
    """Stream an event whenever a portal has changed."""
    portal = portal_of(request)
    return EventStream(_changes(lambda: _state(portal), lambda: portal.journal.ended))


def all_events(request: Request) -> Response:
    """Stream an event whenever a portal of the server has changed, or there is another."""
    portals = host_of(request).portals
    return EventStream(
        _changes(
            lambda: [(each.domain, _state(each)) for each in islice(portals, _WATCHED)],
            lambda: False,
        )
    )


async def _changes(
    state: Callable[[], object], has_ended: Callable[[], bool]
) -> AsyncGenerator[bytes, None]:
    yield b"retry: 1000\n\n"
    seen, sent = state(), stopwatch()
    while not has_ended():
        await asyncio.sleep(_PAUSE)
        now = state()
        if now != seen:
            seen, sent = now, stopwatch()
            yield b"event: change\ndata: {}\n\n"
        elif stopwatch() - sent > HEARTBEAT:
            sent = stopwatch()
            yield b": still there\n\n"


def _state(portal: Portal) -> tuple[object, ...]:
    """Return what differs after any change of the portal, without reading its data."""
    clock = portal.clock
    return (
        portal.journal.last_number,
        len(portal.journal),
        portal.database.total_changes,
        portal.settings.save(),
        [fault.as_data() for fault in portal.faults],
        clock.save() if clock.frozen else clock.factor,
        portal.rate_limit.save(),
        list(portal.snapshots),
    )
