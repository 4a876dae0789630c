"""Snapshots: everything that a portal is, to be put back later."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from talentlms_mock.errors import SetupError, nearest
from talentlms_mock.portal.journal.journal import Exchange

if TYPE_CHECKING:
    from talentlms_mock.portal.portal import Portal


@dataclass(frozen=True)
class State:
    """What a portal is at one time; all but the data and the journal is JSON-able."""

    data: bytes | None = field(repr=False)
    settings: Mapping[str, Any]
    keys: tuple[str, ...]
    clock: Mapping[str, Any]
    rate_limit: Mapping[str, Any]
    faults: Mapping[str, Any]
    journal: list[Exchange] = field(repr=False)


def state_of(portal: "Portal", *, beginning: bool = False) -> State:
    """Return what `portal` is now; with `beginning`, its data and journal are those at first.

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


def put_back(portal: "Portal", state: State, *, journal: bool) -> None:
    """Make `portal` what it was, with its `journal` or with that of now.

    Raises:
        SetupError: another portal has its key by now, or the data was not kept; nothing changed.
        PortalGone: the portal is gone.
    """
    keys = portal.keys.all
    portal.keys.have(state.keys)
    try:
        portal.database.restore(state.data)
    except BaseException:
        portal.keys.have(keys)
        raise
    portal.settings.restore(state.settings)
    portal.clock.restore(state.clock)
    portal.rate_limit.restore(state.rate_limit)
    portal.faults.restore(state.faults)
    if journal:
        portal.journal.restore(state.journal)


class Snapshot:
    """What a portal was when the snapshot was taken.

    In a with statement it is put back at the end of the block, also after an exception.
    """

    def __init__(self, portal: "Portal", name: str | None = None, *, journal: bool = False) -> None:
        self.name = name
        self.journal = journal
        self.taken_at = portal.clock.timestamp()
        """The portal's time when it was taken."""
        self._portal = portal
        self._state = state_of(portal)

    def restore(self) -> None:
        """Put it back; it stays as it is, for another time.

        Raises:
            SetupError: another portal has the key of then by now.
            PortalGone: the portal is gone.
        """
        put_back(self._portal, self._state, journal=self.journal)

    def as_data(self) -> dict[str, Any]:
        """Return what can be said of it as JSON-able values."""
        size = len(self._state.data or b"")
        return {
            "name": self.name,
            "taken_at": self.taken_at,
            "bytes": size,
            "journal": self.journal,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.restore()


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
            known = nearest(name, self._named) if self._named else ""
            raise SetupError(f"There is no snapshot {name!r}{known}.", at="name")
        return self._named[name]

    def __contains__(self, name: object) -> bool:
        return name in self._named

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._named))

    def __len__(self) -> int:
        return len(self._named)

    def keep(self, name: str, snapshot: Snapshot) -> None:
        """Keep `snapshot` under its name, in the place of an older one."""
        self._named.pop(name, None)
        self._named[name] = snapshot

    def drop(self, name: str) -> None:
        """Forget a snapshot.

        Raises:
            SetupError: there is none of this name.
        """
        del self._named[self[name].name or name]
