"""The site, its user types and custom fields, and what things are in: categories and branches."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from talentlms_mock.portal.rules.branch_settings import branch_settings
from talentlms_mock.portal.rules.users import LOCALES
from talentlms_mock.portal.store.row_types import (
    BranchCourseRow,
    BranchRow,
    CategoryRow,
    CourseFieldBranchRow,
    CourseFieldRow,
    SiteRow,
    UserFieldBranchRow,
    UserFieldRow,
)
from talentlms_mock.portal.store.text import local_moment
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.making.source import Record, Source
from talentlms_mock.verify.importing.values import timezones

_USUAL_ZONE, _USUAL_LOCALE, _USUAL_FORMAT, _USUAL_CURRENCY = "UTC", "en-US", "DDMMYYYY", "USD"


def add_site(source: Source) -> None:
    """Add the settings of the site, as far as responses show them."""
    statistics = next((row for _, _, row in source.read(reads.STATISTICS)), {})
    users = source.records["user"].values()
    date_format = statistics.get("date_format") or _USUAL_FORMAT
    moments = [row.get("registration") for row in users]
    moments += [row.get("creation_date") for row in source.records["course"].values()]
    source.rows.add(
        SiteRow(
            id=1,
            name=source.domain,
            default_locale=_most(locale(row) for row in users) or _USUAL_LOCALE,
            default_timezone=_timezone(source, users, date_format),
            date_format=date_format,
            signup_method=statistics.get("signup_method") or "manual",
            signup_type=statistics.get("signup_type") or "manual",
            verification=statistics.get("verification"),
            paypal_email=statistics.get("paypal_email"),
            domain_map=bool(statistics.get("domain_map")),
            branch_limit=statistics.get("branch_limit"),
            gamification_enabled=not source.kept.fact("not gamified"),
            currency=_currency(source),
            created_at=min(filter(None, moments), default=source.now),
        )
    )


def locale(record: Record) -> str | None:
    """Return the locale of a user, if it is one that the mock has."""
    found = record.get("locale") or record.get("language")
    return found if found in LOCALES else None


def _most(values: Iterable[Any]) -> Any:
    """Return the most frequent of the values that are not None."""
    counts = Counter(value for value in values if value is not None)
    return counts.most_common(1)[0][0] if counts else None


def _currency(source: Source) -> str:
    prices = [
        record.get(name)
        for kind in ("course", "category", "group", "path")
        for record in source.records[kind].values()
        for name in ("price", "discounted_price")
    ]
    currencies = {price["currency"] for price in prices if price and price.get("currency")}
    if len(currencies) > 1:
        source.notes.add("prices", "are in several currencies, of which one is kept")
    return str(_most(p.get("currency") for p in prices if p) or _USUAL_CURRENCY)


def _timezone(source: Source, users: Iterable[Record], date_format: str) -> str:
    """Return a time zone in which the dates of sessions are as they were read."""
    shown = [
        (datetime.fromtimestamp(row["start_timestamp"], UTC).isoformat(), row["start_date"])
        for _, _, row in source.read(reads.SESSIONS)
        if row.get("start_timestamp") is not None and row.get("start_date")
    ]
    usual = [
        zone for zone, _ in Counter(row.get("timezone") for row in users).most_common() if zone
    ]
    if not shown:
        return _USUAL_ZONE
    zones: tuple[str, ...] = (_USUAL_ZONE, *usual, *sorted(timezones()))
    for zone in zones:
        if all(
            local_moment(moment, ZoneInfo(zone).key, date_format) == day for moment, day in shown
        ):
            return zone
    return _USUAL_ZONE


def amount(price: Any) -> float | None:
    """Return the amount of a price."""
    return None if price is None else price.get("amount")


def add_categories(source: Source) -> None:
    """Add the categories, the outer ones first."""
    for id, record in _parents_first(source.records["category"]):
        source.rows.add(
            CategoryRow(
                id=id,
                name=source.require(record, "name", f"Category {id}", "categories"),
                price=amount(record.get("price")),
                discounted_price=amount(record.get("discounted_price")),
                parent_id=source.refer("category", record.get("parent_id"), "categories.parent_id"),
            )
        )


def _parents_first(records: dict[int, Record]) -> Iterator[tuple[int, Record]]:
    done: set[int] = set()

    def of(id: int, above: frozenset[int]) -> Iterator[tuple[int, Record]]:
        parent = records[id].get("parent_id")
        if parent in above:  # a circle
            records[id].pop("parent_id")
        elif parent in records and parent not in done:
            yield from of(parent, above | {id})
        if id not in done:
            done.add(id)
            yield id, records[id]

    for id in records:
        yield from of(id, frozenset({id}))


def add_branches(source: Source, types: dict[str, int]) -> None:
    """Add the branches; `types` are the ids of user types by name."""
    names: set[str] = set()
    for id, record in source.records["branch"].items():
        name = source.require(record, "name", f"Branch {id}", "branches")
        if name.casefold() in names:
            source.notes.add("branches.name", "is there twice, numbered")
            name = f"{name} {id}"
        names.add(name.casefold())
        settings = {key: value for key, value in record.items() if value is not None}
        user_type = record.get("default_user_type") or {}
        source.rows.add(
            BranchRow(
                id=id,
                name=name,
                name_key=name.casefold(),
                description=record.get("description"),
                title=record.get("title"),
                active=record.get("active", True),
                default_locale=record.get("default_locale") or _USUAL_LOCALE,
                default_timezone=record.get("default_timezone") or _USUAL_ZONE,
                default_user_type_id=types.get(user_type.get("name") or ""),
                default_group_id=source.refer(
                    "group", record.get("default_group"), "branches.default_group"
                ),
                owner_id=None,
                **branch_settings(_whole(settings), _currency(source)),
            )
        )


def _whole(settings: Record) -> Record:
    """Return the settings of a branch without the nulls that have another default."""
    for name in ("theme", "badge_set", "ecommerce"):
        if name in settings:
            settings[name] = dict(settings[name])
    ecommerce = settings.get("ecommerce", {})
    if ecommerce.get("subscription") is None:
        ecommerce.pop("subscription", None)
    return settings


def add_branch_courses(source: Source) -> None:
    """Add the courses of branches, which only the timeline tells."""
    linked: dict[tuple[int, int], None] = {}
    for _, _, row in source.read(reads.TIMELINE):
        extra = row.get("extra") or {}
        branch, course = extra.get("branch") or {}, extra.get("course") or {}
        pair = branch.get("id") or 0, course.get("id") or 0
        if pair[0] not in source.known["branch"] or pair[1] not in source.known["course"]:
            continue
        if row.get("event_type") == "branch_add_course":
            linked[pair] = None
        elif row.get("event_type") == "branch_remove_course":
            linked.pop(pair, None)
    for branch_id, course_id in sorted(linked):
        source.rows.add(BranchCourseRow(branch_id=branch_id, course_id=course_id))


def add_fields(source: Source) -> None:
    """Add the custom fields of users and of courses, and what branches they are for."""
    for kind, read in (("user", reads.USER_FIELDS), ("course", reads.COURSE_FIELDS)):
        values = [
            value
            for record in source.records[kind].values()
            for value in record.get("custom_fields") or ()
        ]
        for position, (_, _, record) in enumerate(source.read(read), 1):
            _add_field(source, kind, record, record.get("order") or position, values)
        for value in values:
            if value.get("id") not in source.known[f"{kind}_field"]:
                made = {"name": value.get("name"), "type": value.get("type")}
                _add_field(source, kind, made, len(source.known[f"{kind}_field"]) + 1, [value])


def _add_field(
    source: Source, kind: str, record: Record, position: int, values: list[Record]
) -> None:
    known = source.known[f"{kind}_field"]
    id = _field_id(record, values, known)
    known.add(id)
    where = f"{kind}_fields"
    items = record.get("dropdown_values")
    texts = [item.get("item") or "" for item in items or ()]
    default = next((item.get("item") for item in items or () if item.get("default")), None)
    is_dropdown = record.get("type") == "dropdown"
    columns: dict[str, Any] = {
        "id": id,
        "key": _key(source, kind, record.get("key"), id),
        "name": source.require(record, "name", f"Field {id}", where),
        "type": source.require(record, "type", "text", where),
        "mandatory": bool(record.get("mandatory")),
        "visible_on_reports": record.get("visible_on_reports") is not False,
        "dropdown_values": orjson.dumps(texts).decode() if is_dropdown else None,
        "default_value": default,
        "checkbox_status": record.get("checkbox_status") or "off",
        "selective_availability": bool(record.get("selective_availability")),
        "main_domain_availability": record.get("main_domain_availability") is not False,
        "position": position,
    }
    if kind == "user":
        source.rows.add(UserFieldRow(**columns))
    else:
        visible = record.get("visible_to_learners") is not False
        source.rows.add(CourseFieldRow(**columns, visible_to_learners=visible))
    of_branch = UserFieldBranchRow if kind == "user" else CourseFieldBranchRow
    for branch in record.get("branches_map") or {}:
        found = source.refer("branch", int(branch), f"{where}.branches_map")
        if found is not None:
            source.rows.add(of_branch(field_id=id, branch_id=found))


def _key(source: Source, kind: str, key: Any, id: int) -> str:
    """Return the key of a field, which no other has."""
    keys = source.keys[kind]
    if not key or key in keys:
        key = next(name for n in count(id) if (name := f"custom_field_{n}") not in keys)
    keys.add(key)
    return str(key)


def _field_id(record: Record, values: list[Record], known: set[int]) -> int:
    """Return the id of a field, which lists do not have: of its values, or that in its key."""
    like = (record.get("name"), record.get("type"))
    found = {value.get("id") for value in values if (value.get("name"), value.get("type")) == like}
    digits = str(record.get("key") or "").rpartition("_")[2]
    candidates = [*sorted(id for id in found if id), *([int(digits)] if digits.isdecimal() else [])]
    free = [id for id in candidates if id not in known]
    return free[0] if free else max(known, default=0) + 1
