"""The file of known differences, which are set aside with a reason and a date."""

from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.validation import first_mistake
from talentlms_mock.toml_files import parse


class Ignored(BaseModel):
    """A difference that is known.

    Args:
        operation: its name, or `every operation`; left out it is any.
        place: as the report names it.
        reason: why it is set aside.
        date: when it was.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    operation: str = ""
    place: str
    reason: str = Field(min_length=1)
    date: date

    def matches(self, operation: str, place: str) -> bool:
        """Return whether a difference is this one."""
        return self.operation in ("", operation) and self.place == place


class IgnoreFile(BaseModel):
    """The content of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ignore: tuple[Ignored, ...] = ()


def load(path: Path) -> tuple[Ignored, ...]:
    """Return the known differences in a TOML file.

    Raises:
        SetupError: it cannot be read, or one has no reason or no date.
    """
    try:
        return IgnoreFile.model_validate(parse(path, "ignore")).ignore
    except ValidationError as error:
        raise SetupError(f"The ignore file {path}: {first_mistake(error, IgnoreFile)}.") from None
