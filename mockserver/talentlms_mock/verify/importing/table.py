"""Taking users in from a CSV file, such as an export of the portal's or of another system's."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from talentlms_mock.errors import SetupError
from talentlms_mock.portal.contract.suggest import suggest
from talentlms_mock.toml_files import read_text
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.run import Import

_CUSTOM = "custom:"
_LISTED = (
    *("id", "login", "name", "surname", "email", "type", "status", "timezone", "language"),
    *("registration", "last_login", "last_updated", "integration_user_id"),
)
_DETAILS = ("description", "credits", "deactivation_date")
FIELDS = (*_LISTED, *_DETAILS)
"""What a column can become; also `custom:NAME`, a custom field."""

_ALIASES = {
    "first_name": "name",
    "last_name": "surname",
    "e-mail": "email",
    "email_address": "email",
    "username": "login",
    "user_type": "type",
    "locale": "language",
}
_DELIMITERS = ",;\t|"


def mapping_of(texts: Sequence[str]) -> dict[str, str]:
    """Return the fields by column of options like `E-mail=email`.

    Raises:
        SetupError: one names no field of a user.
    """
    found = {}
    for text in texts:
        column, equals, field = text.rpartition("=")
        if not equals:
            raise SetupError(f'--map {text} names no field: write "COLUMN=FIELD".')
        if field not in FIELDS and field in (field.removeprefix(_CUSTOM), _CUSTOM):
            raise SetupError(
                f"--map {text}: a user has no field {field!r}{suggest(field, FIELDS)}; there are "
                f"{', '.join(FIELDS)}, and {_CUSTOM}NAME."
            )
        found[column.strip()] = field
    return found


def take_table(found: Import, path: Path, mapping: Mapping[str, str]) -> None:
    """Take the users of a CSV file into an import.

    Args:
        found: the import.
        path: of the file, with a head of columns.
        mapping: the field of each column whose name is another.

    Raises:
        SetupError: the file is no table of users.
    """
    columns, rows = _read(path)
    fields = _fields(path, columns, mapping)
    for column in columns:
        if column not in fields:
            found.note(f"column {column}", "unknown, left out")
    customs = list(dict.fromkeys(f for f in fields.values() if f.startswith(_CUSTOM)))
    listed, details = [], {}
    for number, row in enumerate(rows, 1):
        values = {field: (row.get(column) or "").strip() for column, field in fields.items()}
        if not values.get("login") and not values.get("email"):
            found.note("a row", "without a login and an email, left out")
            continue
        id = int(values["id"]) if values.get("id", "").isdecimal() else number
        listed.append(_listed(id, values))
        details[id] = _detail(id, values, customs)
    found.taker.take("users", reads.USERS, (), {"_data": listed})
    for id, detail in details.items():
        found.taker.take(f"users/{id}", reads.USER, (id,), {"_data": detail})


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    try:
        text = read_text(path)
    except OSError as error:
        raise SetupError(f"Cannot read {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SetupError(f"{path} is not UTF-8: save it as CSV in UTF-8.") from None
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return [name for name in table.fieldnames or () if name], list(table)
    except csv.Error as error:
        raise SetupError(f"{path} is not a CSV file: {error}.") from None


def _fields(path: Path, columns: list[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the field of each column that has one."""
    for column in mapping:
        if column not in columns:
            raise SetupError(f"{path} has no column {column!r}{suggest(column, columns)}.")
    found = {}
    for column in columns:
        plain = column.strip().lower().replace(" ", "_")
        field = mapping.get(column) or _ALIASES.get(plain, plain)
        if field in FIELDS or field.startswith(_CUSTOM):
            found[column] = field
    if not {"login", "email"} & set(found.values()):
        raise SetupError(
            f'{path} has no column of logins or emails: name one, like --map "E-mail=email".'
        )
    return found


def _listed(id: int, values: Mapping[str, str]) -> dict[str, Any]:
    """Return a user as a list of users has it."""
    own: dict[str, Any] = {name: values.get(name) or None for name in _LISTED}
    own |= {
        "id": id,
        "login": values.get("login") or values.get("email"),
        "type": values.get("type") or "Learner-Type",
        "status": values.get("status") or "active",
    }
    return {**dict.fromkeys(_names(reads.USERS)), **own}


def _detail(id: int, values: Mapping[str, str], customs: list[str]) -> dict[str, Any]:
    """Return what of a user only its details have."""
    description = values.get("description")
    return {
        **dict.fromkeys(_names(reads.USER)),
        "id": id,
        "description": {"html": description} if description else None,
        "credits": values.get("credits") or None,
        "deactivation_date": values.get("deactivation_date") or None,
        "custom_fields": [
            {
                "id": number,
                "name": name.removeprefix(_CUSTOM),
                "type": "text",
                "value": values.get(name) or None,
            }
            for number, name in enumerate(customs, 1)
        ],
    }


def _names(read: reads.Read) -> list[str]:
    return list(read.spec) if isinstance(read.spec, dict) else []
