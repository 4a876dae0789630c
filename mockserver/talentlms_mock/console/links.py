"""Where the console shows what something refers to."""

from talentlms_mock.console.rendering import link
from talentlms_mock.portal.portal import Portal

_COLLECTIONS = {
    "user": "users",
    "course": "courses",
    "unit": "units",
    "category": "categories",
    "enrollment": "enrollments",
    "certificate": "certificates",
    "group": "groups",
    "branch": "branches",
    "learning_path": "learning_paths",
    "badge": "badges",
    "coupon": "coupons",
    "user_type": "user_types",
    "user_field": "user_fields",
    "course_field": "course_fields",
    "event": "events",
}
"""The collection of what a change, or the field of a record, names."""
_SAME = {
    "parent": "category",
    "owner": "user",
    "instructor": "user",
    "default_group": "group",
    "default_user_type": "user_type",
    "last_accessed_unit": "unit",
}
"""Fields that refer to something under another name."""


def of_record(portal: Portal, collection: str, id: object) -> str:
    """Return the address of a record."""
    return link(f"/portals/{portal.domain}/data/{collection}/{id}")


def of_change(portal: Portal, entity: str, id: int) -> str | None:
    """Return the address of what a request wrote; None where the console has no page of it."""
    collection = _COLLECTIONS.get(entity)
    if entity == "task":
        return link(f"/portals/{portal.domain}/data/tasks")
    return None if collection is None else of_record(portal, collection, id)


def of_field(portal: Portal, name: str, value: object) -> str | None:
    """Return the address of what a field like `course_id` refers to; None for any other field."""
    entity = name.removesuffix("_id")
    collection = _COLLECTIONS.get(_SAME.get(entity, entity))
    if not name.endswith("_id") or not isinstance(value, int) or collection is None:
        return None
    return of_record(portal, collection, value)
