"""The kinds of columns that the tables of a portal have."""

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
