"""Two points of the contract that only data shows: each has a quirk."""

from collections.abc import Iterator, Mapping
from typing import Any

from talentlms_mock.api.fidelity import DOCUMENTED, INFERRED
from talentlms_mock.api.operation import Operation
from talentlms_mock.verify.exchange import Seen
from talentlms_mock.verify.observation import Observation

_MEMBERS = {"list": "a list of the members", "omit": "left out"}
_MOVES = {
    "profile": "moved by changes of the profile alone",
    "activity": "moved by sign-ins too",
}


def observe(seen: Seen, operation: Operation, quirks: Mapping[str, str]) -> Iterator[Observation]:
    """Yield what a response shows of the members of a group, or of when a user was changed."""
    data = seen.document.get("_data") if isinstance(seen.document, dict) else None
    if operation.operation_id == "getGroup" and isinstance(data, dict):
        yield _members(data, quirks)
    elif operation.operation_id == "getUsers" and isinstance(data, list):
        for row in data:
            if isinstance(row, dict):
                yield from _moves(row, quirks)


def _members(group: dict[str, Any], quirks: Mapping[str, str]) -> Observation:
    ours = quirks["group_detail_users"]
    found = "list" if "users" in group else "omit"
    kind = "" if ours == found else ("more" if found == "list" else "missing")
    return Observation(
        "getGroup", "fields", "users", _MEMBERS[ours], DOCUMENTED, kind, _MEMBERS[found]
    )


def _moves(user: dict[str, Any], quirks: Mapping[str, str]) -> Iterator[Observation]:
    """Yield what the times of a user show: a sign-in after the last change, or one that was it."""
    changed, signed_in = user.get("last_updated"), user.get("last_login")
    if not isinstance(changed, str) or not isinstance(signed_in, str):
        return
    if len(changed) != len(signed_in) or signed_in == user.get("registration"):
        return
    if signed_in > changed:
        found = "profile"
    elif signed_in == changed:
        found = "activity"
    else:
        return
    ours = quirks["last_updated_moves"]
    kind = "" if ours == found else "value"
    yield Observation(
        "getUsers", "fields", "last_updated{moves}", _MOVES[ours], INFERRED, kind, _MOVES[found]
    )
