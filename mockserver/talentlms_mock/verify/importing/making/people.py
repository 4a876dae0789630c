"""Users, their types, custom field values and memberships, and groups."""

from typing import Any

import orjson

from talentlms_mock.portal.rules.passwords import PASSWORD_HASH
from talentlms_mock.portal.rules.rewards import level
from talentlms_mock.portal.seed.parts import USER_TYPES
from talentlms_mock.portal.store.row_types import (
    BranchUserRow,
    CourseFieldValueRow,
    GroupCourseRow,
    GroupRow,
    GroupUserRow,
    UserFieldValueRow,
    UserRow,
    UserTypeRow,
)
from talentlms_mock.portal.store.text import without_tags
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.making.site import amount, locale
from talentlms_mock.verify.importing.making.source import Record, Source

_DEFAULT_TYPE = "Learner-Type"
_RANKS = dict(zip(USER_TYPES, (3, 2, 1, 0, 1), strict=True))
_SIZES = ("default", "sm", "md", "lg", "xl")


def add_types(source: Source) -> dict[str, int]:
    """Add the user types that were read, and return their ids by name.

    What a user may switch to shows their ranks: its own type, and all of a lower rank.
    """
    types, below = _types(source)
    if not types:
        types = {id: {"id": id, "name": name} for id, name in enumerate(USER_TYPES, 1)}
    for name in _names_alone(source, types):
        id = max(types) + 1
        types[id] = {"id": id, "name": name}
    if not any(each.get("is_default") for each in types.values()):
        _choose_default(types)
    instructors = _instructors(source)
    for id, each in sorted(types.items()):
        name = each.get("name") or f"Type {id}"
        source.rows.add(
            UserTypeRow(
                id=id,
                name=name,
                is_default=bool(each.get("is_default")),
                may_instruct=name in instructors or (name in _RANKS and name != _DEFAULT_TYPE),
                rank=_rank(id, name, below),
            )
        )
        source.known["user type"].add(id)
    return {each.get("name") or f"Type {id}": id for id, each in types.items()}


def _types(source: Source) -> tuple[dict[int, Record], dict[int, set[int]]]:
    """Return the types by their ids, and the types below each of which that is known."""
    types: dict[int, Record] = {}
    below: dict[int, set[int]] = {}
    for record in source.records["user"].values():
        own, available = record.get("user_type"), record.get("available_types") or []
        for each in (*available, *([own] if own else [])):
            if each.get("id") is not None:
                types.setdefault(each["id"], {}).update(each)
        if own and own.get("id") is not None and available:
            below[own["id"]] = {each["id"] for each in available if each.get("id")} - {own["id"]}
    for record in source.records["branch"].values():
        own = record.get("default_user_type")
        if own and own.get("id") is not None:
            types.setdefault(own["id"], own)
    return types, below


def _names_alone(source: Source, types: dict[int, Record]) -> list[str]:
    """Return the types of which a list of users has the name alone."""
    known = {each.get("name") for each in types.values()}
    found = {record.get("type"): None for record in source.records["user"].values()}
    return [name for name in found if name and name not in known]


def _choose_default(types: dict[int, Record]) -> None:
    """Make the learners' type the default one: each portal has one."""
    by_name = {each.get("name"): id for id, each in types.items()}
    id = by_name.get(_DEFAULT_TYPE, max(types))
    types[id] = {**types[id], "is_default": True}


def _instructors(source: Source) -> set[str]:
    """Return the names of the types of those who are instructors somewhere."""
    users = source.records["user"]
    found = {
        (users[user].get("user_type") or {}).get("name") or users[user].get("type")
        for _, user, row in source.enrollments()
        if row.get("role") == "instructor" and user in users
    }
    return {name for name in found if name}


def _rank(id: int, name: str, below: dict[int, set[int]]) -> int:
    if id in below:
        return len(below[id])
    if not below:
        return _RANKS.get(name, 0)
    # As high as the highest type that cannot switch to it.
    return max((len(lower) for lower in below.values() if id not in lower), default=0)


def add_users(source: Source, types: dict[str, int]) -> None:
    """Add the users, with what they have earned."""
    taken: dict[str, set[str]] = {"login": set(), "email": set()}
    rewards = {ids[0]: row for ids, _, row in source.read(reads.GAMIFICATION)}
    online = {ids[0] for ids, _, row in source.read(reads.ONLINE) if row.get("status") == "online"}
    for id, record in sorted(source.records["user"].items()):
        login = _once(source, taken, "login", record, f"user{id}")
        email = _once(source, taken, "email", record, f"user{id}@example.com")
        names = [record.get("name") or "", record.get("surname") or ""]
        registration = source.require(record, "registration", source.now, "users")
        earned = rewards.get(id, {})
        points = earned.get("points") or 0
        html = (record.get("description") or {}).get("html")
        source.rows.add(
            UserRow(
                id=id,
                login=login,
                login_key=login.casefold(),
                name=names[0],
                surname=names[1],
                email=email,
                email_key=email.casefold(),
                search_key="\n".join((*names, login, email)).casefold(),
                password_hash=PASSWORD_HASH,
                description=html,
                description_text=plain_text(record.get("description")),
                avatar=picture(record.get("avatar")),
                timezone=record.get("timezone") or "UTC",
                locale=locale(record) or "en-US",
                user_type_id=_type_of(source, record, types),
                status=source.require(record, "status", "active", "users"),
                credits=record.get("credits"),
                email_notifications=record.get("email_notifications") is not False,
                deactivation_date=record.get("deactivation_date"),
                registration=registration,
                last_login=record.get("last_login"),
                last_updated=record.get("last_updated"),
                integration=None,
                integration_user_id=record.get("integration_user_id"),
                points=points,
                level=earned.get("level") or level(points),
                session_started_at=record.get("last_login") if id in online else None,
            )
        )
        add_field_values(source, "user", id, record)


def _once(
    source: Source, taken: dict[str, set[str]], name: str, record: Record, otherwise: str
) -> str:
    """Return the login or the email of a user, which no other has."""
    value = str(source.require(record, name, otherwise, "users"))
    if value.casefold() in taken[name]:
        source.notes.add(f"users.{name}", "is there twice, filled in")
        value = otherwise
    taken[name].add(value.casefold())
    return value


def _type_of(source: Source, record: Record, types: dict[str, int]) -> int:
    own = record.get("user_type") or {}
    if own.get("id") in source.known["user type"]:
        return int(own["id"])
    name = own.get("name") or record.get("type")
    if name in types:
        return types[name]
    source.notes.add("users.user_type", "missing, filled in")
    return types.get(_DEFAULT_TYPE, min(types.values()))


def plain_text(description: Any) -> str | None:
    """Return the text of a description without tags; None where it says what its HTML says."""
    html, text = (description or {}).get("html"), (description or {}).get("text")
    found = without_tags(html) if text is None else text
    return None if found == html else found


def picture(sizes: Any) -> str | None:
    """Return a picture as it is kept, with an address for each size; None where there is none."""
    if not sizes or not sizes.get("default"):
        return None
    return orjson.dumps({size: sizes.get(size) or sizes["default"] for size in _SIZES}).decode()


def add_field_values(source: Source, kind: str, owner: int, record: Record) -> None:
    """Add the values of the custom fields of a user or a course."""
    row_type = UserFieldValueRow if kind == "user" else CourseFieldValueRow
    done: set[int] = set()
    for each in record.get("custom_fields") or ():
        id = each.get("id")
        if each.get("value") is not None and id is not None and id not in done:
            done.add(id)
            source.rows.add(row_type(owner_id=owner, field_id=id, value=each["value"]))


def add_groups(source: Source) -> None:
    """Add the groups and their courses."""
    for id, record in source.records["group"].items():
        redemptions = record.get("key_redemptions") or {}
        source.rows.add(
            GroupRow(
                id=id,
                name=source.require(record, "name", f"Group {id}", "groups"),
                description=record.get("description"),
                key=record.get("key"),
                max_key_redemptions=record.get("max_key_redemptions", redemptions.get("max")),
                key_redemptions=redemptions.get("used") or 0,
                price=amount(record.get("price")),
                branch_id=source.refer("branch", record.get("branch"), "groups.branch"),
            )
        )
    for (group,), id, _ in source.read(reads.GROUP_COURSES):
        found = (
            source.refer("course", id, "group_courses"),
            source.refer("group", group, "group_courses"),
        )
        if None not in found:
            source.rows.add(GroupCourseRow(group_id=group, course_id=id))


def add_members(source: Source) -> None:
    """Add the users of groups and of branches, whichever side was read."""
    for kind, users, of_user, name, row_type in (
        ("group", reads.GROUP_USERS, reads.USER_GROUPS, "groups", GroupUserRow),
        ("branch", reads.BRANCH_USERS, reads.USER_BRANCHES, "branches", BranchUserRow),
    ):
        pairs = {(ids[0], id) for ids, id, _ in source.read(users)}
        for (user,), _, row in source.read(of_user):
            pairs |= {(each["id"], user) for each in row.get(name) or () if each.get("id")}
        for holder, user in sorted(pairs):
            where = f"{kind}_users"
            if (
                source.refer(kind, holder, where) is not None
                and source.refer("user", user, where) is not None
            ):
                source.rows.add(row_type(**{f"{kind}_id": holder, "user_id": user}))
