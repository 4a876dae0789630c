"""The only writes of a live run, where somebody allowed them: a group and a course of its own.

Both are removed at the end, whatever happens between.
"""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from talentlms_mock.verify.exchange import Expectation, Seen
from talentlms_mock.verify.live.client import Unreachable
from talentlms_mock.verify.live.probes import Probe
from talentlms_mock.verify.live.run import LIMITED, SHARE_USED, Run

REQUESTS = 16
"""How many requests it takes at most."""

PLAN = (
    "POST /groups and POST /courses: one of each, named 'talentlms-mock verify ...'",
    "POST /courses again with the same code, which is to be refused",
    "GET /groups/{own}, /courses/{own}, /groups/{own}/courses",
    "POST and DELETE /group-courses: the course into the group, twice, and out of it",
    "DELETE /courses and DELETE /groups: both are removed",
)
"""What it does, in words."""


def send(run: Run) -> str:
    """Create a group and a course, use them, and remove both.

    It ends early where the portal has no response, answers 429, or its share of the portal's limit
    is used up. What was made is removed then, too.

    Returns:
        "", or why it ended early and what could not be removed, in sentences.
    """
    trip = _Trip(run)
    stopped = ""
    try:
        trip.go()
    except (Unreachable, _Ended) as error:
        stopped = f"{str(error).rstrip('.')}."
    finally:
        left = trip.remove()
    return " ".join(filter(None, (stopped, left)))


class _Ended(Exception):
    """No more requests may be sent."""


class _Trip:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._name = f"talentlms-mock verify {secrets.token_hex(4)}"
        self._made: list[tuple[str, int]] = []

    def go(self) -> None:
        group = self._create("groups", {"name": self._name})
        code = secrets.token_hex(6)
        course = self._create("courses", {"name": self._name, "code": code})
        if course is not None:
            again = {"name": f"{self._name} 2", "code": code}
            self._create("courses", again, expects="anything")
            self._get(f"/courses/{course}")
        if group is not None:
            self._get(f"/groups/{group}")
        if group is not None and course is not None:
            both = {"group_id": group, "course_id": course}
            self._ask("POST", "/group-courses", both)
            self._ask("POST", "/group-courses", both, expects="anything")
            self._get(f"/groups/{group}/courses")
            self._ask("DELETE", "/group-courses", both)

    def remove(self) -> str:
        """Remove what was made, and return what could not be."""
        left = list(self._not_removed())
        names = " and ".join(f"{kind} {id}" for kind, id in left)
        return f"The portal still has {names}: remove it by hand." if left else ""

    def _not_removed(self) -> Iterator[tuple[str, int]]:
        for kind, id in reversed(self._made):
            try:
                removed = self._send("DELETE", f"/{kind}/{id}", None, "success").succeeded
            except Unreachable:
                removed = False
            if not removed:
                yield kind, id

    def _create(
        self, kind: str, body: Mapping[str, Any], *, expects: Expectation = "success"
    ) -> int | None:
        seen = self._ask("POST", f"/{kind}", body, expects=expects)
        data = seen.document.get("_data") if isinstance(seen.document, dict) else None
        id = data.get("id") if seen.succeeded and isinstance(data, dict) else None
        if not isinstance(id, int):
            return None
        self._made.append((kind, id))
        return id

    def _get(self, path: str) -> None:
        self._ask("GET", path)

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        expects: Expectation = "success",
    ) -> Seen:
        if self._run.is_used_up:
            raise _Ended(SHARE_USED)
        seen = self._send(method, path, body, expects)
        if seen.status == 429:
            raise _Ended(LIMITED)
        return seen

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, expects: Expectation
    ) -> Seen:
        return self._run.send(Probe(method, path, "a write", body=body, expects=expects), path)
