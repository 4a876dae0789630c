"""Work on a portal that must not hold up the event loop, on which all portals are served.

A portal does one thing at a time. Whoever waits for its turn waits here, without a thread, so that
a portal that is busy for long takes no more than one of the threads that all portals share.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from weakref import WeakKeyDictionary

from starlette.concurrency import run_in_threadpool

from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.store.database import Database

T = TypeVar("T")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.05

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakKeyDictionary[Portal, asyncio.Lock]] = (
    WeakKeyDictionary()
)


async def perform(portal: Portal, work: Callable[[], T]) -> T:
    """Return what `work` returns, which uses the data of `portal`.

    It runs at once where that is quick. In a large portal it runs in a thread, as a request can
    have as much to do as the portal has rows.
    """
    if portal.database.is_large:
        async with turn(portal):
            return await run_in_threadpool(work)
    await wait_for(portal.database)
    try:
        return work()
    finally:
        portal.database.release()


async def wait_for(database: Database) -> None:
    """Hold the database for this thread, once no other does: the caller releases it."""
    pause = _FIRST_PAUSE
    while not database.hold():
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


@asynccontextmanager
async def turn(portal: Portal) -> AsyncIterator[None]:
    """Wait until nothing else of this event loop works on the portal in a thread."""
    of_loop = _turns.setdefault(asyncio.get_running_loop(), WeakKeyDictionary())
    async with of_loop.setdefault(portal, asyncio.Lock()):
        yield
