"""Parts of answers that several resources share, as schemas and as expressions of JSON."""

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Table, and_, bindparam, func, literal, select
from sqlalchemy.types import String

from talentlms_mock.api.rows import Expression, json_list, json_object, json_or_null
from talentlms_mock.api.values import Shape
from talentlms_mock.portal.rules import addresses
from talentlms_mock.portal.store.transaction import Transaction

IMAGE_SIZES = ("default", "sm", "md", "lg", "xl")


class Image(Shape):
    """A picture's addresses in five sizes."""

    default: Annotated[str, Field(description="The address of the usual size.")]
    sm: Annotated[str, Field(description="The address of the small one.")]
    md: Annotated[str, Field(description="The address of the middle one.")]
    lg: Annotated[str, Field(description="The address of the large one.")]
    xl: Annotated[str, Field(description="The address of the largest one.")]


class RichText(Shape):
    """A text as it was written, and without its tags."""

    html: Annotated[str, Field(description="The text as it was written.")]
    text: Annotated[str, Field(description="The text without tags.")]


class Reference(Shape):
    """Another resource, by id and name."""

    id: Annotated[int, Field(description="The id of the resource.")]
    name: Annotated[str, Field(description="The name of the resource.")]


class CustomFieldValue(Shape):
    """A custom field, and its value for one user or course."""

    id: Annotated[int, Field(description="The id of the custom field.")]
    name: Annotated[str, Field(description="What people call the field.")]
    value: Annotated[str | None, Field(description="The value; null where there is none.")]
    type: Annotated[
        Literal["text", "dropdown", "checkbox", "date"],
        Field(description="The type of its values."),
    ]


class Price(Shape):
    """What something costs."""

    amount: Annotated[float, Field(description="The amount, in the currency.")]
    currency: Annotated[str, Field(description="The code of the currency, like USD.")]


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


def certificate_urls(id: Expression) -> dict[str, Expression]:
    """Return the expressions of a certificate's addresses, with the parameters of `page_values`."""
    query: Expression = bindparam("portal_query")
    address = bindparam("home").concat("/certificates/")
    return {
        "download_url": address.concat("download/").concat(id).concat(query),
        "public_url": address.concat("view/").concat(id).concat(query),
    }


def page_values(transaction: Transaction) -> dict[str, str]:
    """Return the values of the parameters that are in the addresses of pages."""
    return {
        "home": addresses.home(transaction),
        "portal_query": addresses.portal_query(transaction),
    }


def plain(number: float | None) -> float | None:
    """Return a number as the database's JSON has it: a whole one without a fraction."""
    return int(number) if number is not None and number == int(number) else number


def _sizes(stem: str) -> str:
    """Return the JSON of a picture on a host that nobody can own (RFC 2606)."""
    address = f"https://static.example.com/{stem}"
    pairs = [f'"{size}":"{address}_{size}.png"' for size in IMAGE_SIZES]
    return "{" + ",".join(pairs) + "}"
