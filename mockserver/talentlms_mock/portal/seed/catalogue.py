"""The content of a portal without users: its rows, and the plans from which histories are drawn."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import orjson

from talentlms_mock.portal.rules.branch_settings import branch_settings
from talentlms_mock.portal.rules.courses import units_needed, video_type
from talentlms_mock.portal.rules.progress import DEFAULT_PASS_SCORE, SCORED_UNITS
from talentlms_mock.portal.seed import definition as defined
from talentlms_mock.portal.seed.content import in_html, picture
from talentlms_mock.portal.seed.definition import Definition
from talentlms_mock.portal.seed.plans import (
    UNLIMITED,
    Answer,
    BadgePlan,
    Catalogue,
    CoursePlan,
    GroupPlan,
    SessionPlan,
    UnitPlan,
)
from talentlms_mock.portal.seed.rows import DAY, Calendar, Rows, seconds
from talentlms_mock.portal.seed.timeline import Timeline
from talentlms_mock.portal.store.row_types import (
    BadgeRow,
    BranchCourseRow,
    BranchRow,
    CategoryRow,
    CouponRow,
    CourseFieldRow,
    CourseFieldValueRow,
    CoursePrerequisiteRow,
    CourseRow,
    GroupCourseRow,
    GroupRow,
    LearningPathCourseRow,
    LearningPathRow,
    QuestionRow,
    SessionRow,
    SiteRow,
    UnitRow,
    UserFieldRow,
    UserTypeRow,
)

_VARIANTS = 6
_MAY_INSTRUCT = [True, True, True, False, True]
_RANKS = [3, 2, 1, 0, 1]

_Thing = defined.Category | defined.Course | defined.CustomField | defined.Group | defined.Branch


def build(
    definition: Definition,
    rows: Rows,
    calendar: Calendar,
    timeline: Timeline,
    *,
    seed: int,
    users: int,
) -> Catalogue:
    """Add all rows but those of users, and return the plans for the users."""
    builder = _Builder(definition, rows, calendar, timeline, seed, users)
    builder.site()
    builder.fields()
    builder.categories()
    courses = [builder.course(id, course) for id, course in enumerate(definition.courses, 1)]
    by_name = {plan.name: plan for plan in reversed(courses)}
    branches = [
        builder.branch(id, branch, by_name) for id, branch in enumerate(definition.branches, 1)
    ]
    groups = [builder.group(id, group, by_name) for id, group in enumerate(definition.groups, 1)]
    paths = [
        builder.path(id, path, by_name) for id, path in enumerate(definition.learning_paths, 1)
    ]
    badges = [builder.badge(id, badge) for id, badge in enumerate(definition.badges, 1)]
    builder.coupons()
    return Catalogue(
        [course for course in courses if course.takes_users],
        groups,
        [plan for plan, branch in zip(branches, definition.branches, strict=True) if branch.active],
        [plan for plan in paths if plan.courses and all(course.is_open for course in plan.courses)],
        badges,
    )


class _Builder:
    """Adds rows in the order of the definition, counting the ids up."""

    def __init__(
        self,
        definition: Definition,
        rows: Rows,
        calendar: Calendar,
        timeline: Timeline,
        seed: int,
        users: int,
    ) -> None:
        self._definition = definition
        self._rows = rows
        self._calendar = calendar
        self._timeline = timeline
        self._random = Random(seed)  # noqa: S311  # test data, no secret
        self._created = -definition.age_in_days * DAY
        self._categories = _ids(definition.categories)
        self._logins = {person.login: id for id, person in enumerate(definition.people[:users], 1)}
        self._counts = {"units": 0, "questions": 0, "sessions": 0}

    def site(self) -> None:
        """Add the site and the built-in user types."""
        definition = self._definition
        self._rows.add(
            SiteRow(
                id=1,
                name=definition.name,
                default_locale=definition.default_locale,
                default_timezone=definition.default_timezone,
                date_format=definition.date_format,
                signup_method=definition.signup_method,
                signup_type=definition.signup_type,
                verification=definition.verification,
                paypal_email=definition.paypal_email,
                domain_map=definition.domain_map,
                branch_limit=definition.branch_limit,
                gamification_enabled=definition.gamification_enabled,
                currency=definition.currency,
                created_at=self._calendar.text(self._created),
            )
        )
        types = zip(defined.USER_TYPES, _MAY_INSTRUCT, _RANKS, strict=True)
        for id, (name, may_instruct, rank) in enumerate(types, 1):
            self._rows.add(
                UserTypeRow(
                    id=id,
                    name=name,
                    is_default=name == "Learner-Type",
                    may_instruct=may_instruct,
                    rank=rank,
                )
            )

    def fields(self) -> None:
        """Add the custom fields of users and of courses."""
        for id, field in enumerate(self._definition.user_fields, 1):
            self._rows.add(UserFieldRow(**_custom_field(id, field)))
        for id, field in enumerate(self._definition.course_fields, 1):
            self._rows.add(CourseFieldRow(**_custom_field(id, field), visible_to_learners=True))

    def categories(self) -> None:
        for id, category in enumerate(self._definition.categories, 1):
            self._rows.add(
                CategoryRow(
                    id=id,
                    name=category.name,
                    price=category.price,
                    discounted_price=category.discounted_price,
                    parent_id=self._categories.get(category.parent),
                )
            )

    def course(self, id: int, course: defined.Course) -> CoursePlan:
        """Add a course with its units and field values."""
        created = max(self._created, seconds(course.created_in_days))
        self._course_row(id, course, created)
        fields = _ids(self._definition.course_fields)
        for name, value in course.fields.items():
            self._rows.add(CourseFieldValueRow(owner_id=id, field_id=fields[name], value=value))
        opens = max(created, seconds(course.starts_in_days or course.created_in_days))
        closes = 0 if course.expires_in_days is None else min(0, seconds(course.expires_in_days))
        days = course.certificate_days
        required = _ids(self._definition.courses)
        for name in course.prerequisites:
            self._rows.add(CoursePrerequisiteRow(course_id=id, prerequisite_id=required[name]))
        plan = CoursePlan(
            id=id,
            name=course.name,
            code=course.code,
            opens=opens,
            closes=closes,
            room=course.capacity or UNLIMITED,
            time_limit=None if course.time_limit is None else course.time_limit * DAY,
            units=[self._unit(id, at, unit) for at, unit in enumerate(course.units, 1)],
            units_needed=units_needed(course.unit_percentage or 0, len(course.units)),
            prerequisites=[required[name] for name in course.prerequisites],
            fails_with_test=course.fails_with_test,
            certification=course.certification,
            certificate_seconds=None if days is None else days * DAY,
            popularity=course.popularity,
            takes_users=course.status == "active" and opens < closes - DAY,
            is_over=closes < 0,
        )
        self._event("course_create_course", created, course=plan)
        return plan

    def _course_row(self, id: int, course: defined.Course, created: int) -> None:
        code_key = None if course.code is None else course.code.casefold()
        self._rows.add(
            CourseRow(
                id=id,
                name=course.name,
                code=course.code,
                code_key=code_key,
                search_key="\n".join(filter(None, (course.name.casefold(), code_key))),
                description=in_html(course.description),
                description_text=course.description,
                category_id=self._categories.get(course.category),
                price=course.price,
                discounted_price=course.discounted_price,
                status=course.status,
                capacity=course.capacity,
                level=course.level,
                time_limit=course.time_limit,
                starts_at=self._calendar.in_days(course.starts_in_days),
                expires_at=self._calendar.in_days(course.expires_in_days),
                is_hidden_from_catalog=course.is_hidden_from_catalog,
                is_locked=course.is_locked,
                public_key=course.public_key,
                cover_image=picture(f"courses/{id}") if course.has_cover_image else None,
                intro_video_url=course.intro_video,
                intro_video_type=video_type(course.intro_video),
                retain_access_after_completion=course.retain_access_after_completion,
                traversal=course.traversal,
                unit_percentage=course.unit_percentage,
                fails_with_test=course.fails_with_test,
                certification=course.certification,
                certificate_days=course.certificate_days,
                rating_average=course.rating_average,
                rating_count=course.rating_count,
                creation_date=self._calendar.text(created),
                last_updated_on=self._calendar.text(
                    created + int(self._random.random() * -created)
                ),
            )
        )

    def _unit(self, course_id: int, position: int, unit: defined.Unit) -> UnitPlan:
        id = self._next("units")
        pass_score = unit.pass_score
        if pass_score is None and unit.type == "test":
            pass_score = DEFAULT_PASS_SCORE
        self._rows.add(
            UnitRow(
                id=id,
                course_id=course_id,
                name=unit.name,
                type=unit.type,
                position=position,
                pass_score=pass_score,
                max_attempts=unit.max_attempts,
                is_required=unit.is_required,
                counts_for_score=unit.counts_for_score,
            )
        )
        plan = UnitPlan(
            id=id,
            name=unit.name,
            type=unit.type,
            has_score=unit.type in SCORED_UNITS,
            is_required=unit.is_required,
            counts_for_score=unit.counts_for_score,
        )
        plan.sessions = [self._session(id, session) for session in unit.sessions]
        ids = [self._question(id, at, question) for at, question in enumerate(unit.questions, 1)]
        if unit.type == "test":
            self._test_attempts(plan, ids, unit.questions, pass_score or 0)
        elif unit.type == "survey":
            plan.passes = [
                (
                    None,
                    [self._answer(*pair, True) for pair in zip(ids, unit.questions, strict=True)],
                )
                for _ in range(_VARIANTS)
            ]
        return plan

    def _question(self, unit_id: int, position: int, question: defined.Question) -> int:
        id = self._next("questions")
        self._rows.add(
            QuestionRow(
                id=id,
                unit_id=unit_id,
                text=question.text,
                type=question.type,
                weight=question.weight,
                position=position,
                answers=_json(question.answers if question.type == "multiple_choice" else []),
                correct_answers=_json(question.correct),
                feedback=question.feedback,
            )
        )
        return id

    def _test_attempts(
        self, plan: UnitPlan, ids: list[int], questions: list[defined.Question], pass_score: int
    ) -> None:
        """Work out some ways to pass and to fail a test; the score follows from the answers."""
        total = sum(question.weight for question in questions)
        for wrong in [0, 0, *range(len(ids) + 1)] * 2:
            missed = set(self._random.sample(range(len(ids)), wrong))
            answers = [
                self._answer(id, question, at not in missed)
                for at, (id, question) in enumerate(zip(ids, questions, strict=True))
            ]
            earned = sum(q.weight for at, q in enumerate(questions) if at not in missed)
            score = round(100 * earned / total, 2)
            (plan.passes if score >= pass_score else plan.failures).append((score, answers))

    def _answer(self, id: int, question: defined.Question, is_correct: bool) -> Answer:
        choices = question.answers
        if question.correct:
            wrong = [answer for answer in choices if answer not in question.correct]
            choices = question.correct if is_correct else wrong or choices
            if is_correct and question.type == "multiple_choice":
                return id, _json(choices), 1
        given = _json([choices[int(self._random.random() * len(choices))]])
        if question.correct and question.type == "freetext":
            return id, given, int(is_correct), 100 * is_correct
        return id, given, int(is_correct)

    def _session(self, unit_id: int, session: defined.Session) -> SessionPlan:
        id = self._next("sessions")
        begins = seconds(session.starts_in_days)
        ends = begins + session.minutes * 60
        self._rows.add(
            SessionRow(
                id=id,
                unit_id=unit_id,
                name=session.name,
                type=session.type,
                owner_id=self._logins.get(session.owner or session.instructor or ""),
                instructor_id=self._logins.get(session.instructor or ""),
                description=session.description,
                multiname=None,
                linked_to_id=None,
                starts_at=self._calendar.text(begins),
                ends_at=self._calendar.text(ends),
                location=session.location,
                capacity=session.capacity,
            )
        )
        return SessionPlan(id, begins, ends, session.capacity or UNLIMITED)

    def group(self, id: int, group: defined.Group, courses: Mapping[str, CoursePlan]) -> GroupPlan:
        """Add a group and its courses."""
        self._rows.add(
            GroupRow(
                id=id,
                name=group.name,
                description=group.description,
                key=group.key,
                max_key_redemptions=group.max_key_redemptions,
                key_redemptions=0,
                price=group.price,
                branch_id=_ids(self._definition.branches).get(group.branch),
            )
        )
        self._event("group_create_group", self._created + id * DAY, place=(id, group.name))
        for name in dict.fromkeys(group.courses):
            self._rows.add(GroupCourseRow(group_id=id, course_id=courses[name].id))
        plan = self._members(id, group, courses)
        plan.courses = [course for course in plan.courses if course.is_open]
        plan.room = group.max_key_redemptions or UNLIMITED
        return plan

    def branch(
        self, id: int, branch: defined.Branch, courses: Mapping[str, CoursePlan]
    ) -> GroupPlan:
        """Add a branch and its courses."""
        types = {name: at for at, name in enumerate(defined.USER_TYPES, 1)}
        currency = self._definition.currency
        self._rows.add(
            BranchRow(
                id=id,
                name=branch.name,
                name_key=branch.name.casefold(),
                description=branch.description,
                title=branch.title,
                active=branch.active,
                default_locale=branch.default_locale,
                default_timezone=branch.default_timezone,
                default_user_type_id=types.get(branch.default_user_type or ""),
                default_group_id=_ids(self._definition.groups).get(branch.default_group),
                owner_id=self._logins.get(branch.owner or ""),
                **branch_settings({"theme": branch.theme, "ecommerce": branch.ecommerce}, currency),
            )
        )
        self._event("branch_create_branch", self._created + id * DAY, place=(id, branch.name))
        for name in dict.fromkeys(branch.courses):
            self._rows.add(BranchCourseRow(branch_id=id, course_id=courses[name].id))
        return self._members(id, branch, courses)

    def path(
        self, id: int, path: defined.LearningPath, courses: Mapping[str, CoursePlan]
    ) -> GroupPlan:
        """Add a learning path and its courses in their order."""
        self._rows.add(
            LearningPathRow(
                id=id,
                name=path.name,
                search_key=path.name.casefold(),
                description=in_html(path.description),
                description_text=path.description,
                status=path.status,
                category_id=self._categories.get(path.category),
                price=path.price,
                starts_at=self._calendar.in_days(path.starts_in_days),
                expires_at=self._calendar.in_days(path.expires_in_days),
                rules=_json(path.rules),
            )
        )
        for position, name in enumerate(dict.fromkeys(path.courses), 1):
            self._rows.add(
                LearningPathCourseRow(
                    learning_path_id=id,
                    course_id=courses[name].id,
                    position=position,
                )
            )
        plan = self._members(id, path, courses)
        is_open = path.status == "active" and (path.starts_in_days or 0) <= 0
        plan.share *= is_open and (path.expires_in_days is None or path.expires_in_days > 0)
        return plan

    def badge(self, id: int, badge: defined.Badge) -> BadgePlan:
        """Add a badge."""
        self._rows.add(
            BadgeRow(
                id=id,
                name=badge.name,
                type=badge.type,
                image_url=badge.image_url,
                criteria=badge.criteria,
                badge_set_id=badge.badge_set_id,
                completions=badge.completions,
            )
        )
        return BadgePlan(id, badge.completions)

    def coupons(self) -> None:
        for id, coupon in enumerate(self._definition.coupons, 1):
            self._rows.add(
                CouponRow(
                    id=id,
                    code=coupon.code,
                    code_key=coupon.code.casefold(),
                    percentage=coupon.percentage,
                )
            )

    def _members(
        self,
        id: int,
        holder: defined.Group | defined.Branch | defined.LearningPath,
        courses: Mapping[str, CoursePlan],
    ) -> GroupPlan:
        plans = [courses[name] for name in dict.fromkeys(holder.courses)]
        return GroupPlan(id, holder.name, holder.share, UNLIMITED, plans)

    def _event(
        self,
        event_type: str,
        moment: int,
        place: tuple[int, str] | None = None,
        course: CoursePlan | None = None,
    ) -> None:
        self._timeline.add(None, [(moment, event_type, place, course, None)])

    def _next(self, table: str) -> int:
        self._counts[table] += 1
        return self._counts[table]


def _custom_field(id: int, field: defined.CustomField) -> dict[str, Any]:
    """Return the columns of a custom field of users or of courses."""
    values = field.values if field.type == "dropdown" else None
    return {
        "id": id,
        "key": f"custom_field_{id}",
        "name": field.name,
        "type": field.type,
        "mandatory": field.mandatory,
        "visible_on_reports": field.visible_on_reports,
        "dropdown_values": None if values is None else _json(values),
        "default_value": None,
        "checkbox_status": "off",
        "selective_availability": False,
        "main_domain_availability": True,
        "position": id,
    }


def _ids(things: Sequence[_Thing]) -> dict[str | None, int]:
    """Return the ids of things by name; of two with one name it is the first."""
    pairs = [(thing.name, id) for id, thing in enumerate(things, 1)]
    return dict(reversed(pairs))


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
