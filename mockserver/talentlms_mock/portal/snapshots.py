"""Snapshots: the whole state of a portal, to be restored later."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self, cast

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.comparison import MISSING, json_differences
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.portal.faults.faults import Faults
from talentlms_mock.portal.journal.journal import Exchange, Journal
from talentlms_mock.portal.state.clock import Clock
from talentlms_mock.portal.state.keys import Keys
from talentlms_mock.portal.state.rate_limit import RateLimit
from talentlms_mock.portal.state.settings import Settings
from talentlms_mock.portal.store.changes import Differences, RowChange, row_changes
from talentlms_mock.portal.store.database import Database


class Parts(Protocol):
    """What a portal consists of, as far as a snapshot holds it."""

    settings: Settings
    keys: Keys
    journal: Journal
    database: Database

    @property
    def clock(self) -> Clock: ...
    @property
    def rate_limit(self) -> RateLimit: ...
    @property
    def faults(self) -> Faults: ...


@dataclass(frozen=True)
class State:
    """The state of a portal at one time; all but the data and the journal is JSON-able."""

    data: bytes | None = field(repr=False)
    settings: Mapping[str, Any]
    keys: tuple[str, ...]
    clock: Mapping[str, Any]
    rate_limit: Mapping[str, Any]
    faults: Mapping[str, Any]
    journal: list[Exchange] = field(repr=False)


def state_of(portal: Parts, *, beginning: bool = False) -> State:
    """Return the current state; with `beginning`, data and journal are those of the beginning.

    Raises:
        PortalGone: the portal is gone.
    """
    return State(
        data=None if beginning else portal.database.save(),
        settings=portal.settings.save(),
        keys=portal.keys.all,
        clock=portal.clock.save(),
        rate_limit=portal.rate_limit.save(),
        faults=portal.faults.save(),
        journal=[] if beginning else portal.journal.save(),
    )


def put_back(portal: Parts, state: State, *, journal: bool) -> None:
    """Restore `state`, with its journal or with the current one.

    Raises:
        SetupError: another portal has its key by now, or the data was not kept; nothing changed.
        PortalGone: the portal is gone.
    """
    keys = portal.keys.all
    portal.keys.replace(state.keys)
    try:
        portal.database.restore(state.data)
    except BaseException:
        portal.keys.replace(keys)
        raise
    portal.settings.restore(state.settings)
    portal.clock.restore(state.clock)
    portal.rate_limit.restore(state.rate_limit)
    portal.faults.restore(state.faults)
    if journal:
        portal.journal.restore(state.journal)


class Snapshot:
    """The state of a portal when the snapshot was taken.

    In a with statement it is restored at the end of the block, also after an exception.

    Attributes:
        name: under which the portal keeps it; None for one that it does not keep.
        journal: whether restoring it restores the journal too.
        taken_at: the portal's time when it was taken, in ISO 8601.
    """

    def __init__(self, portal: Parts, name: str | None = None, *, journal: bool = False) -> None:
        self.name = name
        self.journal = journal
        self.taken_at = portal.clock.timestamp()
        self._portal = portal
        self._state = state_of(portal)

    def restore(self) -> None:
        """Restore the portal; the snapshot can be restored again.

        Raises:
            SetupError: another portal has the key of the snapshot by now.
            PortalGone: the portal is gone.
        """
        put_back(self._portal, self._state, journal=self.journal)

    def differences(self, later: "Snapshot | None" = None) -> Differences:
        """Return what was added, changed and removed between this snapshot and a later state.

        Rows of the database come by table; before them what differs of settings, clock, limits and
        faults, as a change in a table of that name.

        Args:
            later: another snapshot of the portal; None is how the portal is now.

        Raises:
            SetupError: the data of the beginning was not kept.
            PortalGone: the portal is gone.
        """
        then = self._state
        now = state_of(self._portal) if later is None else later._state
        found = [change for name in _PARTS for change in _part(name, then, now)]
        content_of = self._portal.database.content_of
        return Differences([*found, *row_changes(content_of(then.data), content_of(now.data))])

    def as_data(self) -> dict[str, Any]:
        """Return a description as JSON-able values; `bytes` is the size of the data."""
        size = len(self._state.data or b"")
        return {
            "name": self.name,
            "taken_at": self.taken_at,
            "bytes": size,
            "journal": self.journal,
        }

    def __repr__(self) -> str:
        name = "" if self.name is None else f"{self.name!r} "
        return f"<Snapshot {name}of {self._portal.settings.domain!r} at {self.taken_at}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.restore()


_PARTS = ("settings", "clock", "rate_limit", "faults")


def _part(name: str, then: State, now: State) -> Iterator[RowChange]:
    """Give what differs in a part of the state that is no data, as one change or none."""
    found = json_differences("", getattr(then, name), getattr(now, name), partial=False)
    fields = {
        each.place.lstrip("."): tuple(
            None if value is MISSING else value for value in (each.wanted, each.found)
        )
        for each in found
    }
    if fields:
        yield RowChange(name, "changed", "", "", cast(Mapping[str, tuple[Any, Any]], fields))


class Snapshots(Mapping[str, Snapshot]):
    """The named snapshots of a portal, oldest first."""

    def __init__(self) -> None:
        self._named: dict[str, Snapshot] = {}

    def __getitem__(self, name: str) -> Snapshot:
        """Return the snapshot of this name.

        Raises:
            SetupError: there is none.
        """
        if name not in self._named:
            known = suggest(name, self._named)
            raise SetupError(f"There is no snapshot {name!r}{known}.", at="name")
        return self._named[name]

    def __contains__(self, name: object) -> bool:
        return name in self._named

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._named))

    def __len__(self) -> int:
        return len(self._named)

    def __repr__(self) -> str:
        return f"<{len(self)} snapshots: {', '.join(map(repr, self))}>" if self else "<0 snapshots>"

    def keep(self, name: str, snapshot: Snapshot) -> None:
        """Keep `snapshot` under its name, in place of an older one."""
        self._named.pop(name, None)
        self._named[name] = snapshot

    def drop(self, name: str) -> None:
        """Forget a snapshot.

        Raises:
            SetupError: there is none of this name.
        """
        del self._named[self[name].name or name]
