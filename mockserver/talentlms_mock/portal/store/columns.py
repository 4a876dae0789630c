"""The kinds of columns that the tables of a portal have.

A column whose texts have a form says which in `info`; `inspection.py` checks it in files that
somebody else may have made.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    Numeric,
    String,
    text,
)
from sqlalchemy.types import TypeEngine


def id_column() -> Column[int]:
    """The primary key, which counts up."""
    return Column("id", Integer, primary_key=True)


def ref(name: str, target: str, ondelete: str = "CASCADE", **options: Any) -> Column[int]:
    """A reference to the id of a row; `ondelete` is what the deletion of that does."""
    options.setdefault("nullable", False)
    return Column(name, ForeignKey(f"{target}.id", ondelete=ondelete), **options)


def maybe_ref(name: str, target: str) -> Column[int]:
    """A reference to the id of a row that may go, or be missing."""
    return ref(name, target, ondelete="SET NULL", nullable=True)


def string(name: str, **options: Any) -> Column[str]:
    """A text that is never null."""
    options.setdefault("nullable", False)
    return Column(name, String, **options)


def maybe(name: str, kind: type[TypeEngine[Any]] = String) -> Column[Any]:
    """A value that may be null; a text by default."""
    return Column(name, kind, nullable=True)


def choice(name: str, *values: str, **options: Any) -> Column[str]:
    """One of some texts."""
    return string(name, info={"form": values}, **options)


def moment(name: str) -> Column[str]:
    """A timestamp that is never null."""
    return string(name, info={"form": "moment"})


def maybe_moment(name: str) -> Column[str]:
    """A timestamp that may be null."""
    return Column(name, String, nullable=True, info={"form": "moment"})


def timezone(name: str) -> Column[str]:
    """The name of a time zone of the IANA database."""
    return string(name, info={"form": "timezone"})


def json(name: str, form: str, *, nullable: bool = False) -> Column[str]:
    """JSON as text, of the form array, object, or texts: an array of texts."""
    return Column(name, String, nullable=nullable, info={"form": form})


def maybe_days(name: str) -> Column[int]:
    """A number of days that may be null."""
    return Column(name, Integer, nullable=True, info={"form": "days"})


def seconds(name: str, kind: type[TypeEngine[Any]]) -> Column[Any]:
    """A moment in seconds since 1970."""
    return Column(name, kind, nullable=False, info={"form": "seconds"})


def integer(name: str, default: int | None = None) -> Column[int]:
    """An integer that is never null."""
    return Column(
        name, Integer, nullable=False, server_default=None if default is None else str(default)
    )


def flag(name: str, default: bool = False) -> Column[bool]:
    """True or false."""
    return Column(name, Boolean, nullable=False, server_default=text("1" if default else "0"))


def number(name: str) -> Column[float]:
    """A number that may be null."""
    return Column(name, Numeric(asdecimal=False), nullable=True)


money = number
