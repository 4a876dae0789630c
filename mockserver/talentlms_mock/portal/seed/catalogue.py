"""The content of a portal without users: its rows, and the plans from which histories are drawn."""

from collections.abc import Mapping
from random import Random
from typing import Any

from talentlms_mock.portal.rules.branch_settings import branch_settings
from talentlms_mock.portal.seed import parts as defined
from talentlms_mock.portal.seed.content import as_json, in_html
from talentlms_mock.portal.seed.courses import Courses
from talentlms_mock.portal.seed.definition import Definition
from talentlms_mock.portal.seed.hours import Hours
from talentlms_mock.portal.seed.parts import ids
from talentlms_mock.portal.seed.plans import (
    UNLIMITED,
    BadgePlan,
    Catalogue,
    CoursePlan,
    GroupPlan,
)
from talentlms_mock.portal.seed.rows import DAY, Calendar, Rows
from talentlms_mock.portal.seed.timeline import Timeline
from talentlms_mock.portal.store.row_types import (
    BadgeRow,
    BranchCourseRow,
    BranchRow,
    CategoryRow,
    CouponRow,
    CourseFieldBranchRow,
    CourseFieldRow,
    GroupCourseRow,
    GroupRow,
    LearningPathCourseRow,
    LearningPathRow,
    SiteRow,
    UserFieldBranchRow,
    UserFieldRow,
    UserTypeRow,
)

_VARIANTS = 6
_MAY_INSTRUCT = [True, True, True, False, True]
_RANKS = [3, 2, 1, 0, 1]

_BY_KEY = 0.6
"""The share of a group's members who came in by its key."""

_SUBSCRIBED = 0.5
"""The share of the users of a branch who have a subscription, where it offers one."""


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
    courses = [builder.courses.add(id, course) for id, course in enumerate(definition.courses, 1)]
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
        [
            plan
            for plan, branch in zip(branches, definition.branches, strict=True)
            if branch.active or branch.members
        ],
        [plan for plan in paths if plan.courses and all(course.is_open for course in plan.courses)],
        badges,
        builder.courses.archived,
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
        self._created = -definition.age_in_days * DAY
        self._categories = ids(definition.categories)
        self._hours = Hours(definition.default_timezone)
        people = definition.visible_people()[:users]
        self._logins = {person.login: id for id, person in enumerate(people, 1)}
        random = Random(seed)  # noqa: S311  # test data, no secret
        self.courses = Courses(definition, rows, calendar, timeline, random, self._logins)

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
        branches = ids(self._definition.branches)
        for id, field in enumerate(self._definition.user_fields, 1):
            self._rows.add(UserFieldRow(**_custom_field(id, field)))
            for name in field.branches:
                self._rows.add(UserFieldBranchRow(field_id=id, branch_id=branches[name]))
        for id, of_course in enumerate(self._definition.course_fields, 1):
            self._rows.add(
                CourseFieldRow(
                    **_custom_field(id, of_course),
                    visible_to_learners=of_course.visible_to_learners,
                )
            )
            for name in of_course.branches:
                self._rows.add(CourseFieldBranchRow(field_id=id, branch_id=branches[name]))

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
                branch_id=ids(self._definition.branches).get(group.branch),
            )
        )
        self._event("group_create_group", id, group.name)
        for name in dict.fromkeys(group.courses):
            self._rows.add(GroupCourseRow(group_id=id, course_id=courses[name].id))
        plan = self._members(id, group, courses)
        plan.courses = [course for course in plan.courses if course.is_open]
        plan.room = group.max_key_redemptions or UNLIMITED
        plan.joined_by = 0.0 if group.key is None else _BY_KEY
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
                default_group_id=ids(self._definition.groups).get(branch.default_group),
                owner_id=self._logins.get(branch.owner or ""),
                **branch_settings(branch.model_dump(exclude_none=True), currency),
            )
        )
        self._event("branch_create_branch", id, branch.name)
        for name in dict.fromkeys(branch.courses):
            self._rows.add(BranchCourseRow(branch_id=id, course_id=courses[name].id))
        plan = self._members(id, branch, courses)
        plan.share *= branch.active  # nobody joins one that is off
        is_subscribed = branch.ecommerce.get("subscription", {}).get("enabled", False)
        plan.room = branch.restrict_total_registered_users or UNLIMITED
        plan.joined_by = _SUBSCRIBED if is_subscribed else 0.0
        return plan

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
                rules=as_json(path.rules),
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
        return GroupPlan(id, holder.name, holder.share, UNLIMITED, plans, frozenset(holder.members))

    def _event(self, event_type: str, id: int, name: str) -> None:
        """Add the event of a group or branch, of which there is a new one each day."""
        moment = self._hours.at(self._created + id * DAY, self._created, -1)
        self._timeline.add(None, [(moment, event_type, (id, name), None, None)])


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
        "dropdown_values": None if values is None else as_json(values),
        "default_value": field.default,
        "checkbox_status": field.checkbox_status,
        "selective_availability": field.selective_availability,
        "main_domain_availability": field.main_domain_availability,
        "position": id,
    }
