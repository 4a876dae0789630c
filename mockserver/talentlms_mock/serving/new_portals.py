"""Making a portal of a server: ready for its first request, with a key of its own."""

import warnings
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.state.settings import (
    DEFAULT_API_KEY,
    DEFAULT_DATASET,
    DEFAULT_SEED,
    Settings,
)


def ready_portal(
    settings: Settings,
    *,
    dataset: str,
    users: int | None,
    seed: int,
    clock: str | datetime | None,
    database: Path | str | None,
) -> Portal:
    """Return a portal whose data is there; warn of arguments that have no effect on it.

    Args:
        settings, dataset, users, seed, clock, database: as in `Portal`.

    Raises:
        SetupError: a value is invalid, or the file cannot be read.
    """
    file = None if database is None else Path(database)
    portal = Portal(settings, dataset=dataset, users=users, seed=seed, clock=clock, database=file)
    portal.open()  # seeding takes time, and no request is to wait for it
    idle = portal.without_effect(
        dataset=None if dataset == DEFAULT_DATASET else dataset,
        users=users,
        seed=None if seed == DEFAULT_SEED else seed,
    )
    if idle:
        warnings.warn(idle.replace("--", ""), stacklevel=3)
    return portal


def free_key(portals: Iterable[Portal]) -> str:
    """Return an API key that none of the portals has."""
    taken = {portal.settings.api_key for portal in portals}
    key, number = DEFAULT_API_KEY, 1
    while key in taken:
        number += 1
        key = f"{DEFAULT_API_KEY}-{number}"
    return key
