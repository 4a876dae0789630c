"""One import from its beginning to the new database, which may take several runs."""

from pathlib import Path

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.state.clock import Clock, timestamp
from talentlms_mock.verify.importing.cleaning import Cleaner
from talentlms_mock.verify.importing.kept import Kept
from talentlms_mock.verify.importing.making.portal import make
from talentlms_mock.verify.importing.notes import Notes
from talentlms_mock.verify.importing.taking import Taker
from talentlms_mock.verify.importing.tokens import Tokens, new_secret


def state_path(database: Path) -> Path:
    """Return where an import that was stopped is kept."""
    return Path(f"{database}.import")


def check_target(database: Path, *, keep_names: bool) -> None:
    """Refuse a file that cannot become the database.

    Raises:
        SetupError: it exists, its directory does not, or names are to be kept where somebody may
            commit them.
    """
    if database.exists():
        raise SetupError(f"The file {database} exists already; remove it, or name another.")
    folder = database.resolve().parent
    if not folder.is_dir():
        raise SetupError(f"The directory {folder} does not exist.")
    tree = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)
    if keep_names and tree is not None:
        raise SetupError(
            f"--keep-names writes people's names into {database}, which is inside the git work "
            f"tree {tree}: name a file outside of it."
        )


class Import:
    """An import into a new database.

    Args:
        kept: what was read so far; a new one gets the choices, an old one has them.
        domain: of the portal.
        names: whether the names of things are replaced as well as people.
        keep_names: whether nothing is replaced.
        is_whole: whether all of the portal is read, so that what is not there does not exist.
    """

    def __init__(
        self,
        kept: Kept,
        domain: str,
        *,
        names: bool = False,
        keep_names: bool = False,
        is_whole: bool = True,
    ) -> None:
        self.kept = kept
        self._is_whole = is_whole
        if kept.fact("began") is None:
            now = Clock().now()
            kept.write_fact("domain", domain)
            kept.write_fact("names", names)
            kept.write_fact("secret", None if keep_names else new_secret().hex())
            kept.write_fact("began", timestamp(now))
        secret = kept.fact("secret")
        self._tokens = None if secret is None else Tokens(bytes.fromhex(secret))
        notes = Notes()
        cleaner = Cleaner(self._tokens, names=bool(kept.fact("names")), notes=notes)
        self.taker = Taker(kept, cleaner, notes)

    def note(self, where: str, what: str, times: int = 1) -> None:
        """Make a note for the report at the end."""
        notes = Notes()
        notes.add(where, what, times)
        self.kept.write_notes(notes)

    def make(self, database: Path) -> Notes:
        """Make the database, delete what was kept with its secret, and return what is to report.

        Raises:
            SetupError: the database cannot be written; what was kept stays.
        """
        notes = Notes()
        make(
            self.kept,
            database,
            self._tokens,
            now=self.kept.fact("began"),
            domain=self.kept.fact("domain"),
            is_whole=self._is_whole,
            notes=notes,
        )
        self.kept.remove()
        return notes


def begin(database: Path, domain: str, *, names: bool, keep_names: bool, resume: bool) -> Import:
    """Begin an import over the API, or continue one that was stopped.

    Raises:
        SetupError: there is one already, there is none to continue, or it is of another portal.
    """
    path = state_path(database)
    if not resume and path.exists():
        raise SetupError(
            f"An import into {database} was stopped: continue it with --resume, or remove {path} "
            "to begin again."
        )
    if resume and not path.exists():
        raise SetupError(f"There is nothing to resume: {path} does not exist.")
    kept = Kept(path)
    found = Import(kept, domain, names=names, keep_names=keep_names)
    if resume:
        _check_choices(kept, path, domain, names=names, keep_names=keep_names)
    return found


def _check_choices(kept: Kept, path: Path, domain: str, *, names: bool, keep_names: bool) -> None:
    if kept.fact("domain") != domain:
        raise SetupError(f"{path} is of an import from another portal.")
    if kept.fact("names") != names or (kept.fact("secret") is None) != keep_names:
        raise SetupError(
            f"{path} was begun with other choices: give the same --anonymise and --keep-names."
        )
