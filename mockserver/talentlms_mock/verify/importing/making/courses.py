"""Courses with their prerequisites, and learning paths."""

from typing import Any

import orjson

from talentlms_mock.portal.store.row_types import (
    CoursePrerequisiteRow,
    CourseRow,
    LearningPathCourseRow,
    LearningPathRow,
)
from talentlms_mock.verify.importing import reads
from talentlms_mock.verify.importing.making.people import add_field_values, picture, plain_text
from talentlms_mock.verify.importing.making.site import amount
from talentlms_mock.verify.importing.making.source import Record, Source


def add_courses(source: Source) -> None:
    """Add the courses."""
    names = _certifications(source)
    codes: set[str] = set()
    for id, record in sorted(source.records["course"].items()):
        name = source.require(record, "name", f"Course {id}", "courses")
        code = _once(source, codes, record.get("code"))
        created = source.require(record, "creation_date", source.now, "courses")
        rules, video = record.get("rules") or {}, record.get("intro_video") or {}
        rating = record.get("rating") or {}
        percentages = [rule.get("unit_percentage") for rule in rules.get("completion") or ()]
        source.rows.add(
            CourseRow(
                id=id,
                name=name,
                code=code,
                code_key=None if code is None else code.casefold(),
                search_key="\n".join(filter(None, (name, code))).casefold(),
                description=(record.get("description") or {}).get("html"),
                description_text=plain_text(record.get("description")),
                category_id=source.refer("category", record.get("category"), "courses.category"),
                price=amount(record.get("price")),
                discounted_price=amount(record.get("discounted_price")),
                status=source.require(record, "status", "active", "courses"),
                capacity=record.get("capacity"),
                level=record.get("level"),
                time_limit=record.get("time_limit"),
                starts_at=record.get("starts_at"),
                expires_at=record.get("expires_at"),
                is_hidden_from_catalog=bool(record.get("is_hidden_from_catalog")),
                is_locked=bool(record.get("is_locked")),
                public_key=record.get("public_key"),
                cover_image=_cover(record.get("cover_image")),
                intro_video_url=video.get("url"),
                intro_video_type=video.get("type"),
                retain_access_after_completion=(
                    record.get("retain_access_after_completion") is not False
                ),
                traversal=rules.get("traversal") or "any",
                unit_percentage=next((each for each in percentages if each is not None), None),
                fails_with_test=False,
                certification=names.get(id),
                certificate_days=None,
                rating_average=rating.get("average"),
                rating_count=rating.get("count") or 0,
                creation_date=created,
                last_updated_on=record.get("last_updated_on") or created,
            )
        )
        add_field_values(source, "course", id, record)


def _once(source: Source, codes: set[str], code: Any) -> str | None:
    if not code:
        return None
    if code.casefold() in codes:
        source.notes.add("courses.code", "is there twice, left out")
        return None
    codes.add(code.casefold())
    return str(code)


def _cover(sizes: Any) -> str | None:
    """Return the cover of a course, whose largest size may be null."""
    found = picture(sizes)
    if found is None:
        return None
    return orjson.dumps({**orjson.loads(found), "xl": sizes.get("xl")}).decode()


def _certifications(source: Source) -> dict[int, str]:
    """Return what the certificates of courses are called, by the ids of these."""
    return {
        each["course"]["id"]: each["name"]
        for _, _, row in source.read(reads.CERTIFICATES)
        for each in row.get("certificates") or ()
        if each.get("name") and (each.get("course") or {}).get("id")
    }


def add_prerequisites(source: Source) -> None:
    """Add which courses must be completed before others."""
    for id, record in source.records["course"].items():
        needed = (record.get("rules") or {}).get("prerequisites") or ()
        for other in sorted({each.get("id") for each in needed if each.get("id")}):
            if source.refer("course", other, "course_prerequisites") is not None:
                source.rows.add(CoursePrerequisiteRow(course_id=id, prerequisite_id=other))


def add_paths(source: Source) -> None:
    """Add the learning paths and their courses."""
    for id, record in source.records["path"].items():
        name = source.require(record, "name", f"Learning path {id}", "learning_paths")
        source.rows.add(
            LearningPathRow(
                id=id,
                name=name,
                search_key=name.casefold(),
                description=(record.get("description") or {}).get("html"),
                description_text=plain_text(record.get("description")),
                status=source.require(record, "status", "active", "learning_paths"),
                category_id=source.refer(
                    "category", record.get("category"), "learning_paths.category"
                ),
                price=amount(record.get("price")),
                starts_at=record.get("starts_at"),
                expires_at=record.get("expires_at"),
                rules=orjson.dumps(record.get("rules") or {}).decode(),
            )
        )
        _add_courses_of_path(source, id, record)


def _add_courses_of_path(source: Source, path: int, record: Record) -> None:
    done: set[int] = set()
    for number, each in enumerate(record.get("courses") or (), 1):
        id = source.refer("course", each, "learning_path_courses")
        if id is not None and id not in done:
            done.add(id)
            position = each.get("order") or number
            source.rows.add(
                LearningPathCourseRow(learning_path_id=path, course_id=id, position=position)
            )
