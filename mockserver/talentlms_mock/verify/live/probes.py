"""The requests of a live run: a fixed list of reads, and of requests that change nothing.

A probe that is to be refused is refused by every reading of the vendor's documents: what it names
does not exist, or what it asks for is not there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from talentlms_mock.verify.exchange import WRONG_KEY, Expectation

UNKNOWN = 2_147_483_647
"""An id that names nothing: the largest that a database of the vendor is likely to give."""

VERSION = "2025-07-01"
_SAMPLES = 2
"""How many of a kind are read one by one."""


@dataclass(frozen=True)
class Probe:
    """One request.

    Args:
        method: of the request.
        path: below `/api/v2`; an id in braces is one that an earlier response named.
        about: what it shows, in words.
        query: the parameters, brackets literal.
        body: of the request, as JSON; None is no body.
        expects: what is known of the response.
        omits: the headers that a well-behaved client sends, and this request does not.
        headers: sent in place of those.
        sample: which of the ids that were found it uses, from 0.
    """

    method: str
    path: str
    about: str
    query: str = ""
    body: Mapping[str, Any] | None = None
    expects: Expectation = "success"
    omits: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    sample: int = 0

    @property
    def target(self) -> str:
        """The path and query, with the ids in braces."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def name(self) -> str:
        """What tells it from every other, also in a later run."""
        return f"{self.method} {self.target} #{self.sample} {self.about}"


def probes() -> list[Probe]:
    """Return the requests of a run, in their order: first what later ones take their ids from."""
    return [*_lists(), *_pages(), *_refusals(), *_details()]


_FOUND = {
    "/users": "user",
    "/courses": "course",
    "/groups": "group",
    "/branches": "branch",
    "/categories": "category",
    "/learning-paths": "learning_path",
}
"""What the ids in a list are ids of."""


def ids_in(path: str, data: object) -> dict[str, list[int]]:
    """Return the ids that a response names, by what they are ids of.

    Args:
        path: of the probe, with braces.
        data: what the response has as `_data`.
    """
    rows = data if isinstance(data, list) else [data]
    found = {_FOUND[path]: _ids(rows)} if path in _FOUND else {}
    if path == "/courses/{course}/users":
        found["learner"] = _ids(rows)[:1]
    elif path == "/courses/{course}":
        units = [unit for row in rows if isinstance(row, dict) for unit in row.get("units") or ()]
        found["unit"] = _ids(units)
        for kind in ("test", "session", "survey", "assignment"):
            found[kind] = _ids(unit for unit in units if _is_of_type(unit, kind))
    return {name: ids[:_SAMPLES] for name, ids in found.items()}


def _is_of_type(unit: object, kind: str) -> bool:
    return isinstance(unit, dict) and kind in str(unit.get("type", "")).lower()


def _ids(rows: Any) -> list[int]:
    return [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), int)]


def _lists() -> Iterator[Probe]:
    yield Probe("GET", "/health", "the health of the portal", omits=("X-API-Key", "X-API-Version"))
    for path in _FOUND:
        yield Probe("GET", path, "a list")
    for path in ("/user-fields", "/course-fields", "/timeline"):
        yield Probe("GET", path, "a list")
    yield Probe("GET", "/statistics", "the statistics")


def _pages() -> Iterator[Probe]:
    for path in ("/users", "/courses", "/timeline"):
        yield Probe("GET", path, "a first page of several", "page[number]=1&page[size]=2")
        yield Probe("GET", path, "a second page", "page[number]=2&page[size]=2")
    yield Probe("GET", "/users", "a page of 100", "page[size]=100")
    yield Probe("GET", "/users", "a page past the end", "page[number]=100000&page[size]=10")
    for path, query in (
        ("/users", "filter[status][eq]=active"),
        ("/users", "filter[status]=active"),
        ("/users", "filter[status][eq]=inactive&page[size]=2"),
        ("/users", "filter[keyword][like]=a"),
        ("/courses", "filter[status][eq]=active"),
        ("/courses", "filter[keyword][like]=a"),
        ("/groups", "filter[keyword][like]=a"),
        ("/branches", "filter[keyword][like]=a"),
        ("/learning-paths", "filter[keyword][like]=a"),
        ("/categories", "filter[keyword][like]=a"),
        ("/timeline", "filter[event_type][eq]=user_create_user"),
    ):
        yield Probe("GET", path, "a filter", query)


def _refusals() -> Iterator[Probe]:
    exact: Expectation = "exact"
    for omitted in ("X-API-Key", "X-API-Version", "Accept"):
        yield Probe("GET", "/users", f"no {omitted}", expects=exact, omits=(omitted,))
    wrong = {"X-API-Key": WRONG_KEY}
    yield Probe("GET", "/users", "a wrong key", expects=exact, headers=wrong)
    no_date = {"X-API-Version": "latest"}
    yield Probe("GET", "/users", "a version that is no date", expects=exact, headers=no_date)
    text = {"Accept": "text/html"}
    yield Probe("GET", "/users", "an Accept that takes no JSON", expects=exact, headers=text)
    for query, about in (
        ("page[size]=101", "a page size of 101"),
        ("page[size]=0", "a page size of 0"),
        ("page[number]=none", "a page number that is none"),
        ("filter[nosuchfield][eq]=a", "an unknown filter"),
        ("nosuchparameter=a", "an unknown parameter"),
        ("filter[status][eq]=nosuchstatus", "a filter with an unknown value"),
    ):
        yield Probe("GET", "/users", about, query, expects=exact)
    yield Probe("GET", "/nosuchpath", "an unknown path", expects=exact)
    yield Probe("PUT", "/statistics", "a wrong method", expects=exact)
    yield from _unknown_ids()
    yield from _refused_writes()


def _unknown_ids() -> Iterator[Probe]:
    paths = ("users", "courses", "groups", "branches", "categories", "learning-paths")
    for name in paths:
        yield Probe("GET", f"/{name}/{UNKNOWN}", "an unknown id", expects="exact")
        yield Probe("GET", f"/{name}/none", "a malformed id", expects="exact")
    for path in ("/users/{}/groups", "/users/{}/courses", "/groups/{}/users", "/units/{}/sessions"):
        yield Probe("GET", path.format(UNKNOWN), "an unknown id", expects="exact")
    both = f"course_id={UNKNOWN}&user_id={UNKNOWN}"
    yield Probe("GET", "/course-progress", "unknown ids", both, expects="exact")
    yield Probe("GET", "/course-progress", "no ids", expects="exact")


def _refused_writes() -> Iterator[Probe]:
    known = {"group_id": UNKNOWN, "user_id": UNKNOWN}
    texts = {name: str(id) for name, id in known.items()}
    more = {**known, "nosuchfield": "a"}
    for body, about in (
        (known, "unknown ids"),
        (texts, "unknown ids as text"),
        (more, "unknown ids and an unknown field"),
        ({}, "no ids"),
    ):
        yield Probe("POST", "/group-memberships", about, body=body, expects="exact")
    path = f"/users/{UNKNOWN}"
    yield Probe("PATCH", path, "an unknown id", body={"name": "A"}, expects="exact")


def _details() -> Iterator[Probe]:
    for sample in range(_SAMPLES):
        for path in (
            "/users/{user}",
            "/courses/{course}",
            "/groups/{group}",
            "/branches/{branch}",
            "/categories/{category}",
            "/learning-paths/{learning_path}",
            "/courses/{course}/users",
            "/groups/{group}/users",
            "/groups/{group}/courses",
            "/branches/{branch}/users",
            *(f"/users/{{user}}/{name}" for name in _OF_USER),
        ):
            yield Probe("GET", path, "one that is in a list", sample=sample)
    of_learner = "course_id={course}&user_id={learner}"
    yield Probe("GET", "/course-progress", "a learner of a course", of_learner)
    for path, kind in (("/unit-progress", "unit"), ("/results", "test"), ("/results", "survey")):
        query = f"unit_id={{{kind}}}&user_id={{learner}}"
        yield Probe("GET", path, f"a learner of a {kind}", query, expects="anything")
    for kind in ("session", "unit"):
        path = f"/units/{{{kind}}}/sessions"
        yield Probe("GET", path, "one that is in a course", expects="anything")


_OF_USER = (
    "groups",
    "branches",
    "courses",
    "certificates",
    "resources",
    "gamification",
    "online-status",
)
