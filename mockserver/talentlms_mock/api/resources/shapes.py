"""Parts of answers that several resources share, as schemas and as expressions of JSON."""

from typing import Literal

from sqlalchemy import Table, and_, func, literal, select
from sqlalchemy.types import String

from talentlms_mock.api.rows import Expression, json_list, json_object, json_or_null
from talentlms_mock.api.values import Shape

IMAGE_SIZES = ("default", "sm", "md", "lg", "xl")


class Image(Shape):
    """A picture's addresses in five sizes."""

    default: str
    sm: str
    md: str
    lg: str
    xl: str


class RichText(Shape):
    """A text as it was written, and without its tags."""

    html: str
    text: str


class Reference(Shape):
    """Another resource, by id and name."""

    id: int
    name: str


class CustomFieldValue(Shape):
    """A custom field, and its value for one user or course."""

    id: int
    name: str
    value: str | None
    type: Literal["text", "dropdown", "checkbox", "date"]


class Price(Shape):
    amount: float
    currency: str


def image(column: Expression, fallback: str) -> Expression:
    """Return the expression of the picture in `column`, a text, or of the portal's `fallback`."""
    return func.coalesce(column, literal(_sizes(fallback), String))


def reference(id: Expression, name: Expression) -> Expression:
    """Return the expression of {id, name}, or of null where `id` is null."""
    return json_or_null(id, json_object(id=id, name=name))


def custom_fields(fields: Table, values: Table, owners: Table) -> Expression:
    """Return the expression of every custom field with the owner's value or null."""
    of_owner = and_(values.c.field_id == fields.c.id, values.c.owner_id == owners.c.id)
    rows = (
        select(fields.c.id, fields.c.name, values.c.value, fields.c.type)
        .select_from(fields.outerjoin(values, of_owner))
        .order_by(fields.c.position, fields.c.id)
        .correlate(owners)
    )
    return json_list(
        rows,
        lambda field: json_object(id=field.id, name=field.name, value=field.value, type=field.type),
    )


def price(amount: Expression, currency: Expression) -> Expression:
    """Return the expression of {amount, currency}, or of null where there is no amount."""
    return json_or_null(amount, json_object(amount=amount, currency=currency))


def _sizes(stem: str) -> str:
    """Return the JSON of a picture on a host that nobody can own (RFC 2606)."""
    address = f"https://static.example.com/{stem}"
    pairs = [f'"{size}":"{address}_{size}.png"' for size in IMAGE_SIZES]
    return "{" + ",".join(pairs) + "}"
