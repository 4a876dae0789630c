"""The operations of categories (operations.md, 55 and 56)."""

import orjson
from sqlalchemy import bindparam, func, select

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED
from talentlms_mock.api.operation import keyword, one, operation, page_of
from talentlms_mock.api.page import Listing, Page, PageRequest
from talentlms_mock.api.resources.shapes import Price, Reference, price
from talentlms_mock.api.rows import Query, json_list, json_object, one_row
from talentlms_mock.api.values import Shape
from talentlms_mock.portal.store.models import categories, courses, site
from talentlms_mock.portal.store.transaction import Transaction


class ListedCategory(Shape):
    id: int
    name: str
    description: str | None
    price: Price | None
    parent_id: int | None
    courses_count: int


class Category(ListedCategory):
    courses: list[Reference]


_FROM = categories.join(site, site.c.id == 1)
_IN_CATEGORY = courses.c.category_id == categories.c.id
_LISTED = {
    "id": categories.c.id,
    "name": categories.c.name,
    "description": categories.c.description,
    "price": price(categories.c.price, site.c.currency),
    "parent_id": categories.c.parent_id,
    "courses_count": select(func.count())
    .select_from(courses)
    .where(_IN_CATEGORY)
    .scalar_subquery(),
}
_COURSES = json_list(
    select(courses.c.id, courses.c.name)
    .where(_IN_CATEGORY)
    .order_by(courses.c.id)
    .correlate(categories),
    lambda course: json_object(id=course.id, name=course.name),
)
_CATEGORY = Query(
    select(json_object(**_LISTED, courses=_COURSES))
    .select_from(_FROM)
    .where(categories.c.id == bindparam("id"))
)
_LISTING = Listing(select(json_object(**_LISTED)).select_from(_FROM), categories, categories.c.id)


@operation(
    "GET",
    "/categories",
    "getCategories",
    tag="Category",
    summary="List all categories",
    answer=page_of(ListedCategory, INFERRED),
    known=DOCUMENTED,
    filters=(keyword(func.casefold(categories.c.name), INFERRED),),
)
def get_categories(transaction: Transaction, page: PageRequest) -> Page:
    return _LISTING.fetch(transaction, page)


@operation(
    "GET",
    "/categories/{id}",
    "getCategory",
    tag="Category",
    summary="Get a category",
    answer=one(Category, INFERRED),
    known=DOCUMENTED,
)
def get_category(transaction: Transaction, id: int) -> orjson.Fragment:
    return one_row(transaction, _CATEGORY, id, "category")
