"""The folder in which a server keeps its portals, each in a file of its own."""

from contextlib import ExitStack
from pathlib import Path

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import exclusive
from talentlms_mock.portal.keeping import keep
from talentlms_mock.portal.portal import Portal

_SUFFIX = ".sqlite"
_LOCK = ".lock"


class DatabaseFolder:
    """A folder with the files of a server's portals; the name of a file is the domain.

    Args:
        path: of the folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held = ExitStack()

    def hold(self) -> list[Path]:
        """Keep other servers out until `release`, and return the files of the portals.

        The folder is made if it is missing. What does not end in `.sqlite` is left alone.

        Raises:
            SetupError: it cannot be made or read, or another server has it.
        """
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(f"The folder {self._path} cannot be made: {error.strerror}.") from None
        try:
            self._held.enter_context(exclusive(self._path / _LOCK, wait=False))
        except OSError as error:
            raise SetupError(
                f"The folder {self._path} cannot be held ({error.strerror}); is another mock using "
                "it?"
            ) from None
        return sorted(self._path.glob(f"[!.]*{_SUFFIX}"))

    def release(self) -> None:
        """Let other servers use the folder."""
        self._held.close()

    def keep(self, portal: Portal) -> None:
        """Keep a portal that is in memory in a file of the folder; any other keeps its own file.

        Raises:
            SetupError: there is a file of this name, or it cannot be made.
            PortalGone: the portal is gone.
        """
        if portal.database.path is None:
            keep(portal, self._file(portal))

    def remove(self, portal: Portal) -> None:
        """Remove the file of a portal that is closed, if it was kept here.

        Raises:
            SetupError: the file cannot be removed.
        """
        file = self._file(portal)
        if portal.database.path != file:
            return
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise SetupError(f"The file {file} cannot be removed: {error.strerror}.") from None

    def _file(self, portal: Portal) -> Path:
        return self._path / f"{portal.domain}{_SUFFIX}"
