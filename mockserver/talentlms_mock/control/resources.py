"""The data of a portal: list it, read one record and what belongs to it, and add one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from inspect import getdoc
from typing import Any, Generic, TypeVar, get_args, get_type_hints

import orjson
from pydantic import create_model
from starlette.requests import Request
from starlette.responses import Response

from talentlms_mock.control.parsing import id_or_name, portal_of, read_body, read_query
from talentlms_mock.control.problems import MALFORMED, Problem
from talentlms_mock.control.responses import JsonResponse
from talentlms_mock.control.route import Body, ControlRoute, Query, route
from talentlms_mock.control.schema import as_data, body_of, filters_of, record_of
from talentlms_mock.errors import MockError, NotOne
from talentlms_mock.portal.portal import Portal
from talentlms_mock.portal.records import arguments, fields, history, records
from talentlms_mock.portal.records.collection import SOURCES, Collection
from talentlms_mock.portal.rules.field_types import Text

R = TypeVar("R")

_TAG = "Data"
_AT_ONCE = 500
"""Records that are read and written as JSON at a time."""

UserInput = body_of(
    "UserInput",
    "A user to add; what is left out is made up.",
    arguments.NewUser,
    login=(Text | None, None),
)
CourseInput = body_of("CourseInput", "A course to add.", arguments.NewCourse, name=(Text, ...))
UserChanges = body_of("UserChanges", "What to change of a user.", arguments.UserChanges)
CourseChanges = body_of("CourseChanges", "What to change of a course.", arguments.CourseChanges)
CategoryInput = body_of(
    "CategoryInput", "A category to add.", arguments.NewCategory, name=(Text, ...)
)
UserFieldInput = body_of(
    "UserFieldInput", "A custom field of users to add.", arguments.NewField, name=(Text, ...)
)
CourseFieldInput = body_of(
    "CourseFieldInput",
    "A custom field of courses to add.",
    arguments.NewCourseField,
    name=(Text, ...),
)
GroupInput = body_of("GroupInput", "A group to add.", arguments.NewGroup, name=(Text, ...))
BranchInput = body_of("BranchInput", "A branch to add.", arguments.NewBranch, name=(Text, ...))
LearningPathInput = body_of(
    "LearningPathInput", "A learning path to add.", arguments.NewLearningPath, name=(Text, ...)
)
BadgeInput = body_of(
    "BadgeInput", "A badge to add.", arguments.NewBadge, name=(Text, ...), completions=(int, 1)
)
CouponInput: type[Body] = create_model(
    "CouponInput", __base__=Body, __doc__="A coupon to add.", code=(Text, ...), percentage=(int, 10)
)


class EnrollmentInput(Body):
    """A user in a course, each by an id or a name."""

    user: int | str
    course: int | str
    role: arguments.Role = "learner"


@dataclass(frozen=True)
class Add:
    """How a record is added.

    Args:
        body: the arguments of the function.
        verb: the function's name in Python.
        function: gives that of a portal.
        body_required: whether the function has an argument that must be given.
    """

    body: type[Body]
    verb: str
    function: Callable[[Portal], Callable[..., Any]]
    body_required: bool = True


@dataclass(frozen=True)
class Change:
    """How a record is changed.

    Args:
        body: the arguments of the function, but for the record.
        verb: the function's name in Python.
        function: gives that of a portal.
    """

    body: type[Body]
    verb: str
    function: Callable[[Portal], Callable[..., Any]]


class ResourceRoutes(Generic[R]):
    """The routes of one kind of record.

    Args:
        name: of the collection in Python; in paths it has hyphens.
        record: the dataclass of the records.
        collection: gives those of a portal.
        add: how one is added; None where none can be.
        change: how one is changed; None where none can be.
    """

    def __init__(
        self,
        name: str,
        record: type[R],
        collection: Callable[[Portal], Collection[R]],
        add: Add | None = None,
        change: Change | None = None,
    ) -> None:
        self.name = name
        self.record: Any = record
        self.add = add
        self.change = change
        self.source = SOURCES[record]
        self.collection = collection
        self._path = f"/portals/{{domain}}/{_in_path(name)}"

    @property
    def filters(self) -> type[Query]:
        """The query that chooses among the records."""
        return filters_of(self.record)

    @property
    def parts(self) -> list[str]:
        """The names of what belongs to a record: of a user, its courses and others."""
        return parts_of(self.record)

    @property
    def routes(self) -> list[ControlRoute]:
        """All of them."""
        routes = [self._list_route()]
        if self.add is not None:
            routes.append(self._add_route(self.add))
        # Where the id alone names no record, the paths are made by hand (archive.py).
        if "id" in self.source.fields and not self.source.key:
            routes.append(self._get_route())
            if self.change is not None:
                routes.append(self._change_route(self.change))
            routes += [self._part_route(part) for part in self.parts]
        return routes

    def list_records(self, request: Request) -> Response:
        """Respond with the records that have the values in the query."""
        portal = portal_of(request)
        wanted = read_query(request, self.filters).set_fields()
        start, count = wanted.pop("offset", 0), wanted.pop("limit", None)
        text, sort = wanted.pop("search", ""), wanted.pop("sort", "")
        found = arranged(self.collection(portal), text, sort).filter(**self._with_ids(wanted))
        parts = [
            orjson.dumps([as_data(each) for each in batch])[1:-1]
            for batch in found.batches(start, count, _AT_ONCE)
        ]
        return Response(b"[%b]" % b",".join(parts), media_type="application/json")

    def get_record(self, request: Request) -> Response:
        """Respond with the record whose id or name the path has."""
        return JsonResponse(as_data(self._found(request)))

    def get_part(self, part: str, request: Request) -> Response:
        """Respond with what belongs to the record whose id or name the path has."""
        found = _property(self.record, part)(self._found(request))
        is_several = isinstance(found, Collection)
        return JsonResponse([as_data(each) for each in found] if is_several else as_data(found))

    def add_record(self, add: Add, request: Request) -> Response:
        """Add the record that the body describes, and respond with it."""
        portal = portal_of(request)
        body = read_body(request, add.body)
        return JsonResponse(as_data(add.function(portal)(**body.set_fields())), 201)

    def change_record(self, change: Change, request: Request) -> Response:
        """Change the record whose id or name the path has, and respond with what it is now."""
        found = self._found(request)
        body = read_body(request, change.body)
        changed = change.function(portal_of(request))(found, **body.set_fields())
        return JsonResponse(as_data(changed))

    def _found(self, request: Request) -> R:
        return find(self.collection(portal_of(request)), request.path_params["id_or_name"])

    def _with_ids(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Return filters in which digits are the id of what a record refers to."""
        references = self.source.links.keys() - self.source.fields.keys()
        return {
            name: id_or_name(value) if name in references else value
            for name, value in wanted.items()
        }

    def _list_route(self) -> ControlRoute:
        return ControlRoute(
            "GET",
            self._path,
            self.list_records,
            name=f"list{_in_camel_case(self.name)}",
            tag=_TAG,
            summary=f"List the {self.source.many}, or those with these values",
            description=f"Return the {self.source.many} whose fields have the values in the query, "
            "in the order of their ids; without a query all of them.",
            query=self.filters,
            response=list[record_of(self.record)],  # type: ignore[misc]  # made at run time
            python=(
                f"Portal.{self.name}",
                "Collection.batches",
                "Collection.filter",
                "Collection.first",
                "Collection.search",
                "Collection.order_by",
            ),
        )

    def _add_route(self, add: Add) -> ControlRoute:
        one = self.source.one
        return ControlRoute(
            "POST",
            self._path,
            partial(self.add_record, add),
            name=f"add{self.record.__name__}",
            tag=_TAG,
            summary=f"Add {_with_article(one)}",
            description=f"Add {_with_article(one)} and return it. It is checked as the API does, "
            "but needs no key and counts for no limit.",
            body=add.body,
            body_required=add.body_required,
            response=record_of(self.record),
            status=201,
            python=(f"Portal.{add.verb}",),
        )

    def _change_route(self, change: Change) -> ControlRoute:
        return ControlRoute(
            "PATCH",
            f"{self._path}/{{id_or_name}}",
            partial(self.change_record, change),
            name=f"change{self.record.__name__}",
            tag=_TAG,
            summary=f"Change one {self.source.one}",
            description=f"Change what the body has, all of it or, if one value is refused, none, "
            f"and return the {self.source.one} as it is then.",
            body=change.body,
            response=record_of(self.record),
            python=(f"Portal.{change.verb}",),
        )

    def _get_route(self) -> ControlRoute:
        name = f" or {self.source.name}" if self.source.name not in ("", "id") else ""
        return ControlRoute(
            "GET",
            f"{self._path}/{{id_or_name}}",
            self.get_record,
            name=f"get{self.record.__name__}",
            tag=_TAG,
            summary=f"Read one {self.source.one}, by its id{name}",
            description=f"Return the {self.source.one} as it is in the database now.",
            response=record_of(self.record),
            python=("Collection.get",),
        )

    def _part_route(self, part: str) -> ControlRoute:
        return ControlRoute(
            "GET",
            f"{self._path}/{{id_or_name}}/{_in_path(part)}",
            partial(self.get_part, part),
            name=f"get{part.capitalize()}Of{self.record.__name__}",
            tag=_TAG,
            summary=f"Read the {part} of one {self.source.one}",
            description=f"Return the {part} of one {self.source.one}: "
            f"{_meaning(self.record, part)}",
            response=_json_type(_property(self.record, part)),
        )


def arranged(collection: Collection[R], text: str, sort: str) -> Collection[R]:
    """Return the records in which `text` stands, in the order of a field, `-name` descending.

    Raises:
        Problem: there is no such field.
    """
    found = collection.search(text) if text else collection
    if not sort:
        return found
    try:
        return found.order_by(sort.removeprefix("-"), descending=sort.startswith("-"))
    except MockError as error:
        raise Problem(MALFORMED, str(error), "sort") from None


def parts_of(record: type[Any]) -> list[str]:
    """Return the names of what belongs to a record, which its properties give."""
    return [name for name, value in vars(record).items() if isinstance(value, property)]


def find(collection: Collection[R], which: str) -> R:
    """Return the record with this id or name; digits are an id, if there is one of it.

    Raises:
        Problem: there is none, or there are several.
    """
    try:
        try:
            return collection.get(id_or_name(which))
        except NotOne:
            return collection.get(which)
    except NotOne as error:
        raise Problem(404, str(error)) from None


def _property(record: type[Any], name: str) -> Callable[[Any], Any]:
    read: Callable[[Any], Any] = vars(record)[name].fget
    return read


def _meaning(record: type[Any], part: str) -> str:
    """Return what belongs to a record, as the docstring of the property says it."""
    text = getdoc(vars(record)[part]) or ""
    return text[:1].lower() + text[1:]


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def _json_type(read: Callable[[Any], Any]) -> Any:
    """Return the type of what a property of a record returns, once it is in JSON."""
    hint = get_type_hints(read)["return"]
    several = get_args(hint)
    return list[record_of(several[0])] if several else record_of(hint)  # type: ignore[misc]


def _in_path(name: str) -> str:
    return name.replace("_", "-")


def _in_camel_case(name: str) -> str:
    return "".join(map(str.capitalize, name.split("_")))


RESOURCES: tuple[ResourceRoutes[Any], ...] = (
    ResourceRoutes(
        "users",
        records.User,
        lambda portal: portal.users,
        Add(UserInput, "add_user", lambda portal: portal.add_user, body_required=False),
        Change(UserChanges, "change_user", lambda portal: portal.change_user),
    ),
    ResourceRoutes("user_types", records.UserType, lambda portal: portal.user_types),
    ResourceRoutes(
        "user_fields",
        fields.UserField,
        lambda portal: portal.user_fields,
        Add(UserFieldInput, "add_user_field", lambda portal: portal.add_user_field),
    ),
    ResourceRoutes(
        "courses",
        records.Course,
        lambda portal: portal.courses,
        Add(CourseInput, "add_course", lambda portal: portal.add_course),
        Change(CourseChanges, "change_course", lambda portal: portal.change_course),
    ),
    ResourceRoutes(
        "course_fields",
        fields.CourseField,
        lambda portal: portal.course_fields,
        Add(CourseFieldInput, "add_course_field", lambda portal: portal.add_course_field),
    ),
    ResourceRoutes("units", records.CourseUnit, lambda portal: portal.units),
    ResourceRoutes(
        "categories",
        records.Category,
        lambda portal: portal.categories,
        Add(CategoryInput, "add_category", lambda portal: portal.add_category),
    ),
    ResourceRoutes(
        "enrollments",
        records.Enrollment,
        lambda portal: portal.enrollments,
        Add(EnrollmentInput, "enroll", lambda portal: portal.enroll),
    ),
    ResourceRoutes("certificates", records.Certificate, lambda portal: portal.certificates),
    ResourceRoutes(
        "groups",
        records.Group,
        lambda portal: portal.groups,
        Add(GroupInput, "add_group", lambda portal: portal.add_group),
    ),
    ResourceRoutes(
        "branches",
        records.Branch,
        lambda portal: portal.branches,
        Add(BranchInput, "add_branch", lambda portal: portal.add_branch),
    ),
    ResourceRoutes(
        "learning_paths",
        records.LearningPath,
        lambda portal: portal.learning_paths,
        Add(LearningPathInput, "add_learning_path", lambda portal: portal.add_learning_path),
    ),
    ResourceRoutes(
        "learning_path_enrollments",
        records.LearningPathEnrollment,
        lambda portal: portal.learning_path_enrollments,
    ),
    ResourceRoutes(
        "badges",
        records.Badge,
        lambda portal: portal.badges,
        Add(BadgeInput, "add_badge", lambda portal: portal.add_badge),
    ),
    ResourceRoutes(
        "coupons",
        records.Coupon,
        lambda portal: portal.coupons,
        Add(CouponInput, "add_coupon", lambda portal: portal.add_coupon),
    ),
    ResourceRoutes("events", history.Event, lambda portal: portal.events),
    ResourceRoutes("tasks", history.Task, lambda portal: portal.tasks),
    ResourceRoutes("archived", history.Archived, lambda portal: portal.archived),
)
"""Every collection of a portal."""


@route(
    "GET",
    "/portals/{domain}/units/{id_or_name}/sessions/{session}/attendees",
    tag=_TAG,
    summary="Read the attendees of one session of one unit",
    response=list[record_of(records.User)],  # type: ignore[misc]  # made at run time
)
def get_attendees_of_unit_session(request: Request) -> Response:
    """Return the users who have booked the session, and those who attended it."""
    unit = find(portal_of(request).units, request.path_params["id_or_name"])
    session = find(unit.sessions, request.path_params["session"])
    return JsonResponse([as_data(user) for user in session.attendees])
