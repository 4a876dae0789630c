"""The operations of categories (operations.md, 55 and 56)."""

from collections import defaultdict
from typing import Annotated, Any, NamedTuple

import orjson
from pydantic import ConfigDict, Field
from sqlalchemy import bindparam, func, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED, RECORDED, Rule
from talentlms_mock.api.operation import array_of, keyword, one, operation
from talentlms_mock.api.page import Filters
from talentlms_mock.api.resources.shapes import Price, price
from talentlms_mock.api.rows import Expression, Query, json_object, one_row
from talentlms_mock.api.values import Shape
from talentlms_mock.portal.contract.refusals import CATEGORY_UNKNOWN
from talentlms_mock.portal.store.mapping import select_rows
from talentlms_mock.portal.store.models import categories, site
from talentlms_mock.portal.store.transaction import Transaction

Id = Annotated[int, Field(description="The category's id.")]
ParentId = Annotated[
    int | None, Field(description="The id of the category that it is in; null at the top.")
]
Name = Annotated[str, Field(description="The name of the category.")]


class CategoryOfCourse(Shape):
    """The category that a course is in."""

    id: Id
    parent_id: ParentId
    name: Name


def _price_may_be_missing(schema: dict[str, Any]) -> None:
    schema["required"].remove("price")


class ListedCategory(Shape):
    """A category, with those in it."""

    model_config = ConfigDict(json_schema_extra=_price_may_be_missing)

    id: Id
    parent_id: ParentId
    name: Name
    price: Annotated[
        Price, Field(description="The price of all its courses; left out where it has none.")
    ]
    children: Annotated[
        "list[ListedCategory] | None",
        Field(description="The categories in it, in the order of their names; null for none."),
    ]


class Category(Shape):
    """A category."""

    id: Id
    parent_id: ParentId
    name: Name
    price: Annotated[
        Price | None,
        Field(description="The price of all its courses together; null where it has none."),
    ]
    discounted_price: Annotated[
        Price | None, Field(description="The price with a discount; null where it has none.")
    ]


class _Listed(NamedTuple):
    """A category; its price is JSON."""

    id: int
    parent_id: int | None
    name: str
    price: str | None


def _price(column: Expression) -> Expression:
    return price(column, site.c.currency)


_FROM = categories.join(site, site.c.id == 1)
_IN_ORDER = (
    select_rows(
        _Listed,
        categories.c.id,
        categories.c.parent_id,
        categories.c.name,
        _price(categories.c.price).label("price"),
    )
    .select_from(_FROM)
    .order_by(func.casefold(categories.c.name), categories.c.id)
)
_CATEGORY = Query(
    select(
        json_object(
            id=categories.c.id,
            parent_id=categories.c.parent_id,
            name=categories.c.name,
            price=_price(categories.c.price),
            discounted_price=_price(categories.c.discounted_price),
        )
    )
    .select_from(_FROM)
    .where(categories.c.id == bindparam("id"))
)


@operation(
    "GET",
    "/categories",
    "getCategories",
    tag="Category",
    summary="List all categories",
    response=array_of(ListedCategory, RECORDED),
    known=DOCUMENTED,
    recorded=1,
    filters=(keyword(func.casefold(categories.c.name), INFERRED),),
    rules=(
        Rule("categories stand in the one that they are in, each level by name", RECORDED),
        Rule("filtered, those that match are a flat list, without those in them", INFERRED),
    ),
)
def get_categories(transaction: Transaction, filters: Filters) -> list[dict[str, Any]]:
    """Read all categories as a tree, without pages. With a keyword it is a flat list of those that
    match.
    """
    if filters.conditions:
        matching = _IN_ORDER.where(*filters.conditions.values())
        return [_listed(row, None) for row in transaction.all(matching, **filters.values)]
    below: defaultdict[int | None, list[_Listed]] = defaultdict(list)
    for row in transaction.all(_IN_ORDER):
        below[row.parent_id].append(row)
    return _tree(below, None) or []


def _tree(
    below: dict[int | None, list[_Listed]], parent_id: int | None
) -> list[dict[str, Any]] | None:
    """Return the categories in one, or at the top, with all that is in them; None for none."""
    # Not below[...], which would add to it.
    return [_listed(row, _tree(below, row.id)) for row in below.get(parent_id, ())] or None


def _listed(row: _Listed, children: list[dict[str, Any]] | None) -> dict[str, Any]:
    price = {} if row.price is None else {"price": orjson.Fragment(row.price)}
    return {
        "id": row.id,
        "parent_id": row.parent_id,
        "name": row.name,
        **price,
        "children": children,
    }


@operation(
    "GET",
    "/categories/{id}",
    "getCategory",
    tag="Category",
    summary="Get a category",
    response=one(Category, RECORDED),
    known=DOCUMENTED,
    recorded=3,
)
def get_category(transaction: Transaction, id: int) -> orjson.Fragment:
    """Read one category with its prices."""
    return one_row(transaction, _CATEGORY, id, CATEGORY_UNKNOWN)
